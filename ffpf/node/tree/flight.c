#include "flight.h"

#include <stdlib.h>

#include "live_links.h"

#define FIRST_ROOM (2u * FFPF_BATCH)
#define MOST_ROOM (1u << 26)
#define HEAVY (ARENA_LIMIT / 64)

/* Arrivals ------------------------------------------------------------------------------------ */

static bool resize(void **memory, size_t size) {
  void *larger = realloc(*memory, size);
  if (larger != NULL)
    *memory = larger;
  return larger != NULL;
}

static bool inbox_resize(struct inbox *inbox, uint32_t room) {
  void *packets = inbox->packets, *roots = inbox->roots, *states = inbox->states;
  const size_t all = (size_t)room + FFPF_BATCH;
  bool right = room <= MOST_ROOM && resize(&packets, all * sizeof *inbox->packets) &&
               resize(&roots, room * sizeof *inbox->roots) &&
               resize(&states, ((size_t)room * inbox->words + 1) * sizeof *inbox->states);
  inbox->packets = packets;
  inbox->roots = roots;
  inbox->states = states;
  if (!right)
    return false;
  memset(inbox->packets + inbox->room, 0, (all - inbox->room) * sizeof *inbox->packets);
  inbox->room = room;
  return true;
}

__attribute__((noinline, cold)) static void grow(struct visit *sender, struct inbox *inbox) {
  if (!inbox_resize(inbox, inbox->room == 0 ? FIRST_ROOM : inbox->room * 2))
    longjmp(sender->host.no_memory, 1);
}

static inline void put_state(struct inbox *inbox, uint32_t at, const uint32_t *words,
                             uint32_t count) {
  uint32_t *to = inbox->states + (size_t)at * inbox->words;
  for (uint32_t i = 0; i < inbox->words; i++)
    to[i] = i < count ? words[i] : 0;
}

/* The descriptor of a packet that arrives; NULL if its origin is not expected there. */
static inline struct ffpf_packet *arrive(struct visit *sender, struct way *way, uint32_t root,
                                         const struct wire_crossing *crossed) {
  struct inbox *inbox = way->inbox;
  enum plan_use use = plan_use_of(way->to, crossed->origin);
  if (FFPF_UNLIKELY(use == PLAN_FOREIGN)) {
    way->counts.lost[WIRE_FOREIGN]++;
    return NULL;
  }
  if (FFPF_UNLIKELY(inbox->count == inbox->room))
    grow(sender, inbox);
  uint32_t at = inbox->count++;
  inbox->relayed += use == PLAN_RELAYS;
  inbox->roots[at] = root;
  put_state(inbox, at, crossed->state, crossed->words);
  struct ffpf_packet *packet = &inbox->packets[at];
  packet->data = crossed->data;
  packet->timestamp = crossed->timestamp;
  packet->caplen = crossed->caplen;
  packet->len = crossed->len;
  packet->port = crossed->port;
  packet->origin = crossed->origin;
  return packet;
}

/* Links --------------------------------------------------------------------------------------- */

/* Room in the sender's arena, of which only what is used stays taken. The bytes behind a packet
 * that are owed to programs are those of the next one, or behind the chunk. */
static inline uint8_t *frame_room(struct ffpf_context *context, size_t size) {
  size = (size + 15) & ~(size_t)15;
  if (FFPF_UNLIKELY((size_t)(context->arena_end - context->arena_next) < size))
    return context->host->arena(context, size);
  return context->arena_next;
}

static inline void cross_wire(struct visit *sender, struct way *way, uint32_t root,
                              const struct wire_crossing *crossing) {
  struct ffpf_context *context = &sender->host.context;
  uint8_t *frame = frame_room(context, wire_room(way->wire, crossing->caplen));
  uint32_t state[WIRE_STATE_WORDS];
  size_t size = 0;
  enum wire_result result = wire_encode(way->wire, crossing, frame, &size);
  if (FFPF_LIKELY(result == WIRE_OK)) {
    context->arena_next = frame + ((size + 15) & ~(size_t)15);
    if (way->live != NULL) {
      live_link_put(way->live, frame, size);
      return;
    }
    struct wire_crossing crossed = {.timestamp = 0}; /* what a frame does not carry is 0 */
    result = wire_decode(way->wire, frame, size, &crossed, state);
    if (FFPF_LIKELY(result == WIRE_OK)) {
      arrive(sender, way, root, &crossed);
      return;
    }
  }
  way->counts.lost[result]++;
}

