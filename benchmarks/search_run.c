/*
 * Measures search: `search_run ROUNDS PAYLOADS STRINGS OBJECT...`. Each round runs every object,
 * and, if STRINGS is not "-", a bare loop of hs_scan over the same strings, over all payloads.
 * Prints a line `LABEL hits nanoseconds-a-payload...` for each; the bare loop's label is `bare`, an
 * object's its place, from 0. PAYLOADS: for each its length (u32) and bytes; STRINGS the same with
 * a u32 between that is 1 for no case. The program counts its hits in the first word of its first
 * array.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ffpf_object.h"

#define MAX_VARIANTS 8
#define MAX_ROUNDS 256

struct variant {
  const struct ffpf_object *object; /* NULL: the bare loop */
  void *state;
  uint64_t hits;
  double nanoseconds[MAX_ROUNDS];
};

static struct ffpf_packet *packets;
static uint32_t packet_count;
static hs_database_t *database;
static hs_scratch_t *scratch;
static struct variant variants[MAX_VARIANTS];
static int variant_count;

static void fail(const char *what) {
  fprintf(stderr, "search_run: %s\n", what);
  exit(1);
}

static uint8_t *read_file(const char *name, size_t *size) {
  FILE *file = fopen(name, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0)
    fail(name);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t *data = malloc(*size + 1);
  if (data == NULL || fread(data, 1, *size, file) != *size)
    fail(name);
  fclose(file);
  return data;
}

static uint32_t word(const uint8_t *at) {
  uint32_t value;
  memcpy(&value, at, sizeof value);
  return value;
}

static void load_payloads(const char *name) {
  size_t size;
  const uint8_t *data = read_file(name, &size);
  for (size_t at = 0; at < size; at += 4 + word(data + at))
    packet_count++;
  packets = calloc(packet_count + FFPF_BATCH, sizeof *packets);
  if (packets == NULL)
    fail("not enough memory");
  uint32_t count = 0;
  for (size_t at = 0; at < size; at += 4 + word(data + at)) {
    packets[count].data = (uint8_t *)(uintptr_t)data + at + 4;
    packets[count].caplen = packets[count].len = word(data + at);
    count++;
  }
}

static void load_strings(const char *name) {
  size_t size;
  const uint8_t *data = read_file(name, &size);
  unsigned count = 0;
  for (size_t at = 0; at < size; at += 8 + word(data + at))
    count++;
  const char **strings = calloc(count, sizeof *strings);
  size_t *lengths = calloc(count, sizeof *lengths);
  unsigned *flags = calloc(count, sizeof *flags), *numbers = calloc(count, sizeof *numbers);
  hs_compile_error_t *error;
  if (!strings || !lengths || !flags || !numbers)
    fail("not enough memory");
  count = 0;
  for (size_t at = 0; at < size; at += 8 + word(data + at), count++) {
    strings[count] = (const char *)data + at + 8;
    lengths[count] = word(data + at);
    flags[count] = HS_FLAG_SINGLEMATCH | (word(data + at + 4) ? HS_FLAG_CASELESS : 0);
    numbers[count] = count;
  }
  if (hs_compile_lit_multi(strings, flags, numbers, lengths, count, HS_MODE_BLOCK, NULL, &database,
                           &error) != HS_SUCCESS)
    fail(error->message);
  if (hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
    fail("no scratch");
  variant_count++;
}

static void load_object(const char *path) {
  struct variant *variant = &variants[variant_count++];
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  variant->object = library ? dlsym(library, "ffpf_object") : NULL;
  const char *name = path;
  if (variant->object == NULL || variant->object->load(&name) != NULL)
    fail(path);
  size_t size = (variant->object->state_size + 63) / 64 * 64;
  variant->state = aligned_alloc(64, size);
  if (variant->state == NULL)
    fail("not enough memory");
  memset(variant->state, 0, size);
  if (!variant->object->init(variant->state))
    fail(path);
}

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *context) {
  (void)from, (void)to, (void)flags;
  *(unsigned *)context = id + 1;
  return 0;
}

static void run_bare(struct variant *variant) {
  for (uint32_t i = 0; i < packet_count; i++) {
    unsigned found = 0;
    (void)hs_scan(database, (const char *)packets[i].data, packets[i].caplen, 0, scratch, on_match,
                  &found);
    variant->hits += found != 0;
  }
}

static void run_object(struct variant *variant) {
  static struct ffpf_context context;
  for (uint32_t at = 0; at < packet_count; at += FFPF_BATCH) {
    const uint32_t left = packet_count - at;
    variant->object->process(&context, variant->state, packets + at,
                             left < FFPF_BATCH ? left : FFPF_BATCH, 1);
  }
}

static void run(struct variant *variant, int round) {
  struct timespec begin, end;
  clock_gettime(CLOCK_MONOTONIC, &begin);
  if (variant->object == NULL)
    run_bare(variant);
  else
    run_object(variant);
  clock_gettime(CLOCK_MONOTONIC, &end);
  const double seconds =
      (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
  variant->nanoseconds[round] = 1e9 * seconds / packet_count;
}

static void print(const struct variant *variant, int number, int rounds) {
  uint64_t hits = variant->hits;
  if (variant->object != NULL)
    hits = word((uint8_t *)variant->state + variant->object->arrays[0].offset);
  if (variant->object == NULL)
    printf("bare");
  else
    printf("%d", number);
  printf(" %llu", (unsigned long long)hits);
  for (int round = 0; round < rounds; round++)
    printf(" %.2f", variant->nanoseconds[round]);
  putchar('\n');
}

int main(int argc, char **argv) {
  const int rounds = argc > 4 ? atoi(argv[1]) : 0;
  if (rounds < 1 || rounds > MAX_ROUNDS || argc - 4 >= MAX_VARIANTS)
    fail("usage: search_run ROUNDS PAYLOADS STRINGS OBJECT...");
  load_payloads(argv[2]);
  const bool bare = strcmp(argv[3], "-") != 0;
  if (bare)
    load_strings(argv[3]);
  for (int i = 4; i < argc; i++)
    load_object(argv[i]);
  for (int round = 0; round < rounds; round++) {
    for (int i = 0; i < variant_count; i++) /* each is the first as often as the others */
      run(&variants[(i + round) % variant_count], round);
  }
  for (int i = 0; i < variant_count; i++)
    print(&variants[i], i - bare, rounds);
  return 0;
}
