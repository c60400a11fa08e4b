/*
 * What the engine says to the framework: lines of text, words separated by one space.
 *
 *   progress BYTES TOTAL           while it runs; TOTAL 0: not known
 *   packets N | bytes N | runs N | delivered N | packets_delivered N | dropped N | transmitted N
 *   abort NAME N                   each of the five, also with 0
 *   verdict VALUE N
 *   array NAME TYPE SIZE MERGE     then, for each word that differs from its start value:
 *   word INDEX VALUE
 *   extern NAME FUNCTION           then, for each row:
 *   row                            and its values:
 *   number NAME VALUE | real NAME VALUE | text NAME VALUE
 *   alert GID SID N                rules that alerted
 *
 * Of a plan, packets and bytes are those read at the root, everything else is of all nodes
 * together. An external function without state whose instance several nodes have, and one whose
 * name another instance has, is called NAME@NODE. Then, for each node in the order of the plan:
 *
 *   node NAME PACKETS RUNS DELIVERED SECONDS
 *                                  packets that it processed, with those passed on; runs that ended
 *                                  there, without those; the time of threads spent there
 *   sent NODE RECEIVER N           for each link: packets queued for it; NODE by number from 0
 *   lost NODE RECEIVER LOSS N      of these: too_big, tagged, foreign or link; not with 0
 *
 * Of a plan of one node that runs on its interfaces, the last kind of line also says what got lost
 * on the way to that node itself (foreign, ring), and of the frames of TX (RECEIVER is TX then).
 *
 *   seconds N                      the loop's own time
 *   status CODE KIND               the exit code of the command; KIND "-" with status 0
 *   error TEXT                     with a status other than 0
 *   end                            nothing is missing
 */
#include <inttypes.h>

#include "engine.h"

static const char *const abort_names[FFPF_ABORTS] = {
    [FFPF_OUT_OF_BOUNDS] = "out_of_bounds", [FFPF_ABSENT_FIELD] = "absent_field",
    [FFPF_MEMORY_INDEX] = "memory_index",   [FFPF_DIVISION] = "division",
    [FFPF_LOOP_BUDGET] = "loop_budget",
};
static const char *const merge_names[] = {
    [FFPF_SUM] = "SUM", [FFPF_MAX] = "MAX", [FFPF_MIN] = "MIN", [FFPF_OR] = "OR"};

void report_progress(struct engine *engine) {
  fprintf(engine->results, "progress %" PRIu64 " %" PRIu64 "\n", engine->source.input.taken,
          engine->source.size);
  fflush(engine->results);
}

static void report_counts(const struct engine *engine) {
  const struct ledger *ledger = &engine->ledger;
  uint64_t dropped = ledger->runs - ledger->delivered;
  for (int i = 0; i < FFPF_ABORTS; i++)
    dropped -= ledger->aborts[i];
  fprintf(engine->results, "packets %" PRIu64 "\nbytes %" PRIu64 "\nruns %" PRIu64 "\n",
          ledger->packets, ledger->bytes, ledger->runs);
  fprintf(engine->results, "delivered %" PRIu64 "\npackets_delivered %" PRIu64 "\n",
          ledger->delivered, ledger->packets_delivered);
  fprintf(engine->results, "dropped %" PRIu64 "\ntransmitted %" PRIu64 "\n", dropped,
          ledger->transmitted);
  for (int i = 0; i < FFPF_ABORTS; i++)
    fprintf(engine->results, "abort %s %" PRIu64 "\n", abort_names[i], ledger->aborts[i]);
}

static void report_verdicts(const struct engine *engine) {
  const struct verdict_table *table = &engine->ledger.verdicts;
  for (size_t i = 0; table->slots != NULL && i <= table->mask; i++) {
    if (table->slots[i].verdict != 0)
      fprintf(engine->results, "verdict %" PRIu32 " %" PRIu64 "\n", table->slots[i].verdict,
              table->slots[i].count);
  }
}

static uint64_t word_at(const uint8_t *words, uint64_t index, uint32_t bits) {
  uint64_t value = 0;
  memcpy(&value, words + index * (bits / 8), bits / 8); /* little-endian hosts and 64 bits */
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value >>= 64 - bits;
#endif
  return value;
}

static void store_word(uint8_t *at, uint64_t value, uint32_t bytes) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
  value <<= 64 - bytes * 8;
#endif
  memcpy(at, &value, bytes);
}

static uint64_t low_bits(uint32_t bits) { return bits == 64 ? UINT64_MAX : (1ull << bits) - 1; }

/* What a word holds before the first packet, as a bit pattern. */
static uint64_t start_value(const struct ffpf_array *array) {
  uint64_t sign = 1ull << (array->bits - 1);
  switch (array->merge) {
  case FFPF_MAX:
    return array->is_signed ? sign : 0;
  case FFPF_MIN:
    return array->is_signed ? sign - 1 : low_bits(array->bits);
  default:
    return 0;
  }
}

