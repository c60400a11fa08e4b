/*
 * The eight filters by hand, in plain C, in branchless C and in a mixture, with libpcap's meaning
 * to the byte: a load outside the captured bytes rejects the packet, and a load happens only where
 * libpcap's code gets to it. The branchless ones load first and judge later; at least 128 bytes are
 * readable at any packet.
 */
#ifdef __AVX2__
#include <immintrin.h>
#endif

#ifdef __clang__
#pragma clang diagnostic ignored "-Wbitwise-instead-of-logical" /* no branch is the point */
#endif

#include "hosts.h"
#include "peers.h"

#define BE16(c) ((uint16_t)((((c)&0xffu) << 8) | ((c) >> 8)))
#define BE32(c) __builtin_bswap32(c)

static inline uint16_t get16(const uint8_t *p) {
  uint16_t v;
  memcpy(&v, p, sizeof v);
  return v;
}

static inline uint32_t get32(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, sizeof v);
  return v;
}

/* The same as libpcap: the second port is looked at, and its bytes needed, only if the first
 * differs. */
static inline uint32_t port_is(const uint8_t *p, uint32_t at, uint32_t caplen, uint32_t port) {
  if (at + 2 > caplen)
    return 0;
  if (get16(p + at) == BE16(port))
    return 1;
  return at + 4 <= caplen && get16(p + at + 2) == BE16(port);
}

static inline uint32_t port_is_branchless(const uint8_t *p, uint32_t at, uint32_t caplen,
                                          uint32_t port) {
  uint32_t both = get32(p + at) ^ BE16(port) * 0x00010001u;
  return (((both & 0xffffu) == 0) & (at + 2 <= caplen)) | ((both >> 16 == 0) & (at + 4 <= caplen));
}

/* tcp */

static inline uint32_t hand_tcp(const uint8_t *p, uint32_t caplen) {
  if (caplen < 21)
    return 0;
  if (get16(p + 12) == BE16(0x0800))
    return caplen > 23 && p[23] == 6;
  if (get16(p + 12) != BE16(0x86dd))
    return 0;
  if (p[20] == 6)
    return 1;
  return p[20] == 44 && caplen > 54 && p[54] == 6;
}

static inline uint32_t branchless_tcp(const uint8_t *p, uint32_t caplen) {
  uint32_t type = get16(p + 12);
  uint32_t v4 = (type == BE16(0x0800)) & (p[23] == 6) & (caplen > 23);
  uint32_t more = (p[20] == 44) & (p[54] == 6) & (caplen > 54);
  return v4 | ((type == BE16(0x86dd)) & (caplen > 20) & ((p[20] == 6) | more));
}

/* tcp port 80 */

static inline uint32_t hand_port80(const uint8_t *p, uint32_t caplen) {
  if (caplen < 24)
    return 0; /* both families need byte 54, or 23 and a port behind it */
  if (get16(p + 12) == BE16(0x0800)) {
    if (p[23] != 6 || (get16(p + 20) & BE16(0x1fff)))
      return 0;
    return port_is(p, 14 + (p[14] & 15) * 4u, caplen, 80);
  }
  return get16(p + 12) == BE16(0x86dd) && p[20] == 6 && port_is(p, 54, caplen, 80);
}

static inline uint32_t branchless_port80(const uint8_t *p, uint32_t caplen) {
  uint32_t type = get16(p + 12), six = type == BE16(0x86dd);
  uint32_t at = six ? 54 : 14 + (p[14] & 15) * 4u;
  uint32_t v4 = (type == BE16(0x0800)) & (p[23] == 6) & !(get16(p + 20) & BE16(0x1fff));
  uint32_t v6 = six & (p[20] == 6);
  return (v4 | v6) & port_is_branchless(p, at, caplen, 80) & (caplen > 23);
}

/* host A and not port 22 */

static inline uint32_t not_port22(const uint8_t *p, uint32_t caplen) {
  if (caplen < 24)
    return 0;
  if (p[23] != 132 && p[23] != 6 && p[23] != 17)
    return 1;
  if (get16(p + 20) & BE16(0x1fff))
    return 1;
  uint32_t at = 14 + (p[14] & 15) * 4u;
  if (at + 2 > caplen || get16(p + at) == BE16(22))
    return 0;
  return at + 4 <= caplen && get16(p + at + 2) != BE16(22);
}

