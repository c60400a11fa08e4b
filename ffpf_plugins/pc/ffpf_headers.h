/*
 * Which headers a packet has, and where: docs/headers.md in C. Four stages, each asked for once and
 * shared by all fields that need it; the rest is expressions over their results.
 *
 * Everything is inline, so that what a program does not ask for costs nothing; only tags and link
 * types other than Ethernet are walked out of line.
 */
#ifndef FFPF_HEADERS_H
#define FFPF_HEADERS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FFPF_INLINE static inline __attribute__((always_inline, unused))
#define FFPF_ONCE static __attribute__((noinline, unused))
#define FFPF_COLD static __attribute__((noinline, cold, unused))
#define FFPF_LIKELY(x) __builtin_expect(!!(x), 1)
#define FFPF_UNLIKELY(x) __builtin_expect(!!(x), 0)

FFPF_INLINE uint8_t ffpf_load8(const uint8_t *at) { return *at; }

FFPF_INLINE uint16_t ffpf_load16(const uint8_t *at) {
  uint16_t v;
  memcpy(&v, at, sizeof v);
  return __builtin_bswap16(v);
}

FFPF_INLINE uint32_t ffpf_load32(const uint8_t *at) {
  uint32_t v;
  memcpy(&v, at, sizeof v);
  return __builtin_bswap32(v);
}

FFPF_INLINE uint64_t ffpf_load64(const uint8_t *at) {
  uint64_t v;
  memcpy(&v, at, sizeof v);
  return __builtin_bswap64(v);
}

FFPF_INLINE void ffpf_store8(uint8_t *at, uint8_t v) { *at = v; }

FFPF_INLINE void ffpf_store16(uint8_t *at, uint16_t v) {
  v = __builtin_bswap16(v);
  memcpy(at, &v, sizeof v);
}

FFPF_INLINE void ffpf_store32(uint8_t *at, uint32_t v) {
  v = __builtin_bswap32(v);
  memcpy(at, &v, sizeof v);
}

FFPF_INLINE void ffpf_store64(uint8_t *at, uint64_t v) {
  v = __builtin_bswap64(v);
  memcpy(at, &v, sizeof v);
}

FFPF_INLINE uint32_t ffpf_least(uint32_t a, uint32_t b) { return a < b ? a : b; }

/* Link types, by their LINKTYPE_ numbers. */
enum {
  FFPF_LINK_NULL = 0,
  FFPF_LINK_EN10MB = 1,
  FFPF_LINK_PPP = 9,
  FFPF_LINK_RAW = 101,
  FFPF_LINK_LOOP = 108,
  FFPF_LINK_SLL = 113,
  FFPF_LINK_IPV4 = 228,
  FFPF_LINK_IPV6 = 229,
  FFPF_LINK_SLL2 = 276,
};

enum { FFPF_ETH_IP = 0x0800, FFPF_ETH_ARP = 0x0806, FFPF_ETH_IP6 = 0x86dd };

/* Stage LINK. `type` is the EtherType of what stands at `net`; 0: nothing that we know. The offsets
 * of tags are 0 where there is none (no link type has one at offset 0). */
struct ffpf_link {
  uint32_t net, type;
  uint32_t vlan, vlan2, pppoe, mpls;
};

FFPF_INLINE uint32_t ffpf_by_version(const uint8_t *data, uint32_t cap, uint32_t at) {
  if (at >= cap)
    return 0;
  return data[at] >> 4 == 4 ? FFPF_ETH_IP : data[at] >> 4 == 6 ? FFPF_ETH_IP6 : 0;
}

/* The PPP protocol at `net`, one byte if it is odd, else two; net moves behind it. */
FFPF_COLD void ffpf_ppp_protocol(struct ffpf_link *ln, const uint8_t *data, uint32_t cap) {
  uint32_t protocol;
  if (ln->net < cap && (data[ln->net] & 1)) {
    protocol = data[ln->net];
    ln->net += 1;
  } else if (ln->net + 2 <= cap) {
    protocol = ffpf_load16(data + ln->net);
    ln->net += 2;
  } else {
    ln->type = 0;
    return;
  }
  ln->type = protocol == 0x0021                         ? FFPF_ETH_IP
             : protocol == 0x0057                       ? FFPF_ETH_IP6
             : protocol == 0x0281 || protocol == 0x0283 ? 0x8847
                                                        : 0;
}

