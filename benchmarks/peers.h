/*
 * How a peer filter is measured: inlined into a loop over the same packet descriptors that our objects
 * get, without prefetch and with prefetch 16 packets ahead; the better of the two counts.
 */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include <stdint.h>
#include <string.h>

#include "ffpf_object.h"

#define PREFETCH_AHEAD 16

struct bench_peer {
  const char *filter;
  const char *kind;
  uint64_t (*plain)(const struct ffpf_packet *packets, uint64_t count);
  uint64_t (*ahead)(const struct ffpf_packet *packets, uint64_t count);
  void (*mark)(const struct ffpf_packet *packets, uint64_t count, uint8_t *matched);
};

/* Every library of peers exports this; the last entry has a NULL filter. */
extern const struct bench_peer bench_peers[];

/* Defines the loops of `static inline uint32_t function(const uint8_t *data, uint32_t caplen)`, which
 * gives 1 or 0. The descriptors have PREFETCH_AHEAD more entries than count. */
#define PEER_LOOPS(function)                                                                       \
  static uint64_t function##_plain(const struct ffpf_packet *packets, uint64_t count) {            \
    uint64_t matches = 0;                                                                          \
    for (uint64_t i = 0; i < count; i++)                                                           \
      matches += function(packets[i].data, packets[i].caplen);                                     \
    return matches;                                                                                \
  }                                                                                                \
  static uint64_t function##_ahead(const struct ffpf_packet *packets, uint64_t count) {            \
    uint64_t matches = 0;                                                                          \
    for (uint64_t i = 0; i < count; i++) {                                                         \
      __builtin_prefetch(packets[i + PREFETCH_AHEAD].data);                                        \
      matches += function(packets[i].data, packets[i].caplen);                                     \
    }                                                                                              \
    return matches;                                                                                \
  }                                                                                                \
  static void function##_mark(const struct ffpf_packet *packets, uint64_t count, uint8_t *out) {   \
    for (uint64_t i = 0; i < count; i++)                                                           \
      out[i] = (uint8_t)function(packets[i].data, packets[i].caplen);                              \
  }

#define PEER(filter, kind, function)                                                               \
  {filter, kind, function##_plain, function##_ahead, function##_mark}

#endif