static inline void send_on(struct visit *visit, const struct ffpf_send *send, uint32_t first,
                           uint32_t words) {
  const uint32_t at = first + send->index;
  const struct ffpf_packet *packet = &visit->inbox.packets[at];
  struct way *way = &visit->ways[send->hop];
  const struct wire_crossing crossing = {
      .data = send->data,
      .timestamp = packet->timestamp,
      .caplen = packet->caplen,
      .len = packet->len,
      .origin = send->origin,
      .port = packet->port,
      .words = words,
      .state = words > 1 ? send->words : &send->word,
  };
  way->counts.sent++;
  if (way->wire->kind == WIRE_MEMORY)
    arrive(visit, way, visit->inbox.roots[at], &crossing);
  else
    cross_wire(visit, way, visit->inbox.roots[at], &crossing);
}

/* What a batch, whose first packet is number `first` of the inbox, sends to the next nodes. */
static void send_all(struct visit *visit, const struct ffpf_object *object, uint32_t first) {
  struct ffpf_context *context = &visit->host.context;
  for (uint32_t i = 0; i < context->send_count; i++) {
    const struct ffpf_send *send = &context->sends[i];
    if (FFPF_LIKELY(send->hop < visit->way_count))
      send_on(visit, send, first, object->state_words);
    else
      visit->wrong = true;
  }
  context->send_count = 0;
}

/* What stays here ------------------------------------------------------------------------------ */

/* The number that a part of the object has in the whole program: what arrived is run as part 0. */
static inline uint32_t whole_part(struct visit *visit, const struct node *node, uint32_t index,
                                  uint32_t part) {
  if (part == 0)
    return visit->inbox.packets[index].origin;
  if (FFPF_LIKELY(part < node->plan->part_count))
    return node->plan->parts[part];
  visit->wrong = true;
  return 0;
}

/* The deliveries of a narrow object, as a wide one queues them. */
static void queue_wanted(struct visit *visit, const struct ffpf_object *object, uint32_t first) {
  struct ffpf_context *context = &visit->host.context;
  for (uint64_t wanted = context->wanted; wanted != 0; wanted &= wanted - 1) {
    uint32_t bit = (uint32_t)__builtin_ctzll(wanted);
    uint32_t verdict = object->verdict != 0 ? object->verdict : context->verdicts[bit];
    const struct ffpf_packet *packet = &visit->inbox.packets[first + bit];
    if (FFPF_UNLIKELY(context->delivery_count == context->delivery_capacity))
      context->host->grow_deliveries(context);
    context->deliveries[context->delivery_count++] =
        (struct ffpf_delivery){packet->data, first + bit, packet->origin, verdict};
  }
  context->wanted = 0;
}

/* A frame that leaves a node whose packets have lost their addresses comes from that node. */
static void readdress(const struct plan_node *node, const struct ffpf_transmit *frame) {
  uint32_t end = frame->to == FFPF_TO_MAC_WITH_ID ? 10 : 12;
  if (frame->to == FFPF_TO_IP || frame->caplen <= 6)
    return;
  uint8_t *own = (uint8_t *)(uintptr_t)frame->data;
  memcpy(own + 6, node->mac, (frame->caplen < end ? frame->caplen : end) - 6);
}

/* How long the queues were before a batch. */
struct marks {
  uint32_t deliveries, transmits, events;
};

static struct marks mark(const struct ffpf_context *context) {
  return (struct marks){context->delivery_count, context->transmit_count, context->event_count};
}

