/*
 * Flows in sets of eight slots. A look-up reads the line of its set, which has the time of the last
 * look-up and 16 bits of the hash of each slot, and the key of the slot whose bits match. All zero
 * is an empty table, so that nothing is touched before it is used.
 */
#include "ffpf_extern.h"
#include "ffpf_headers.h"
#include "ffpf_program.h"

#define FLOW_TABLE_WAYS 8u
/* Keys are padded with zeros. Byte 0 says how many bytes follow, and FLOW_TABLE_MADE if the program
 * made the key: keys of different kinds never agree. */
#define FLOW_TABLE_WORDS 5u
#define FLOW_TABLE_SHORT 16u
#define FLOW_TABLE_MADE 0x80u

struct flow_table_key {
  uint64_t words[FLOW_TABLE_WORDS];
};

/* `seen` is the time in units of 65,536 ns above 16 bits of the hash, of which one is set; 0: free.
 */
struct flow_table_set {
  uint64_t seen[FLOW_TABLE_WAYS];
  struct flow_table_key keys[FLOW_TABLE_WAYS];
};

struct flow_table_state {
  uint64_t lookups, made, expired, evicted, held, fresh, unused[2];
  struct flow_table_set sets[];
};

/* Where a key is, or would be: `way` is FLOW_TABLE_WAYS if it is not held. */
struct flow_table_place {
  struct flow_table_set *set;
  uint64_t number, tag;
  uint32_t way;
};

static inline FFPF_UNUSED uint64_t flow_table_folded(uint64_t a, uint64_t b) {
  const unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline FFPF_UNUSED uint64_t flow_table_hash(const struct flow_table_key *key,
                                                   bool is_short) {
  const uint64_t *w = key->words;
  uint64_t value = flow_table_folded(w[0] ^ 0x9e3779b97f4a7cf5u, w[1] ^ 0xe7037ed1a0b428dbu);
  if (is_short)
    return value;
  value = flow_table_folded(w[2] ^ 0x8ebc6af09c88c6e3u ^ value, w[3] ^ 0x589965cc75374cc3u);
  return flow_table_folded(w[4] ^ 0x1d8e4e27c47d124fu ^ value, 0xa0761d6478bd642fu);
}

static inline FFPF_UNUSED bool flow_table_same(const struct flow_table_key *a,
                                               const struct flow_table_key *b, bool is_short) {
  uint64_t differ = (a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]);
  if (!is_short)
    for (uint32_t i = 2; i < FLOW_TABLE_WORDS; i++)
      differ |= a->words[i] ^ b->words[i];
  return differ == 0;
}

/* The number of slots is rounded up as in __init__.py. */
static inline FFPF_UNUSED uint64_t flow_table_sets(uint64_t slots) {
  uint64_t sets = 1;
  while (sets * FLOW_TABLE_WAYS < slots)
    sets *= 2;
  return sets;
}

/* Units between two times, whichever comes first. */
static inline FFPF_UNUSED uint64_t flow_table_distance(uint64_t seen, uint64_t now) {
  const uint64_t then = seen >> 16, units = now >> 16;
  return then > units ? then - units : units - then;
}

static inline FFPF_UNUSED bool flow_table_idle(uint64_t seen, uint64_t now, uint64_t idle_seconds) {
  return flow_table_distance(seen, now) > idle_seconds * 1000000000u >> 16;
}

/* Bit i: the tag of way i is this one. */
static inline FFPF_UNUSED uint32_t flow_table_matches(const uint64_t *seen, uint64_t tag) {
  uint32_t matches = 0;
  for (uint32_t way = 0; way < FLOW_TABLE_WAYS; way++)
    matches |= (uint32_t)((seen[way] & 0xffff) == tag) << way;
  return matches;
}

