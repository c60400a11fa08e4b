/* Regular expressions: PCRE2, with Hyperscan or Vectorscan in front of it. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <hs/hs.h>
#include <pcre2.h>

#include "ffpf_extern.h"

#define REGEX_NOWHERE UINT32_MAX
/* The stack of machine code; what a match needs beyond counts as too many steps. */
#define REGEX_STACK_LEAST (32u << 10)
#define REGEX_STACK_MOST (1u << 25)
/* Larger repetitions can take the scanner minutes to compile. */
#define REGEX_REPEATED 255
#define REGEX_RETRIES 16
#define REGEX_SHARE 100u /* the least steps at a place */

/* What the scanner can say of a pattern: nothing, that it cannot match, or whether it matches. */
enum regex_scanned { REGEX_UNSCANNED, REGEX_WEAKER, REGEX_EXACT };

struct regex_pattern {
  const struct ffpf_text *text;
  pcre2_code *code;
  enum regex_scanned scanned;
  bool anchored; /* a match can begin in one place only */
};

struct regex_loaded {
  hs_database_t *database; /* NULL if it can take no pattern */
  uint32_t count, limit;
  struct regex_pattern patterns[]; /* by ids; a pattern's place is its number */
};

struct regex_opened {
  const struct regex_loaded *loaded;
  hs_scratch_t *scratch;
  pcre2_match_data *match;
  pcre2_match_context *context;
  pcre2_jit_stack *stack;
  uint64_t *limited; /* how often a pattern met the limit */
  uint64_t hits[];   /* a bit for every pattern that the scanner has reported */
};

/* Loading ------------------------------------------------------------------------------------- */

static FFPF_UNUSED int regex_compare(const void *a, const void *b) {
  const struct ffpf_text *x = ((const struct regex_pattern *)a)->text;
  const struct ffpf_text *y = ((const struct regex_pattern *)b)->text;
  return x->id != y->id ? (x->id > y->id) - (x->id < y->id) : (x > y) - (x < y);
}

static FFPF_UNUSED bool regex_compile(struct regex_pattern *pattern) {
  int error;
  size_t offset;
  uint32_t flags = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP | (pattern->text->nocase ? PCRE2_CASELESS : 0);
  pattern->code = pcre2_compile((PCRE2_SPTR)pattern->text->bytes, pattern->text->length, flags,
                                &error, &offset, NULL);
  if (pattern->code == NULL)
    return false;
  /* Machine code of PCRE2 10.42 sometimes gives a group inside a possessive repetition the text of
   * an earlier iteration, and \1 matches what it must not: (\N\s|b)*+\d[a-z]+?\1 in "bA 11b". Only
   * patterns that refer to groups can tell. Where there is no machine code, PCRE2 interprets. */
  uint32_t highest = 0, options = 0;
  (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_BACKREFMAX, &highest);
  (void)pcre2_pattern_info(pattern->code, PCRE2_INFO_ALLOPTIONS, &options);
  pattern->anchored = (options & PCRE2_ANCHORED) != 0;
  if (highest == 0)
    (void)pcre2_jit_compile(pattern->code, PCRE2_JIT_COMPLETE);
  return true;
}

static FFPF_UNUSED unsigned regex_flags(const struct regex_pattern *pattern) {
  return HS_FLAG_SINGLEMATCH | HS_FLAG_ALLOWEMPTY | (pattern->text->nocase ? HS_FLAG_CASELESS : 0) |
         (pattern->scanned == REGEX_WEAKER ? HS_FLAG_PREFILTER : 0);
}

static FFPF_UNUSED bool regex_scannable(const struct regex_pattern *pattern) {
  hs_expr_info_t *info = NULL;
  hs_compile_error_t *error = NULL;
  bool good =
      hs_expression_info(pattern->text->bytes, regex_flags(pattern), &info, &error) == HS_SUCCESS;
  free(info);
  hs_free_compile_error(error);
  return good;
}

