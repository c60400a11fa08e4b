/*
 * Measures filters over one capture, interleaved in one process:
 *   filters_run CAPTURE PACKETS PASSES ROUNDS < work
 * PACKETS 0 is all of them. Each line of the input: `pcap FILTER EXPRESSION`, `peers LIBRARY`,
 * `object FILTER LABEL OBJECT`, `only FILTER LABEL`. Where a filter has `only` lines, its other
 * variants are left out. The variants of one filter take turns, one pass each, so that what drifts
 * on the machine drifts for all. Prints for each variant one line
 * `FILTER LABEL matches disagreements nanoseconds-a-packet...`, a figure for every round.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pcap/pcap.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "peers.h"

#define MAX_VARIANTS 512
#define MAX_ROUNDS 256
#define SLACK 4096

struct variant {
  char filter[32], label[64];
  uint64_t (*run)(const struct ffpf_packet *packets, uint64_t count);
  void (*mark)(const struct ffpf_packet *packets, uint64_t count, uint8_t *matched);
  const struct ffpf_object *object;
  void *state;
  struct bpf_program program;
  double nanoseconds[MAX_ROUNDS];
  uint64_t matches, disagreements;
};

struct choice {
  char filter[32], label[64];
};

static struct variant variants[MAX_VARIANTS];
static uint32_t variant_count;
static struct choice choices[MAX_VARIANTS];
static uint32_t choice_count;
static struct ffpf_packet *packets;
static uint64_t packet_count;

static void fail(const char *what, const char *why) {
  fprintf(stderr, "filters_run: %s: %s\n", what, why);
  exit(1);
}

static void *allocate(size_t size) {
  void *memory = aligned_alloc(64, (size + 63) / 64 * 64);
  if (!memory)
    fail("memory", "not enough");
  memset(memory, 0, (size + 63) / 64 * 64);
  return memory;
}

/* The capture ------------------------------------------------------------------------------------
 */

static uint8_t *read_file(const char *path, size_t *size) {
  FILE *file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END))
    fail(path, "cannot be read");
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = allocate(*size + SLACK);
  if (fread(bytes, 1, *size, file) != *size)
    fail(path, "cannot be read");
  fclose(file);
  return bytes;
}

static void load(const char *path, uint64_t limit) {
  size_t size;
  uint8_t *bytes = read_file(path, &size);
  packets = allocate((size / 16 + 2 * FFPF_BATCH) * sizeof *packets);
  for (size_t at = 24; at + 16 <= size && (!limit || packet_count < limit);) {
    uint32_t record[4];
    memcpy(record, bytes + at, sizeof record);
    uint64_t time = record[0] * 1000000000ull + record[1] * 1000ull;
    packets[packet_count++] = (struct ffpf_packet){
        .data = bytes + at + 16, .timestamp = time, .caplen = record[2], .len = record[3]};
    at += 16 + record[2];
  }
  for (uint32_t i = 0; i < 2 * FFPF_BATCH; i++)
    packets[packet_count + i] = packets[packet_count - 1]; /* what prefetches may look at */
}

/* Our objects ------------------------------------------------------------------------------------
 */

static struct ffpf_context context;

static void grow(struct ffpf_context *unused) {
  (void)unused;
  fail("object", "asked for more room than a plain filter needs");
}

static uint8_t *arena(struct ffpf_context *unused, size_t size) {
  (void)unused;
  (void)size;
  fail("object", "asked for memory of the arena");
  return NULL;
}

static void set_up_context(void) {
  static const struct ffpf_host host = {grow, grow, grow, grow, arena};
  context.host = &host;
}

static uint64_t run_object(const struct variant *variant, const struct ffpf_packet *from,
                           uint64_t count) {
  uint64_t matches = 0;
  for (uint64_t i = 0; i < count; i += FFPF_BATCH) {
    uint32_t batch = count - i < FFPF_BATCH ? (uint32_t)(count - i) : FFPF_BATCH;
    variant->object->process(&context, variant->state, from + i, batch, 1);
    matches += (uint64_t)__builtin_popcountll(context.wanted);
  }
  return matches;
}

