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

/* Records of consecutive packets lie one behind the other, headers included: one copy for all. */
static bool copy_runs(struct engine *engine) {
  const struct ffpf_context *context = &engine->host.context;
  const struct ffpf_packet *packets = engine->batch.packets;
  for (uint32_t i = 0, next; i < context->delivery_count; i = next) {
    uint32_t first = context->deliveries[i].index, last = first;
    for (next = i + 1; next < context->delivery_count; next++, last++) {
      if (context->deliveries[next].index != last + 1)
        break;
    }
    const uint8_t *from = packets[first].data - 16;
    const uint8_t *end = packets[last].data + packets[last].caplen;
    if (!writer_copy(&engine->output, from, (size_t)(end - from), next - i))
      return false;
  }
  return true;
}

static bool put_each(struct engine *engine) {
  const struct ffpf_context *context = &engine->host.context;
  for (uint32_t i = 0; i < context->delivery_count; i++) {
    uint32_t index = context->deliveries[i].index;
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
    engine->order[i - from] = (uint64_t)context->wide[i].part << 32 | i;
    sorted = sorted && (i == from || context->wide[i - 1].part <= context->wide[i].part);
  }
  if (!sorted)
    qsort(engine->order, to - from, sizeof *engine->order, compare_keys);
  for (uint32_t i = 0; i < to - from; i++) {
    uint32_t at = (uint32_t)engine->order[i];
    if (!put(engine, context->deliveries[at].index, context->wide[at].data))
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
  for (uint32_t from = 0, to; from < context->delivery_count; from = to) {
    to = packet_end(context, from);
    engine->ledger.packets_delivered++;
    if (engine->output.fd >= 0 && !put_packet(engine, from, to))
      return false;
  }
  return true;
}

static bool drain_narrow(struct engine *engine) {
  engine->ledger.packets_delivered += engine->host.context.delivery_count;
  if (engine->output.fd < 0)
    return true;
  bool verbatim = engine->batch.verbatim && writer_takes_verbatim(&engine->output);
  return verbatim ? copy_runs(engine) : put_each(engine);
}

bool drain_deliveries(struct engine *engine) {
  const struct ffpf_context *context = &engine->host.context;
  struct ledger *ledger = &engine->ledger;
  ledger->delivered += context->delivery_count;
  for (uint32_t i = 0; i < context->delivery_count; i++) {
    if (!verdict_add(&ledger->verdicts, context->deliveries[i].verdict))
      return no_memory(engine);
  }
  return context->wide != NULL ? drain_wide(engine) : drain_narrow(engine);
}
