#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "link_types.h"
#include "signals.h"

#define PROGRESS_SECONDS 0.5

double monotonic_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static bool refuse_link(struct engine *engine, const char *why) {
  char name[64];
  link_name(engine->checked_link, name, sizeof name);
  if (engine->ledger.packets == 0)
    return fail(&engine->failure, STATUS_INPUT, "input", "%s: error: its link type is %s; %s",
                engine->source.name, name, why);
  return fail(&engine->failure, STATUS_INPUT, "input",
              "%s: packet %llu: error: its link type is %s; %s", engine->source.name,
              (unsigned long long)engine->ledger.packets + 1, name, why);
}

/* Refuses link types that the program cannot mean. */
bool engine_check_link(struct engine *engine, uint32_t link) {
  if (engine->link_checked && link == engine->checked_link)
    return true;
  engine->checked_link = link;
  engine->link_checked = true;
  if ((engine->needs & FFPF_OBJECT_ETHERNET) && link != LINK_ETHERNET)
    return refuse_link(engine, "TX(Mac) needs Ethernet, EN10MB (1)");
  if ((engine->needs & ENGINE_OVERWRITES_ADDRESSES) && link != LINK_ETHERNET)
    return refuse_link(engine, "ethernet links between nodes overwrite the addresses of Ethernet, "
                               "EN10MB (1)");
  if ((engine->needs & FFPF_OBJECT_NAMED) && !link_has_named_fields(link))
    return refuse_link(engine, "named fields know EN10MB, RAW, IPV4, IPV6, LINUX_SLL, LINUX_SLL2, "
                               "NULL, LOOP and PPP; use PKT.B, PKT.W and PKT.DW");
  return true;
}

static bool same_file(const struct writer *first, const struct writer *second) {
  return first->fd == second->fd ||
         (first->regular && second->regular && first->device == second->device &&
          first->inode == second->inode);
}

static bool open_writers(struct engine *engine) {
  const struct options *options = &engine->options;
  struct writer *first = &engine->output, *second = &engine->transmitted;
  if (options->write != NULL &&
      !writer_open(first, options->write, &engine->source, &engine->failure))
    return false;
  if (options->tx == NULL)
    return true;
  if (!writer_open(second, options->tx, &engine->source, &engine->failure))
    return false;
  if (first->fd < 0 || !same_file(first, second))
    return true;
  second->broken = true;
  return fail(&engine->failure, STATUS_USAGE, "usage",
              "%s: error: deliveries and transmitted frames need two files", second->name);
}

static bool open_memory(struct engine *engine) {
  const struct ffpf_object *object = engine->loaded.object;
  if (ledger_open(&engine->ledger, object->rule_count) &&
      host_open(&engine->host, object_has(&engine->loaded, FFPF_OBJECT_WIDE)))
    return true;
  return fail(&engine->failure, STATUS_MACHINE, "memory", "error: out of memory for the queues");
}

bool engine_open_outputs(struct engine *engine) {
  engine->events.fd = engine->options.events;
  return engine_check_link(engine, engine->source.first_link) && open_writers(engine);
}

bool engine_open_files(struct engine *engine) {
  const struct options *options = &engine->options;
  uint32_t cut = options->snaplen == 0 ? UINT32_MAX : options->snaplen;
  return source_open(&engine->source, options->read, cut, &engine->failure) &&
         engine_open_outputs(engine);
}

bool engine_open(struct engine *engine) {
  if (!object_load(&engine->loaded, engine->options.object, &engine->failure) ||
      !open_memory(engine))
    return false;
  engine->needs = engine->loaded.object->flags;
  return engine_open_files(engine);
}

static bool drain_transmits(struct engine *engine) {
  const struct ffpf_context *context = &engine->host.context;
  engine->ledger.transmitted += context->transmit_count;
  if (engine->transmitted.fd < 0)
    return true;
  for (uint32_t i = 0; i < context->transmit_count; i++) {
    const struct ffpf_transmit *frame = &context->transmits[i];
    const struct ffpf_packet *packet = &engine->batch.packets[frame->index];
    /* What the capture cut off is missing from the copy too. */
    uint32_t len = packet->len + (frame->caplen - packet->caplen);
    struct outgoing outgoing = {packet, engine->batch.stamps[frame->index], frame->data,
                                frame->caplen, len};
    if (!writer_put(&engine->transmitted, &outgoing, engine->ledger.packets + frame->index + 1))
      return false;
  }
  return true;
}

static bool stream_event(struct engine *engine, const struct ffpf_event *event) {
  const struct ffpf_packet *packet = &engine->batch.packets[event->index];
  struct event_record record = {
      .packet = engine->ledger.packets + event->index + 1,
      .timestamp = packet->timestamp,
      .rule = event->rule,
      .part = event->part,
      .link = engine->batch.link,
      .caplen = packet->caplen,
      .len = packet->len,
      .bytes = packet->caplen < EVENT_BYTES ? packet->caplen : EVENT_BYTES,
  };
  return events_add(&engine->events, &record, packet->data, &engine->failure);
}

