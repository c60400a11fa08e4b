/*
 * Space-Saving: a heap of entries, the smallest (count, key) on top, and a hash table that says
 * where in the heap a key is.
 */
#include "ffpf_extern.h"

#include <inttypes.h>
#include <sys/auxv.h>

#define TOP_K_SHOWN 100u
/* A slot of the table: 0, or the place in the heap + 1 (17 bits) and a part of the hash. */
#define TOP_K_PLACE 0x1ffffu

struct top_k_entry {
  uint64_t key, count, error;
  uint32_t slot, hash; /* of the table; its low bits say where a search for the key begins */
};

/* The head is 96 bytes, so that the four children of an entry share two cache lines. */
struct top_k {
  uint64_t total, secret;
  uint32_t used, unused;
  uint64_t reserved[9];
  struct top_k_entry entries[]; /* k, and behind them the table */
};

/* The C library guards stacks with the same random bytes: two words become one, from which neither
 * can be told. */
static inline FFPF_UNUSED void top_k_start(void *state, uint32_t k, uint64_t as) {
  struct top_k *top = state;
  const void *bytes = (const void *)(uintptr_t)getauxval(AT_RANDOM);
  uint64_t random[2] = {0, 0};
  (void)k, (void)as;
  if (bytes)
    memcpy(random, bytes, sizeof random);
  top->secret = ffpf_mix64(random[0] + 1) ^ ffpf_mix64(random[1] ^ (uintptr_t)state);
}

static inline FFPF_UNUSED uint64_t top_k_sum(uint64_t a, uint64_t b) {
  return a + b < a ? UINT64_MAX : a + b;
}

/* Without a jump: which of two is less cannot be predicted. */
static inline FFPF_UNUSED uint32_t top_k_less(const struct top_k_entry *a,
                                              const struct top_k_entry *b) {
  return ((unsigned __int128)a->count << 64 | a->key) <
         ((unsigned __int128)b->count << 64 | b->key);
}

/* The table ------------------------------------------------------------------------------------
 */

static inline FFPF_UNUSED uint32_t top_k_last_slot(uint32_t k) {
  return UINT32_MAX >> __builtin_clz(2 * k - 1);
}

static inline FFPF_UNUSED uint32_t top_k_hash(const struct top_k *top, uint64_t key) {
  return (uint32_t)(ffpf_mix64(key ^ top->secret) >> 32);
}

static inline FFPF_UNUSED uint32_t *top_k_table(const struct top_k *top, uint32_t k) {
  return (uint32_t *)(uintptr_t)(top->entries + k);
}

/* The slot of the key, or the empty one where it would stand. */
static inline FFPF_UNUSED uint32_t top_k_find(const struct top_k *top, uint32_t k, uint32_t hash,
                                              uint64_t key) {
  const uint32_t *table = top_k_table(top, k), last = top_k_last_slot(k), tag = hash & ~TOP_K_PLACE;
  uint32_t slot = hash & last;
  for (; table[slot]; slot = (slot + 1) & last)
    if ((table[slot] & ~TOP_K_PLACE) == tag &&
        top->entries[(table[slot] & TOP_K_PLACE) - 1].key == key)
      break;
  return slot;
}

/* Empties a slot: those behind it move up, so that none is cut off from where its search begins.
 * Returns the slot that is empty at the end. */
static inline FFPF_UNUSED uint32_t top_k_empty(struct top_k *top, uint32_t k, uint32_t slot) {
  uint32_t *table = top_k_table(top, k);
  const uint32_t last = top_k_last_slot(k);
  for (uint32_t next = (slot + 1) & last; table[next]; next = (next + 1) & last) {
    struct top_k_entry *entry = top->entries + (table[next] & TOP_K_PLACE) - 1;
    if (((next - entry->hash) & last) < ((next - slot) & last))
      continue;
    table[slot] = table[next];
    entry->slot = slot;
    slot = next;
  }
  table[slot] = 0;
  return slot;
}

/* The heap --------------------------------------------------------------------------------------
 */

static inline FFPF_UNUSED void top_k_put(struct top_k *top, uint32_t k, uint32_t at,
                                         struct top_k_entry entry) {
  top_k_table(top, k)[entry.slot] = (entry.hash & ~TOP_K_PLACE) | (at + 1);
  top->entries[at] = entry;
}

