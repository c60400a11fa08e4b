/*
 * Measures one planned set: `sets_run VALUES ROUNDS`. VALUES is a file of 64-bit words; half of
 * them members. Prints nanoseconds a look-up of independent values (throughput) and of values of
 * which each needs the answer before (latency), and how many were members.
 */
#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "set.h"

#define MAX_ROUNDS 256
#define CALLS (1u << 20)

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t *read_values(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END))
    return NULL;
  *count = (size_t)ftell(file) / sizeof(uint64_t);
  rewind(file);
  uint64_t *values = malloc(*count * sizeof *values);
  if (values && fread(values, sizeof *values, *count, file) != *count)
    return NULL;
  fclose(file);
  return values;
}

/* With `chain` 0, which the compiler must not know, each look-up waits for the answer before. */
static inline __attribute__((always_inline)) double look_up(const uint64_t *values, size_t count,
                                                            uint64_t chain, uint64_t *members) {
  uint64_t found = 0, last = 0;
  double start = seconds();
  __asm__ volatile("" : "+r"(values)::"memory");
  for (size_t i = 0, at = 0; i < CALLS; i++) {
    last = set_has(values[at] ^ (last & chain));
    found += last;
    at = at + 1 == count ? 0 : at + 1;
  }
  __asm__ volatile("" : "+r"(found)::"memory"); /* the work is done before the clock is read */
  *members = found;
  return (seconds() - start) * 1e9 / CALLS;
}

static int by_size(const void *a, const void *b) {
  double x = *(const double *)a, y = *(const double *)b;
  return (x > y) - (x < y);
}

int main(int argc, char **argv) {
  size_t count;
  uint64_t *values = argc == 3 ? read_values(argv[1], &count) : NULL;
  int rounds = argc == 3 ? atoi(argv[2]) : 0;
  if (!values || !count || rounds < 1 || rounds > MAX_ROUNDS) {
    fprintf(stderr, "usage: sets_run VALUES ROUNDS (1..%d)\n", MAX_ROUNDS);
    return 2;
  }
  static double free_run[MAX_ROUNDS], chained[MAX_ROUNDS];
  uint64_t members = 0;
  volatile uint64_t nothing = 0;
  for (int i = 0; i < rounds; i++) {
    free_run[i] = look_up(values, count, 0, &members);
    chained[i] = look_up(values, count, nothing, &members);
  }
  qsort(free_run, (size_t)rounds, sizeof(double), by_size);
  qsort(chained, (size_t)rounds, sizeof(double), by_size);
  printf("%.3f %.3f %llu\n", free_run[rounds / 2], chained[rounds / 2],
         (unsigned long long)members);
  return 0;
}
