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

/* One line of a cache and the keys. A tag is 16 bits of the hash of which one is set; 0: the slot
 * is free. The last look-up was at (high << 32 | low) units of 65,536 ns. */
struct flow_table_set {
  uint16_t tags[FLOW_TABLE_WAYS];
  uint16_t high[FLOW_TABLE_WAYS];
  uint32_t low[FLOW_TABLE_WAYS];
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

FFPF_INLINE uint64_t flow_table_hash(const struct flow_table_key *key, bool is_short) {
  const uint64_t *w = key->words;
  uint64_t value = flow_table_folded(w[0] ^ 0x9e3779b97f4a7cf5u, w[1] ^ 0xe7037ed1a0b428dbu);
  if (is_short)
    return value;
  value = flow_table_folded(w[2] ^ 0x8ebc6af09c88c6e3u ^ value, w[3] ^ 0x589965cc75374cc3u);
  return flow_table_folded(w[4] ^ 0x1d8e4e27c47d124fu ^ value, 0xa0761d6478bd642fu);
}

FFPF_INLINE bool flow_table_same(const struct flow_table_key *a, const struct flow_table_key *b,
                                 bool is_short) {
  uint64_t differ = (a->words[0] ^ b->words[0]) | (a->words[1] ^ b->words[1]);
  if (!is_short)
    for (uint32_t i = 2; i < FLOW_TABLE_WORDS; i++)
      differ |= a->words[i] ^ b->words[i];
  return differ == 0;
}

/* The number of slots is rounded up as in __init__.py. */
static inline FFPF_UNUSED uint64_t flow_table_sets(uint64_t slots) {
  const uint64_t more = (slots - 1) / FLOW_TABLE_WAYS;
  return more ? (uint64_t)1 << (64 - __builtin_clzll(more)) : 1;
}

/* Units between the last look-up of a way and now, whichever comes first. */
static inline FFPF_UNUSED uint64_t flow_table_distance(const struct flow_table_set *set,
                                                       uint32_t way, uint64_t now) {
  const uint64_t then = (uint64_t)set->high[way] << 32 | set->low[way], units = now >> 16;
  return then > units ? then - units : units - then;
}

static inline FFPF_UNUSED bool flow_table_idle(const struct flow_table_set *set, uint32_t way,
                                               uint64_t now, uint64_t idle_seconds) {
  return flow_table_distance(set, way, now) > idle_seconds * 1000000000u >> 16;
}

static inline FFPF_UNUSED void flow_table_touch(struct flow_table_set *set, uint32_t way,
                                                uint64_t now) {
  set->high[way] = (uint16_t)(now >> 48);
  set->low[way] = (uint32_t)(now >> 16);
}

/* The highest bit of each of the four parts of 16 bits that are 0. */
static inline FFPF_UNUSED uint64_t flow_table_zeros(uint64_t word) {
  const uint64_t below = 0x7fff7fff7fff7fffu;
  return ~(((word & below) + below) | word | below);
}

/* The ways with this tag: bit 16 * i stands for way i, bit 16 * i + 1 for way i + 4. */
static inline FFPF_UNUSED uint64_t flow_table_matches(const struct flow_table_set *set,
                                                      uint64_t tag) {
  uint64_t words[2];
  memcpy(words, set->tags, sizeof words);
  const uint64_t wanted = tag * 0x0001000100010001u;
  return flow_table_zeros(words[0] ^ wanted) >> 15 | flow_table_zeros(words[1] ^ wanted) >> 14;
}

FFPF_INLINE struct flow_table_place flow_table_place(struct flow_table_state *state, uint64_t slots,
                                                     const struct flow_table_key *key,
                                                     bool is_short) {
  const uint64_t hash = flow_table_hash(key, is_short);
  struct flow_table_place place = {NULL, hash & (flow_table_sets(slots) - 1), hash >> 48 | 1, 0};
  place.set = state->sets + place.number;
  uint64_t matches = flow_table_matches(place.set, place.tag);
  for (; matches; matches &= matches - 1) {
    const uint32_t bit = (uint32_t)__builtin_ctzll(matches);
    place.way = bit / 16 + bit % 16 * 4;
    if (FFPF_LIKELY(flow_table_same(place.set->keys + place.way, key, is_short)))
      return place;
  }
  place.way = FLOW_TABLE_WAYS;
  return place;
}

/* The first way that is free, else the one farthest from now. */
static inline FFPF_UNUSED uint32_t flow_table_victim(const struct flow_table_set *set,
                                                     uint64_t now) {
  uint32_t found = 0;
  uint64_t farthest = 0;
  for (uint32_t way = 0; way < FLOW_TABLE_WAYS; way++) {
    if (set->tags[way] == 0)
      return way;
    const uint64_t distance = flow_table_distance(set, way, now);
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
  const uint32_t way = place.way < FLOW_TABLE_WAYS ? place.way : flow_table_victim(set, now);
  if (set->tags[way] == 0)
    state->held++;
  else if (flow_table_idle(set, way, now, idle_seconds))
    state->expired++;
  else
    state->evicted++;
  state->made++;
  state->fresh = 1;
  flow_table_touch(set, way, now);
  set->tags[way] = (uint16_t)place.tag;
  set->keys[way] = *key;
  return (uint32_t)(place.number * FLOW_TABLE_WAYS + way);
}

FFPF_INLINE uint32_t flow_table_look_up(void *memory, uint64_t slots, uint64_t idle_seconds,
                                        const struct flow_table_key *key, bool is_short,
                                        uint64_t now) {
  struct flow_table_state *state = memory;
  const struct flow_table_place place = flow_table_place(state, slots, key, is_short);
  state->lookups++;
  if (FFPF_UNLIKELY(place.way == FLOW_TABLE_WAYS ||
                    flow_table_idle(place.set, place.way, now, idle_seconds)))
    return flow_table_make(state, place, key, idle_seconds, now);
  state->fresh = 0;
  flow_table_touch(place.set, place.way, now);
  return (uint32_t)(place.number * FLOW_TABLE_WAYS + place.way);
}

/* The key of an IPv4 packet as ffpf_flow_key writes it, in words: what is written in pieces and
 * read whole waits for the store. */
FFPF_INLINE struct flow_table_key flow_table_ipv4_key(const struct ffpf_frame *frame,
                                                      enum ffpf_flow which, uint32_t net,
                                                      const struct ffpf_ip *v4,
                                                      const struct ffpf_l4 *l4) {
  const bool hosts = which == FFPF_HOSTFIELDS || which == FFPF_BIHOSTFIELDS;
  const bool both = which == FFPF_BIFLOWFIELDS || which == FFPF_BIHOSTFIELDS;
  const uint32_t ports = !hosts && !v4->fragment && ffpf_has_ports(l4, frame->data)
                             ? ffpf_load32(frame->data + l4->at)
                             : 0;
  uint64_t one = (uint64_t)ffpf_load32(frame->data + net + 12) << 16 | ports >> 16;
  uint64_t other = (uint64_t)ffpf_load32(frame->data + net + 16) << 16 | (ports & 0xffff);
  if (both && one > other) {
    const uint64_t swapped = one;
    one = other;
    other = swapped;
  }
  const uint64_t source = __builtin_bswap32((uint32_t)(one >> 16));
  const uint64_t destination = __builtin_bswap32((uint32_t)(other >> 16));
  const uint64_t first = (hosts ? 8u : 13u) | source << 8 | destination << 40;
  if (hosts)
    return (struct flow_table_key){{first, destination >> 24}};
  const uint64_t ordered = __builtin_bswap32((uint32_t)(one << 16 | (other & 0xffff)));
  return (struct flow_table_key){{first, destination >> 24 | v4->proto << 8 | ordered << 16}};
}

/* Returns whether the key is short. */
FFPF_INLINE bool flow_table_packet_key(struct flow_table_key *key, const struct ffpf_frame *frame,
                                       uint64_t which) {
  const uint8_t *data = frame->data;
  const uint32_t cap = frame->caplen, link = frame->link;
  const enum ffpf_flow flow = (enum ffpf_flow)which;
  const struct ffpf_link ln = ffpf_locate_link(data, cap, link);
  const struct ffpf_ip v4 = ffpf_locate_ip(&ln, data, cap);
  const struct ffpf_ip6 v6 = ffpf_locate_ip6(&ln, data, cap);
  const struct ffpf_l4 l4 = ffpf_locate_l4(&v4, &v6, cap);
  if (FFPF_LIKELY(v4.present)) {
    *key = flow_table_ipv4_key(frame, flow, ln.net, &v4, &l4);
    return true;
  }
  uint8_t bytes[sizeof *key] = {0};
  bytes[0] = (uint8_t)ffpf_flow_key(bytes + 1, flow, data, cap, link, &ln, &v4, &v6, &l4);
  memcpy(key, bytes, sizeof *key);
  return bytes[0] < FLOW_TABLE_SHORT;
}

/* For what is seldom asked. */
FFPF_ONCE struct flow_table_place flow_table_packet_place(const struct ffpf_frame *frame,
                                                          struct flow_table_state *state,
                                                          uint64_t slots, uint64_t which) {
  struct flow_table_key key;
  const bool is_short = flow_table_packet_key(&key, frame, which);
  return flow_table_place(state, slots, &key, is_short);
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
  const struct flow_table_place place = flow_table_packet_place(frame, memory, slots, which);
  return place.way < FLOW_TABLE_WAYS && !flow_table_idle(place.set, place.way, now, idle_seconds);
}

static inline FFPF_UNUSED uint32_t flow_table_remove(const struct ffpf_frame *frame, void *memory,
                                                     uint64_t slots, uint64_t idle_seconds,
                                                     uint64_t which) {
  (void)idle_seconds;
  struct flow_table_state *state = memory;
  const struct flow_table_place place = flow_table_packet_place(frame, state, slots, which);
  if (place.way == FLOW_TABLE_WAYS)
    return 0;
  place.set->tags[place.way] = 0;
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
