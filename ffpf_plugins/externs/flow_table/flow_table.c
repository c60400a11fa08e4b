/*
 * Flows in sets of eight slots. A look-up reads the tags of its set, which are 16 bits of the hash
 * each and lie close together, and the entry whose tag matches: one line of a cache. All zero is an
 * empty table, so that nothing is touched before it is used.
 */
#include "ffpf_extern.h"
#include "ffpf_headers.h"
#include "ffpf_program.h"

#define FLOW_TABLE_WAYS 8u
#define FLOW_TABLE_WORDS 5u
#define FLOW_TABLE_FIRST 3u
#define FLOW_TABLE_SHORT 16u
/* The kind of a key is how many bytes it has, and that if the program made it: keys of different
 * kinds never agree. */
#define FLOW_TABLE_MADE 0x80u

/* Bytes of a key, zeros behind them. */
struct flow_table_key {
  uint64_t words[FLOW_TABLE_WORDS];
  uint64_t kind;
};

/* What is looked at of every key, half a line of a cache. `seen` is the time of the last look-up in
 * units of 65,536 ns, above 16 bits for the kind. */
struct flow_table_entry {
  _Alignas(32) uint64_t seen;
  uint64_t words[FLOW_TABLE_FIRST];
};

/* The rest of long keys. */
struct flow_table_rest {
  uint64_t words[FLOW_TABLE_WORDS - FLOW_TABLE_FIRST];
};

/* One bit of a tag is always set; 0: the slot is free. */
struct flow_table_tags {
  uint16_t ways[FLOW_TABLE_WAYS];
};

/* The tags of all sets follow, then, from the next multiple of 64 bytes, the entries of all slots,
 * then their rests. */
struct flow_table_state {
  uint64_t lookups, made, expired, evicted, held, fresh, unused[2];
};

/* Where a key is, or would be: `way` is FLOW_TABLE_WAYS if it is not held. */
struct flow_table_place {
  struct flow_table_tags *tags;
  struct flow_table_entry *entries;
  struct flow_table_rest *rests;
  uint64_t number, tag;
  uint32_t way;
};

