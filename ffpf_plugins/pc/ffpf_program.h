/*
 * What the C of every FPL-3 program stands on: arithmetic with the language's rules, hashes, the
 * private copy of a packet, and the queues of a batch. The generated text includes this file and
 * the two beside it; it is compiled on the user's machine with the rest.
 */
#ifndef FFPF_PROGRAM_H
#define FFPF_PROGRAM_H

#include "ffpf_headers.h"
#include "ffpf_object.h"
#include "ffpf_sets.h"

#if defined(__SSE4_2__)
#include <nmmintrin.h>
#endif

/* A user may compare what is never equal; FPL-3 has its own warning for it, with the user's place.
 */
#pragma GCC diagnostic ignored "-Wtype-limits"
/* A program may compare a value with itself. */
#pragma GCC diagnostic ignored "-Wtautological-compare"
/* gcc 12 sees a promoted complement in what is masked to its width. */
#pragma GCC diagnostic ignored "-Wsign-compare"
/* An index or a divisor that is wrong for certain stands behind a guard that aborts; gcc warns of
 * the code behind it all the same. */
#pragma GCC diagnostic ignored "-Warray-bounds"
#pragma GCC diagnostic ignored "-Wdiv-by-zero"
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wstringop-overflow"
#endif
#ifdef __clang__
/* Meant: conditions without branches (fpl3/passes/flatten.py). */
#pragma clang diagnostic ignored "-Wunknown-warning-option"
#pragma clang diagnostic ignored "-Wbitwise-instead-of-logical"
#endif

/* Arithmetic ------------------------------------------------------------------------------------
 */

/* A shift count >= the width gives 0, or the sign for >> of a signed value. */
#define FFPF_SHIFTS(bits)                                                                          \
  FFPF_INLINE uint##bits##_t ffpf_shl_u##bits(uint##bits##_t v, uint64_t n) {                      \
    return n < bits ? v << n : 0;                                                                  \
  }                                                                                                \
  FFPF_INLINE uint##bits##_t ffpf_shr_u##bits(uint##bits##_t v, uint64_t n) {                      \
    return n < bits ? v >> n : 0;                                                                  \
  }                                                                                                \
  FFPF_INLINE int##bits##_t ffpf_shl_i##bits(int##bits##_t v, uint64_t n) {                        \
    return (int##bits##_t)ffpf_shl_u##bits((uint##bits##_t)v, n);                                  \
  }                                                                                                \
  FFPF_INLINE int##bits##_t ffpf_shr_i##bits(int##bits##_t v, uint64_t n) {                        \
    return v >> (n < bits ? n : bits - 1);                                                         \
  }                                                                                                \
  /* smallest / -1 = smallest, smallest % -1 = 0: C leaves both undefined. */                      \
  FFPF_INLINE int##bits##_t ffpf_div_i##bits(int##bits##_t a, int##bits##_t b) {                   \
    return b == -1 ? (int##bits##_t)(0 - (uint##bits##_t)a) : a / b;                               \
  }                                                                                                \
  FFPF_INLINE int##bits##_t ffpf_rem_i##bits(int##bits##_t a, int##bits##_t b) {                   \
    return b == -1 ? 0 : a % b;                                                                    \
  }
FFPF_SHIFTS(32)
FFPF_SHIFTS(64)

#define FFPF_EXTREMES(name, type)                                                                  \
  FFPF_INLINE type ffpf_max_##name(type a, type b) { return a > b ? a : b; }                       \
  FFPF_INLINE type ffpf_min_##name(type a, type b) { return a < b ? a : b; }
FFPF_EXTREMES(u32, uint32_t)
FFPF_EXTREMES(i32, int32_t)
FFPF_EXTREMES(u64, uint64_t)
FFPF_EXTREMES(i64, int64_t)

/* offset + length <= cap in exact arithmetic. */
FFPF_INLINE bool ffpf_inside(uint64_t offset, uint64_t length, uint32_t cap) {
  return offset <= cap && length <= cap - offset;
}

/* Hashes ----------------------------------------------------------------------------------------
 */

