/*
 * Token buckets of keys, in sets of eight. Places are taken in order and never given back, so that
 * the free ones of a set are its last. All zero is a table without buckets.
 */
#include "ffpf_extern.h"
#include "ffpf_headers.h"

#define TOKEN_BUCKET_WAYS 8u
/* Credits a token: a bucket gets `rate` of them a nanosecond. The most tokens fit 64 bits so. */
#define TOKEN_BUCKET_TOKEN 1000000000u
#define TOKEN_BUCKET_SET_BACK 60000000000u

/* Times are kept plus 1; 0: free. */
struct token_bucket_set {
  uint64_t keys[TOKEN_BUCKET_WAYS], lasts[TOKEN_BUCKET_WAYS], credits[TOKEN_BUCKET_WAYS];
};

struct token_bucket_state {
  uint64_t passed, refused, held, evicted, unused[4];
  struct token_bucket_set sets[];
};

static inline FFPF_UNUSED uint64_t token_bucket_sets(uint64_t slots) {
  return (slots + TOKEN_BUCKET_WAYS - 1) / TOKEN_BUCKET_WAYS;
}

static inline FFPF_UNUSED struct token_bucket_set *
token_bucket_set_of(struct token_bucket_state *state, uint64_t slots, uint64_t key) {
  return state->sets + ((ffpf_mix64(key) >> 32) * token_bucket_sets(slots) >> 32);
}

/* The way of a key; TOKEN_BUCKET_WAYS: it has no bucket. */
static inline FFPF_UNUSED uint32_t token_bucket_find(const struct token_bucket_set *set,
                                                     uint64_t key) {
  uint32_t way = 0;
  while (way < TOKEN_BUCKET_WAYS && (set->keys[way] != key || set->lasts[way] == 0))
    way++;
  return way;
}

/* The first free way, else the one whose last call is farthest from this time. */
static inline FFPF_UNUSED uint32_t token_bucket_victim(const struct token_bucket_set *set,
                                                       uint64_t time) {
  uint32_t found = 0;
  uint64_t farthest = 0;
  for (uint32_t way = 0; way < TOKEN_BUCKET_WAYS; way++) {
    const uint64_t last = set->lasts[way];
    if (last == 0)
      return way;
    const uint64_t distance = last > time ? last - time : time - last;
    if (distance > farthest) {
      found = way;
      farthest = distance;
    }
  }
  return found;
}

static inline FFPF_UNUSED void token_bucket_put(struct token_bucket_set *set, uint32_t way,
                                                uint64_t key, uint64_t last, uint64_t credit) {
  set->keys[way] = key;
  set->lasts[way] = last;
  set->credits[way] = credit;
}

FFPF_ONCE uint32_t token_bucket_make(struct token_bucket_state *state, struct token_bucket_set *set,
                                     uint64_t key, uint64_t time, uint64_t full) {
  const uint32_t way = token_bucket_victim(set, time);
  state->held += set->lasts[way] == 0;
  state->evicted += set->lasts[way] != 0;
  token_bucket_put(set, way, key, time, full);
  return way;
}

/* What a bucket holds some nanoseconds later. */
static inline FFPF_UNUSED uint64_t token_bucket_filled(uint64_t credit, uint64_t elapsed,
                                                       uint64_t rate, uint64_t full) {
  uint64_t gain;
  if (credit >= full || __builtin_mul_overflow(elapsed, rate, &gain) || gain >= full - credit)
    return full;
  return credit + gain;
}

static inline FFPF_UNUSED void token_bucket_advance(struct token_bucket_set *set, uint32_t way,
                                                    uint64_t time, uint64_t rate, uint64_t full) {
  const uint64_t last = set->lasts[way];
  if (time < last && last - time <= TOKEN_BUCKET_SET_BACK)
    return;
  const uint64_t elapsed = time > last ? time - last : 0;
  set->credits[way] = token_bucket_filled(set->credits[way], elapsed, rate, full);
  set->lasts[way] = time;
}