/* The place of the least child of those from `first`. */
static inline FFPF_UNUSED uint32_t top_k_least(const struct top_k *top, uint32_t first) {
  const struct top_k_entry *of = top->entries;
  if (first + 3 < top->used) {
    const uint32_t a = first + top_k_less(of + first + 1, of + first);
    const uint32_t b = first + 2 + top_k_less(of + first + 3, of + first + 2);
    return a + (b - a) * top_k_less(of + b, of + a);
  }
  uint32_t least = first;
  for (uint32_t i = first + 1; i < top->used; i++)
    least = top_k_less(of + i, of + least) ? i : least;
  return least;
}

/* An entry that belongs at `at` or below. */
static inline FFPF_UNUSED void top_k_sink(struct top_k *top, uint32_t k, uint32_t at,
                                          struct top_k_entry entry) {
  for (uint32_t first; (first = 4 * at + 1) < top->used;) {
    const uint32_t least = top_k_least(top, first);
    if (!top_k_less(top->entries + least, &entry))
      break;
    top_k_put(top, k, at, top->entries[least]);
    at = least;
  }
  top_k_put(top, k, at, entry);
}

/* An entry that belongs at `at` or above. */
static inline FFPF_UNUSED void top_k_rise(struct top_k *top, uint32_t k, uint32_t at,
                                          struct top_k_entry entry) {
  while (at && top_k_less(&entry, top->entries + (at - 1) / 4)) {
    top_k_put(top, k, at, top->entries[(at - 1) / 4]);
    at = (at - 1) / 4;
  }
  top_k_put(top, k, at, entry);
}

/* A key that is not there yet, for which there is room. */
static inline FFPF_UNUSED void top_k_enter(struct top_k *top, uint32_t k,
                                           struct top_k_entry entry) {
  top_k_rise(top, k, top->used++, entry);
}

/* A key that is not there yet, and larger than the smallest, whose place it takes. */
static inline FFPF_UNUSED void top_k_replace(struct top_k *top, uint32_t k,
                                             struct top_k_entry entry) {
  const uint32_t last = top_k_last_slot(k), home = entry.hash;
  const uint32_t emptied = top_k_empty(top, k, top->entries[0].slot);
  if (((emptied - home) & last) < ((entry.slot - home) & last))
    entry.slot = emptied;
  top_k_sink(top, k, 0, entry);
}

/* What programs call ----------------------------------------------------------------------------
 */

static inline FFPF_UNUSED uint64_t top_k_count(const struct ffpf_frame *frame, const void *state,
                                               uint32_t k, uint64_t as, uint64_t key) {
  const struct top_k *top = state;
  (void)frame, (void)as;
  const uint32_t word = top_k_table(top, k)[top_k_find(top, k, top_k_hash(top, key), key)];
  return word ? top->entries[(word & TOP_K_PLACE) - 1].count : 0;
}

static inline FFPF_UNUSED uint64_t top_k_add(const struct ffpf_frame *frame, void *state,
                                             uint32_t k, uint64_t as, uint64_t key,
                                             uint64_t weight) {
  struct top_k *top = state;
  if (weight == 0)
    return top_k_count(frame, state, k, as, key);
  const uint32_t hash = top_k_hash(top, key);
  const uint32_t slot = top_k_find(top, k, hash, key), word = top_k_table(top, k)[slot];
  top->total = top_k_sum(top->total, weight);
  struct top_k_entry entry = {key, weight, 0, slot, hash};
  if (word) {
    const uint32_t at = (word & TOP_K_PLACE) - 1;
    entry = top->entries[at];
    entry.count = top_k_sum(entry.count, weight);
    top_k_sink(top, k, at, entry);
  } else if (top->used < k) {
    top_k_enter(top, k, entry);
  } else {
    entry.error = top->entries[0].count;
    entry.count = top_k_sum(entry.error, weight);
    top_k_replace(top, k, entry);
  }
  return entry.count;
}

/* Merging ---------------------------------------------------------------------------------------
 */

/* What a key that is not there may have had at most. */
static inline FFPF_UNUSED uint64_t top_k_missed(const struct top_k *top, uint32_t k) {
  return top->used == k ? top->entries[0].count : 0;
}

