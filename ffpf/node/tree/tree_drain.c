/*
 * A finished flight to the ledger, and in the order of packets and parts to the outputs.
 */
#include <stdlib.h>

#include "tree.h"

/* Counts -------------------------------------------------------------------------------------- */

static bool no_memory(struct tree *tree) {
  return fail(&tree->engine->failure, STATUS_MACHINE, "memory",
              "error: out of memory; the results are those before packet %llu",
              (unsigned long long)tree->engine->ledger.packets + 1);
}

static bool wrong(struct tree *tree, uint32_t node) {
  return fail(&tree->engine->failure, STATUS_MACHINE, "object",
              "error: the program of node %s has a next hop, a part or an alert that the plan does "
              "not know: it was compiled wrongly",
              tree->plan.nodes[node].name);
}

static void count_links(struct node *node, const struct visit *visit) {
  for (uint32_t hop = 0; hop < visit->way_count; hop++) {
    const struct link_counts *from = &visit->ways[hop].counts;
    node->links[hop].sent += from->sent;
    for (int loss = 0; loss <= WIRE_FOREIGN; loss++)
      node->links[hop].lost[loss] += from->lost[loss];
  }
}

static void count_visit(struct tree *tree, struct node *node, const struct visit *visit) {
  const struct ffpf_context *context = &visit->host.context;
  struct ledger *ledger = &tree->engine->ledger;
  /* A packet that is passed on was run for that, and this is no run of the program. */
  uint64_t runs = context->runs - visit->inbox.relayed;
  node->packets += visit->inbox.count;
  node->ticks += visit->ticks;
  node->runs += runs;
  node->delivered += context->delivery_count;
  ledger->runs += runs;
  ledger->delivered += context->delivery_count;
  ledger->transmitted += context->transmit_count;
  for (int i = 0; i < FFPF_ABORTS; i++)
    ledger->aborts[i] += context->aborts[i];
  count_links(node, visit);
}

/* The verdicts, and into `packets`, by bit, the root's packets that were delivered. */
static bool count_deliveries(struct tree *tree, const struct visit *visit, uint64_t *packets) {
  const struct ffpf_context *context = &visit->host.context;
  for (uint32_t i = 0; i < context->delivery_count; i++) {
    const struct ffpf_delivery *delivery = &context->deliveries[i];
    uint32_t root = visit->inbox.roots[delivery->index];
    packets[root / 64] |= (uint64_t)1 << root % 64;
    if (!verdict_add(&tree->engine->ledger.verdicts, delivery->verdict, 1))
      return no_memory(tree);
  }
  return true;
}

static bool count_alerts(struct tree *tree, const struct node *node, const struct visit *visit) {
  const struct ffpf_context *context = &visit->host.context;
  for (uint32_t i = 0; i < context->event_count; i++) {
    if (context->events[i].rule >= node->loaded.object->rule_count)
      return false;
    tree->engine->ledger.alerts[node->first_rule + context->events[i].rule]++;
  }
  return true;
}

static bool count_all(struct tree *tree, const struct flight *flight) {
  uint64_t packets[FLIGHT_BATCHES] = {0};
  bool right = true;
  for (uint32_t i = 0; i < flight->visit_count; i++) {
    struct visit *visit = &flight->visits[i];
    if (visit->inbox.count == 0)
      continue;
    count_visit(tree, &tree->nodes[i], visit);
    right &= count_deliveries(tree, visit, packets);
    if (!count_alerts(tree, &tree->nodes[i], visit) || visit->wrong)
      right = wrong(tree, i);
  }
  for (uint32_t i = 0; i < FLIGHT_BATCHES; i++)
    tree->engine->ledger.packets_delivered += (uint64_t)__builtin_popcountll(packets[i]);
  return right;
}

/* Outputs ------------------------------------------------------------------------------------- */

/* One of the three kinds of queues: where its entries have their index and part, and what becomes
 * of an entry. */
struct queue {
  size_t size, index, part;
  const uint8_t *(*entries)(const struct ffpf_context *context, uint32_t *count);
  bool (*put)(struct tree *tree, const struct flight *flight, uint32_t root, struct entry entry);
};
#define NO_PART SIZE_MAX