static void renumber(struct visit *visit, const struct node *node, uint32_t first,
                     struct marks from) {
  struct ffpf_context *context = &visit->host.context;
  for (uint32_t i = from.deliveries; i < context->delivery_count; i++) {
    struct ffpf_delivery *delivery = &context->deliveries[i];
    delivery->index += first;
    delivery->part = whole_part(visit, node, delivery->index, delivery->part);
  }
  for (uint32_t i = from.events; i < context->event_count; i++) {
    struct ffpf_event *event = &context->events[i];
    event->index += first;
    event->part = whole_part(visit, node, event->index, event->part);
  }
  for (uint32_t i = from.transmits; i < context->transmit_count; i++) {
    context->transmits[i].index += first;
    if (node->plan->loses)
      readdress(node->plan, &context->transmits[i]);
  }
}

/* Batches ------------------------------------------------------------------------------------- */

static uint32_t link_of(const struct flight *flight, uint32_t root) {
  uint32_t span = 0;
  while (flight->spans[span].end <= root)
    span++;
  return flight->spans[span].link;
}

/* How many packets from number `first` of an inbox make a batch, and their link type. */
static uint32_t next_batch(const struct flight *flight, const struct inbox *inbox, uint32_t first,
                           uint32_t *link) {
  uint32_t left = inbox->count - first, count = left < FFPF_BATCH ? left : FFPF_BATCH;
  *link = flight->spans[0].link;
  if (FFPF_LIKELY(flight->uniform))
    return count;
  *link = link_of(flight, inbox->roots[first]);
  for (uint32_t i = 1; i < count; i++) {
    if (link_of(flight, inbox->roots[first + i]) != *link)
      return i;
  }
  return count;
}

__attribute__((noinline)) static void process_all(const struct flight *flight, struct visit *visit,
                                                  const struct node *node) {
  const struct ffpf_object *object = node->loaded.object;
  struct ffpf_context *context = &visit->host.context;
  const struct inbox *inbox = &visit->inbox;
  for (uint32_t first = 0, count, link; first < inbox->count; first += count) {
    const struct marks before = mark(context);
    count = next_batch(flight, inbox, first, &link);
    context->states = inbox->states + (size_t)first * inbox->words;
    object->process(context, node->loaded.state, inbox->packets + first, count, link);
    renumber(visit, node, first, before);
    if (!object_has(&node->loaded, FFPF_OBJECT_WIDE))
      queue_wanted(visit, object, first);
    send_all(visit, object, first);
  }
}

bool flight_visit(struct flight *flight, const struct node *node, uint32_t number) {
  struct visit *visit = &flight->visits[number];
  if (visit->inbox.count == 0)
    return true;
  if (setjmp(visit->host.no_memory) != 0)
    return false;
  visit->ticks -= ticks_now();
  process_all(flight, visit, node);
  visit->ticks += ticks_now();
  return true;
}

/* Flights ------------------------------------------------------------------------------------- */

static uint32_t words_of(const struct node *node) {
  return node->loaded.object == NULL ? 0 : node->loaded.object->state_words;
}

/* The root's packets lie elsewhere, come from nowhere and have states of zeros. */
static bool open_root(struct inbox *inbox) {
  inbox->roots = calloc(FLIGHT_PACKETS, sizeof *inbox->roots);
  inbox->states = calloc((size_t)FLIGHT_PACKETS * inbox->words + 1, sizeof *inbox->states);
  for (uint32_t i = 0; inbox->roots != NULL && i < FLIGHT_PACKETS; i++)
    inbox->roots[i] = i;
  return inbox->roots != NULL && inbox->states != NULL;
}

static bool open_visit(struct flight *flight, const struct node *nodes, uint32_t number) {
  const struct plan_node *plan = nodes[number].plan;
  struct visit *visit = &flight->visits[number];
  visit->way_count = plan->link_count;
  visit->ways = calloc(plan->link_count + 1u, sizeof *visit->ways);
  visit->inbox.words = words_of(&nodes[number]);
  for (uint32_t i = 0; visit->ways != NULL && i < plan->link_count; i++) {
    uint32_t to = plan->links[i].to;
    visit->ways[i] = (struct way){
        .wire = &plan->links[i].wire, .to = nodes[to].plan, .inbox = &flight->visits[to].inbox};
  }
  return host_open(&visit->host, true) && visit->ways != NULL &&
         (number != 0 || open_root(&visit->inbox));
}

