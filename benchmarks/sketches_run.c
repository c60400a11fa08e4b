/*
 * Measures the external functions that measure, called as the C of programs calls them:
 * `sketches_run ROUNDS`. The variants of one case take turns, one pass a round, so that what drifts
 * on the machine drifts for all. Prints for each variant one line `CASE LABEL
 * nanoseconds-a-call...`, a figure for every round. The label `ours` is ours, all others are what
 * it is compared with.
 */
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#include "ffpf_extern.h"

#include "sketches_peer.h"

#include "count_distinct/count_distinct.c"
#include "crc32/crc32.c"
#include "entropy/entropy.c"
#include "quantile/quantile.c"
#include "top_k/top_k.c"

#define KEYS (1u << 20)
#define BYTES (1u << 20)
#define MAX_ROUNDS 256
#define TOP 1000u
#define PRECISION 12u
#define BUCKETS 7u

static uint64_t *different, *skewed, *lengths;
static uint8_t *bytes;
/* The largest of the states, for ours and for the floors each. */
static _Alignas(64) uint8_t state[1 << 18], plain[1 << 18];

static uint64_t next_random(void) { /* splitmix64 */
  static uint64_t seed;
  return ffpf_mix64(seed += 0x9e3779b97f4a7c15u);
}

static void fail(const char *what) {
  fprintf(stderr, "sketches_run: %s\n", what);
  exit(1);
}

static void *allocate(size_t size) {
  void *memory = malloc(size);
  if (!memory)
    fail("not enough memory");
  return memory;
}

/* Keys without repetition; keys of which the n-th is there about 1/n as often as the first (of a
 * million); lengths of packets and the like; bytes. */
static void make_input(void) {
  different = allocate(KEYS * sizeof *different);
  skewed = allocate(KEYS * sizeof *skewed);
  lengths = allocate(KEYS * sizeof *lengths);
  bytes = allocate(BYTES);
  for (uint32_t i = 0; i < KEYS; i++) {
    const uint64_t scale = 1ull << next_random() % 20;
    different[i] = next_random();
    skewed[i] = ffpf_mix64(scale + next_random() % scale);
    lengths[i] = next_random() >> (34 + next_random() % 24);
  }
  for (uint32_t i = 0; i < BYTES; i++)
    bytes[i] = (uint8_t)(next_random() >> next_random() % 8);
}

static void start_top(void) { top_k_start(state, TOP, 0); }

/* Updates of a key ------------------------------------------------------------------------------
 */

#define UPDATES(name, keys, call)                                                                  \
  static uint64_t name(void) {                                                                     \
    for (uint32_t i = 0; i < KEYS; i++) {                                                          \
      const struct ffpf_frame frame = {NULL, 60, 60, 1};                                           \
      const uint64_t key = keys[i];                                                                \
      (void)frame, (void)(call);                                                                   \
    }                                                                                              \
    __asm__ volatile("" ::: "memory");                                                             \
    return KEYS;                                                                                   \
  }

/* The floor: one hash and one byte stored, or one counter, in as much memory as ours works on. */
#define STORE(size) (plain[ffpf_mix64(key) % (size)] = (uint8_t)key)
#define COUNT(size) (((uint64_t *)(void *)plain)[ffpf_mix64(key) % ((size) / 8)]++)
#define QUANTILE_BYTES ((65 - BUCKETS) << BUCKETS << 3)
#define TOP_BYTES (96 + TOP * 32 + 2048 * 4)

UPDATES(distinct_ours, different, count_distinct_note(&frame, state, PRECISION, 1, key, 0))
UPDATES(distinct_floor, different, STORE(1u << PRECISION))
UPDATES(quantile_ours, lengths, quantile_note(&frame, state, BUCKETS, key))
UPDATES(quantile_floor, lengths, COUNT(QUANTILE_BYTES))
UPDATES(skewed_ours, skewed, top_k_add(&frame, state, TOP, 0, key, 1))
UPDATES(skewed_floor, skewed, COUNT(TOP_BYTES))
UPDATES(different_ours, different, top_k_add(&frame, state, TOP, 0, key, 1))
UPDATES(different_floor, different, COUNT(TOP_BYTES))

/* Questions -------------------------------------------------------------------------------------
 */

#define QUESTIONS 4096u

