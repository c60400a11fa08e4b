/*
 * Runs compiled programs on packets and prints everything that an outcome has, for comparison with
 * the interpreter. Buffers have exactly the packet's size, so that the sanitizers see every
 * overstep.
 *
 * usage: harness PACKETS; PACKETS: caplen, len, port, link (u32), timestamp (u64), bytes; native
 * order. The translation unit defines `harness_objects`, ended by NULL.
 */
#include "ffpf_object.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct ffpf_object *const harness_objects[];

struct chunk {
  struct chunk *next;
};

static struct chunk *chunks;

static void *need(void *memory) {
  if (!memory) {
    fputs("out of memory\n", stderr);
    exit(1);
  }
  return memory;
}

static void grow_deliveries(struct ffpf_context *c) {
  c->delivery_capacity = c->delivery_capacity * 2;
  c->deliveries = need(realloc(c->deliveries, c->delivery_capacity * sizeof *c->deliveries));
}

static void grow_transmits(struct ffpf_context *c) {
  c->transmit_capacity = c->transmit_capacity * 2 + 1;
  c->transmits = need(realloc(c->transmits, c->transmit_capacity * sizeof *c->transmits));
}

static void grow_events(struct ffpf_context *c) {
  c->event_capacity = c->event_capacity * 2 + 1;
  c->events = need(realloc(c->events, c->event_capacity * sizeof *c->events));
}

/* A new chunk for every request: nothing hides behind a neighbour. */
static uint8_t *arena(struct ffpf_context *c, size_t size) {
  (void)c;
  struct chunk *chunk = need(malloc(sizeof *chunk + size));
  chunk->next = chunks;
  chunks = chunk;
  return (uint8_t *)(chunk + 1);
}

static void grow_sends(struct ffpf_context *c) {
  c->send_capacity = c->send_capacity * 2 + 1;
  c->sends = need(realloc(c->sends, c->send_capacity * sizeof *c->sends));
}

static const struct ffpf_host host = {grow_deliveries, grow_transmits, grow_events, grow_sends,
                                      arena};

static void hex(const uint8_t *data, uint32_t size) {
  putchar(' ');
  for (uint32_t i = 0; i < size; i++)
    printf("%02x", data[i]);
  putchar('\n');
}

static void print_deliveries(const struct ffpf_context *c, const struct ffpf_object *o,
                             const struct ffpf_packet *packets) {
  for (uint32_t i = 0; i < c->delivery_count; i++) {
    const struct ffpf_delivery *d = c->deliveries + i;
    printf("D %u %u %u", d->index, d->part, d->verdict);
    hex(d->data, packets[d->index].caplen);
  }
  for (uint32_t i = 0; i < FFPF_BATCH; i++) {
    if (!(c->wanted >> i & 1))
      continue;
    printf("D %u 0 %u", i, o->verdict ? o->verdict : c->verdicts[i]);
    hex(packets[i].data, packets[i].caplen);
  }
}

static void print_batch(const struct ffpf_context *c, const struct ffpf_object *o,
                        const struct ffpf_packet *packets) {
  print_deliveries(c, o, packets);
  for (uint32_t i = 0; i < c->transmit_count; i++) {
    printf("T %u", c->transmits[i].index);
    hex(c->transmits[i].data, c->transmits[i].caplen);
  }
  for (uint32_t i = 0; i < c->event_count; i++)
    printf("A %u %u %u\n", c->events[i].index, c->events[i].part, c->events[i].rule);
}

static void print_memory(const struct ffpf_object *o, const uint8_t *state) {
  for (uint32_t a = 0; a < o->array_count; a++) {
    const struct ffpf_array *array = o->arrays + a;
    for (uint64_t i = 0; i < array->size; i++) {
      uint64_t value = 0;
      memcpy(&value, state + array->offset + i * (array->bits / 8), array->bits / 8);
      if (value)
        printf("M %s %" PRIu64 " %" PRIu64 "\n", array->name, i, value);
    }
  }
}

static void row(struct ffpf_show *show) {
  (void)show;
  puts("XR");
}

static void number(struct ffpf_show *show, const char *name, uint64_t value) {
  (void)show;
  printf("XV %s %" PRIu64 "\n", name, value);
}

static void real(struct ffpf_show *show, const char *name, double value) {
  (void)show;
  printf("XF %s %.17g\n", name, value);
}

static void text(struct ffpf_show *show, const char *name, const char *value) {
  (void)show;
  printf("XT %s %s\n", name, value);
}

static void print_externs(const struct ffpf_object *o, const uint8_t *state) {
  struct ffpf_show show = {row, number, real, text, NULL};
  for (uint32_t i = 0; i < o->extern_count; i++) {
    printf("X %s\n", o->externs[i].name);
    if (o->externs[i].show)
      o->externs[i].show(state, &show);
  }
}

static void run(const struct ffpf_object *o, const struct ffpf_packet *packets, uint32_t count,
                uint32_t link) {
  struct ffpf_context c = {.host = &host, .delivery_capacity = FFPF_BATCH};
  c.deliveries = need(malloc(c.delivery_capacity * sizeof *c.deliveries));
  size_t size = (o->state_size + 63) / 64 * 64;
  uint8_t *state = need(aligned_alloc(64, size));
  memset(state, 0, size);
  const char *name = "";
  const char *failed = o->load(&name);
  if (failed || !o->init(state)) {
    fprintf(stderr, "%s: %s\n", name, failed ? failed : "no memory");
    exit(3);
  }
  o->process(&c, state, packets, count, link);
  printf("P %s\nR %" PRIu64, o->name, c.runs);
  for (int i = 0; i < FFPF_ABORTS; i++)
    printf(" %" PRIu64, c.aborts[i]);
  putchar('\n');
  print_batch(&c, o, packets);
  print_memory(o, state);
  print_externs(o, state);
  o->release(state);
  o->unload();
  free(c.deliveries), free(c.transmits), free(c.events), free(state);
  while (chunks) {
    struct chunk *next = chunks->next;
    free(chunks);
    chunks = next;
  }
}

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : NULL;
  if (!file)
    return 2;
  static struct ffpf_packet packets[2 * FFPF_BATCH];
  uint32_t count = 0, head[4] = {0};
  uint64_t timestamp;
  while (count < FFPF_BATCH && fread(head, sizeof head, 1, file) == 1 &&
         fread(&timestamp, sizeof timestamp, 1, file) == 1) {
    uint8_t *data = need(calloc(1, head[0] + 64));
    if (head[0] && fread(data, head[0], 1, file) != 1)
      return 2;
    packets[count++] =
        (struct ffpf_packet){data, timestamp, head[0], head[1], (uint16_t)head[2], 0, 0};
  }
  fclose(file);
  for (const struct ffpf_object *const *o = harness_objects; *o; o++)
    run(*o, packets, count, head[3]);
  for (uint32_t i = 0; i < count; i++)
    free((void *)(uintptr_t)packets[i].data);
  return 0;
}