static inline uint32_t hand_host(const uint8_t *p, uint32_t caplen) {
  const uint32_t a = BE32(HOST_A);
  if (caplen < 30)
    return 0;
  uint32_t type = get16(p + 12);
  if (type == BE16(0x0800)) {
    if (get32(p + 26) == a || (caplen >= 34 && get32(p + 30) == a))
      return not_port22(p, caplen);
    return 0;
  }
  if (type != BE16(0x0806) && type != BE16(0x8035))
    return 0;
  return caplen >= 32 && (get32(p + 28) == a || (caplen >= 42 && get32(p + 38) == a));
}

static inline uint32_t branchless_host(const uint8_t *p, uint32_t caplen) {
  const uint32_t a = BE32(HOST_A);
  uint32_t type = get16(p + 12), proto = p[23], at = 14 + (p[14] & 15) * 4u;
  uint32_t ports = get32(p + at) ^ BE16(22) * 0x00010001u;
  uint32_t portless = (proto != 132) & (proto != 6) & (proto != 17);
  portless |= (get16(p + 20) & BE16(0x1fff)) != 0;
  uint32_t other = ((ports & 0xffffu) != 0) & (ports >> 16 != 0) & (at + 4 <= caplen);
  uint32_t v4 = ((get32(p + 26) == a) & (caplen >= 30)) | ((get32(p + 30) == a) & (caplen >= 34));
  v4 &= (type == BE16(0x0800)) & (portless | other);
  uint32_t arp = ((get32(p + 28) == a) & (caplen >= 32)) | ((get32(p + 38) == a) & (caplen >= 42));
  return v4 | (arp & ((type == BE16(0x0806)) | (type == BE16(0x8035))));
}

/* net 10.0.0.0/8 and udp */

static inline uint32_t hand_net(const uint8_t *p, uint32_t caplen) {
  if (caplen < 30 || get16(p + 12) != BE16(0x0800))
    return 0;
  if (p[26] != 10 && (caplen < 34 || p[30] != 10))
    return 0;
  return p[23] == 17;
}

static inline uint32_t branchless_net(const uint8_t *p, uint32_t caplen) {
  uint32_t net = ((p[26] == 10) & (caplen >= 30)) | ((p[30] == 10) & (caplen >= 34));
  return (get16(p + 12) == BE16(0x0800)) & (p[23] == 17) & net;
}

/* tcp[tcpflags] & (tcp-syn|tcp-fin) != 0 */

static inline uint32_t hand_flags(const uint8_t *p, uint32_t caplen) {
  if (caplen < 28 || get16(p + 12) != BE16(0x0800) || p[23] != 6)
    return 0;
  if (get16(p + 20) & BE16(0x1fff))
    return 0;
  uint32_t at = 27 + (p[14] & 15) * 4u;
  return at < caplen && (p[at] & 3);
}

static inline uint32_t branchless_flags(const uint8_t *p, uint32_t caplen) {
  uint32_t at = 27 + (p[14] & 15) * 4u;
  uint32_t first = (get16(p + 20) & BE16(0x1fff)) == 0;
  return (get16(p + 12) == BE16(0x0800)) & (p[23] == 6) & first & ((p[at] & 3) != 0) &
         (at < caplen);
}

/* ip6 and tcp port 443 */

static inline uint32_t hand_ip6(const uint8_t *p, uint32_t caplen) {
  return caplen >= 56 && get16(p + 12) == BE16(0x86dd) && p[20] == 6 && port_is(p, 54, caplen, 443);
}

static inline uint32_t branchless_ip6(const uint8_t *p, uint32_t caplen) {
  uint32_t tcp = (get16(p + 12) == BE16(0x86dd)) & (p[20] == 6);
  return tcp & port_is_branchless(p, 54, caplen, 443);
}

/* 30 hosts */

static inline uint32_t listed(uint32_t network_order) {
  switch (BE32(network_order)) {
    HOST_CASES
    return 1;
  }
  return 0;
}