FFPF_COLD uint32_t ffpf_null_type(const uint8_t *data, uint32_t link) {
  uint32_t family = ffpf_load32(data);
  if (link == FFPF_LINK_NULL && family > 0xffff)
    family = __builtin_bswap32(family);
  if (family == 2)
    return FFPF_ETH_IP;
  return family == 10 || family == 24 || family == 28 || family == 30 ? FFPF_ETH_IP6 : 0;
}

/* Link types other than Ethernet. */
FFPF_COLD struct ffpf_link ffpf_link_other(const uint8_t *data, uint32_t cap, uint32_t link) {
  struct ffpf_link ln = {0};
  switch (link) {
  case FFPF_LINK_SLL:
    ln.net = 16;
    ln.type = cap >= 16 ? ffpf_load16(data + 14) : 0;
    break;
  case FFPF_LINK_SLL2:
    ln.net = 20;
    ln.type = cap >= 20 ? ffpf_load16(data) : 0;
    break;
  case FFPF_LINK_RAW:
  case 12:
  case 14:
  case FFPF_LINK_IPV4:
  case FFPF_LINK_IPV6:
    ln.type = ffpf_by_version(data, cap, 0);
    break;
  case FFPF_LINK_NULL:
  case FFPF_LINK_LOOP:
    ln.net = 4;
    ln.type = cap >= 4 ? ffpf_null_type(data, link) : 0;
    break;
  case FFPF_LINK_PPP:
    ln.net = cap >= 2 && data[0] == 0xff && data[1] == 0x03 ? 2 : 0;
    ffpf_ppp_protocol(&ln, data, cap);
    break;
  default:
    break;
  }
  return ln;
}