/* Whether a number stands in the pattern that would be a large repetition: {300}, {1,3000}. */
static FFPF_UNUSED bool regex_repeats(const char *text) {
  for (; *text != 0; text++) {
    if (*text < '0' || *text > '9')
      continue;
    char *end;
    if (strtoul(text, &end, 10) > REGEX_REPEATED && (*end == '}' || *end == ','))
      return true;
    text = end - 1;
  }
  return false;
}

/* A pattern with a zero byte would end there for the scanner. */
static FFPF_UNUSED void regex_classify(struct regex_pattern *pattern) {
  pattern->scanned = REGEX_UNSCANNED;
  if (strlen(pattern->text->bytes) != pattern->text->length || regex_repeats(pattern->text->bytes))
    return;
  for (int how = REGEX_EXACT; how > REGEX_UNSCANNED; how--) {
    pattern->scanned = (enum regex_scanned)how;
    if (regex_scannable(pattern))
      return;
  }
  pattern->scanned = REGEX_UNSCANNED;
}

/* Compiles all patterns that can be scanned; -1: done, else the number of one that cannot be after
 * all, or `count` if it is no single one's fault. */
static FFPF_UNUSED int64_t regex_database(struct regex_loaded *loaded, const char **texts,
                                          unsigned *flags, unsigned *numbers) {
  unsigned count = 0;
  hs_compile_error_t *error = NULL;
  for (uint32_t i = 0; i < loaded->count; i++) {
    if (loaded->patterns[i].scanned == REGEX_UNSCANNED)
      continue;
    texts[count] = loaded->patterns[i].text->bytes;
    flags[count] = regex_flags(loaded->patterns + i);
    numbers[count++] = i;
  }
  if (count == 0 || hs_compile_multi(texts, flags, numbers, count, HS_MODE_BLOCK, NULL,
                                     &loaded->database, &error) == HS_SUCCESS)
    return -1;
  int64_t guilty = error->expression >= 0 ? numbers[error->expression] : loaded->count;
  hs_free_compile_error(error);
  return guilty;
}

/* Without a database PCRE2 does everything, which is slower and no other answer. Patterns that
 * cannot be scanned after all are left out one by one; where there are many, scanning is given up.
 */
static FFPF_UNUSED void regex_scanner(struct regex_loaded *loaded) {
  const char **texts = malloc(loaded->count * sizeof *texts);
  unsigned *numbers = malloc(2 * loaded->count * sizeof *numbers);
  int64_t guilty = loaded->count;
  for (uint32_t i = 0; i < loaded->count; i++)
    regex_classify(loaded->patterns + i);
  if (texts && numbers) {
    for (int retry = 0; retry < REGEX_RETRIES; retry++) {
      guilty = regex_database(loaded, texts, numbers + loaded->count, numbers);
      if (guilty < 0 || guilty >= loaded->count)
        break;
      loaded->patterns[guilty].scanned = REGEX_UNSCANNED;
    }
  }
  for (uint32_t i = 0; loaded->database == NULL && i < loaded->count; i++)
    loaded->patterns[i].scanned = REGEX_UNSCANNED;
  free(texts), free(numbers);
}

static FFPF_UNUSED void regex_unload(void *memory) {
  struct regex_loaded *loaded = memory;
  for (uint32_t i = 0; i < loaded->count; i++)
    pcre2_code_free(loaded->patterns[i].code);
  hs_free_database(loaded->database);
  free(loaded);
}

static FFPF_UNUSED const char *regex_load(void **result, uint64_t functions,
                                          const struct ffpf_text *texts, uint32_t count,
                                          uint32_t limit) {
  (void)functions;
  if (hs_valid_platform() != HS_SUCCESS)
    return "this processor lacks what the scanning library needs (SSSE3)";
  struct regex_loaded *loaded = calloc(1, sizeof *loaded + count * sizeof loaded->patterns[0]);
  if (loaded == NULL)
    return "no memory";
  loaded->count = count, loaded->limit = limit;
  for (uint32_t i = 0; i < count; i++)
    loaded->patterns[i].text = texts + i;
  qsort(loaded->patterns, count, sizeof loaded->patterns[0], regex_compare);
  for (uint32_t i = 0; i < count; i++) {
    if (!regex_compile(loaded->patterns + i)) {
      regex_unload(loaded);
      return "PCRE2 cannot compile a pattern that it took before; is it another version?";
    }
  }
  regex_scanner(loaded);
  *result = loaded;
  return NULL;
}