static inline uint32_t hand_list(const uint8_t *p, uint32_t caplen) {
  if (caplen < 30)
    return 0;
  uint32_t type = get16(p + 12);
  if (type == BE16(0x0800))
    return listed(get32(p + 26)) || (caplen >= 34 && listed(get32(p + 30)));
  if (type != BE16(0x0806) && type != BE16(0x8035))
    return 0;
  return caplen >= 32 && (listed(get32(p + 28)) || (caplen >= 42 && listed(get32(p + 38))));
}

#if defined(__AVX512F__)
static inline uint32_t listed_branchless(uint32_t network_order) {
  __m512i x = _mm512_set1_epi32((int)network_order);
  __mmask16 low = _mm512_cmpeq_epi32_mask(x, _mm512_load_si512(hosts_be));
  __mmask16 high = _mm512_cmpeq_epi32_mask(x, _mm512_load_si512(hosts_be + 16));
  return (low | high) != 0;
}
#elif defined(__AVX2__)
static inline uint32_t listed_branchless(uint32_t network_order) {
  __m256i x = _mm256_set1_epi32((int)network_order), any = _mm256_setzero_si256();
  for (int i = 0; i < 32; i += 8)
    any = _mm256_or_si256(
        any, _mm256_cmpeq_epi32(x, _mm256_load_si256((const __m256i *)(hosts_be + i))));
  return _mm256_movemask_epi8(any) != 0;
}
#else
static inline uint32_t listed_branchless(uint32_t network_order) {
  uint32_t any = 0;
  for (int i = 0; i < 32; i++)
    any |= network_order == hosts_be[i];
  return any;
}
#endif

static inline uint32_t branchless_list(const uint8_t *p, uint32_t caplen) {
  uint32_t type = get16(p + 12), ip = type == BE16(0x0800);
  uint32_t arp = (type == BE16(0x0806)) | (type == BE16(0x8035));
  uint32_t first = ip ? 26 : 28, second = ip ? 30 : 38;
  uint32_t in = (listed_branchless(get32(p + first)) & (caplen >= first + 4)) |
                (listed_branchless(get32(p + second)) & (caplen >= second + 4));
  return in & (ip | arp);
}

/* vlan and udp port 53 */

static inline uint32_t hand_vlan(const uint8_t *p, uint32_t caplen) {
  if (caplen < 24)
    return 0;
  uint32_t tag = get16(p + 12);
  if (tag != BE16(0x8100) && tag != BE16(0x88a8) && tag != BE16(0x9100))
    return 0;
  if (get16(p + 16) == BE16(0x86dd))
    return caplen > 24 && p[24] == 17 && port_is(p, 58, caplen, 53);
  if (get16(p + 16) != BE16(0x0800) || caplen < 28 || p[27] != 17)
    return 0;
  return !(get16(p + 24) & BE16(0x1fff)) && port_is(p, 18 + (p[18] & 15) * 4u, caplen, 53);
}

static inline uint32_t branchless_vlan(const uint8_t *p, uint32_t caplen) {
  uint32_t tag = get16(p + 12), type = get16(p + 16), six = type == BE16(0x86dd);
  uint32_t at = six ? 58 : 18 + (p[18] & 15) * 4u;
  uint32_t tagged = (tag == BE16(0x8100)) | (tag == BE16(0x88a8)) | (tag == BE16(0x9100));
  uint32_t v4 = (type == BE16(0x0800)) & (p[27] == 17) & !(get16(p + 24) & BE16(0x1fff));
  uint32_t v6 = six & (p[24] == 17);
  return tagged & (v4 | v6) & port_is_branchless(p, at, caplen, 53) & (caplen > 27);
}

/* Mixed: no branch but on what is rare (another EtherType, an equal address) and guards much. */

static inline uint32_t mixed_tcp(const uint8_t *p, uint32_t caplen) {
  uint32_t type = get16(p + 12), six = (type == BE16(0x86dd)) & (caplen > 20);
  if (__builtin_expect(six & (p[20] == 44), 0))
    return caplen > 54 && p[54] == 6;
  return ((type == BE16(0x0800)) & (p[23] == 6) & (caplen > 23)) | (six & (p[20] == 6));
}

