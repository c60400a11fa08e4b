/*
 * Deliveries of one batch: to the ledger, and in the order of packets and parts to the output.
 */
#include <stdlib.h>

#include "engine.h"

static uint64_t packet_number(const struct engine *engine, uint32_t index) {
  return engine->ledger.packets + index + 1;
}

static bool no_memory(struct engine *engine) {
  return fail(&engine->failure, STATUS_MACHINE, "memory",
              "error: out of memory; the results are those before packet %llu",
              (unsigned long long)packet_number(engine, 0));
}

static bool put(struct engine *engine, uint32_t index, const uint8_t *data) {
  const struct ffpf_packet *packet = &engine->batch.packets[index];
  struct outgoing outgoing = {packet, engine->batch.stamps[index], data, packet->caplen,
                              packet->len};
  return writer_put(&engine->output, &outgoing, packet_number(engine, index));
}

/* The lowest run of ones in `*wanted`, which loses it; `*wanted` is not 0. */
static uint32_t take_run(uint64_t *wanted, uint32_t *first) {
  uint64_t lowest = *wanted & -*wanted, above = *wanted + lowest;
  *first = (uint32_t)__builtin_ctzll(lowest);
  uint32_t length = (uint32_t)__builtin_popcountll(*wanted & ~above);
  *wanted &= above;
  return length;
}

/* Records of consecutive packets lie one behind the other, headers included: one copy for all. */
static bool copy_runs(struct engine *engine, uint64_t wanted) {
  const struct ffpf_packet *packets = engine->batch.packets;
  while (wanted != 0) {
    uint32_t first, count = take_run(&wanted, &first), last = first + count - 1;
    const uint8_t *from = packets[first].data - 16;
    const uint8_t *end = packets[last].data + packets[last].caplen;
    if (!writer_copy(&engine->output, from, (size_t)(end - from), count))
      return false;
  }
  return true;
}

static bool put_each(struct engine *engine, uint64_t wanted) {
  for (; wanted != 0; wanted &= wanted - 1) {
    uint32_t index = (uint32_t)__builtin_ctzll(wanted);
    if (!put(engine, index, engine->batch.packets[index].data))
      return false;
  }
  return true;
}

static int compare_keys(const void *left, const void *right) {
  uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
  return (a > b) - (a < b);
}

static bool sort_room(struct engine *engine, size_t count) {
  if (count <= engine->order_room)
    return true;
  uint64_t *larger = realloc(engine->order, count * sizeof *larger);
  if (larger == NULL)
    return no_memory(engine);
  engine->order = larger;
  engine->order_room = count;
  return true;
}

/* Writes the deliveries [from, to) of one packet by part; those of one part stay in the order in
 * which they ended. */
static bool put_packet(struct engine *engine, uint32_t from, uint32_t to) {
  const struct ffpf_context *context = &engine->host.context;
  bool sorted = true;
  if (!sort_room(engine, to - from))
    return false;
  for (uint32_t i = from; i < to; i++) {
    engine->order[i - from] = (uint64_t)context->deliveries[i].part << 32 | i;
    sorted =
        sorted && (i == from || context->deliveries[i - 1].part <= context->deliveries[i].part);
  }
  if (!sorted)
    qsort(engine->order, to - from, sizeof *engine->order, compare_keys);
  for (uint32_t i = 0; i < to - from; i++) {
    uint32_t at = (uint32_t)engine->order[i];
    if (!put(engine, context->deliveries[at].index, context->deliveries[at].data))
      return false;
  }
  return true;
}

/* The end of the deliveries that belong to the packet of delivery `from`. */
static uint32_t packet_end(const struct ffpf_context *context, uint32_t from) {
  uint32_t to = from + 1;
  while (to < context->delivery_count &&
         context->deliveries[to].index == context->deliveries[from].index)
    to++;
  return to;
}

static bool drain_wide(struct engine *engine) {
  const struct ffpf_context *context = &engine->host.context;
  struct ledger *ledger = &engine->ledger;
  ledger->delivered += context->delivery_count;
  for (uint32_t i = 0; i < context->delivery_count; i++) {
    if (!verdict_add(&ledger->verdicts, context->deliveries[i].verdict, 1))
      return no_memory(engine);
  }
  for (uint32_t from = 0, to; from < context->delivery_count; from = to) {
    to = packet_end(context, from);
    ledger->packets_delivered++;
    if (engine->output.fd >= 0 && !put_packet(engine, from, to))
      return false;
  }
  return true;
}

static bool count_verdicts(struct engine *engine, uint64_t wanted, uint32_t count) {
  struct verdict_table *table = &engine->ledger.verdicts;
  if (engine->loaded.object->verdict != 0)
    return count == 0 || verdict_add(table, engine->loaded.object->verdict, count);
  for (; wanted != 0; wanted &= wanted - 1) {
    if (!verdict_add(table, engine->host.context.verdicts[__builtin_ctzll(wanted)], 1))
      return false;
  }
  return true;
}

static bool drain_narrow(struct engine *engine) {
  const uint64_t wanted = engine->host.context.wanted;
  const uint32_t count = (uint32_t)__builtin_popcountll(wanted);
  engine->ledger.delivered += count;
  engine->ledger.packets_delivered += count;
  if (!count_verdicts(engine, wanted, count))
    return no_memory(engine);
  if (engine->output.fd < 0)
    return true;
  bool verbatim = engine->batch.verbatim && writer_takes_verbatim(&engine->output);
  return verbatim ? copy_runs(engine, wanted) : put_each(engine, wanted);
}

bool drain_deliveries(struct engine *engine) {
  return object_has(&engine->loaded, FFPF_OBJECT_WIDE) ? drain_wide(engine) : drain_narrow(engine);
}