static void mark_object(const struct variant *variant, uint8_t *matched) {
  memset(matched, 0, packet_count);
  for (uint64_t i = 0; i < packet_count; i += FFPF_BATCH) {
    uint64_t left = packet_count - i;
    variant->object->process(&context, variant->state, packets + i,
                             left < FFPF_BATCH ? (uint32_t)left : FFPF_BATCH, 1);
    for (uint64_t wanted = context.wanted; wanted; wanted &= wanted - 1)
      matched[i + (uint64_t)__builtin_ctzll(wanted)] = 1;
  }
}

/* libpcap ----------------------------------------------------------------------------------------
 */

static uint64_t run_pcap(const struct variant *variant, const struct ffpf_packet *from,
                         uint64_t count) {
  uint64_t matches = 0;
  struct pcap_pkthdr header = {0};
  for (uint64_t i = 0; i < count; i++) {
    header.caplen = from[i].caplen;
    header.len = from[i].len;
    matches += pcap_offline_filter(&variant->program, &header, from[i].data) != 0;
  }
  return matches;
}

static void mark_pcap(const struct variant *variant, uint8_t *matched) {
  for (uint64_t i = 0; i < packet_count; i++)
    matched[i] = (uint8_t)run_pcap(variant, packets + i, 1);
}

/* The work ---------------------------------------------------------------------------------------
 */

static struct variant *add(const char *filter, const char *label) {
  if (variant_count == MAX_VARIANTS)
    fail(label, "too many variants");
  struct variant *variant = &variants[variant_count++];
  snprintf(variant->filter, sizeof variant->filter, "%s", filter);
  snprintf(variant->label, sizeof variant->label, "%s", label);
  return variant;
}

static void *open_symbol(const char *path, const char *symbol) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  void *found = library ? dlsym(library, symbol) : NULL;
  if (!found)
    fail(path, dlerror());
  return found;
}

static void add_peers(const char *path) {
  for (const struct bench_peer *peer = open_symbol(path, "bench_peers"); peer->filter; peer++) {
    static const char *const suffixes[] = {"", "+near", "+far"};
    bench_loop *const loops[] = {peer->plain, peer->near, peer->far};
    for (int i = 0; i < 3; i++) {
      char label[64];
      snprintf(label, sizeof label, "%s%s", peer->kind, suffixes[i]);
      struct variant *variant = add(peer->filter, label);
      variant->run = loops[i];
      variant->mark = peer->mark;
    }
  }
}

static void add_object(const char *filter, const char *label, const char *path) {
  struct variant *variant = add(filter, label);
  variant->object = open_symbol(path, "ffpf_object");
  if (variant->object->abi != FFPF_ABI_VERSION)
    fail(path, "has another version of the interface");
  variant->state = allocate(variant->object->state_size + 64);
  const char *name = "";
  if (variant->object->load(&name) != NULL || !variant->object->init(variant->state)) {
    fprintf(stderr, "%s cannot be loaded\n", name);
    exit(3);
  }
}

static void add_pcap(const char *filter, const char *expression) {
  pcap_t *dead = pcap_open_dead(DLT_EN10MB, 262144);
  if (pcap_compile(dead, &add(filter, "pcap")->program, expression, 1, PCAP_NETMASK_UNKNOWN))
    fail(expression, pcap_geterr(dead));
}

static void choose(const char *filter, const char *label) {
  if (choice_count == MAX_VARIANTS)
    fail(label, "too many choices");
  struct choice *choice = &choices[choice_count++];
  snprintf(choice->filter, sizeof choice->filter, "%s", filter);
  snprintf(choice->label, sizeof choice->label, "%s", label);
}

static int is_chosen(const struct variant *variant) {
  int others = 0;
  for (uint32_t i = 0; i < choice_count; i++) {
    if (strcmp(choices[i].filter, variant->filter))
      continue;
    if (!strcmp(choices[i].label, variant->label))
      return 1;
    others = 1;
  }
  return !others;
}