static inline FFPF_UNUSED struct flow_table_place flow_table_place(struct flow_table_state *state,
                                                                   uint64_t slots,
                                                                   const struct flow_table_key *key,
                                                                   bool is_short) {
  const uint64_t hash = flow_table_hash(key, is_short);
  struct flow_table_place place = {NULL, hash & (flow_table_sets(slots) - 1), hash >> 48 | 1, 0};
  place.set = state->sets + place.number;
  uint32_t matches = flow_table_matches(place.set->seen, place.tag);
  for (; matches; matches &= matches - 1) {
    place.way = (uint32_t)__builtin_ctz(matches);
    if (FFPF_LIKELY(flow_table_same(place.set->keys + place.way, key, is_short)))
      return place;
  }
  place.way = FLOW_TABLE_WAYS;
  return place;
}

/* The first way that is free, else the one farthest from now. */
static inline FFPF_UNUSED uint32_t flow_table_victim(const uint64_t *seen, uint64_t now) {
  uint32_t found = 0;
  uint64_t farthest = 0;
  for (uint32_t way = 0; way < FLOW_TABLE_WAYS; way++) {
    if (seen[way] == 0)
      return way;
    const uint64_t distance = flow_table_distance(seen[way], now);
    if (distance > farthest) {
      farthest = distance;
      found = way;
    }
  }
  return found;
}

/* A flow that is not held, or was idle: its entry is made anew. */
FFPF_ONCE uint32_t flow_table_make(struct flow_table_state *state, struct flow_table_place place,
                                   const struct flow_table_key *key, uint64_t idle_seconds,
                                   uint64_t now) {
  struct flow_table_set *set = place.set;
  const uint32_t way = place.way < FLOW_TABLE_WAYS ? place.way : flow_table_victim(set->seen, now);
  if (set->seen[way] == 0)
    state->held++;
  else if (flow_table_idle(set->seen[way], now, idle_seconds))
    state->expired++;
  else
    state->evicted++;
  state->made++;
  state->fresh = 1;
  set->seen[way] = (now & ~(uint64_t)0xffff) | place.tag;
  set->keys[way] = *key;
  return (uint32_t)(place.number * FLOW_TABLE_WAYS + way);
}

static inline FFPF_UNUSED uint32_t flow_table_look_up(void *memory, uint64_t slots,
                                                      uint64_t idle_seconds,
                                                      const struct flow_table_key *key,
                                                      bool is_short, uint64_t now) {
  struct flow_table_state *state = memory;
  const struct flow_table_place place = flow_table_place(state, slots, key, is_short);
  state->lookups++;
  if (FFPF_UNLIKELY(place.way == FLOW_TABLE_WAYS ||
                    flow_table_idle(place.set->seen[place.way], now, idle_seconds)))
    return flow_table_make(state, place, key, idle_seconds, now);
  state->fresh = 0;
  place.set->seen[place.way] = (now & ~(uint64_t)0xffff) | place.tag;
  return (uint32_t)(place.number * FLOW_TABLE_WAYS + place.way);
}

/* Returns whether the key is short. */
static inline FFPF_UNUSED bool
flow_table_packet_key(struct flow_table_key *key, const struct ffpf_frame *frame, uint64_t which) {
  const struct ffpf_link ln = ffpf_locate_link(frame->data, frame->caplen, frame->link);
  const struct ffpf_ip v4 = ffpf_locate_ip(&ln, frame->data, frame->caplen);
  const struct ffpf_ip6 v6 = ffpf_locate_ip6(&ln, frame->data, frame->caplen);
  const struct ffpf_l4 l4 = ffpf_locate_l4(&v4, &v6, frame->caplen);
  uint8_t bytes[sizeof *key] = {0};
  const uint32_t length = ffpf_flow_key(bytes + 1, (enum ffpf_flow)which, frame->data,
                                        frame->caplen, frame->link, &ln, &v4, &v6, &l4);
  bytes[0] = (uint8_t)length;
  memcpy(key, bytes, sizeof *key);
  return length < FLOW_TABLE_SHORT;
}

/* What programs call ----------------------------------------------------------------------------
 */