FFPF_INLINE bool ffpf_is_vlan(uint32_t type) {
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* MPLS labels at net: to the bottom of the stack, at most 8. */
FFPF_COLD void ffpf_pass_mpls(struct ffpf_link *ln, const uint8_t *data, uint32_t cap) {
  ln->type = 0;
  for (uint32_t labels = 0; labels < 8 && ln->net + 4 <= cap; labels++) {
    if (labels == 0)
      ln->mpls = ln->net;
    bool bottom = data[ln->net + 2] & 1;
    ln->net += 4;
    if (bottom) {
      ln->type = ffpf_by_version(data, cap, ln->net);
      return;
    }
  }
}

/* A PPPoE header at net; only a session of version 1, type 1 goes on. */
FFPF_COLD void ffpf_pass_pppoe(struct ffpf_link *ln, const uint8_t *data, uint32_t cap) {
  bool session = ln->type == 0x8864;
  ln->type = 0;
  if (ln->net + 6 > cap || data[ln->net] != 0x11)
    return;
  ln->pppoe = ln->net;
  ln->net += 6;
  if (!session || ln->net + 2 > cap)
    return;
  uint32_t behind = ln->net + 2;
  uint32_t protocol = ffpf_load16(data + ln->net);
  ln->net = behind;
  ln->type = protocol == 0x0021                         ? FFPF_ETH_IP
             : protocol == 0x0057                       ? FFPF_ETH_IP6
             : protocol == 0x0281 || protocol == 0x0283 ? 0x8847
                                                        : 0;
}

/* VLAN tags (at most 4), one PPPoE header and MPLS labels, in the order in which types name them.
 */
FFPF_COLD struct ffpf_link ffpf_link_tags(struct ffpf_link ln, const uint8_t *data, uint32_t cap) {
  for (uint32_t tags = 0;;) {
    if (ffpf_is_vlan(ln.type)) {
      if (tags == 4 || ln.net + 4 > cap) {
        ln.type = 0;
        return ln;
      }
      if (tags == 0)
        ln.vlan = ln.net;
      else if (tags == 1)
        ln.vlan2 = ln.net;
      tags++;
      ln.type = ffpf_load16(data + ln.net + 2);
      ln.net += 4;
    } else if (ln.type == 0x8864 || ln.type == 0x8863) {
      if (ln.pppoe) {
        ln.type = 0;
        return ln;
      }
      ffpf_pass_pppoe(&ln, data, cap);
    } else if (ln.type == 0x8847 || ln.type == 0x8848) {
      ffpf_pass_mpls(&ln, data, cap);
    } else {
      break;
    }
  }
  if (ln.type < 0x0600)
    ln.type = 0;
  return ln;
}

FFPF_INLINE struct ffpf_link ffpf_locate_link(const uint8_t *data, uint32_t cap, uint32_t link) {
  struct ffpf_link ln = {0};
  if (FFPF_LIKELY(link == FFPF_LINK_EN10MB)) {
    if (FFPF_UNLIKELY(cap < 14))
      return ln;
    ln.type = ffpf_load16(data + 12);
    ln.net = 14;
  } else {
    ln = ffpf_link_other(data, cap, link);
  }
  if (FFPF_LIKELY(ln.type == FFPF_ETH_IP || ln.type == FFPF_ETH_IP6))
    return ln;
  return ffpf_link_tags(ln, data, cap);
}

FFPF_INLINE bool ffpf_has_eth(uint32_t cap, uint32_t link) {
  return link == FFPF_LINK_EN10MB && cap >= 14;
}

FFPF_INLINE bool ffpf_has_l3(const struct ffpf_link *ln, uint32_t cap) {
  return ln->type != 0 && ln->net <= cap;
}

FFPF_INLINE bool ffpf_has_arp(const struct ffpf_link *ln, uint32_t cap) {
  return ln->type == FFPF_ETH_ARP && ln->net + 8 <= cap;
}

FFPF_INLINE bool ffpf_has_arp_ipv4(const struct ffpf_link *ln, const uint8_t *data, uint32_t cap) {
  return ffpf_has_arp(ln, cap) && ln->net + 28 <= cap && data[ln->net + 4] == 6 &&
         data[ln->net + 5] == 4;
}

/* Stages IP and IP6. `l4` is where what IP carries begins, `passed` whether the extension headers
 * were passed; `fragment` any fragment, `later` one with an offset. Extension offsets 0: absent. */
struct ffpf_ip {
  bool present, passed, fragment, later;
  uint32_t l4, end, proto;
};

struct ffpf_ip6 {
  struct ffpf_ip ip;
  uint32_t hopopts, routing, frag6, ah, dstopts;
};

FFPF_INLINE struct ffpf_ip ffpf_locate_ip(const struct ffpf_link *ln, const uint8_t *data,
                                          uint32_t cap) {
  struct ffpf_ip ip = {0};
  if (ln->type != FFPF_ETH_IP || ln->net + 20 > cap)
    return ip;
  const uint8_t *at = data + ln->net;
  uint32_t ihl = (uint32_t)(at[0] & 15) * 4;
  uint32_t total = ffpf_load16(at + 2);
  if (at[0] >> 4 != 4 || ihl < 20 || total < ihl)
    return ip;
  uint32_t flags = ffpf_load16(at + 6);
  ip.present = ip.passed = true;
  ip.fragment = (flags & 0x3fff) != 0;
  ip.later = (flags & 0x1fff) != 0;
  ip.l4 = ln->net + ihl;
  ip.end = ln->net + total;
  ip.proto = at[9];
  return ip;
}

FFPF_INLINE bool ffpf_is_extension(uint32_t proto) {
  return proto == 0 || proto == 43 || proto == 44 || proto == 51 || proto == 60 || proto == 135 ||
         proto == 139 || proto == 140;
}

/* Remembers where the first extension header of each kind stands. */
FFPF_COLD void ffpf_note_extension(struct ffpf_ip6 *v6, uint32_t proto, uint32_t at) {
  uint32_t *slot = proto == 0    ? &v6->hopopts
                   : proto == 43 ? &v6->routing
                   : proto == 44 ? &v6->frag6
                   : proto == 51 ? &v6->ah
                   : proto == 60 ? &v6->dstopts
                                 : NULL;
  if (slot && *slot == 0)
    *slot = at;
}

FFPF_COLD struct ffpf_ip6 ffpf_pass_extensions(struct ffpf_ip6 v6, const uint8_t *data,
                                               uint32_t cap) {
  uint32_t limit = ffpf_least(cap, v6.ip.end);
  v6.ip.passed = false;
  for (uint32_t passed = 0; ffpf_is_extension(v6.ip.proto); passed++) {
    uint32_t at = v6.ip.l4;
    if (passed == 8 || at + 8 > limit)
      return v6;
    ffpf_note_extension(&v6, v6.ip.proto, at);
    uint32_t length = v6.ip.proto == 44   ? 8
                      : v6.ip.proto == 51 ? (data[at + 1] + 2u) * 4
                                          : (data[at + 1] + 1u) * 8;
    bool later = v6.ip.proto == 44 && (ffpf_load16(data + at + 2) & 0xfff8) != 0;
    v6.ip.fragment |= v6.ip.proto == 44;
    v6.ip.proto = data[at];
    v6.ip.l4 = at + length;
    if (later) {
      v6.ip.later = true;
      return v6;
    }
  }
  v6.ip.passed = true;
  return v6;
}

FFPF_INLINE struct ffpf_ip6 ffpf_locate_ip6(const struct ffpf_link *ln, const uint8_t *data,
                                            uint32_t cap) {
  struct ffpf_ip6 v6 = {0};
  if (ln->type != FFPF_ETH_IP6 || ln->net + 40 > cap || data[ln->net] >> 4 != 6)
    return v6;
  const uint8_t *at = data + ln->net;
  v6.ip.present = v6.ip.passed = true;
  v6.ip.l4 = ln->net + 40;
  v6.ip.end = v6.ip.l4 + ffpf_load16(at + 4);
  v6.ip.proto = at[6];
  if (FFPF_UNLIKELY(ffpf_is_extension(v6.ip.proto)))
    return ffpf_pass_extensions(v6, data, cap);
  return v6;
}

/* Stage L4: what stands behind IP or IPv6. `room` is what is captured of it and inside IP. */
struct ffpf_l4 {
  bool present, v6;
  uint32_t at, room, proto;
};

FFPF_INLINE struct ffpf_l4 ffpf_locate_l4(const struct ffpf_ip *v4, const struct ffpf_ip6 *v6,
                                          uint32_t cap) {
  struct ffpf_l4 l4 = {0};
  const struct ffpf_ip ip = v4->present ? *v4 : v6->ip;
  uint32_t limit = ffpf_least(cap, ip.end);
  if (!ip.present || !ip.passed || ip.later || ip.l4 > limit || (v6->ip.present && ip.proto == 59))
    return l4;
  l4.present = true;
  l4.v6 = v6->ip.present;
  l4.at = ip.l4;
  l4.room = limit - ip.l4;
  l4.proto = ip.proto;
  return l4;
}

FFPF_INLINE bool ffpf_has_proto(const struct ffpf_l4 *l4, uint32_t proto, uint32_t fixed) {
  return l4->present && l4->proto == proto && l4->room >= fixed;
}

FFPF_INLINE bool ffpf_has_tcp(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_has_proto(l4, 6, 20) && data[l4->at + 12] >> 4 >= 5;
}

FFPF_INLINE bool ffpf_has_udp(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_has_proto(l4, 17, 8) && ffpf_load16(data + l4->at + 4) >= 8;
}

FFPF_INLINE bool ffpf_has_sctp(const struct ffpf_l4 *l4) { return ffpf_has_proto(l4, 132, 12); }

FFPF_INLINE bool ffpf_has_ports(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_has_tcp(l4, data) || ffpf_has_udp(l4, data) || ffpf_has_sctp(l4);
}

FFPF_INLINE bool ffpf_has_icmp(const struct ffpf_l4 *l4) {
  return ffpf_has_proto(l4, 1, 4) && !l4->v6;
}

FFPF_INLINE bool ffpf_has_icmp_echo(const struct ffpf_l4 *l4, const uint8_t *data) {
  if (!ffpf_has_icmp(l4) || l4->room < 8)
    return false;
  uint8_t type = data[l4->at];
  return type == 0 || type == 8 || (type >= 13 && type <= 18);
}

FFPF_INLINE bool ffpf_has_icmp6(const struct ffpf_l4 *l4) {
  return ffpf_has_proto(l4, 58, 4) && l4->v6;
}

FFPF_INLINE bool ffpf_has_icmp6_echo(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_has_icmp6(l4) && l4->room >= 8 && (data[l4->at] == 128 || data[l4->at] == 129);
}

FFPF_INLINE bool ffpf_has_igmp(const struct ffpf_l4 *l4) {
  return ffpf_has_proto(l4, 2, 8) && !l4->v6;
}

FFPF_INLINE bool ffpf_has_gre(const struct ffpf_l4 *l4) { return ffpf_has_proto(l4, 47, 4); }

/* Where a GRE key stands: behind the checksum word, if there is one. */
FFPF_INLINE uint32_t ffpf_gre_key(const struct ffpf_l4 *l4, const uint8_t *data) {
  return l4->at + 4 + (data[l4->at] & 0x80 ? 4 : 0);
}

FFPF_INLINE bool ffpf_has_gre_key(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_has_gre(l4) && (data[l4->at] & 0x20) &&
         ffpf_gre_key(l4, data) + 4 <= l4->at + l4->room;
}

FFPF_INLINE bool ffpf_has_esp(const struct ffpf_l4 *l4) { return ffpf_has_proto(l4, 50, 8); }

/* AH is an extension header of IPv6 and a transport header of IPv4. */
FFPF_INLINE bool ffpf_has_ah(const struct ffpf_ip6 *v6, const struct ffpf_l4 *l4) {
  return v6->ah != 0 || (ffpf_has_proto(l4, 51, 8) && !l4->v6);
}

FFPF_INLINE uint32_t ffpf_ah(const struct ffpf_ip6 *v6, const struct ffpf_l4 *l4) {
  return v6->ah ? v6->ah : l4->at;
}

/* Whether `fixed` bytes behind a UDP header are captured, inside IP and inside the UDP length. */
FFPF_INLINE bool ffpf_udp_carries(const struct ffpf_l4 *l4, const uint8_t *data, uint32_t fixed) {
  return ffpf_has_udp(l4, data) && l4->room >= 8 + fixed &&
         ffpf_load16(data + l4->at + 4) >= 8 + fixed;
}

FFPF_INLINE bool ffpf_has_vxlan(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_udp_carries(l4, data, 8) && ffpf_load16(data + l4->at + 2) == 4789;
}

FFPF_INLINE bool ffpf_has_geneve(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_udp_carries(l4, data, 8) && ffpf_load16(data + l4->at + 2) == 6081;
}

FFPF_INLINE bool ffpf_has_dns(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_udp_carries(l4, data, 12) &&
         (ffpf_load16(data + l4->at) == 53 || ffpf_load16(data + l4->at + 2) == 53);
}

/* Where the payload of the transport header begins; 0: nowhere. */
FFPF_INLINE uint32_t ffpf_l7(const struct ffpf_l4 *l4, const uint8_t *data) {
  uint32_t header = ffpf_has_tcp(l4, data)   ? data[l4->at + 12] / 16u * 4
                    : ffpf_has_udp(l4, data) ? 8
                    : ffpf_has_sctp(l4)      ? 12
                    : ffpf_has_icmp(l4) || ffpf_has_icmp6(l4) || ffpf_has_igmp(l4) ? 8
                                                                                   : 0;
  return header && header <= l4->room ? l4->at + header : 0;
}

FFPF_INLINE bool ffpf_has_l7(const struct ffpf_l4 *l4, const uint8_t *data) {
  return ffpf_l7(l4, data) != 0;
}

#endif