static inline uint32_t mixed_port80(const uint8_t *p, uint32_t caplen) {
  uint32_t type = get16(p + 12), at = 14 + (p[14] & 15) * 4u;
  if (type == BE16(0x86dd))
    return (p[20] == 6) & port_is_branchless(p, 54, caplen, 80);
  uint32_t tcp = (type == BE16(0x0800)) & (p[23] == 6) & !(get16(p + 20) & BE16(0x1fff));
  return tcp & port_is_branchless(p, at, caplen, 80) & (caplen > 23);
}

static inline uint32_t mixed_host(const uint8_t *p, uint32_t caplen) {
  const uint32_t a = BE32(HOST_A);
  uint32_t type = get16(p + 12);
  uint32_t v4 = ((get32(p + 26) == a) & (caplen >= 30)) | ((get32(p + 30) == a) & (caplen >= 34));
  if (v4 & (type == BE16(0x0800)))
    return not_port22(p, caplen);
  if (__builtin_expect((type != BE16(0x0806)) & (type != BE16(0x8035)), 1))
    return 0;
  return ((get32(p + 28) == a) & (caplen >= 32)) | ((get32(p + 38) == a) & (caplen >= 42));
}

static inline uint32_t mixed_net(const uint8_t *p, uint32_t caplen) {
  if (__builtin_expect(caplen < 34, 0))
    return hand_net(p, caplen);
  uint32_t net = (p[26] == 10) | (p[30] == 10);
  return (get16(p + 12) == BE16(0x0800)) & (p[23] == 17) & net;
}

static inline uint32_t mixed_flags(const uint8_t *p, uint32_t caplen) {
  uint32_t at = 27 + (p[14] & 15) * 4u;
  uint32_t tcp = (get16(p + 12) == BE16(0x0800)) & (p[23] == 6) & !(get16(p + 20) & BE16(0x1fff));
  if (__builtin_expect(at >= caplen, 0))
    return 0;
  return tcp & ((p[at] & 3) != 0);
}

static inline uint32_t mixed_ip6(const uint8_t *p, uint32_t caplen) {
  if (!((get16(p + 12) == BE16(0x86dd)) & (p[20] == 6)))
    return 0;
  return port_is_branchless(p, 54, caplen, 443);
}

static inline uint32_t mixed_list(const uint8_t *p, uint32_t caplen) {
  uint32_t type = get16(p + 12);
  if (__builtin_expect((type == BE16(0x0806)) | (type == BE16(0x8035)), 0))
    return (listed_branchless(get32(p + 28)) & (caplen >= 32)) |
           (listed_branchless(get32(p + 38)) & (caplen >= 42));
  return (type == BE16(0x0800)) & ((listed_branchless(get32(p + 26)) & (caplen >= 30)) |
                                   (listed_branchless(get32(p + 30)) & (caplen >= 34)));
}

static inline uint32_t mixed_vlan(const uint8_t *p, uint32_t caplen) {
  uint32_t tag = get16(p + 12);
  if (!((tag == BE16(0x8100)) | (tag == BE16(0x88a8)) | (tag == BE16(0x9100))))
    return 0;
  return branchless_vlan(p, caplen);
}

#define LOOPS(name) PEER_LOOPS(hand_##name) PEER_LOOPS(branchless_##name) PEER_LOOPS(mixed_##name)
LOOPS(tcp)
LOOPS(port80)
LOOPS(host)
LOOPS(net)
LOOPS(flags)
LOOPS(ip6)
LOOPS(list)
LOOPS(vlan)

#define ENTRIES(name)                                                                              \
  PEER(#name, "hand", hand_##name), PEER(#name, "branchless", branchless_##name),                  \
      PEER(#name, "mixed", mixed_##name)
__attribute__((visibility("default"))) const struct bench_peer bench_peers[] = {
    ENTRIES(tcp),  ENTRIES(port80), ENTRIES(host),
    ENTRIES(net),  ENTRIES(flags),  ENTRIES(ip6),
    ENTRIES(list), ENTRIES(vlan),   {NULL, NULL, NULL, NULL, NULL, NULL}};
