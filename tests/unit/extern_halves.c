/*
 * Runs one program on packets of port 0 and of port 1 with a state for each, merges the second
 * state into the first, has a new one take that over, and runs packets of port 2 on it. Prints the
 * four as harness.c does.
 */
#define main harness_main
#include "harness.c"
#undef main

static struct ffpf_packet *packets;
static size_t count;
static uint32_t link;

static int read_packets(const char *path) {
  FILE *file = fopen(path, "rb");
  uint32_t head[4];
  uint64_t timestamp;
  if (!file)
    return 0;
  while (fread(head, sizeof head, 1, file) == 1 &&
         fread(&timestamp, sizeof timestamp, 1, file) == 1) {
    packets = need(realloc(packets, (count + 1 + FFPF_BATCH) * sizeof *packets));
    uint8_t *data = need(calloc(1, head[0] + 64));
    if (head[0] && fread(data, head[0], 1, file) != 1)
      return 0;
    packets[count++] =
        (struct ffpf_packet){data, timestamp, head[0], head[1], (uint16_t)head[2], 0, 0};
    memset(packets + count, 0, FFPF_BATCH * sizeof *packets);
    link = head[3];
  }
  fclose(file);
  return 1;
}

static uint8_t *new_state(const struct ffpf_object *o) {
  const size_t size = (o->state_size + 63) / 64 * 64;
  uint8_t *state = need(aligned_alloc(64, size));
  memset(state, 0, size);
  if (!o->init(state))
    exit(3);
  return state;
}

static void print_state(const struct ffpf_object *o, const struct ffpf_context *c,
                        const uint8_t *state) {
  printf("R %" PRIu64, c->runs);
  for (int i = 0; i < FFPF_ABORTS; i++)
    printf(" %" PRIu64, c->aborts[i]);
  putchar('\n');
  print_memory(o, state);
  print_externs(o, state);
}

/* Deliveries have the number of the packet among those of its port. */
static void process(const struct ffpf_object *o, uint8_t *state, uint32_t port) {
  size_t from = 0, to = 0;
  for (; to < count && packets[to].port <= port; to++)
    from += packets[to].port < port;
  struct ffpf_context c = {.host = &host};
  printf("P %s\n", o->name);
  for (size_t at = from; at < to; at += FFPF_BATCH) {
    const uint32_t size = to - at < FFPF_BATCH ? (uint32_t)(to - at) : FFPF_BATCH;
    o->process(&c, state, packets + at, size, link);
    for (uint32_t i = 0; i < size; i++)
      if (c.wanted >> i & 1) {
        printf("D %zu 0 %u", at - from + i, o->verdict ? o->verdict : c.verdicts[i]);
        hex(packets[at + i].data, packets[at + i].caplen);
      }
  }
  print_state(o, &c, state);
}

int main(int argc, char **argv) {
  const struct ffpf_object *o = harness_objects[0];
  const struct ffpf_context none = {0};
  const char *name = "";
  if (argc != 2 || !read_packets(argv[1]) || (o->flags & FFPF_OBJECT_WIDE) || o->load(&name))
    return 2;
  uint8_t *states[3] = {new_state(o), new_state(o), new_state(o)};
  process(o, states[0], 0);
  process(o, states[1], 1);
  o->merge(states[0], states[1]);
  puts("P merged");
  print_state(o, &none, states[0]);
  o->carry(states[2], states[0], o);
  process(o, states[2], 2);
  for (int i = 0; i < 3; i++) {
    o->release(states[i]);
    free(states[i]);
  }
  o->unload();
  for (size_t i = 0; i < count; i++)
    free((void *)(uintptr_t)packets[i].data);
  free(packets);
  return 0;
}
