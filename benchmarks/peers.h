/*
 * How a peer filter is measured: inlined into a loop over the same packet descriptors that our
 * objects get, in three ways: without prefetch; with prefetch 16 packets ahead; as our objects
 * prefetch, two lines of sparse packets in two steps. The best of the three counts.
 */
#ifndef BENCH_PEERS_H
#define BENCH_PEERS_H

#include <stdint.h>
#include <string.h>

#include "ffpf_object.h"

#define NEAR_AHEAD 16
#define SPARSE_AHEAD 32
#define FAR_AHEAD 48

typedef uint64_t bench_loop(const struct ffpf_packet *packets, uint64_t count);

struct bench_peer {
  const char *filter;
  const char *kind;
  bench_loop *plain, *near, *far;
  void (*mark)(const struct ffpf_packet *packets, uint64_t count, uint8_t *matched);
};

/* Every library of peers exports this; the last entry has a NULL filter. */
extern const struct bench_peer bench_peers[];

#define PREFETCH_NOTHING(packet) (void)(packet)
#define PREFETCH_ONE(packet) __builtin_prefetch((packet)[NEAR_AHEAD].data)
#define PREFETCH_SPARSE(packet)                                                                    \
  do {                                                                                             \
    __builtin_prefetch((packet)[SPARSE_AHEAD].data + 12);                                          \
    if (__builtin_expect(sparse, 0)) {                                                             \
      __builtin_prefetch((packet)[SPARSE_AHEAD].data + 37);                                        \
      __builtin_prefetch((packet)[FAR_AHEAD].data + 12, 0, 2);                                     \
      __builtin_prefetch((packet)[FAR_AHEAD].data + 37, 0, 2);                                     \
    }                                                                                              \
  } while (0)

#define PEER_LOOP(name, function, prefetch)                                                        \
  static uint64_t name(const struct ffpf_packet *packets, uint64_t count) {                        \
    uint64_t matches = 0;                                                                          \
    const int sparse = (uintptr_t)packets[12].data - (uintptr_t)packets[0].data > 12 * 128;        \
    (void)sparse;                                                                                  \
    for (uint64_t i = 0; i < count; i++) {                                                         \
      prefetch(packets + i);                                                                       \
      matches += function(packets[i].data, packets[i].caplen);                                     \
    }                                                                                              \
    return matches;                                                                                \
  }

/* Defines the loops of `static inline uint32_t function(const uint8_t *data, uint32_t caplen)`,
 * which gives 1 or 0. At least FAR_AHEAD descriptors lie behind packets[count - 1]. */
#define PEER_LOOPS(function)                                                                       \
  PEER_LOOP(function##_plain, function, PREFETCH_NOTHING)                                          \
  PEER_LOOP(function##_near, function, PREFETCH_ONE)                                               \
  PEER_LOOP(function##_far, function, PREFETCH_SPARSE)                                             \
  static void function##_mark(const struct ffpf_packet *packets, uint64_t count, uint8_t *out) {   \
    for (uint64_t i = 0; i < count; i++)                                                           \
      out[i] = (uint8_t)function(packets[i].data, packets[i].caplen);                              \
  }

#define PEER(filter, kind, function)                                                               \
  { filter, kind, function##_plain, function##_near, function##_far, function##_mark }

#endif