/* CRC-32C (RFC 3720): reflected polynomial 0x82f63b78, initial value and final exclusive-or all
 * ones. */
FFPF_INLINE uint32_t ffpf_crc32c(const uint8_t *data, uint32_t length) {
  if (length == 0)
    return 0;
#if defined(__SSE4_2__)
  uint64_t crc = 0xffffffff;
  for (; length >= 8; length -= 8, data += 8) {
    uint64_t word;
    memcpy(&word, data, sizeof word);
    crc = _mm_crc32_u64(crc, word);
  }
  uint32_t rest = (uint32_t)crc;
  for (; length; length--)
    rest = _mm_crc32_u8(rest, *data++);
  return ~rest;
#else
  uint32_t crc = 0xffffffff;
  for (; length; length--) {
    crc ^= *data++;
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
  }
  return ~crc;
#endif
}

/* The IXP1200 hash unit: R(x) = A(x) * M(x) mod G48(x) over GF(2), chained over blocks of 6 bytes,
 * M = 0xffffffffffc5, G48 = x^48 + x^36 + x^25 + x^10 + 1; folded as in Intel's examples. */
FFPF_COLD uint32_t ffpf_ixp48(const uint8_t *data, uint32_t length) {
  const uint64_t multiplier = 0xffffffffffc5, low = 1ull << 36 | 1ull << 25 | 1ull << 10 | 1;
  uint64_t hash = 0;
  for (uint32_t at = 0; at < length; at += 6) {
    uint64_t block = 0, product = 0;
    for (uint32_t i = 0; i < 6; i++)
      block = block << 8 | (at + i < length ? data[at + i] : 0);
    hash ^= block;
    for (int bit = 47; bit >= 0; bit--) {
      product = (product << 1 & 0xffffffffffff) ^ (product >> 47 & 1 ? low : 0);
      product ^= multiplier >> bit & 1 ? hash : 0;
    }
    hash = product;
  }
  return (uint32_t)(hash ^ hash >> 16 ^ hash >> 32);
}

/* Jump hash (Lamping and Veach) in integers. */
FFPF_INLINE uint32_t ffpf_jump_hash(uint64_t key, uint32_t buckets) {
  int64_t b = -1;
  for (uint64_t j = 0; j < buckets;) {
    b = (int64_t)j;
    key = key * 2862933555777941757ull + 1;
    j = (((uint64_t)b + 1) << 31) / ((key >> 33) + 1);
  }
  return (uint32_t)b;
}

enum ffpf_flow { FFPF_FLOWFIELDS, FFPF_BIFLOWFIELDS, FFPF_HOSTFIELDS, FFPF_BIHOSTFIELDS };

/* Writes the flow key of a packet in wire form; returns its length, at most 37 bytes.
 * docs/headers.md, "Flow fields". */
FFPF_INLINE uint32_t ffpf_flow_key(uint8_t *key, enum ffpf_flow which, const uint8_t *data,
                                   uint32_t cap, uint32_t link, const struct ffpf_link *ln,
                                   const struct ffpf_ip *v4, const struct ffpf_ip6 *v6,
                                   const struct ffpf_l4 *l4) {
  const struct ffpf_ip *ip = v4->present ? v4 : &v6->ip;
  bool hosts = which == FFPF_HOSTFIELDS || which == FFPF_BIHOSTFIELDS;
  const uint8_t *source, *destination;
  uint32_t width;
  if (ip->present) {
    width = v4->present ? 4 : 16;
    source = data + ln->net + (v4->present ? 12 : 8);
    destination = source + width;
  } else if (ffpf_has_eth(cap, link)) {
    width = 6;
    source = data + 6;
    destination = data;
  } else {
    return 0;
  }
  uint8_t ports[4] = {0};
  if (ip->present && !hosts && !ip->fragment && ffpf_has_ports(l4, data))
    memcpy(ports, data + l4->at, 4);
  int order = memcmp(source, destination, width);
  if (order == 0)
    order = memcmp(ports, ports + 2, 2);
  bool swap = (which == FFPF_BIFLOWFIELDS || which == FFPF_BIHOSTFIELDS) && order > 0;
  memcpy(key, swap ? destination : source, width);
  memcpy(key + width, swap ? source : destination, width);
  uint8_t *next = key + 2 * width;
  if (!ip->present) {
    memcpy(next, data + 12, 2);
    return 2 * width + 2;
  }
  if (hosts)
    return 2 * width;
  *next++ = (uint8_t)ip->proto;
  memcpy(next, ports + (swap ? 2 : 0), 2);
  memcpy(next + 2, ports + (swap ? 0 : 2), 2);
  return 2 * width + 5;
}