static bool drain_events(struct engine *engine) {
  const struct ffpf_context *context = &engine->host.context;
  for (uint32_t i = 0; i < context->event_count; i++) {
    const struct ffpf_event *event = &context->events[i];
    if (event->rule >= engine->loaded.object->rule_count)
      return fail(&engine->failure, STATUS_MACHINE, "object",
                  "error: the program raised alert %u of %u: it was compiled wrongly", event->rule,
                  engine->loaded.object->rule_count);
    engine->ledger.alerts[event->rule]++;
    if (engine->events.fd >= 0 && !stream_event(engine, event))
      return false;
  }
  return true;
}

/* All queues are drained even where one fails, so that the ledger stays whole. */
static bool drain(struct engine *engine) {
  const struct ffpf_context *context = &engine->host.context;
  struct ledger *ledger = &engine->ledger;
  bool right = drain_deliveries(engine);
  right &= drain_transmits(engine);
  right &= drain_events(engine);
  ledger->packets += engine->batch.count;
  ledger->bytes += engine->batch.bytes;
  ledger->runs = context->runs;
  memcpy(ledger->aborts, context->aborts, sizeof ledger->aborts);
  return right;
}

static void show_progress(struct engine *engine) {
  double now = monotonic_seconds();
  if (now - engine->progressed >= PROGRESS_SECONDS) {
    engine->progressed = now;
    report_progress(engine);
  }
}

static bool pass_on(struct writer *writer) {
  return writer->fd < 0 || writer->regular || writer_flush(writer);
}

/* What need not happen for every batch: a look at the clock once per read(); and where the buffer
 * is used up and the next read() may wait, whoever reads our alerts and packets from a pipe gets
 * them. */
bool engine_between_reads(struct engine *engine, uint32_t limit) {
  if (engine->options.progress && engine->refills_seen != engine->source.input.refills) {
    engine->refills_seen = engine->source.input.refills;
    show_progress(engine);
  }
  if (engine->batch.count == limit)
    return true;
  return (engine->events.fd < 0 || events_flush(&engine->events, &engine->failure)) &&
         pass_on(&engine->output) && pass_on(&engine->transmitted);
}

/* With a limit on deliveries no packet behind the last one may run. A narrow object delivers a
 * packet at most once, so that many packets are safe; a wide one is fed packet by packet. */
static uint32_t batch_limit(const struct engine *engine) {
  if (engine->options.count == 0)
    return FFPF_BATCH;
  if (object_has(&engine->loaded, FFPF_OBJECT_WIDE))
    return 1;
  uint64_t left = engine->options.count - engine->ledger.delivered;
  return left < FFPF_BATCH ? (uint32_t)left : FFPF_BATCH;
}

bool engine_is_finished(const struct engine *engine) {
  return engine->options.count != 0 && engine->ledger.delivered >= engine->options.count;
}

/* Packets from a file have come from no node: the state words of a node's program are 0. */
static const uint32_t no_states[FFPF_BATCH * FFPF_STATE_WORDS];

static bool process_batch(struct engine *engine) {
  struct batch *batch = &engine->batch;
  if (!engine_check_link(engine, batch->link))
    return false;
  host_reset(&engine->host);
  engine->host.context.states = no_states;
  engine->loaded.object->process(&engine->host.context, engine->loaded.state, batch->packets,
                                 batch->count, batch->link);
  return drain(engine);
}

static void run_batches(struct engine *engine) {
  while (!engine_is_finished(engine)) {
    if (stop_requested()) {
      fail(&engine->failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
      return;
    }
    uint32_t limit = batch_limit(engine);
    enum source_state state = source_fill(&engine->source, &engine->batch, limit);
    if (state != SOURCE_BATCH) {
      source_failure(&engine->source, state, engine->ledger.packets + 1, &engine->failure);
      return;
    }
    if (!process_batch(engine) || !engine_between_reads(engine, limit))
      return;
  }
}

void engine_run(struct engine *engine) {
  engine->started = engine->progressed = monotonic_seconds();
  /* A cold function of the host that finds no memory ends the batch here; the object holds no
   * resources, and the ledger says what was before. */
  if (setjmp(engine->host.no_memory) != 0) {
    fail(
        &engine->failure, STATUS_MACHINE, "memory",
        "error: out of memory: the copies that the program makes of packets %llu to %llu need more "
        "than there is; the results are those before",
        (unsigned long long)engine->ledger.packets + 1,
        (unsigned long long)engine->ledger.packets + engine->batch.count);
    return;
  }
  run_batches(engine);
}

void engine_finish(struct engine *engine) {
  if (engine->events.fd >= 0)
    events_flush(&engine->events, &engine->failure);
  writer_close(&engine->output);
  writer_close(&engine->transmitted);
  source_close(&engine->source);
  host_close(&engine->host);
  free(engine->order);
}

void engine_close(struct engine *engine) {
  ledger_close(&engine->ledger);
  object_close(&engine->loaded);
}