#define ASKED(name, call)                                                                          \
  static uint64_t name(void) {                                                                     \
    uint64_t sum = 0;                                                                              \
    for (uint32_t i = 0; i < QUESTIONS; i++) {                                                     \
      const struct ffpf_frame frame = {NULL, 60, 60, 1};                                           \
      (void)frame;                                                                                 \
      sum += (call);                                                                               \
      __asm__ volatile("" : "+r"(sum)::"memory");                                                  \
    }                                                                                              \
    return QUESTIONS;                                                                              \
  }

/* The floors: what must be read is added up. */
static uint64_t sum_bytes(void) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < 1u << PRECISION; i++)
    sum += plain[i];
  return sum;
}

static uint64_t sum_row(void) {
  uint64_t sum = 0;
  for (uint32_t i = 0; i < 64 + (1u << BUCKETS); i++)
    sum += ((uint64_t *)(void *)plain)[i];
  return sum;
}

#ifdef SKETCHES_PEER
#define PEER(name, call)                                                                           \
  static uint64_t name(void) {                                                                     \
    call;                                                                                          \
    return KEYS;                                                                                   \
  }
PEER(distinct_peer, sketches_peer_distinct(different, KEYS))
PEER(quantile_peer, sketches_peer_values(lengths, KEYS))
PEER(skewed_peer, sketches_peer_often(skewed, KEYS))
PEER(different_peer, sketches_peer_often(different, KEYS))
ASKED(estimate_peer, (uint64_t)sketches_peer_estimate())
#else
#define distinct_peer NULL
#define quantile_peer NULL
#define skewed_peer NULL
#define different_peer NULL
#define estimate_peer NULL
#endif

static void learn(void) {
  distinct_ours();
  distinct_floor();
#ifdef SKETCHES_PEER
  distinct_peer();
#endif
}

static void learn_values(void) {
  quantile_ours();
  quantile_floor();
}

ASKED(estimate_ours, count_distinct_estimate(&frame, state, PRECISION, 1, 0))
ASKED(estimate_floor, sum_bytes())
ASKED(at_ours, quantile_at(&frame, state, BUCKETS, i % 1000))
ASKED(at_floor, sum_row())

/* Ranges of bytes -------------------------------------------------------------------------------
 */

static uint64_t sink;

#define RANGES(name, size, call)                                                                   \
  static uint64_t name(void) {                                                                     \
    uint64_t sum = 0;                                                                              \
    for (uint32_t at = 0; at + (size) <= BYTES; at += (size)) {                                    \
      const struct ffpf_frame frame = {bytes + at, (size), (size), 1};                             \
      sum += call;                                                                                 \
    }                                                                                              \
    sink = sum;                                                                                    \
    return BYTES / (size);                                                                         \
  }

/* The floor of the entropy: the bytes are counted in one histogram, no more. */
static uint32_t count_bytes(const struct ffpf_frame *frame) {
  uint32_t counts[256] = {0};
  for (uint32_t i = 0; i < frame->caplen; i++)
    counts[frame->data[i]]++;
  __asm__ volatile("" ::"r"(counts) : "memory");
  return counts[0];
}

RANGES(crc64_ours, 64, crc32_of_range(&frame, 0, UINT32_MAX))
RANGES(crc64_zlib, 64, crc32(0, frame.data, frame.caplen))
RANGES(crc1500_ours, 1500, crc32_of_range(&frame, 0, UINT32_MAX))
RANGES(crc1500_zlib, 1500, crc32(0, frame.data, frame.caplen))
RANGES(entropy64_ours, 64, entropy_of_range(&frame, 0, UINT32_MAX))
RANGES(entropy64_floor, 64, count_bytes(&frame))
RANGES(entropy1500_ours, 1500, entropy_of_range(&frame, 0, UINT32_MAX))
RANGES(entropy1500_floor, 1500, count_bytes(&frame))

/* Measuring -------------------------------------------------------------------------------------
 */

struct variant {
  const char *name, *label;
  uint64_t (*run)(void); /* returns the number of calls; NULL without the peer */
  void (*prepare)(void); /* before the first round; may be NULL */
  double nanoseconds[MAX_ROUNDS];
};