#define FFPF_FLOW_HASH(name)                                                                       \
  FFPF_INLINE uint32_t ffpf_flow_hash_##name(                                                      \
      enum ffpf_flow which, const uint8_t *data, uint32_t cap, uint32_t link,                      \
      const struct ffpf_link *ln, const struct ffpf_ip *v4, const struct ffpf_ip6 *v6,             \
      const struct ffpf_l4 *l4) {                                                                  \
    uint8_t key[40];                                                                               \
    return ffpf_##name(key, ffpf_flow_key(key, which, data, cap, link, ln, v4, v6, l4));           \
  }
FFPF_FLOW_HASH(crc32c)
FFPF_FLOW_HASH(ixp48)

/* Queues ----------------------------------------------------------------------------------------
 */

#define FFPF_SLACK 64u

FFPF_INLINE uint8_t *ffpf_arena(struct ffpf_context *context, size_t size) {
  size = (size + FFPF_SLACK + 15) & ~(size_t)15;
  if (FFPF_UNLIKELY((size_t)(context->arena_end - context->arena_next) < size))
    return context->host->arena(context, size);
  uint8_t *at = context->arena_next;
  context->arena_next += size;
  return at;
}

/* A copy of the packet that this run may write to. */
FFPF_COLD uint8_t *ffpf_own(struct ffpf_context *context, const uint8_t *data, uint32_t cap) {
  uint8_t *own = ffpf_arena(context, cap);
  memcpy(own, data, cap);
  return own;
}

/* Whether packets lie farther apart than the processor's own prefetching follows. Guessed from
 * those whose descriptors the batch before has fetched; whatever a stale descriptor says is
 * harmless. */
FFPF_INLINE bool ffpf_is_sparse(const struct ffpf_packet *packets) {
  return (uintptr_t)packets[12].data - (uintptr_t)packets[0].data > 12 * 128;
}

/* A condition that was flattened stays flat: gcc would make a chain of jumps of it again. */
FFPF_INLINE uint32_t ffpf_flat(uint32_t condition) {
  __asm__("" : "+r"(condition));
  return condition;
}

/* A run of a wide program has ended; verdict 0 is no delivery. */
FFPF_INLINE void ffpf_deliver(struct ffpf_context *context, uint32_t number, uint32_t part,
                              uint32_t verdict, const uint8_t *data) {
  if (verdict == 0)
    return;
  if (FFPF_UNLIKELY(context->delivery_count == context->delivery_capacity))
    context->host->grow_deliveries(context);
  context->deliveries[context->delivery_count++] =
      (struct ffpf_delivery){data, number, part, verdict};
}

FFPF_INLINE void ffpf_raise(struct ffpf_context *context, uint32_t number, uint32_t part,
                            uint32_t rule) {
  if (FFPF_UNLIKELY(context->event_count == context->event_capacity))
    context->host->grow_events(context);
  context->events[context->event_count++] = (struct ffpf_event){number, part, rule};
}

/* Transmit --------------------------------------------------------------------------------------
 */

FFPF_INLINE uint8_t *ffpf_transmit(struct ffpf_context *context, uint32_t number,
                                   const uint8_t *data, uint32_t cap, enum ffpf_next_hop to) {
  if (FFPF_UNLIKELY(context->transmit_count == context->transmit_capacity))
    context->host->grow_transmits(context);
  uint8_t *frame = ffpf_arena(context, cap);
  memcpy(frame, data, cap);
  context->transmits[context->transmit_count++] = (struct ffpf_transmit){frame, number, cap, to};
  return frame;
}