static FFPF_UNUSED void regex_close(void *memory) {
  struct regex_opened *opened = memory;
  hs_free_scratch(opened->scratch);
  pcre2_match_data_free(opened->match);
  pcre2_match_context_free(opened->context);
  pcre2_jit_stack_free(opened->stack);
  free(opened->limited);
  free(opened);
}

static FFPF_UNUSED bool regex_allocate(struct regex_opened *opened) {
  const struct regex_loaded *loaded = opened->loaded;
  opened->limited = calloc(loaded->count, sizeof *opened->limited);
  opened->match = pcre2_match_data_create(1, NULL); /* where the match lies; groups do not matter */
  opened->context = pcre2_match_context_create(NULL);
  opened->stack = pcre2_jit_stack_create(REGEX_STACK_LEAST, REGEX_STACK_MOST, NULL);
  if (!opened->limited || !opened->match || !opened->context || !opened->stack)
    return false;
  pcre2_jit_stack_assign(opened->context, NULL, opened->stack);
  return loaded->database == NULL ||
         hs_alloc_scratch(loaded->database, &opened->scratch) == HS_SUCCESS;
}

static FFPF_UNUSED void *regex_open(const void *memory) {
  const struct regex_loaded *loaded = memory;
  const size_t words = (loaded->count + 63) / 64;
  struct regex_opened *opened = calloc(1, sizeof *opened + words * sizeof opened->hits[0]);
  if (opened == NULL)
    return NULL;
  opened->loaded = loaded;
  if (!regex_allocate(opened)) {
    regex_close(opened);
    return NULL;
  }
  return opened;
}

static FFPF_UNUSED void regex_show(const void *memory, struct ffpf_show *show) {
  const struct regex_opened *opened = memory;
  const struct regex_loaded *loaded = opened->loaded;
  for (uint32_t i = 0; i < loaded->count;) {
    const uint32_t id = loaded->patterns[i].text->id;
    uint64_t limited = 0;
    for (; i < loaded->count && loaded->patterns[i].text->id == id; i++)
      limited += opened->limited[i];
    if (limited == 0)
      continue;
    show->row(show);
    show->number(show, "id", id);
    show->number(show, "limited", limited);
  }
}

/* Matching ------------------------------------------------------------------------------------ */

static FFPF_UNUSED int regex_hit(unsigned number, unsigned long long from, unsigned long long to,
                                 unsigned flags, void *context) {
  struct regex_opened *opened = context;
  (void)from, (void)to, (void)flags;
  opened->hits[number / 64] |= (uint64_t)1 << number % 64;
  return 0;
}

/* Which patterns may match, or match. Of no bytes the scanner says nothing. */
static FFPF_UNUSED void regex_scan(struct regex_opened *opened, struct ffpf_span span) {
  const struct regex_loaded *loaded = opened->loaded;
  const size_t words = (loaded->count + 63) / 64;
  memset(opened->hits, 0, words * sizeof opened->hits[0]);
  if (loaded->database != NULL && span.length != 0)
    (void)hs_scan(loaded->database, (const char *)span.data, span.length, 0, opened->scratch,
                  regex_hit, opened);
}

/* PCRE2 counts the steps anew for every place at which a match may begin: each gets its share. */
static FFPF_UNUSED uint32_t regex_share(const struct regex_loaded *loaded, uint32_t number,
                                        uint32_t length) {
  const uint32_t share = loaded->limit / (length + 1);
  if (loaded->patterns[number].anchored)
    return loaded->limit;
  return share > REGEX_SHARE ? share : REGEX_SHARE;
}

/* Whether PCRE2 finds the pattern; begin and end are left in opened->match. */
static FFPF_UNUSED bool regex_run(struct regex_opened *opened, uint32_t number,
                                  struct ffpf_span span) {
  const pcre2_code *code = opened->loaded->patterns[number].code;
  static const uint8_t nothing[1];
  const uint8_t *data = span.length != 0 ? span.data : nothing;
  pcre2_set_match_limit(opened->context, regex_share(opened->loaded, number, span.length));
  int result = pcre2_match(code, data, span.length, 0, 0, opened->match, opened->context);
  if (result < PCRE2_ERROR_PARTIAL)
    opened->limited[number]++;
  return result >= 0;
}

