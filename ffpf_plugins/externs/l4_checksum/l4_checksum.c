/*
 * Recomputes the checksum of the transport header: TCP (RFC 9293), UDP (RFC 768), ICMP (RFC 792),
 * ICMPv6 (RFC 4443), IGMP (RFC 3376), SCTP (RFC 9260). A packet that is a fragment, or whose
 * payload was not wholly captured, is left alone. A routing header with segments left is not
 * followed: the address in the IPv6 header counts.
 */
#include "ffpf_extern.h"
#include "ffpf_headers.h"

/* The sum of big-endian words; an odd last byte is the high half of a word. */
static inline uint64_t ffpf_l4_sum(const uint8_t *at, uint32_t size) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i + 1 < size; i += 2)
    sum += ffpf_load16(at + i);
  return size & 1 ? sum + ((uint32_t)at[size - 1] << 8) : sum;
}

static inline uint16_t ffpf_l4_fold(uint64_t sum) {
  while (sum >> 16)
    sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

/* CRC-32C over the segment with its checksum field as zero. */
static inline uint32_t ffpf_l4_sctp(const uint8_t *at, uint32_t size) {
  uint32_t crc = 0xffffffff;
  for (uint32_t i = 0; i < size; i++) {
    crc ^= i >= 8 && i < 12 ? 0 : at[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
  }
  return ~crc;
}

/* Where the checksum stands in the header, from its start; 0: a header without one that we know. */
static inline uint32_t ffpf_l4_field(const struct ffpf_l4 *l4, const uint8_t *data) {
  if (ffpf_has_tcp(l4, data))
    return 16;
  if (ffpf_has_udp(l4, data))
    return 6;
  return ffpf_has_icmp(l4) || ffpf_has_icmp6(l4) || ffpf_has_igmp(l4) ? 2 : 0;
}

static inline uint32_t ffpf_l4_repair(const struct ffpf_frame *frame, const struct ffpf_link *ln,
                                      const struct ffpf_l4 *l4, uint32_t size) {
  uint8_t *at = frame->data + l4->at;
  bool udp = ffpf_has_udp(l4, frame->data);
  uint32_t field = ffpf_l4_field(l4, frame->data);
  if (udp)
    size = ffpf_load16(at + 4);
  if (field == 0 || size > l4->room)
    return 0;
  if (udp && !l4->v6 && ffpf_load16(at + 6) == 0)
    return 0;
  ffpf_store16(at + field, 0);
  uint64_t sum = ffpf_l4_sum(at, size);
  if (udp || l4->proto == 6 || l4->proto == 58) {
    const uint8_t *addresses = frame->data + ln->net + (l4->v6 ? 8 : 12);
    sum += ffpf_l4_sum(addresses, l4->v6 ? 32 : 8) + size + l4->proto;
  }
  uint16_t checksum = ffpf_l4_fold(sum);
  ffpf_store16(at + field, udp && checksum == 0 ? 0xffff : checksum);
  return 1;
}

static inline __attribute__((unused)) uint32_t
ffpf_extern_l4_checksum(const struct ffpf_frame *frame) {
  struct ffpf_link ln = ffpf_locate_link(frame->data, frame->caplen, frame->link);
  struct ffpf_ip v4 = ffpf_locate_ip(&ln, frame->data, frame->caplen);
  struct ffpf_ip6 v6 = ffpf_locate_ip6(&ln, frame->data, frame->caplen);
  struct ffpf_l4 l4 = ffpf_locate_l4(&v4, &v6, frame->caplen);
  uint32_t end = v4.present ? v4.end : v6.ip.end;
  if (!l4.present || v4.fragment || v6.ip.fragment || end > frame->caplen)
    return 0;
  if (!ffpf_has_sctp(&l4))
    return ffpf_l4_repair(frame, &ln, &l4, end - l4.at);
  uint32_t crc = ffpf_l4_sctp(frame->data + l4.at, end - l4.at);
  ffpf_store32(frame->data + l4.at + 8, __builtin_bswap32(crc));
  return 1;
}