FFPF_INLINE void ffpf_put_mac(uint8_t *at, uint64_t mac) {
  ffpf_store16(at, (uint16_t)(mac >> 32));
  ffpf_store32(at + 2, (uint32_t)mac);
}

FFPF_INLINE void ffpf_transmit_mac(struct ffpf_context *context, uint32_t number,
                                   const uint8_t *data, uint32_t cap, uint64_t mac) {
  ffpf_put_mac(ffpf_transmit(context, number, data, cap, FFPF_TO_MAC), mac);
}

FFPF_INLINE void ffpf_transmit_state(struct ffpf_context *context, uint32_t number,
                                     const uint8_t *data, uint32_t cap, uint64_t mac, uint16_t id,
                                     uint32_t assigned, uint32_t state) {
  uint8_t *frame = ffpf_transmit(context, number, data, cap, FFPF_TO_MAC_WITH_ID);
  ffpf_put_mac(frame, mac);
  if (assigned)
    ffpf_store32(frame + 6, state);
  ffpf_store16(frame + 10, id);
}

/* Replaces 16-bit word `was` by `now` in an Internet checksum (RFC 1624, equation 3). */
FFPF_INLINE uint16_t ffpf_adjusted(uint16_t checksum, uint16_t was, uint16_t now) {
  uint32_t sum = (uint16_t)~checksum + (uint32_t)(uint16_t)~was + now;
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return (uint16_t)~sum;
}

/* Where the checksum of the transport header stands that covers the IP addresses; 0: nowhere. */
FFPF_INLINE uint32_t ffpf_pseudo_checksum(const struct ffpf_l4 *l4, const uint8_t *data) {
  if (ffpf_has_tcp(l4, data))
    return l4->at + 16;
  if (ffpf_has_udp(l4, data))
    return l4->v6 || ffpf_load16(data + l4->at + 6) ? l4->at + 6 : 0;
  return ffpf_has_icmp6(l4) ? l4->at + 2 : 0;
}

FFPF_INLINE void ffpf_adjust(uint8_t *at, const uint8_t *was, const uint8_t *now, uint32_t bytes,
                             bool udp) {
  uint16_t checksum = ffpf_load16(at);
  for (uint32_t i = 0; i < bytes; i += 2)
    checksum = ffpf_adjusted(checksum, ffpf_load16(was + i), ffpf_load16(now + i));
  /* In UDP 0 means that there is no checksum; a computed 0 goes out as all ones (RFC 768). */
  ffpf_store16(at, udp && checksum == 0 ? 0xffff : checksum);
}

FFPF_INLINE void ffpf_readdress(struct ffpf_context *context, uint32_t number, const uint8_t *data,
                                uint32_t cap, const uint8_t *address, uint32_t bytes, uint32_t at,
                                uint32_t header_checksum, const struct ffpf_l4 *l4) {
  uint8_t *frame = ffpf_transmit(context, number, data, cap, FFPF_TO_IP);
  uint32_t pseudo = ffpf_pseudo_checksum(l4, data);
  if (header_checksum)
    ffpf_adjust(frame + header_checksum, data + at, address, bytes, false);
  if (pseudo)
    ffpf_adjust(frame + pseudo, data + at, address, bytes, l4->proto == 17);
  memcpy(frame + at, address, bytes);
}

FFPF_INLINE void ffpf_transmit_ip(struct ffpf_context *context, uint32_t number,
                                  const uint8_t *data, uint32_t cap, uint32_t address,
                                  const struct ffpf_link *ln, const struct ffpf_l4 *l4) {
  uint8_t bytes[4];
  ffpf_store32(bytes, address);
  ffpf_readdress(context, number, data, cap, bytes, 4, ln->net + 16, ln->net + 10, l4);
}

