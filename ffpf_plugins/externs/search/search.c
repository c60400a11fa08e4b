/* Byte strings by the thousand, found by Hyperscan or Vectorscan. */
#include <hs/hs.h>

#include "ffpf_extern.h"

#define SEARCH_NOWHERE UINT32_MAX
#define SEARCH_COUNT (1u << 2) /* the place of `count` among the functions of the declaration */

/* What all threads share. A pattern's number for Hyperscan is its place in the list of texts. */
struct search_loaded {
  const struct ffpf_text *texts;
  uint32_t count;
  uint32_t *ranks; /* of a pattern's id among the different ids, ascending */
  uint32_t *ids;   /* the different ids */
  uint32_t id_count;
  hs_database_t *once;  /* reports a pattern once, where it ends first */
  hs_database_t *every; /* reports every occurrence; NULL if nobody counts */
};

struct search_opened {
  const struct search_loaded *loaded;
  hs_scratch_t *scratch;
  uint64_t found[]; /* a bit for every rank; all 0 between calls */
};

/* Loading ------------------------------------------------------------------------------------- */

/* What the scanning library's functions for patterns take. */
struct search_patterns {
  const char **strings;
  size_t *lengths;
  unsigned *flags, *numbers;
  char *escaped; /* the room of the strings, if they are written as regular expressions */
};

/* The library's function for plain strings takes one that begins with a zero byte for empty. */
static FFPF_UNUSED bool search_is_plain(const struct ffpf_text *texts, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    if (texts[i].bytes[0] == 0)
      return false;
  }
  return true;
}

/* The same strings as regular expressions: every byte as \xHH. */
static FFPF_UNUSED bool search_escape(struct search_patterns *patterns,
                                      const struct ffpf_text *texts, uint32_t count) {
  size_t size = 0;
  for (uint32_t i = 0; i < count; i++)
    size += 4 * (size_t)texts[i].length + 1;
  char *at = patterns->escaped = malloc(size);
  for (uint32_t i = 0; at != NULL && i < count; i++) {
    patterns->strings[i] = at;
    for (uint32_t byte = 0; byte < texts[i].length; byte++, at += 4)
      snprintf(at, 5, "\\x%02x", (unsigned)(uint8_t)texts[i].bytes[byte]);
    at++;
  }
  return patterns->escaped != NULL;
}

static FFPF_UNUSED hs_database_t *search_database(struct search_patterns *patterns,
                                                  const struct ffpf_text *texts, uint32_t count) {
  hs_database_t *database = NULL;
  hs_compile_error_t *error = NULL;
  hs_error_t result = HS_NOMEM;
  if (search_is_plain(texts, count))
    result = hs_compile_lit_multi(patterns->strings, patterns->flags, patterns->numbers,
                                  patterns->lengths, count, HS_MODE_BLOCK, NULL, &database, &error);
  else if (search_escape(patterns, texts, count))
    result = hs_compile_multi(patterns->strings, patterns->flags, patterns->numbers, count,
                              HS_MODE_BLOCK, NULL, &database, &error);
  hs_free_compile_error(error);
  return result == HS_SUCCESS ? database : NULL;
}

static FFPF_UNUSED hs_database_t *search_compiled(const struct ffpf_text *texts, uint32_t count,
                                                  unsigned flags) {
  struct search_patterns patterns = {
      .strings = malloc(count * sizeof *patterns.strings),
      .lengths = malloc(count * sizeof *patterns.lengths),
      .flags = malloc(count * sizeof *patterns.flags),
      .numbers = malloc(count * sizeof *patterns.numbers),
  };
  hs_database_t *database = NULL;
  if (patterns.strings && patterns.lengths && patterns.flags && patterns.numbers) {
    for (uint32_t i = 0; i < count; i++) {
      patterns.strings[i] = texts[i].bytes;
      patterns.lengths[i] = texts[i].length;
      patterns.flags[i] = flags | (texts[i].nocase ? HS_FLAG_CASELESS : 0);
      patterns.numbers[i] = i;
    }
    database = search_database(&patterns, texts, count);
  }
  free(patterns.strings), free(patterns.lengths), free(patterns.flags), free(patterns.numbers);
  free(patterns.escaped);
  return database;
}

static FFPF_UNUSED int search_compare(const void *a, const void *b) {
  const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return (x > y) - (x < y);
}

static FFPF_UNUSED bool search_rank(struct search_loaded *loaded) {
  loaded->ids = malloc(loaded->count * sizeof *loaded->ids);
  loaded->ranks = malloc(loaded->count * sizeof *loaded->ranks);
  if (!loaded->ids || !loaded->ranks)
    return false;
  for (uint32_t i = 0; i < loaded->count; i++)
    loaded->ids[i] = loaded->texts[i].id;
  qsort(loaded->ids, loaded->count, sizeof *loaded->ids, search_compare);
  for (uint32_t i = 0; i < loaded->count; i++) {
    if (i == 0 || loaded->ids[i] != loaded->ids[i - 1])
      loaded->ids[loaded->id_count++] = loaded->ids[i];
  }
  for (uint32_t i = 0; i < loaded->count; i++) {
    const uint32_t *id = bsearch(&loaded->texts[i].id, loaded->ids, loaded->id_count,
                                 sizeof *loaded->ids, search_compare);
    loaded->ranks[i] = (uint32_t)(id - loaded->ids);
  }
  return true;
}

static FFPF_UNUSED void search_unload(void *memory) {
  struct search_loaded *loaded = memory;
  hs_free_database(loaded->once);
  hs_free_database(loaded->every);
  free(loaded->ranks), free(loaded->ids), free(loaded);
}