static void report_word(FILE *to, const struct ffpf_array *array, uint64_t index, uint64_t value) {
  uint64_t sign = 1ull << (array->bits - 1);
  if (array->is_signed && (value & sign) != 0)
    fprintf(to, "word %" PRIu64 " -%" PRIu64 "\n", index, (0 - value) & low_bits(array->bits));
  else
    fprintf(to, "word %" PRIu64 " %" PRIu64 "\n", index, value);
}

void report_start_words(const struct ffpf_array *array, uint8_t block[REPORT_BLOCK]) {
  for (uint32_t at = 0; at < REPORT_BLOCK; at += array->bits / 8)
    store_word(block + at, start_value(array), array->bits / 8);
}

/* Block by block: most of a large array, and all memory that was never touched, is start values. */
static void report_words(FILE *to, const struct ffpf_array *array, const uint8_t *words) {
  const uint64_t start = start_value(array), each = REPORT_BLOCK / (array->bits / 8);
  uint8_t block[REPORT_BLOCK];
  report_start_words(array, block);
  for (uint64_t first = 0; first < array->size; first += each) {
    const uint64_t left = array->size - first, count = left < each ? left : each;
    const size_t offset = first * (array->bits / 8);
    if (memcmp(words + offset, block, count * (array->bits / 8)) == 0)
      continue;
    for (uint64_t i = first; i < first + count; i++) {
      if (word_at(words, i, array->bits) != start)
        report_word(to, array, i, word_at(words, i, array->bits));
    }
  }
}

void report_array(FILE *to, const struct ffpf_array *array, const uint8_t *state) {
  fprintf(to, "array %s %sINT%u %" PRIu64 " %s\n", array->name, array->is_signed ? "" : "U",
          array->bits, array->size, merge_names[array->merge]);
  report_words(to, array, state + array->offset);
}

/* Control characters (a file name may hold any) must not break the lines. */
static void report_text(FILE *to, const char *text) {
  for (; *text != '\0'; text++)
    fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, to);
  fputc('\n', to);
}

static void report_error(FILE *to, const char *text) {
  fputs("error ", to);
  report_text(to, text);
}

static void show_row(struct ffpf_show *show) { fputs("row\n", show->to); }

static void show_number(struct ffpf_show *show, const char *name, uint64_t value) {
  fprintf(show->to, "number %s %" PRIu64 "\n", name, value);
}

static void show_real(struct ffpf_show *show, const char *name, double value) {
  fprintf(show->to, "real %s %.17g\n", name, value);
}

static void show_text(struct ffpf_show *show, const char *name, const char *value) {
  fprintf(show->to, "text %s ", name);
  report_text(show->to, value);
}

void report_extern(FILE *to, const struct ffpf_extern_state *instance, const char *name,
                   const uint8_t *state) {
  struct ffpf_show show = {show_row, show_number, show_real, show_text, to};
  if (instance->show == NULL)
    return;
  fprintf(to, "extern %s %s\n", name, instance->function);
  instance->show(state, &show);
}

void report_rules(FILE *to, const struct ffpf_object *object, const uint64_t *alerts) {
  for (uint32_t i = 0; i < object->rule_count; i++) {
    if (alerts[i] != 0)
      fprintf(to, "alert %u %u %" PRIu64 "\n", object->rules[i].gid, object->rules[i].sid,
              alerts[i]);
  }
}

static void report_object(const struct engine *engine) {
  const struct ffpf_object *object = engine->loaded.object;
  const uint8_t *state = engine->loaded.state;
  if (object == NULL || state == NULL)
    return;
  for (uint32_t i = 0; i < object->array_count; i++)
    report_array(engine->results, &object->arrays[i], state);
  for (uint32_t i = 0; i < object->extern_count; i++)
    report_extern(engine->results, &object->externs[i], object->externs[i].name, state);
  if (engine->ledger.alerts != NULL)
    report_rules(engine->results, object, engine->ledger.alerts);
}

bool report_results(struct engine *engine, double seconds) {
  const struct failure *failure = &engine->failure;
  report_counts(engine);
  report_verdicts(engine);
  if (engine->tree != NULL)
    engine->report_tree(engine->tree);
  else
    report_object(engine);
  fprintf(engine->results, "seconds %.9f\n", seconds);
  fprintf(engine->results, "status %d %s\n", (int)failure->status,
          failed(failure) ? failure->kind : "-");
  if (failed(failure))
    report_error(engine->results, failure->text);
  fputs("end\n", engine->results);
  return fflush(engine->results) == 0 && !ferror(engine->results);
}