FFPF_INLINE void ffpf_transmit_ip6(struct ffpf_context *context, uint32_t number,
                                   const uint8_t *data, uint32_t cap, const uint8_t *address,
                                   const struct ffpf_link *ln, const struct ffpf_l4 *l4) {
  ffpf_readdress(context, number, data, cap, address, 16, ln->net + 24, 0, l4);
}

/* To other nodes ---------------------------------------------------------------------------------
 */

/* A state word that packet `number` of the batch arrived with. */
FFPF_INLINE uint32_t ffpf_state(const struct ffpf_context *context, uint32_t number, uint32_t words,
                                uint32_t word) {
  return context->states[(size_t)number * words + word];
}

/* Queues the packet for next hop `hop`: as it is now, `data` must not change any more. */
FFPF_INLINE void ffpf_send(struct ffpf_context *context, uint32_t number, const uint8_t *data,
                           uint32_t hop, uint32_t origin, uint32_t count, const uint32_t *words) {
  if (FFPF_UNLIKELY(context->send_count == context->send_capacity))
    context->host->grow_sends(context);
  struct ffpf_send *send = &context->sends[context->send_count++];
  *send = (struct ffpf_send){.data = data,
                             .index = number,
                             .hop = (uint16_t)hop,
                             .origin = (uint16_t)origin,
                             .word = words[0]};
  if (count > 1) {
    uint32_t *more = (uint32_t *)(void *)ffpf_arena(context, count * sizeof *words);
    memcpy(more, words, count * sizeof *words);
    send->words = more;
  }
}

/* Merging ----------------------------------------------------------------------------------------
 */

#define FFPF_MERGES(suffix, type, utype)                                                           \
  FFPF_COLD void ffpf_merge_##suffix(type *into, const type *from, uint64_t size,                  \
                                     enum ffpf_merge how) {                                        \
    for (uint64_t i = 0; i < size; i++) {                                                          \
      switch (how) {                                                                               \
      case FFPF_SUM:                                                                               \
        into[i] = (type)((utype)into[i] + (utype)from[i]);                                         \
        break;                                                                                     \
      case FFPF_OR:                                                                                \
        into[i] = (type)(into[i] | from[i]);                                                       \
        break;                                                                                     \
      case FFPF_MAX:                                                                               \
        into[i] = into[i] > from[i] ? into[i] : from[i];                                           \
        break;                                                                                     \
      case FFPF_MIN:                                                                               \
        into[i] = into[i] < from[i] ? into[i] : from[i];                                           \
        break;                                                                                     \
      }                                                                                            \
    }                                                                                              \
  }
FFPF_MERGES(u8, uint8_t, uint8_t)
FFPF_MERGES(u16, uint16_t, uint32_t)
FFPF_MERGES(u32, uint32_t, uint32_t)
FFPF_MERGES(u64, uint64_t, uint64_t)
FFPF_MERGES(i8, int8_t, uint8_t)
FFPF_MERGES(i16, int16_t, uint32_t)
FFPF_MERGES(i32, int32_t, uint32_t)
FFPF_MERGES(i64, int64_t, uint64_t)

/* Taking over the memory of a replaced program: what has the same name and shape. */
FFPF_COLD void ffpf_carry_array(void *into, const char *name, uint64_t size, uint32_t bits,
                                uint32_t is_signed, const void *from,
                                const struct ffpf_object *old) {
  for (uint32_t i = 0; i < old->array_count; i++) {
    const struct ffpf_array *was = old->arrays + i;
    if (strcmp(was->name, name) == 0 && was->size == size && was->bits == bits &&
        was->is_signed == is_signed)
      memcpy(into, (const uint8_t *)from + was->offset, size * (bits / 8));
  }
}

FFPF_COLD const void *ffpf_old_state(const char *name, const char *function, const char *options,
                                     const void *from, const struct ffpf_object *old) {
  for (uint32_t i = 0; i < old->extern_count; i++) {
    const struct ffpf_extern_state *was = old->externs + i;
    if (strcmp(was->name, name) == 0 && strcmp(was->function, function) == 0 &&
        strcmp(was->options, options) == 0)
      return (const uint8_t *)from + was->offset;
  }
  return NULL;
}

#endif