static void read_work(void) {
  static char line[8192], filter[32], label[64];
  while (fgets(line, sizeof line, stdin)) {
    int used = 0;
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "pcap %31s %n", filter, &used) == 1 && used)
      add_pcap(filter, line + used);
    else if (sscanf(line, "object %31s %63s %n", filter, label, &used) == 2 && used)
      add_object(filter, label, line + used);
    else if (sscanf(line, "only %31s %63s %n", filter, label, &used) == 2)
      choose(filter, label);
    else if (!strncmp(line, "peers ", 6))
      add_peers(line + 6);
    else
      fail(line, "no such work");
  }
}

/* Correctness: every variant against libpcap, packet by packet. */
static void check(void) {
  uint8_t *expected = allocate(packet_count), *matched = allocate(packet_count);
  for (uint32_t p = 0; p < variant_count; p++) {
    if (!variants[p].program.bf_insns)
      continue;
    mark_pcap(&variants[p], expected);
    for (uint32_t v = 0; v < variant_count; v++) {
      struct variant *variant = &variants[v];
      if (variant->program.bf_insns || strcmp(variant->filter, variants[p].filter))
        continue;
      variant->object ? mark_object(variant, matched)
                      : variant->mark(packets, packet_count, matched);
      for (uint64_t i = 0; i < packet_count; i++)
        variant->disagreements += matched[i] != expected[i];
    }
  }
  free(expected);
  free(matched);
}

static double thread_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void measure(struct variant *variant, uint32_t passes, uint32_t round) {
  uint64_t matches = 0;
  double start = thread_seconds();
  for (uint32_t i = 0; i < passes; i++)
    matches = variant->object             ? run_object(variant, packets, packet_count)
              : variant->program.bf_insns ? run_pcap(variant, packets, packet_count)
                                          : variant->run(packets, packet_count);
  double taken = thread_seconds() - start;
  variant->nanoseconds[round] = taken * 1e9 / (double)passes / (double)packet_count;
  variant->matches = matches;
}

/* All rounds of one filter before the next filter. */
static void measure_filter(const char *filter, uint32_t passes, uint32_t rounds) {
  for (uint32_t round = 0; round < rounds; round++)
    for (uint32_t v = 0; v < variant_count; v++)
      if (!strcmp(variants[v].filter, filter) && is_chosen(&variants[v]))
        measure(&variants[v], passes, round);
}

static int is_first_of_its_filter(uint32_t number) {
  for (uint32_t v = 0; v < number; v++)
    if (!strcmp(variants[v].filter, variants[number].filter))
      return 0;
  return 1;
}

static void report(const struct variant *variant, uint32_t rounds) {
  if (!is_chosen(variant))
    return;
  printf("%s %s %llu %llu", variant->filter, variant->label, (unsigned long long)variant->matches,
         (unsigned long long)variant->disagreements);
  for (uint32_t round = 0; round < rounds; round++)
    printf(" %.4f", variant->nanoseconds[round]);
  putchar('\n');
}

static void pin(void) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(sched_getcpu(), &set);
  sched_setaffinity(0, sizeof set,
                    &set); /* where it is refused, measurements are noisier, no more */
}

int main(int argc, char **argv) {
  if (argc != 5)
    fail("usage", "filters_run CAPTURE PACKETS PASSES ROUNDS < work");
  uint32_t passes = (uint32_t)atoi(argv[3]), rounds = (uint32_t)atoi(argv[4]);
  if (rounds > MAX_ROUNDS)
    fail("rounds", "at most 256");
  pin();
  load(argv[1], strtoull(argv[2], NULL, 10));
  set_up_context();
  read_work();
  check();
  for (uint32_t v = 0; v < variant_count; v++)
    if (is_first_of_its_filter(v))
      measure_filter(variants[v].filter, passes, rounds);
  for (uint32_t v = 0; v < variant_count; v++)
    report(&variants[v], rounds);
  return 0;
}