bool flight_open(struct flight *flight, const struct node *nodes, uint32_t count, bool copies) {
  *flight = (struct flight){0};
  flight->visits = calloc(count, sizeof *flight->visits);
  if (flight->visits == NULL)
    return false;
  flight->visit_count = count;
  if (copies) {
    flight->own_packets = calloc(FLIGHT_PACKETS + FFPF_BATCH, sizeof *flight->own_packets);
    flight->own_stamps = calloc(FLIGHT_PACKETS, sizeof *flight->own_stamps);
    if (flight->own_packets == NULL || flight->own_stamps == NULL)
      return false;
  }
  for (uint32_t i = 0; i < count; i++) {
    if (!open_visit(flight, nodes, i))
      return false;
  }
  return true;
}

void flight_close(struct flight *flight) {
  for (uint32_t i = 0; i < flight->visit_count; i++) {
    struct visit *visit = &flight->visits[i];
    host_close(&visit->host);
    if (i != 0)
      free(visit->inbox.packets);
    free(visit->inbox.roots);
    free(visit->inbox.states);
    free(visit->ways);
  }
  free(flight->visits);
  free(flight->own_packets);
  free(flight->own_stamps);
}

void flight_reset(struct flight *flight) {
  flight->heavy = false;
  for (uint32_t i = 0; i < flight->visit_count; i++) {
    struct visit *visit = &flight->visits[i];
    if (visit->inbox.count == 0)
      continue;
    flight->heavy |= visit->host.arena_size > HEAVY || visit->inbox.count > 16 * FLIGHT_PACKETS;
    host_reset(&visit->host);
    visit->host.context.runs = visit->ticks = 0;
    memset(visit->host.context.aborts, 0, sizeof visit->host.context.aborts);
    for (uint32_t hop = 0; hop < visit->way_count; hop++)
      visit->ways[hop].counts = (struct link_counts){0};
    visit->inbox.count = visit->inbox.relayed = 0;
  }
  flight->count = flight->span_count = 0;
  flight->bytes = 0;
}

static void add_span(struct flight *flight, const struct batch *batch, uint32_t interfaces) {
  flight->count += batch->count;
  flight->bytes += batch->bytes;
  flight->uniform =
      flight->span_count == 0 || (flight->uniform && flight->spans[0].link == batch->link);
  flight->spans[flight->span_count++] = (struct span){flight->count, batch->link, interfaces};
  flight->visits[0].inbox.count = flight->count;
}

void flight_borrow(struct flight *flight, struct batch *batch, uint32_t interfaces) {
  flight->visits[0].inbox.packets = batch->packets;
  flight->stamps = batch->stamps;
  add_span(flight, batch, interfaces);
}

__attribute__((noinline)) static void copy_packets(struct flight *flight,
                                                   const struct batch *batch) {
  struct ffpf_context *context = &flight->visits[0].host.context;
  for (uint32_t i = 0; i < batch->count; i++) {
    struct ffpf_packet *packet = &flight->own_packets[flight->count + i];
    *packet = batch->packets[i];
    uint8_t *own = frame_room(context, packet->caplen);
    memcpy(own, packet->data, packet->caplen);
    context->arena_next = own + (((size_t)packet->caplen + 15) & ~(size_t)15);
    packet->data = own;
    flight->own_stamps[flight->count + i] = batch->stamps[i];
  }
}

bool flight_copy(struct flight *flight, const struct batch *batch, uint32_t interfaces) {
  if (setjmp(flight->visits[0].host.no_memory) != 0)
    return false;
  copy_packets(flight, batch);
  flight->visits[0].inbox.packets = flight->own_packets;
  flight->stamps = flight->own_stamps;
  add_span(flight, batch, interfaces);
  return true;
}