static struct variant variants[] = {
    {"count_distinct(12)", "ours", distinct_ours, NULL, {0}},
    {"count_distinct(12)", "floor", distinct_floor, NULL, {0}},
    {"count_distinct(12)", "datasketches", distinct_peer, NULL, {0}},
    {"count_distinct(12).estimate", "ours", estimate_ours, learn, {0}},
    {"count_distinct(12).estimate", "floor", estimate_floor, NULL, {0}},
    {"count_distinct(12).estimate", "datasketches", estimate_peer, NULL, {0}},
    {"quantile(7)", "ours", quantile_ours, NULL, {0}},
    {"quantile(7)", "floor", quantile_floor, NULL, {0}},
    {"quantile(7)", "datasketches", quantile_peer, NULL, {0}},
    {"quantile(7).at", "ours", at_ours, learn_values, {0}},
    {"quantile(7).at", "floor", at_floor, NULL, {0}},
    {"top_k(1000),skewed", "ours", skewed_ours, start_top, {0}},
    {"top_k(1000),skewed", "floor", skewed_floor, NULL, {0}},
    {"top_k(1000),skewed", "datasketches", skewed_peer, NULL, {0}},
    {"top_k(1000),all-different", "ours", different_ours, start_top, {0}},
    {"top_k(1000),all-different", "floor", different_floor, NULL, {0}},
    {"top_k(1000),all-different", "datasketches", different_peer, NULL, {0}},
    {"entropy,64-bytes", "ours", entropy64_ours, NULL, {0}},
    {"entropy,64-bytes", "floor", entropy64_floor, NULL, {0}},
    {"entropy,1500-bytes", "ours", entropy1500_ours, NULL, {0}},
    {"entropy,1500-bytes", "floor", entropy1500_floor, NULL, {0}},
    {"crc32,64-bytes", "ours", crc64_ours, NULL, {0}},
    {"crc32,64-bytes", "zlib", crc64_zlib, NULL, {0}},
    {"crc32,1500-bytes", "ours", crc1500_ours, NULL, {0}},
    {"crc32,1500-bytes", "zlib", crc1500_zlib, NULL, {0}},
};
#define VARIANTS (sizeof variants / sizeof *variants)

static double thread_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* All rounds of one case, each after a pass that is not counted, then the next. */
static void measure(size_t first, size_t end, uint32_t rounds) {
  memset(state, 0, sizeof state);
  memset(plain, 0, sizeof plain);
#ifdef SKETCHES_PEER
  sketches_peer_start();
#endif
  if (variants[first].prepare)
    variants[first].prepare();
  for (size_t v = first; v < end; v++)
    if (variants[v].run)
      variants[v].run();
  for (uint32_t round = 0; round < rounds; round++)
    for (size_t v = first; v < end; v++) {
      if (!variants[v].run)
        continue;
      const double start = thread_seconds();
      const uint64_t calls = variants[v].run();
      variants[v].nanoseconds[round] = (thread_seconds() - start) * 1e9 / (double)calls;
    }
}

/* That what is compared does the same. */
static void check(void) {
  uint64_t ours = (crc64_ours(), sink), theirs = (crc64_zlib(), sink);
  if (ours != theirs)
    fail("crc32 and zlib disagree");
  ours = (crc1500_ours(), sink), theirs = (crc1500_zlib(), sink);
  if (ours != theirs)
    fail("crc32 and zlib disagree");
}

static void pin(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(sched_getcpu(), &set);
  /* Where it is refused, measurements are noisier, no more. */
  sched_setaffinity(0, sizeof set, &set);
}

int main(int argc, char **argv) {
  const uint32_t rounds = argc == 2 ? (uint32_t)atoi(argv[1]) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS)
    fail("usage: sketches_run ROUNDS (1 to 256)");
  pin();
  make_input();
  check();
  for (size_t v = 0, end; v < VARIANTS; v = end) {
    for (end = v; end < VARIANTS && !strcmp(variants[end].name, variants[v].name); end++)
      ;
    measure(v, end, rounds);
  }
  for (size_t v = 0; v < VARIANTS; v++) {
    if (!variants[v].run)
      continue;
    printf("%s %s", variants[v].name, variants[v].label);
    for (uint32_t round = 0; round < rounds; round++)
      printf(" %.4f", variants[v].nanoseconds[round]);
    putchar('\n');
  }
  return 0;
}
