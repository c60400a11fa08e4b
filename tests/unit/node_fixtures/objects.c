/*
 * Small hand-written objects for the tests of the engine; -DOBJECT_x chooses one.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ffpf_object.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

struct state {
  uint64_t count[4];
  int16_t lowest[4];
  uint8_t flags[4];
};

static const struct ffpf_array arrays[] = {
    {"count", offsetof(struct state, count), 4, 64, 0, FFPF_SUM},
    {"lowest", offsetof(struct state, lowest), 4, 16, 1, FFPF_MIN},
    {"flags", offsetof(struct state, flags), 4, 8, 0, FFPF_OR},
};
static const struct ffpf_rule rules[] = {{"first", "none", 1, 100, 1, 1},
                                         {"second", "none", 1, 200, 1, 2}};

static bool init(void *state) {
  struct state *words = state;
  for (int i = 0; i < 4; i++)
    words->lowest[i] = INT16_MAX;
  return true;
}

static const char *load(const char **name) {
  (void)name;
#ifdef OBJECT_SLOW
  sleep(60);
#endif
  return NULL;
}

static void unload(void) {}

static void release(void *state) { (void)state; }

static inline void deliver(struct ffpf_context *context, uint32_t index, uint32_t verdict) {
  context->wanted |= (uint64_t)1 << index;
  context->verdicts[index] = verdict;
}

#if defined(OBJECT_KEEP) || defined(OBJECT_SLOW) || defined(OBJECT_NAMED) ||                       \
    defined(OBJECT_ETHERNET) || defined(OBJECT_ABI)
/* Verdict 1 for every packet. */
static void process(struct ffpf_context *context, void *state, const struct ffpf_packet *packets,
                    uint32_t count, uint32_t link) {
  (void)state, (void)packets, (void)link;
  for (uint32_t i = 0; i < count; i++)
    deliver(context, i, 1);
  context->runs += count;
}
#elif defined(OBJECT_ODD)
/* Keeps packets of odd length with their length for verdict, reads the slack behind every packet,
 * writes memory and raises alerts. */
static volatile uint8_t sink;
static void process(struct ffpf_context *context, void *state, const struct ffpf_packet *packets,
                    uint32_t count, uint32_t link) {
  struct state *words = state;
  (void)link;
  for (uint32_t i = 0; i < count; i++) {
    const struct ffpf_packet *packet = &packets[i];
    for (int slack = 0; slack < 64; slack++)
      sink = packet->data[packet->caplen + slack];
    words->count[packet->caplen & 3]++;
    words->lowest[2] = -5;
    words->flags[3] |= 1;
    context->runs++;
    if (packet->caplen == 0) {
      context->aborts[FFPF_OUT_OF_BOUNDS]++;
      continue;
    }
    if (context->event_count == context->event_capacity)
      context->host->grow_events(context);
    context->events[context->event_count++] = (struct ffpf_event){i, 0, packet->caplen & 1};
    if (packet->caplen & 1)
      deliver(context, i, packet->caplen);
  }
}
#elif defined(OBJECT_WIDE)
/* Two bodies and the main part, which end in the order 2, 1, 2, 0; the bodies write byte 0. One
 * frame is transmitted with its first byte replaced. */
static uint8_t *copy(struct ffpf_context *context, const struct ffpf_packet *packet,
                     uint8_t first) {
  size_t size = packet->caplen + 64;
  uint8_t *to;
  if ((size_t)(context->arena_end - context->arena_next) >= size) {
    to = context->arena_next;
    context->arena_next += size;
  } else {
    to = context->host->arena(context, size);
  }
  memcpy(to, packet->data, packet->caplen);
  to[0] = first;
  return to;
}
static void put(struct ffpf_context *context, uint32_t index, uint32_t part, const uint8_t *data) {
  if (context->delivery_count == context->delivery_capacity)
    context->host->grow_deliveries(context);
  context->deliveries[context->delivery_count++] =
      (struct ffpf_delivery){data, index, part, part + 1};
  context->runs++;
}
static void process(struct ffpf_context *context, void *state, const struct ffpf_packet *packets,
                    uint32_t count, uint32_t link) {
  (void)state, (void)link;
  for (uint32_t i = 0; i < count; i++) {
    put(context, i, 2, copy(context, &packets[i], 0xa2));
    put(context, i, 1, copy(context, &packets[i], 0xa1));
    put(context, i, 2, copy(context, &packets[i], 0xa3));
    put(context, i, 0, packets[i].data);
    if (context->transmit_count == context->transmit_capacity)
      context->host->grow_transmits(context);
    context->transmits[context->transmit_count++] =
        (struct ffpf_transmit){copy(context, &packets[i], 0xee), i, packets[i].caplen, FFPF_TO_IP};
  }
}
#elif defined(OBJECT_HUNGRY)
/* Asks for copies without end from the third packet on. */
static void process(struct ffpf_context *context, void *state, const struct ffpf_packet *packets,
                    uint32_t count, uint32_t link) {
  (void)state, (void)packets, (void)link, (void)count;
  for (;;)
    context->host->arena(context, 1 << 20);
}
#elif defined(OBJECT_CRASH)
static void process(struct ffpf_context *context, void *state, const struct ffpf_packet *packets,
                    uint32_t count, uint32_t link) {
  (void)context, (void)state, (void)packets, (void)count, (void)link;
  abort();
}
#elif defined(OBJECT_VERDICTS)
/* A verdict of its own for every packet: the first four bytes. */
static void process(struct ffpf_context *context, void *state, const struct ffpf_packet *packets,
                    uint32_t count, uint32_t link) {
  (void)state, (void)link;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t verdict = 0;
    memcpy(&verdict, packets[i].data, packets[i].caplen < 4 ? packets[i].caplen : 4);
    if (verdict != 0)
      deliver(context, i, verdict);
    context->runs++;
  }
}
#endif

static void merge(void *into, const void *from) { (void)into, (void)from; }

const struct ffpf_object ffpf_object = {
#ifdef OBJECT_ABI
    .abi = FFPF_ABI_VERSION + 1,
#else
    .abi = FFPF_ABI_VERSION,
#endif
#if defined(OBJECT_WIDE) || defined(OBJECT_HUNGRY)
    .flags = FFPF_OBJECT_WIDE,
#elif defined(OBJECT_NAMED)
    .flags = FFPF_OBJECT_NAMED,
#elif defined(OBJECT_ETHERNET)
    .flags = FFPF_OBJECT_ETHERNET,
#endif
    .name = "test",
    .state_size = sizeof(struct state),
    .arrays = arrays,
    .array_count = COUNT(arrays),
    .part_count = 3,
    .rules = rules,
    .rule_count = COUNT(rules),
    .load = load,
    .unload = unload,
    .init = init,
    .release = release,
    .process = process,
    .merge = merge,
};