static FFPF_UNUSED bool regex_matches(struct regex_opened *opened, uint32_t number,
                                      struct ffpf_span span) {
  const enum regex_scanned scanned = opened->loaded->patterns[number].scanned;
  const bool hit = opened->hits[number / 64] >> number % 64 & 1;
  if (scanned != REGEX_UNSCANNED && span.length != 0) {
    if (!hit || scanned == REGEX_EXACT)
      return hit;
  }
  return regex_run(opened, number, span);
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t regex_smallest(const struct ffpf_frame *frame,
                                                                     void *memory, uint32_t limit,
                                                                     uint32_t start,
                                                                     uint32_t length) {
  struct regex_opened *opened = memory;
  const struct ffpf_span span = ffpf_span(frame, start, length);
  (void)limit;
  regex_scan(opened, span);
  for (uint32_t i = 0; i < opened->loaded->count; i++) {
    if (regex_matches(opened, i, span))
      return opened->loaded->patterns[i].text->id;
  }
  return 0;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t regex_all(const struct ffpf_frame *frame,
                                                                void *memory, uint32_t limit,
                                                                uint32_t start, uint32_t length,
                                                                struct ffpf_elements array) {
  struct regex_opened *opened = memory;
  const struct regex_loaded *loaded = opened->loaded;
  const struct ffpf_span span = ffpf_span(frame, start, length);
  uint32_t count = 0, last = 0; /* ids begin at 1 */
  (void)limit;
  regex_scan(opened, span);
  for (uint32_t i = 0; i < loaded->count; i++) {
    const uint32_t id = loaded->patterns[i].text->id;
    if (id == last || !regex_matches(opened, i, span))
      continue;
    if (count < array.count)
      ffpf_set_element(array, count, id);
    count++, last = id;
  }
  return count;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t regex_count(const struct ffpf_frame *frame,
                                                                  void *memory, uint32_t limit,
                                                                  uint32_t start, uint32_t length) {
  const struct ffpf_elements none = {NULL, 0, 64};
  return regex_all(frame, memory, limit, start, length, none);
}

/* Begin and end of the match that begins first; patterns come by ids, so the first of equals wins.
 */
struct regex_place {
  uint32_t begin, end;
};

static inline FFPF_UNUSED struct regex_place
regex_first(const struct ffpf_frame *frame, void *memory, uint32_t start, uint32_t length) {
  struct regex_opened *opened = memory;
  const struct ffpf_span span = ffpf_span(frame, start, length);
  struct regex_place place = {REGEX_NOWHERE, REGEX_NOWHERE};
  uint64_t first = UINT64_MAX;
  regex_scan(opened, span);
  for (uint32_t i = 0; i < opened->loaded->count; i++) {
    const bool scanned = opened->loaded->patterns[i].scanned != REGEX_UNSCANNED;
    if (scanned && span.length != 0 && !(opened->hits[i / 64] >> i % 64 & 1))
      continue;
    if (!regex_run(opened, i, span))
      continue;
    const PCRE2_SIZE *places = pcre2_get_ovector_pointer(opened->match);
    if (places[0] >= first)
      continue;
    first = places[0];
    place = (struct regex_place){start + (uint32_t)places[0], start + (uint32_t)places[1]};
  }
  return place;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t regex_at(const struct ffpf_frame *frame,
                                                               void *memory, uint32_t limit,
                                                               uint32_t start, uint32_t length) {
  (void)limit;
  return regex_first(frame, memory, start, length).begin;
}

static FFPF_UNUSED __attribute__((noinline)) uint32_t regex_end(const struct ffpf_frame *frame,
                                                                void *memory, uint32_t limit,
                                                                uint32_t start, uint32_t length) {
  (void)limit;
  return regex_first(frame, memory, start, length).end;
}
