/* A log-linear histogram: rows of 2^precision buckets; row 0 and 1 have a bucket for every value,
 * each row behind them has buckets twice as wide as those before. */
#include "ffpf_extern.h"

struct quantile {
  uint64_t most, most_complement; /* of the values, and of their complements: zeros are right */
  uint64_t rows[64];              /* sums of rows: a search looks at these first */
  uint64_t buckets[];
};

static inline FFPF_UNUSED uint32_t quantile_rows(uint32_t precision) { return 65 - precision; }

static inline FFPF_UNUSED uint32_t quantile_bucket(uint32_t precision, uint64_t value) {
  const uint32_t highest = 63 - (uint32_t)__builtin_clzll(value | 1ull << precision);
  const uint32_t shift = highest - precision;
  return (shift << precision) + (uint32_t)(value >> shift);
}

/* The greatest value of a bucket. */
static inline FFPF_UNUSED uint64_t quantile_end(uint32_t precision, uint32_t bucket) {
  const uint32_t row = bucket >> precision, shift = row ? row - 1 : 0;
  const uint64_t first = (uint64_t)(bucket - (shift << precision)) << shift;
  return first + ((1ull << shift) - 1);
}

static inline FFPF_UNUSED uint32_t quantile_note(const struct ffpf_frame *frame, void *state,
                                                 uint32_t precision, uint64_t value) {
  struct quantile *q = state;
  (void)frame;
  const uint32_t bucket = quantile_bucket(precision, value);
  q->buckets[bucket]++;
  q->rows[bucket >> precision]++;
  q->most = value > q->most ? value : q->most;
  q->most_complement = ~value > q->most_complement ? ~value : q->most_complement;
  return 0;
}

static inline FFPF_UNUSED uint64_t quantile_count(const struct quantile *q, uint32_t precision) {
  uint64_t count = 0;
  for (uint32_t row = 0; row < quantile_rows(precision); row++)
    count += q->rows[row];
  return count;
}

/* ceil(permille * count / 1000), and at least 1, without a product that overflows. */
static inline FFPF_UNUSED uint64_t quantile_rank(uint64_t count, uint32_t permille) {
  const uint64_t rank = count / 1000 * permille + (count % 1000 * permille + 999) / 1000;
  return rank ? rank : 1;
}

static inline FFPF_UNUSED uint64_t quantile_at(const struct ffpf_frame *frame, const void *state,
                                               uint32_t precision, uint32_t permille) {
  const struct quantile *q = state;
  (void)frame;
  const uint64_t count = quantile_count(q, precision);
  if (count == 0)
    return 0;
  if (permille == 0)
    return ~q->most_complement;
  if (permille >= 1000)
    return q->most;
  uint64_t left = quantile_rank(count, permille);
  uint32_t row = 0;
  for (; row < quantile_rows(precision) - 1 && left > q->rows[row]; row++)
    left -= q->rows[row];
  uint32_t bucket = row << precision;
  for (const uint32_t last = bucket + (1u << precision) - 1;
       bucket < last && left > q->buckets[bucket]; bucket++)
    left -= q->buckets[bucket];
  const uint64_t end = quantile_end(precision, bucket);
  return end < q->most ? end : q->most;
}

static inline FFPF_UNUSED void quantile_merge(void *into, const void *from, uint32_t precision) {
  struct quantile *q = into;
  const struct quantile *other = from;
  q->most = q->most > other->most ? q->most : other->most;
  if (q->most_complement < other->most_complement)
    q->most_complement = other->most_complement;
  for (uint32_t row = 0; row < quantile_rows(precision); row++)
    q->rows[row] += other->rows[row];
  for (uint32_t i = 0; i < quantile_rows(precision) << precision; i++)
    q->buckets[i] += other->buckets[i];
}

static inline FFPF_UNUSED void quantile_show(const void *state, uint32_t precision,
                                             struct ffpf_show *show) {
  static const char *const names[] = {"min", "p50", "p90", "p99", "p999", "max"};
  static const uint32_t permilles[] = {0, 500, 900, 990, 999, 1000};
  const uint64_t count = quantile_count(state, precision);
  if (count == 0)
    return;
  show->row(show);
  show->number(show, "count", count);
  for (int i = 0; i < 6; i++)
    show->number(show, names[i], quantile_at(NULL, state, precision, permilles[i]));
}