static inline FFPF_UNUSED uint64_t flow_table_folded(uint64_t a, uint64_t b) {
  const unsigned __int128 product = (unsigned __int128)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

FFPF_INLINE bool flow_table_is_short(const struct flow_table_key *key) {
  return (key->kind & ~(uint64_t)FLOW_TABLE_MADE) <= FLOW_TABLE_SHORT;
}

FFPF_INLINE uint64_t flow_table_hash(const struct flow_table_key *key) {
  const uint64_t *w = key->words;
  uint64_t value =
      flow_table_folded(w[0] ^ 0x9e3779b97f4a7cf5u ^ key->kind << 32, w[1] ^ 0xe7037ed1a0b428dbu);
  if (flow_table_is_short(key))
    return value;
  value = flow_table_folded(w[2] ^ 0x8ebc6af09c88c6e3u ^ value, w[3] ^ 0x589965cc75374cc3u);
  return flow_table_folded(w[4] ^ 0x1d8e4e27c47d124fu ^ value, 0xa0761d6478bd642fu);
}

FFPF_INLINE bool flow_table_same(const struct flow_table_entry *entry,
                                 const struct flow_table_rest *rest,
                                 const struct flow_table_key *key) {
  const uint64_t *a = entry->words, *b = rest->words, *w = key->words;
  return a[0] == w[0] && a[1] == w[1] && (entry->seen & 0xffff) == key->kind &&
         (flow_table_is_short(key) || (a[2] == w[2] && b[0] == w[3] && b[1] == w[4]));
}

/* The number of slots is rounded up as in __init__.py. */
static inline FFPF_UNUSED uint64_t flow_table_sets(uint64_t slots) {
  const uint64_t more = (slots - 1) / FLOW_TABLE_WAYS;
  return more ? (uint64_t)1 << (64 - __builtin_clzll(more)) : 1;
}

static inline FFPF_UNUSED struct flow_table_tags *flow_table_tags(struct flow_table_state *state) {
  return (struct flow_table_tags *)(state + 1);
}

static inline FFPF_UNUSED struct flow_table_entry *
flow_table_entries(struct flow_table_state *state, uint64_t slots) {
  const uint64_t bytes = flow_table_sets(slots) * sizeof(struct flow_table_tags);
  uint8_t *tags = (uint8_t *)(state + 1);
  return (struct flow_table_entry *)(void *)(tags + (bytes + 63) / 64 * 64);
}

static inline FFPF_UNUSED struct flow_table_rest *flow_table_rests(struct flow_table_state *state,
                                                                   uint64_t slots) {
  const uint64_t count = flow_table_sets(slots) * FLOW_TABLE_WAYS;
  return (struct flow_table_rest *)(flow_table_entries(state, slots) + count);
}

/* Units between the last look-up and now, whichever comes first. */
static inline FFPF_UNUSED uint64_t flow_table_distance(const struct flow_table_entry *entry,
                                                       uint64_t now) {
  const uint64_t then = entry->seen >> 16, units = now >> 16;
  return then > units ? then - units : units - then;
}

/* Whether the distance is more than idle_seconds; that of a time before now may be negative, which
 * is a large number without a sign. */
static inline FFPF_UNUSED bool flow_table_idle(const struct flow_table_entry *entry, uint64_t now,
                                               uint64_t idle_seconds) {
  const uint64_t limit = idle_seconds * 1000000000u >> 16;
  return (now >> 16) - (entry->seen >> 16) + limit > 2 * limit;
}

static inline FFPF_UNUSED void flow_table_touch(struct flow_table_entry *entry, uint64_t kind,
                                                uint64_t now) {
  entry->seen = (now & ~(uint64_t)0xffff) | kind;
}

/* The ways with this tag, and which way the lowest bit of that stands for. */
#if defined(__SSE2__) && !defined(FLOW_TABLE_PORTABLE)
typedef uint16_t flow_table_vector __attribute__((vector_size(16), may_alias));
typedef char flow_table_bytes __attribute__((vector_size(16)));

static inline FFPF_UNUSED uint64_t flow_table_matches(const struct flow_table_tags *tags,
                                                      uint64_t tag) {
  const flow_table_vector *ways = (const flow_table_vector *)tags;
  const flow_table_vector wanted = (flow_table_vector){0} + (uint16_t)tag;
  return (uint32_t)__builtin_ia32_pmovmskb128((flow_table_bytes)(*ways == wanted)) & 0x5555;
}

static inline FFPF_UNUSED uint32_t flow_table_lowest(uint64_t matches) {
  return (uint32_t)__builtin_ctzll(matches) / 2;
}
#else
/* The highest bit of each of the four parts of 16 bits that are 0. */
static inline FFPF_UNUSED uint64_t flow_table_zeros(uint64_t word) {
  const uint64_t below = 0x7fff7fff7fff7fffu;
  return ~(((word & below) + below) | word | below);
}

/* Bit 16 * i stands for way i, bit 16 * i + 1 for way i + 4. */
static inline FFPF_UNUSED uint64_t flow_table_matches(const struct flow_table_tags *tags,
                                                      uint64_t tag) {
  uint64_t words[2];
  memcpy(words, tags, sizeof words);
  const uint64_t wanted = tag * 0x0001000100010001u;
  return flow_table_zeros(words[0] ^ wanted) >> 15 | flow_table_zeros(words[1] ^ wanted) >> 14;
}

static inline FFPF_UNUSED uint32_t flow_table_lowest(uint64_t matches) {
  const uint32_t bit = (uint32_t)__builtin_ctzll(matches);
  return bit / 16 + bit % 16 * 4;
}
#endif

FFPF_INLINE struct flow_table_place flow_table_place(struct flow_table_state *state, uint64_t slots,
                                                     const struct flow_table_key *key) {
  const uint64_t hash = flow_table_hash(key);
  const uint64_t number = hash & (flow_table_sets(slots) - 1), first = number * FLOW_TABLE_WAYS;
  struct flow_table_place place = {flow_table_tags(state) + number,
                                   flow_table_entries(state, slots) + first,
                                   flow_table_rests(state, slots) + first,
                                   number,
                                   hash >> 48 | 1,
                                   0};
  uint64_t matches = flow_table_matches(place.tags, place.tag);
  for (; matches; matches &= matches - 1) {
    place.way = flow_table_lowest(matches);
    if (FFPF_LIKELY(flow_table_same(place.entries + place.way, place.rests + place.way, key)))
      return place;
  }
  place.way = FLOW_TABLE_WAYS;
  return place;
}

/* The first way that is free, else the one farthest from now. */
static inline FFPF_UNUSED uint32_t flow_table_victim(const struct flow_table_place *place,
                                                     uint64_t now) {
  uint32_t found = 0;
  uint64_t farthest = 0;
  for (uint32_t way = 0; way < FLOW_TABLE_WAYS; way++)
    if (place->tags->ways[way] == 0)
      return way;
  for (uint32_t way = 0; way < FLOW_TABLE_WAYS; way++) {
    const uint64_t distance = flow_table_distance(place->entries + way, now);
    if (distance > farthest) {
      farthest = distance;
      found = way;
    }
  }
  return found;
}

/* A flow that is not held, or was idle: its entry is made anew. */
FFPF_ONCE uint32_t flow_table_make(struct flow_table_state *state, uint64_t slots,
                                   uint64_t idle_seconds, const struct flow_table_key *key,
                                   uint64_t now) {
  const struct flow_table_place place = flow_table_place(state, slots, key);
  const uint32_t way = place.way < FLOW_TABLE_WAYS ? place.way : flow_table_victim(&place, now);
  struct flow_table_entry *entry = place.entries + way;
  if (place.tags->ways[way] == 0)
    state->held++;
  else if (flow_table_idle(entry, now, idle_seconds))
    state->expired++;
  else
    state->evicted++;
  state->made++;
  state->fresh = 1;
  place.tags->ways[way] = (uint16_t)place.tag;
  flow_table_touch(entry, key->kind, now);
  memcpy(entry->words, key->words, sizeof entry->words);
  if (!flow_table_is_short(key))
    memcpy(place.rests + way, key->words + FLOW_TABLE_FIRST, sizeof *place.rests);
  return (uint32_t)(place.number * FLOW_TABLE_WAYS + way);
}

FFPF_INLINE uint32_t flow_table_look_up(void *memory, uint64_t slots, uint64_t idle_seconds,
                                        const struct flow_table_key *key, uint64_t now) {
  struct flow_table_state *state = memory;
  const struct flow_table_place place = flow_table_place(state, slots, key);
  state->lookups++;
  if (FFPF_UNLIKELY(place.way == FLOW_TABLE_WAYS ||
                    flow_table_idle(place.entries + place.way, now, idle_seconds))) {
    const struct flow_table_key copy = *key; /* so that the key itself stays in registers */
    return flow_table_make(state, slots, idle_seconds, &copy, now);
  }
  state->fresh = 0;
  flow_table_touch(place.entries + place.way, key->kind, now);
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
  const uint64_t ordered = __builtin_bswap32((uint32_t)(one << 16 | (other & 0xffff)));
  struct flow_table_key key = {{source | destination << 32}, 8};
  if (!hosts) {
    key.words[1] = v4->proto | ordered << 8;
    key.kind = 13;
  }
  return key;
}

FFPF_INLINE struct flow_table_key flow_table_packet_key(const struct ffpf_frame *frame,
                                                        uint64_t which) {
  const uint8_t *data = frame->data;
  const uint32_t cap = frame->caplen, link = frame->link;
  const enum ffpf_flow flow = (enum ffpf_flow)which;
  const struct ffpf_link ln = ffpf_locate_link(data, cap, link);
  const struct ffpf_ip v4 = ffpf_locate_ip(&ln, data, cap);
  const struct ffpf_ip6 v6 = ffpf_locate_ip6(&ln, data, cap);
  const struct ffpf_l4 l4 = ffpf_locate_l4(&v4, &v6, cap);
  if (FFPF_LIKELY(v4.present))
    return flow_table_ipv4_key(frame, flow, ln.net, &v4, &l4);
  struct flow_table_key key = {{0}, 0};
  key.kind = ffpf_flow_key((uint8_t *)key.words, flow, data, cap, link, &ln, &v4, &v6, &l4);
  return key;
}

/* For what is seldom asked. */
FFPF_ONCE struct flow_table_place flow_table_packet_place(const struct ffpf_frame *frame,
                                                          struct flow_table_state *state,
                                                          uint64_t slots, uint64_t which) {
  const struct flow_table_key key = flow_table_packet_key(frame, which);
  return flow_table_place(state, slots, &key);
}

/* What programs call ----------------------------------------------------------------------------
 */

static inline FFPF_UNUSED uint32_t flow_table_packet(const struct ffpf_frame *frame, void *state,
                                                     uint64_t slots, uint64_t idle_seconds,
                                                     uint64_t which, uint64_t now) {
  const struct flow_table_key key = flow_table_packet_key(frame, which);
  return flow_table_look_up(state, slots, idle_seconds, &key, now);
}

static inline FFPF_UNUSED uint32_t flow_table_of(const struct ffpf_frame *frame, void *state,
                                                 uint64_t slots, uint64_t idle_seconds,
                                                 uint64_t which, uint64_t key, uint64_t now) {
  (void)frame, (void)which;
  const struct flow_table_key made = {{key}, FLOW_TABLE_MADE | 8};
  return flow_table_look_up(state, slots, idle_seconds, &made, now);
}

static inline FFPF_UNUSED uint32_t flow_table_of2(const struct ffpf_frame *frame, void *state,
                                                  uint64_t slots, uint64_t idle_seconds,
                                                  uint64_t which, uint64_t high, uint64_t low,
                                                  uint64_t now) {
  (void)frame, (void)which;
  const struct flow_table_key made = {{low, high}, FLOW_TABLE_MADE | 16};
  return flow_table_look_up(state, slots, idle_seconds, &made, now);
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
  return place.way < FLOW_TABLE_WAYS &&
         !flow_table_idle(place.entries + place.way, now, idle_seconds);
}

static inline FFPF_UNUSED uint32_t flow_table_remove(const struct ffpf_frame *frame, void *memory,
                                                     uint64_t slots, uint64_t idle_seconds,
                                                     uint64_t which) {
  (void)idle_seconds;
  struct flow_table_state *state = memory;
  const struct flow_table_place place = flow_table_packet_place(frame, state, slots, which);
  if (place.way == FLOW_TABLE_WAYS)
    return 0;
  place.tags->ways[place.way] = 0;
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