static uint32_t word_of(const struct lane *lane, const struct queue *queue, size_t offset) {
  uint32_t word;
  memcpy(&word, lane->entries + lane->at * queue->size + offset, sizeof word);
  return word;
}

static uint32_t open_lanes(struct tree *tree, const struct flight *flight,
                           const struct queue *queue) {
  uint32_t found = 0;
  for (uint32_t i = 0; i < flight->visit_count; i++) {
    struct lane lane = {.visit = &flight->visits[i], .node = i};
    lane.entries = queue->entries(&lane.visit->host.context, &lane.count);
    if (lane.count != 0)
      tree->lanes[found++] = lane;
  }
  return found;
}

static bool entry_room(struct tree *tree, size_t count) {
  if (count <= tree->entry_room)
    return true;
  struct entry *larger = realloc(tree->entries, count * 2 * sizeof *larger);
  if (larger == NULL)
    return no_memory(tree);
  tree->entries = larger;
  tree->entry_room = count * 2;
  return true;
}

/* Appends the entries of a lane that belong to a root packet: it has them in the order of those. */
static bool gather(struct tree *tree, struct lane *lane, const struct queue *queue, uint32_t root,
                   uint32_t *found) {
  for (; lane->at < lane->count; lane->at++) {
    if (lane->visit->inbox.roots[word_of(lane, queue, queue->index)] != root)
      return true;
    if (!entry_room(tree, *found + (size_t)1))
      return false;
    uint64_t part = queue->part == NO_PART ? 0 : word_of(lane, queue, queue->part);
    tree->entries[*found] = (struct entry){part << 32 | *found, lane->node, lane->at};
    ++*found;
  }
  return true;
}

static int compare_entries(const void *left, const void *right) {
  uint64_t a = ((const struct entry *)left)->key, b = ((const struct entry *)right)->key;
  return (a > b) - (a < b);
}

static bool put_packet(struct tree *tree, const struct flight *flight, const struct queue *queue,
                       uint32_t root, uint32_t count) {
  bool sorted = true;
  for (uint32_t i = 1; i < count; i++)
    sorted = sorted && tree->entries[i - 1].key < tree->entries[i].key;
  if (!sorted)
    qsort(tree->entries, count, sizeof *tree->entries, compare_entries);
  for (uint32_t i = 0; i < count; i++) {
    if (!queue->put(tree, flight, root, tree->entries[i]))
      return false;
  }
  return true;
}

/* Puts out the entries of all nodes in the order of root packet, part, node and queue. */
static bool walk(struct tree *tree, const struct flight *flight, const struct queue *queue) {
  const uint32_t lanes = open_lanes(tree, flight, queue);
  const struct span *span = flight->spans;
  for (uint32_t root = 0; lanes != 0 && root < flight->count; root++) {
    while (span->end <= root)
      span++;
    tree->shown.interface_count = span->interfaces;
    uint32_t found = 0;
    for (uint32_t i = 0; i < lanes; i++) {
      if (!gather(tree, &tree->lanes[i], queue, root, &found))
        return false;
    }
    if (!put_packet(tree, flight, queue, root, found))
      return false;
  }
  return true;
}

/* Deliveries ---------------------------------------------------------------------------------- */

static bool patch_room(struct tree *tree, size_t size) {
  if (size <= tree->patched_room)
    return true;
  uint8_t *larger = realloc(tree->patched, size * 2);
  if (larger == NULL)
    return no_memory(tree);
  tree->patched = larger;
  tree->patched_room = size * 2;
  return true;
}

/* A copy with the addresses that the packet had at the root, but for bytes that the program has
 * written: those that differ from what arrived. */
static bool put_back(struct tree *tree, const struct ffpf_packet *root, const uint8_t *arrived,
                     const uint8_t **data) {
  if (!patch_room(tree, (size_t)root->caplen + 1))
    return false;
  memcpy(tree->patched, *data, root->caplen);
  for (uint32_t i = 0; i < 12 && i < root->caplen; i++) {
    if (tree->patched[i] == arrived[i])
      tree->patched[i] = root->data[i];
  }
  *data = tree->patched;
  return true;
}