static inline FFPF_UNUSED uint32_t flow_table_packet(const struct ffpf_frame *frame, void *state,
                                                     uint64_t slots, uint64_t idle_seconds,
                                                     uint64_t which, uint64_t now) {
  struct flow_table_key key;
  const bool is_short = flow_table_packet_key(&key, frame, which);
  return flow_table_look_up(state, slots, idle_seconds, &key, is_short, now);
}

static inline FFPF_UNUSED uint32_t flow_table_of(const struct ffpf_frame *frame, void *state,
                                                 uint64_t slots, uint64_t idle_seconds,
                                                 uint64_t which, uint64_t key, uint64_t now) {
  (void)frame, (void)which;
  const struct flow_table_key made = {{FLOW_TABLE_MADE | 8 | key << 8, key >> 56}};
  return flow_table_look_up(state, slots, idle_seconds, &made, true, now);
}

static inline FFPF_UNUSED uint32_t flow_table_of2(const struct ffpf_frame *frame, void *state,
                                                  uint64_t slots, uint64_t idle_seconds,
                                                  uint64_t which, uint64_t high, uint64_t low,
                                                  uint64_t now) {
  (void)frame, (void)which;
  const struct flow_table_key made = {
      {FLOW_TABLE_MADE | 16 | high << 8, high >> 56 | low << 8, low >> 56}};
  return flow_table_look_up(state, slots, idle_seconds, &made, false, now);
}

static inline FFPF_UNUSED uint32_t flow_table_new(const struct ffpf_frame *frame, void *memory,
                                                  uint64_t slots, uint64_t idle_seconds,
                                                  uint64_t which) {
  (void)frame, (void)slots, (void)idle_seconds, (void)which;
  return (uint32_t)((const struct flow_table_state *)memory)->fresh;
}

static inline FFPF_UNUSED uint32_t flow_table_find(const struct ffpf_frame *frame, void *memory,
                                                   uint64_t slots, uint64_t idle_seconds,
                                                   uint64_t which, uint64_t now) {
  struct flow_table_key key;
  const bool is_short = flow_table_packet_key(&key, frame, which);
  const struct flow_table_place place = flow_table_place(memory, slots, &key, is_short);
  return place.way < FLOW_TABLE_WAYS &&
         !flow_table_idle(place.set->seen[place.way], now, idle_seconds);
}

static inline FFPF_UNUSED uint32_t flow_table_remove(const struct ffpf_frame *frame, void *memory,
                                                     uint64_t slots, uint64_t idle_seconds,
                                                     uint64_t which) {
  (void)idle_seconds;
  struct flow_table_state *state = memory;
  struct flow_table_key key;
  const bool is_short = flow_table_packet_key(&key, frame, which);
  const struct flow_table_place place = flow_table_place(state, slots, &key, is_short);
  if (place.way == FLOW_TABLE_WAYS)
    return 0;
  place.set->seen[place.way] = 0;
  state->held--;
  return 1;
}

/* Slots mean places in the arrays of their own program: the entries of the other stay there. */
static inline FFPF_UNUSED void flow_table_merge(void *into, const void *from, uint64_t slots,
                                                uint64_t idle_seconds, uint64_t which) {
  (void)slots, (void)idle_seconds, (void)which;
  struct flow_table_state *a = into;
  const struct flow_table_state *b = from;
  a->lookups += b->lookups;
  a->made += b->made;
  a->expired += b->expired;
  a->evicted += b->evicted;
  a->held += b->held;
}

static inline FFPF_UNUSED void flow_table_show(const void *memory, uint64_t slots,
                                               uint64_t idle_seconds, uint64_t which,
                                               struct ffpf_show *show) {
  (void)slots, (void)idle_seconds, (void)which;
  const struct flow_table_state *state = memory;
  show->row(show);
  show->number(show, "held", state->held);
  show->number(show, "lookups", state->lookups);
  show->number(show, "new", state->made);
  show->number(show, "expired", state->expired);
  show->number(show, "evicted", state->evicted);
}
