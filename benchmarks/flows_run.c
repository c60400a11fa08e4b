/*
 * Measures flow_table against a map of C++: `flows_run FLOWS LOOKUPS ROUNDS`. Both find or make a
 * flow by 16 bytes of key, note when it was seen, and say its slot. They take turns, a pass over
 * the same keys each. Prints a line `ours theirs` of nanoseconds a look-up for every round; theirs
 * is 0 where there is no map.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "ffpf_program.h"

#include "ffpf_extern.h"

#include "flow_table.c"

#include "flows_peer.h"

#define IDLE_SECONDS 60
#define BIFLOWS 1
#define SMALL (1u << 12)
#define LARGE (1u << 21)
#define SLOT_BYTES 50 /* as in flow_table/__init__.py */

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* As the engine gets the state of a program: in large pages. */
static void *pages(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    fputs("flows_run: not enough memory\n", stderr);
    exit(1);
  }
  (void)madvise(memory, size, MADV_HUGEPAGE);
  return memory;
}

/* Generated programs call with constants; so does this, for the two sizes that are measured. */
#define RUN(name, slots)                                                                           \
  static __attribute__((noinline)) uint64_t name(void *state, const uint64_t *keys, size_t count,  \
                                                 uint64_t now) {                                   \
    uint64_t sum = 0;                                                                              \
    for (size_t i = 0; i < count; i++) {                                                           \
      struct ffpf_frame frame = {NULL, 0, 0, 1};                                                   \
      sum += flow_table_of2(&frame, state, slots, IDLE_SECONDS, BIFLOWS, keys[2 * i],              \
                            keys[2 * i + 1], now + i);                                             \
    }                                                                                              \
    return sum;                                                                                    \
  }
RUN(run_small, SMALL)
RUN(run_large, LARGE)

static uint64_t *random_keys(uint64_t flows, size_t count) {
  uint64_t *keys = pages(2 * count * sizeof *keys), state = 1;
  for (size_t i = 0; i < count; i++) {
    state = ffpf_mix64(state + i);
    keys[2 * i] = ffpf_mix64(state % flows);
    keys[2 * i + 1] = ffpf_mix64(keys[2 * i]);
  }
  return keys;
}

int main(int argc, char **argv) {
  const uint64_t flows = argc == 4 ? strtoull(argv[1], NULL, 10) : 0;
  const size_t count = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
  const int rounds = argc == 4 ? atoi(argv[3]) : 0;
  if (!flows || flows > LARGE / 2 || !count || rounds < 1) {
    fputs("usage: flows_run FLOWS LOOKUPS ROUNDS\n", stderr);
    return 2;
  }
  const bool small = flows <= SMALL / 2;
  struct flow_table_state *state = pages(sizeof *state + LARGE * SLOT_BYTES);
  const uint64_t *keys = random_keys(flows, count);
  flows_peer_start(flows);
  uint64_t now = 1000000000, sum = 0;
  for (int i = -1; i < rounds; i++, now += count) {
    const double start = seconds();
    sum += (small ? run_small : run_large)(state, keys, count, now);
    const double middle = seconds();
    sum += flows_peer_run(keys, count, now);
    const double end = seconds();
    if (i >= 0) /* the first pass makes the flows */
      printf("%.3f %.3f\n", (middle - start) * 1e9 / (double)count,
             FLOWS_PEER ? (end - middle) * 1e9 / (double)count : 0);
  }
  if (FLOWS_PEER && state->made - state->evicted != flows_peer_held() && state->evicted == 0) {
    fprintf(stderr, "flows_run: %" PRIu64 " flows and %" PRIu64 " in the map\n", state->made,
            flows_peer_held());
    return 1;
  }
  printf("%" PRIu64 " %" PRIu64 "\n", state->held, state->evicted);
  return sum == 0;
}