static FFPF_UNUSED const char *search_load(void **result, uint64_t functions,
                                           const struct ffpf_text *texts, uint32_t count) {
  if (hs_valid_platform() != HS_SUCCESS)
    return "this processor lacks what the scanning library needs (SSSE3)";
  struct search_loaded *loaded = calloc(1, sizeof *loaded);
  if (loaded == NULL)
    return "no memory";
  loaded->texts = texts, loaded->count = count;
  bool complete = search_rank(loaded);
  if (functions & ~(uint64_t)SEARCH_COUNT)
    complete &= (loaded->once = search_compiled(texts, count, HS_FLAG_SINGLEMATCH)) != NULL;
  if (functions & SEARCH_COUNT)
    complete &= (loaded->every = search_compiled(texts, count, 0)) != NULL;
  if (!complete) {
    search_unload(loaded);
    return "the scanning library cannot compile these strings, or memory ran out";
  }
  *result = loaded;
  return NULL;
}

static FFPF_UNUSED void search_close(void *memory) {
  struct search_opened *opened = memory;
  hs_free_scratch(opened->scratch);
  free(opened);
}

static FFPF_UNUSED void *search_open(const void *memory) {
  const struct search_loaded *loaded = memory;
  const size_t words = (loaded->id_count + 63) / 64;
  struct search_opened *opened = calloc(1, sizeof *opened + words * sizeof opened->found[0]);
  if (opened == NULL)
    return NULL;
  opened->loaded = loaded;
  if ((loaded->once && hs_alloc_scratch(loaded->once, &opened->scratch) != HS_SUCCESS) ||
      (loaded->every && hs_alloc_scratch(loaded->every, &opened->scratch) != HS_SUCCESS)) {
    search_close(opened);
    return NULL;
  }
  return opened;
}

/* Scanning ------------------------------------------------------------------------------------ */

/* The occurrence that begins first, then the smallest id. Matches come in no order that could be
 * relied on, so none ends the scan. */
struct search_best {
  const struct search_loaded *loaded;
  uint64_t start;
  uint32_t id;
};

static FFPF_UNUSED int search_better(unsigned number, unsigned long long from,
                                     unsigned long long to, unsigned flags, void *context) {
  struct search_best *best = context;
  const struct ffpf_text *text = best->loaded->texts + number;
  const uint64_t start = to - text->length;
  (void)from, (void)flags;
  if (start < best->start || (start == best->start && text->id < best->id))
    best->start = start, best->id = text->id;
  return 0;
}

static FFPF_UNUSED int search_counted(unsigned number, unsigned long long from,
                                      unsigned long long to, unsigned flags, void *context) {
  (void)number, (void)from, (void)to, (void)flags;
  ++*(uint32_t *)context;
  return 0;
}

static FFPF_UNUSED int search_marked(unsigned number, unsigned long long from,
                                     unsigned long long to, unsigned flags, void *context) {
  struct search_opened *opened = context;
  const uint32_t rank = opened->loaded->ranks[number];
  (void)from, (void)to, (void)flags;
  opened->found[rank / 64] |= (uint64_t)1 << rank % 64;
  return 0;
}

static inline FFPF_UNUSED void search_scan(const hs_database_t *database,
                                           const struct search_opened *opened,
                                           const struct ffpf_frame *frame, uint32_t start,
                                           uint32_t length, match_event_handler handler,
                                           void *context) {
  const struct ffpf_span span = ffpf_span(frame, start, length);
  if (span.length != 0)
    (void)hs_scan(database, (const char *)span.data, span.length, 0, opened->scratch, handler,
                  context);
}

static inline FFPF_UNUSED struct search_best
search_found(const struct ffpf_frame *frame, const void *memory, uint32_t start, uint32_t length) {
  const struct search_opened *opened = memory;
  struct search_best best = {opened->loaded, UINT64_MAX, 0};
  search_scan(opened->loaded->once, opened, frame, start, length, search_better, &best);
  return best;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t
search_first(const struct ffpf_frame *frame, const void *memory, uint32_t start, uint32_t length) {
  return search_found(frame, memory, start, length).id;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t
search_at(const struct ffpf_frame *frame, const void *memory, uint32_t start, uint32_t length) {
  const struct search_best best = search_found(frame, memory, start, length);
  return best.id == 0 ? SEARCH_NOWHERE : start + (uint32_t)best.start;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t
search_count(const struct ffpf_frame *frame, const void *memory, uint32_t start, uint32_t length) {
  const struct search_opened *opened = memory;
  uint32_t count = 0;
  search_scan(opened->loaded->every, opened, frame, start, length, search_counted, &count);
  return count;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t search_all(const struct ffpf_frame *frame,
                                                                 void *memory, uint32_t start,
                                                                 uint32_t length,
                                                                 struct ffpf_elements array) {
  struct search_opened *opened = memory;
  const struct search_loaded *loaded = opened->loaded;
  uint32_t count = 0;
  search_scan(loaded->once, opened, frame, start, length, search_marked, opened);
  for (uint32_t word = 0; word < (loaded->id_count + 63) / 64; word++) {
    for (uint64_t left = opened->found[word]; left != 0; left &= left - 1, count++) {
      if (count < array.count)
        ffpf_set_element(array, count, loaded->ids[word * 64 + (uint32_t)__builtin_ctzll(left)]);
    }
    opened->found[word] = 0;
  }
  return count;
}