static inline FFPF_UNUSED uint32_t token_bucket_take(const struct ffpf_frame *frame, void *memory,
                                                     uint64_t rate, uint64_t burst, uint64_t slots,
                                                     uint64_t key, uint64_t tokens, uint64_t now) {
  (void)frame;
  struct token_bucket_state *state = memory;
  if (slots == 1)
    key = 0;
  struct token_bucket_set *set = token_bucket_set_of(state, slots, key);
  const uint64_t time = now < UINT64_MAX ? now + 1 : now, full = burst * TOKEN_BUCKET_TOKEN;
  uint32_t way = token_bucket_find(set, key);
  if (FFPF_UNLIKELY(way == TOKEN_BUCKET_WAYS))
    way = token_bucket_make(state, set, key, time, full);
  else
    token_bucket_advance(set, way, time, rate, full);
  if (tokens > burst || tokens * TOKEN_BUCKET_TOKEN > set->credits[way]) {
    state->refused++;
    return 0;
  }
  set->credits[way] -= tokens * TOKEN_BUCKET_TOKEN;
  state->passed++;
  return 1;
}

/* One bucket for what two have had: what is missing in them adds up. */
static inline FFPF_UNUSED void token_bucket_join(struct token_bucket_set *set, uint32_t way,
                                                 uint64_t last, uint64_t credit, uint64_t rate,
                                                 uint64_t full) {
  const uint64_t its = set->lasts[way], time = its > last ? its : last;
  const uint64_t missing = full - token_bucket_filled(credit, time - last, rate, full);
  const uint64_t held = token_bucket_filled(set->credits[way], time - its, rate, full);
  token_bucket_put(set, way, set->keys[way], time, held > missing ? held - missing : 0);
}

/* A bucket of the other table, whose key has none here. */
static inline FFPF_UNUSED void token_bucket_take_in(struct token_bucket_state *state,
                                                    struct token_bucket_set *set, uint64_t key,
                                                    uint64_t last, uint64_t credit) {
  const uint32_t way = token_bucket_victim(set, UINT64_MAX);
  const uint64_t its = set->lasts[way];
  state->held += its == 0;
  state->evicted += its != 0;
  if (last > its)
    token_bucket_put(set, way, key, last, credit);
}

static inline FFPF_UNUSED void token_bucket_merge(void *into, const void *from, uint64_t rate,
                                                  uint64_t burst, uint64_t slots) {
  struct token_bucket_state *a = into;
  const struct token_bucket_state *b = from;
  a->passed += b->passed;
  a->refused += b->refused;
  a->evicted += b->evicted;
  for (uint64_t number = 0; number < token_bucket_sets(slots); number++) {
    const struct token_bucket_set *theirs = b->sets + number;
    struct token_bucket_set *ours = a->sets + number;
    for (uint32_t i = 0; i < TOKEN_BUCKET_WAYS && theirs->lasts[i]; i++) {
      const uint32_t way = token_bucket_find(ours, theirs->keys[i]);
      if (way < TOKEN_BUCKET_WAYS)
        token_bucket_join(ours, way, theirs->lasts[i], theirs->credits[i], rate,
                          burst * TOKEN_BUCKET_TOKEN);
      else
        token_bucket_take_in(a, ours, theirs->keys[i], theirs->lasts[i], theirs->credits[i]);
    }
  }
}

static inline FFPF_UNUSED void token_bucket_show(const void *memory, uint64_t rate, uint64_t burst,
                                                 uint64_t slots, struct ffpf_show *show) {
  (void)rate, (void)burst, (void)slots;
  const struct token_bucket_state *state = memory;
  show->row(show);
  show->number(show, "passed", state->passed);
  show->number(show, "refused", state->refused);
  show->number(show, "keys", state->held);
  show->number(show, "evicted", state->evicted);
}