static bool put_record(struct tree *tree, struct writer *writer, const struct flight *flight,
                       uint32_t root, const uint8_t *data, uint32_t caplen) {
  const struct ffpf_packet *packet = &flight->visits[0].inbox.packets[root];
  /* What the capture cut off is missing from a frame too. */
  uint32_t len = packet->len + (caplen - packet->caplen);
  struct outgoing outgoing = {packet, flight->stamps[root], data, caplen, len};
  return writer_put(writer, &outgoing, tree->engine->ledger.packets + root + 1);
}

static const uint8_t *deliveries(const struct ffpf_context *context, uint32_t *count) {
  *count = context->delivery_count;
  return (const uint8_t *)context->deliveries;
}

static bool put_delivery(struct tree *tree, const struct flight *flight, uint32_t root,
                         struct entry entry) {
  const struct visit *visit = &flight->visits[entry.node];
  const struct ffpf_delivery *delivery = &visit->host.context.deliveries[entry.at];
  const struct ffpf_packet *packet = &flight->visits[0].inbox.packets[root];
  const uint8_t *data = delivery->data;
  if (tree->plan.nodes[entry.node].loses &&
      !put_back(tree, packet, visit->inbox.packets[delivery->index].data, &data))
    return false;
  return put_record(tree, &tree->engine->output, flight, root, data, packet->caplen);
}

/* Frames and alerts --------------------------------------------------------------------------- */

static const uint8_t *transmits(const struct ffpf_context *context, uint32_t *count) {
  *count = context->transmit_count;
  return (const uint8_t *)context->transmits;
}

static bool put_transmit(struct tree *tree, const struct flight *flight, uint32_t root,
                         struct entry entry) {
  const struct ffpf_transmit *frame = &flight->visits[entry.node].host.context.transmits[entry.at];
  return put_record(tree, &tree->engine->transmitted, flight, root, frame->data, frame->caplen);
}

static const uint8_t *events(const struct ffpf_context *context, uint32_t *count) {
  *count = context->event_count;
  return (const uint8_t *)context->events;
}

static uint32_t link_of(const struct flight *flight, uint32_t root) {
  const struct span *span = flight->spans;
  while (span->end <= root)
    span++;
  return span->link;
}

static bool put_event(struct tree *tree, const struct flight *flight, uint32_t root,
                      struct entry entry) {
  const struct ffpf_event *event = &flight->visits[entry.node].host.context.events[entry.at];
  const struct ffpf_packet *packet = &flight->visits[0].inbox.packets[root];
  struct event_record record = {
      .packet = tree->engine->ledger.packets + root + 1,
      .timestamp = packet->timestamp,
      .rule = tree->nodes[entry.node].first_rule + event->rule,
      .part = event->part,
      .link = link_of(flight, root),
      .caplen = packet->caplen,
      .len = packet->len,
      .bytes = packet->caplen < EVENT_BYTES ? packet->caplen : EVENT_BYTES,
  };
  return events_add(&tree->engine->events, &record, packet->data, &tree->engine->failure);
}

static bool write_all(struct tree *tree, const struct flight *flight) {
  static const struct queue delivered = {sizeof(struct ffpf_delivery),
                                         offsetof(struct ffpf_delivery, index),
                                         offsetof(struct ffpf_delivery, part), deliveries,
                                         put_delivery},
                            sent = {sizeof(struct ffpf_transmit),
                                    offsetof(struct ffpf_transmit, index), NO_PART, transmits,
                                    put_transmit},
                            raised = {sizeof(struct ffpf_event), offsetof(struct ffpf_event, index),
                                      offsetof(struct ffpf_event, part), events, put_event};
  struct engine *engine = tree->engine;
  bool right = engine->output.fd < 0 || walk(tree, flight, &delivered);
  right &= engine->transmitted.fd < 0 || walk(tree, flight, &sent);
  right &= engine->events.fd < 0 || walk(tree, flight, &raised);
  return right;
}

bool tree_drain(struct tree *tree, struct flight *flight) {
  struct ledger *ledger = &tree->engine->ledger;
  tree->shown.interfaces = tree->engine->source.interfaces;
  bool right = count_all(tree, flight) && write_all(tree, flight);
  ledger->packets += flight->count;
  ledger->bytes += flight->bytes;
  flight_reset(flight);
  return right;
}
