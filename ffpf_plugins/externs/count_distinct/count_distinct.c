/* HyperLogLog with the estimator of Ertl 2017, in integers. */
#include "ffpf_extern.h"

#define COUNT_DISTINCT_POINT 62                    /* bits behind the point */
#define COUNT_DISTINCT_ALPHA 0x2e2a8eca5705fc2full /* 1 / (2 ln 2), such a number */
#define COUNT_DISTINCT_SHOWN 20u

typedef unsigned __int128 count_distinct_wide;

/* The number added is this function's own: see sample.c. */
static inline FFPF_UNUSED uint32_t count_distinct_note(const struct ffpf_frame *frame, void *state,
                                                       uint32_t precision, uint32_t groups,
                                                       uint64_t key, uint32_t group) {
  (void)frame;
  const uint64_t hash = ffpf_mix64(key + 0x9e3779b97f4a7c15u);
  uint8_t *at =
      (uint8_t *)state + ((size_t)(group % groups) << precision) + (hash >> (64 - precision));
  const uint64_t rest = hash << precision | 1ull << (precision - 1);
  const uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
  if (rank > *at)
    *at = rank;
  return 0;
}

/* m * sigma(zeros / m) of the paper, for 0 < zeros < m: what the registers that are still 0 stand
 * for. */
static inline FFPF_UNUSED count_distinct_wide count_distinct_sigma(uint32_t precision,
                                                                   uint32_t zeros) {
  uint64_t x = (uint64_t)zeros << (COUNT_DISTINCT_POINT - precision);
  count_distinct_wide sum = x;
  for (uint32_t k = 0; x; k++) {
    x = (uint64_t)((count_distinct_wide)x * x >> COUNT_DISTINCT_POINT);
    sum += (count_distinct_wide)x << k;
  }
  return sum << precision;
}

/* alpha * 4^precision / below, rounded; below is not 0. */
static inline FFPF_UNUSED uint64_t count_distinct_quotient(uint32_t precision,
                                                           count_distinct_wide below) {
  const uint64_t high = (uint64_t)(below >> 64);
  const int bits = high ? 128 - __builtin_clzll(high) : 64 - __builtin_clzll((uint64_t)below);
  const uint64_t divisor = (uint64_t)(bits > 64 ? below >> (bits - 64) : below << (64 - bits));
  const uint64_t quotient = (uint64_t)(((count_distinct_wide)COUNT_DISTINCT_ALPHA << 64) / divisor);
  const int shift = bits - 2 * (int)precision;
  if (shift <= 0)
    return -shift > __builtin_clzll(quotient) ? UINT64_MAX : quotient << -shift;
  return (uint64_t)(((count_distinct_wide)quotient + ((count_distinct_wide)1 << (shift - 1))) >>
                    shift);
}

/* The sum of 2^-register over the registers that are not 0. Those up to 31, which nearly all are,
 * are added in halves of 32 bits, so that vector instructions do many at once. */
static inline FFPF_UNUSED count_distinct_wide count_distinct_sum(const uint8_t *registers,
                                                                 uint32_t count, uint32_t zeros) {
  uint32_t high = 0, low = 0;
  uint8_t bits = 0;
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t term = registers[i] < 32 ? 1u << (31 - registers[i] % 32) : 0;
    high += term >> 16;
    low += term & 0xffff;
    bits |= registers[i];
  }
  count_distinct_wide sum = ((uint64_t)high << 16) + low - ((uint64_t)zeros << 31);
  sum <<= COUNT_DISTINCT_POINT - 31;
  for (uint32_t i = 0; bits >= 32 && i < count; i++)
    sum += registers[i] < 32 ? 0 : 1ull << (COUNT_DISTINCT_POINT - registers[i]);
  return sum;
}

static inline FFPF_UNUSED uint64_t count_distinct_of(const uint8_t *registers, uint32_t precision) {
  const uint32_t count = 1u << precision;
  uint32_t zeros = 0;
  for (uint32_t i = 0; i < count; i++)
    zeros += registers[i] == 0;
  if (zeros == count)
    return 0;
  count_distinct_wide below = count_distinct_sum(registers, count, zeros);
  if (zeros)
    below += count_distinct_sigma(precision, zeros);
  return count_distinct_quotient(precision, below);
}

static inline FFPF_UNUSED uint64_t count_distinct_estimate(const struct ffpf_frame *frame,
                                                           const void *state, uint32_t precision,
                                                           uint32_t groups, uint32_t group) {
  (void)frame;
  return count_distinct_of((const uint8_t *)state + ((size_t)(group % groups) << precision),
                           precision);
}

static inline FFPF_UNUSED void count_distinct_merge(void *into, const void *from,
                                                    uint32_t precision, uint32_t groups) {
  uint8_t *registers = into;
  const uint8_t *others = from;
  for (size_t i = 0; i < (size_t)groups << precision; i++)
    registers[i] = registers[i] > others[i] ? registers[i] : others[i];
}

/* What is shown ---------------------------------------------------------------------------------
 */

struct count_distinct_row {
  uint64_t distinct;
  uint32_t group;
};

static inline FFPF_UNUSED bool count_distinct_is_empty(const uint8_t *registers,
                                                       uint32_t precision) {
  for (uint32_t i = 0; i < 1u << precision; i++)
    if (registers[i])
      return false;
  return true;
}

/* Puts a row into its place among the `count` greatest so far; returns how many there are then. */
static inline FFPF_UNUSED uint32_t count_distinct_place(struct count_distinct_row *rows,
                                                        uint32_t count,
                                                        struct count_distinct_row row) {
  uint32_t at = count;
  for (; at && rows[at - 1].distinct < row.distinct; at--)
    if (at < COUNT_DISTINCT_SHOWN)
      rows[at] = rows[at - 1];
  if (at < COUNT_DISTINCT_SHOWN)
    rows[at] = row;
  return count < COUNT_DISTINCT_SHOWN ? count + 1 : count;
}

static inline FFPF_UNUSED void count_distinct_show(const void *state, uint32_t precision,
                                                   uint32_t groups, struct ffpf_show *show) {
  struct count_distinct_row rows[COUNT_DISTINCT_SHOWN];
  uint32_t count = 0;
  for (uint32_t group = 0; group < groups; group++) {
    const uint8_t *registers = (const uint8_t *)state + ((size_t)group << precision);
    if (count_distinct_is_empty(registers, precision))
      continue;
    const struct count_distinct_row row = {count_distinct_of(registers, precision), group};
    count = count_distinct_place(rows, count, row);
  }
  /* Without sqrt(), which would want another library. */
  const double error = 1.04 / (double)(1u << precision / 2);
  for (uint32_t i = 0; i < count; i++) {
    show->row(show);
    show->number(show, "group", rows[i].group);
    show->number(show, "distinct", rows[i].distinct);
    show->real(show, "standard_error", precision % 2 ? error / 1.4142135623730951 : error);
  }
}