/* Adds to every entry what the other side knows of its key. */
static inline FFPF_UNUSED void top_k_add_known(struct top_k *top, const struct top_k *other,
                                               uint32_t k) {
  const uint64_t missed = top_k_missed(other, k);
  for (uint32_t i = 0; i < top->used; i++) {
    struct top_k_entry *entry = top->entries + i;
    const uint32_t hash = top_k_hash(other, entry->key);
    const uint32_t word = top_k_table(other, k)[top_k_find(other, k, hash, entry->key)];
    const struct top_k_entry *found = word ? other->entries + ((word & TOP_K_PLACE) - 1) : NULL;
    entry->count = top_k_sum(entry->count, found ? found->count : missed);
    entry->error = top_k_sum(entry->error, found ? found->error : missed);
  }
  for (uint32_t i = top->used; i-- > 0;)
    top_k_sink(top, k, i, top->entries[i]);
}

/* A key of both sides that has been displaced on the way comes again with less than it had then,
 * and is not larger than the smallest. */
static inline FFPF_UNUSED void top_k_merge(void *into, const void *from, uint32_t k, uint64_t as) {
  struct top_k *top = into;
  const struct top_k *other = from;
  const uint64_t missed = top_k_missed(top, k);
  (void)as;
  top->total = top_k_sum(top->total, other->total);
  top_k_add_known(top, other, k);
  for (uint32_t i = 0; i < other->used; i++) {
    struct top_k_entry entry = other->entries[i];
    entry.hash = top_k_hash(top, entry.key);
    entry.slot = top_k_find(top, k, entry.hash, entry.key);
    if (top_k_table(top, k)[entry.slot])
      continue;
    entry.count = top_k_sum(entry.count, missed);
    entry.error = top_k_sum(entry.error, missed);
    if (top->used < k)
      top_k_enter(top, k, entry);
    else if (top_k_less(top->entries, &entry))
      top_k_replace(top, k, entry);
  }
}

/* What is shown ---------------------------------------------------------------------------------
 */

static inline FFPF_UNUSED void top_k_write(char text[32], uint64_t key, uint64_t as) {
  const unsigned b[6] = {key >> 40 & 255, key >> 32 & 255, key >> 24 & 255,
                         key >> 16 & 255, key >> 8 & 255,  key & 255};
  if (as == 0)
    snprintf(text, 32, "%" PRIu64, key);
  else if (as == 1 && key >> 32 == 0)
    snprintf(text, 32, "%u.%u.%u.%u", b[2], b[3], b[4], b[5]);
  else if (as == 2 && key >> 48 == 0)
    snprintf(text, 32, "%02x:%02x:%02x:%02x:%02x:%02x", b[0], b[1], b[2], b[3], b[4], b[5]);
  else
    snprintf(text, 32, "0x%" PRIx64, key);
}

static inline FFPF_UNUSED bool top_k_before(const struct top_k_entry *a,
                                            const struct top_k_entry *b) {
  return a->count > b->count || (a->count == b->count && a->key < b->key);
}

/* The places of the first entries in the order of the rows; returns how many. */
static inline FFPF_UNUSED uint32_t top_k_first(const struct top_k *top,
                                               uint32_t places[TOP_K_SHOWN]) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < top->used; i++) {
    const struct top_k_entry *entries = top->entries;
    if (count == TOP_K_SHOWN && !top_k_before(entries + i, entries + places[count - 1]))
      continue;
    uint32_t at = count < TOP_K_SHOWN ? count++ : count - 1;
    for (; at && top_k_before(entries + i, entries + places[at - 1]); at--)
      places[at] = places[at - 1];
    places[at] = i;
  }
  return count;
}

static inline FFPF_UNUSED void top_k_show(const void *state, uint32_t k, uint64_t as,
                                          struct ffpf_show *show) {
  const struct top_k *top = state;
  uint32_t places[TOP_K_SHOWN];
  const uint32_t count = top_k_first(top, places);
  (void)k;
  show->row(show);
  show->number(show, "total", top->total);
  show->number(show, "keys", top->used);
  for (uint32_t i = 0; i < count; i++) {
    const struct top_k_entry *entry = top->entries + places[i];
    char text[32];
    top_k_write(text, entry->key, as);
    show->row(show);
    show->text(show, "key", text);
    show->number(show, "count", entry->count);
    show->number(show, "error", entry->error);
  }
}
