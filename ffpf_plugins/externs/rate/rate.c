/*
 * Counters of keys in the current interval, in sets of eight. Places are taken in order and never
 * given back, so that the free ones of a set are its last. All zero is an empty table.
 */
#include "ffpf_extern.h"
#include "ffpf_headers.h"

#define RATE_WAYS 8u

/* Numbers of intervals begin at 1; 0: free. */
struct rate_set {
  uint64_t keys[RATE_WAYS], intervals[RATE_WAYS], counts[RATE_WAYS];
};

struct rate_state {
  uint64_t events, held, evicted, highest, highest_key, unused[3];
  struct rate_set sets[];
};

static inline FFPF_UNUSED uint64_t rate_sets(uint64_t slots) {
  return (slots + RATE_WAYS - 1) / RATE_WAYS;
}

static inline FFPF_UNUSED struct rate_set *rate_set_of(struct rate_state *state, uint64_t slots,
                                                       uint64_t key) {
  return state->sets + ((ffpf_mix64(key) >> 32) * rate_sets(slots) >> 32);
}

/* The way of a key; RATE_WAYS: it is not held. */
static inline FFPF_UNUSED uint32_t rate_find(const struct rate_set *set, uint64_t key) {
  uint32_t way = 0;
  while (way < RATE_WAYS && (set->keys[way] != key || set->intervals[way] == 0))
    way++;
  return way;
}

/* Whether an interval runs at this time: one that has just begun may get a late packet. */
static inline FFPF_UNUSED bool rate_runs(uint64_t interval, uint64_t current) {
  return interval == current || interval == current + 1;
}

/* The first free way, else that of the oldest interval and, of those, the smallest count. Intervals
 * behind `latest` are wrong and count as the oldest. */
static inline FFPF_UNUSED uint32_t rate_victim(const struct rate_set *set, uint64_t latest) {
  uint32_t found = 0;
  uint64_t oldest = UINT64_MAX, smallest = UINT64_MAX;
  for (uint32_t way = 0; way < RATE_WAYS; way++) {
    if (set->intervals[way] == 0)
      return way;
    const uint64_t age = set->intervals[way] > latest ? 0 : set->intervals[way];
    if (age < oldest || (age == oldest && set->counts[way] < smallest)) {
      found = way;
      oldest = age;
      smallest = set->counts[way];
    }
  }
  return found;
}

static inline FFPF_UNUSED void rate_put(struct rate_set *set, uint32_t way, uint64_t key,
                                        uint64_t interval, uint64_t count) {
  set->keys[way] = key;
  set->intervals[way] = interval;
  set->counts[way] = count;
}

static inline FFPF_UNUSED uint64_t rate_sum(uint64_t a, uint64_t b) {
  return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline FFPF_UNUSED void rate_note(struct rate_state *state, uint64_t key, uint64_t count) {
  if (count > state->highest) {
    state->highest = count;
    state->highest_key = key;
  }
}

/* Gives a key that is not held a place with a count of 0; returns its way. */
FFPF_ONCE uint32_t rate_make(struct rate_state *state, struct rate_set *set, uint64_t key,
                             uint64_t current) {
  const uint32_t way = rate_victim(set, current + 1);
  state->held += set->intervals[way] == 0;
  state->evicted += rate_runs(set->intervals[way], current);
  rate_put(set, way, key, current, 0);
  return way;
}

static inline FFPF_UNUSED uint64_t rate_count(const struct ffpf_frame *frame, void *memory,
                                              uint64_t interval_ms, uint64_t slots, uint64_t key,
                                              uint64_t weight, uint64_t now) {
  (void)frame;
  struct rate_state *state = memory;
  struct rate_set *set = rate_set_of(state, slots, key);
  const uint64_t current = now / (interval_ms * 1000000u) + 1;
  uint32_t way = rate_find(set, key);
  if (FFPF_UNLIKELY(way == RATE_WAYS))
    way = rate_make(state, set, key, current);
  else if (!rate_runs(set->intervals[way], current))
    rate_put(set, way, key, current, 0);
  state->events++;
  set->counts[way] = rate_sum(set->counts[way], weight);
  rate_note(state, key, set->counts[way]);
  return set->counts[way];
}

/* Of one entry of the other table, whose key this one does not hold. */
static inline FFPF_UNUSED void rate_take_in(struct rate_state *state, struct rate_set *set,
                                            uint64_t key, uint64_t interval, uint64_t count) {
  const uint32_t way = rate_victim(set, UINT64_MAX);
  const uint64_t its = set->intervals[way];
  state->held += its == 0;
  state->evicted += its == interval;
  if (interval > its || (interval == its && count > set->counts[way]))
    rate_put(set, way, key, interval, count);
}

static inline FFPF_UNUSED void rate_merge_entry(struct rate_state *state, uint64_t slots,
                                                uint64_t key, uint64_t interval, uint64_t count) {
  struct rate_set *set = rate_set_of(state, slots, key);
  const uint32_t way = rate_find(set, key);
  if (way == RATE_WAYS) {
    rate_take_in(state, set, key, interval, count);
  } else if (set->intervals[way] == interval) {
    set->counts[way] = rate_sum(set->counts[way], count);
    rate_note(state, key, set->counts[way]);
  } else if (set->intervals[way] < interval) {
    rate_put(set, way, key, interval, count);
  }
}

static inline FFPF_UNUSED void rate_merge(void *into, const void *from, uint64_t interval_ms,
                                          uint64_t slots) {
  (void)interval_ms;
  struct rate_state *a = into;
  const struct rate_state *b = from;
  a->events += b->events;
  a->evicted += b->evicted;
  if (b->highest > a->highest || (b->highest == a->highest && b->highest_key < a->highest_key)) {
    a->highest = b->highest;
    a->highest_key = b->highest_key;
  }
  for (const struct rate_set *set = b->sets; set < b->sets + rate_sets(slots); set++)
    for (uint32_t way = 0; way < RATE_WAYS && set->intervals[way]; way++)
      rate_merge_entry(a, slots, set->keys[way], set->intervals[way], set->counts[way]);
}

static inline FFPF_UNUSED void rate_show(const void *memory, uint64_t interval_ms, uint64_t slots,
                                         struct ffpf_show *show) {
  (void)interval_ms, (void)slots;
  const struct rate_state *state = memory;
  show->row(show);
  show->number(show, "events", state->events);
  show->number(show, "held", state->held);
  show->number(show, "evicted", state->evicted);
  show->number(show, "highest", state->highest);
  show->number(show, "highest_key", state->highest_key);
}
