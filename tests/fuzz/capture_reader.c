/*
 * libFuzzer target: the capture readers and the pcapng writer.
 *
 * The first byte chooses in what pieces the rest arrives. Whatever is read is written as pcapng and
 * read again: nothing may be lost, changed or damaged. Under the sanitizers every packet's bytes
 * and the 64 behind them are read. Run by `python -m tests.fuzz`; by hand see
 * tests/fuzz/captures.py.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "source.h"
#include "writer.h"

struct memory {
  const uint8_t *next, *end;
  size_t piece;
};

/* The stream that pull() reads; one at a time, as libFuzzer calls one target at a time. */
static struct memory stream;

static ssize_t pull(struct input *input, uint8_t *to, size_t room) {
  (void)input;
  size_t size = (size_t)(stream.end - stream.next);
  size = size < stream.piece ? size : stream.piece;
  size = size < room ? size : room;
  memcpy(to, stream.next, size);
  stream.next += size;
  return (ssize_t)size;
}

struct account {
  uint64_t packets, hash;
};

static void mix(struct account *account, uint64_t value) {
  account->hash = (account->hash ^ value) * 0x9e3779b97f4a7c15u;
  account->hash ^= account->hash >> 29;
}

static volatile uint8_t slack;

static void count_packet(struct account *account, const struct ffpf_packet *packet, uint32_t link) {
  for (uint32_t i = 0; i < packet->caplen; i++)
    mix(account, packet->data[i]);
  for (uint32_t i = 0; i < 64; i++)
    slack = packet->data[packet->caplen + i];
  mix(account, packet->caplen);
  mix(account, packet->len);
  mix(account, packet->timestamp);
  mix(account, packet->source);
  mix(account, link);
  account->packets++;
}

static void write_batch(struct writer *writer, const struct batch *batch) {
  for (uint32_t i = 0; i < batch->count; i++) {
    const struct ffpf_packet *packet = &batch->packets[i];
    struct outgoing outgoing = {packet, batch->stamps[i], packet->data, packet->caplen,
                                packet->len};
    if (!writer_put(writer, &outgoing, 1))
      abort();
  }
}

/* Reads to the end or to damage; `writer` may be NULL. */
static struct account read_all(struct source *source, struct writer *writer,
                               enum source_state *state) {
  static struct batch batch;
  struct account account = {0};
  uint32_t limit = 1;
  while ((*state = source_fill(source, &batch, limit)) == SOURCE_BATCH) {
    if (batch.count == 0 || batch.count > limit)
      abort();
    for (uint32_t i = 0; i < batch.count; i++)
      count_packet(&account, &batch.packets[i], batch.link);
    if (writer != NULL)
      write_batch(writer, &batch);
    limit = limit % FFPF_BATCH + 1;
  }
  return account;
}

static bool begin(struct source *source, const uint8_t *data, size_t size, size_t piece) {
  struct failure failure = {0};
  *source = (struct source){.name = "fuzz", .cut = UINT32_MAX};
  stream = (struct memory){data, data + size, piece};
  if (!input_open(&source->input, -1))
    abort();
  source->input.pull = pull;
  return source_begin(source, &failure);
}

static void check_output(int file, struct account expected) {
  size_t size = (size_t)lseek(file, 0, SEEK_END);
  uint8_t *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
  struct source source;
  enum source_state state;
  if (data == MAP_FAILED || !begin(&source, data, size, 4096))
    abort();
  struct account account = read_all(&source, NULL, &state);
  if (state != SOURCE_END || account.packets != expected.packets || account.hash != expected.hash)
    abort();
  source_close(&source);
  munmap(data, size);
}

static void round_trip(struct source *source) {
  char path[64];
  struct failure failure = {0};
  struct writer writer;
  enum source_state state;
  int file = memfd_create("fuzz", 0);
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  if (file < 0 || !writer_open(&writer, path, source, &failure))
    abort();
  writer.pcapng = true;
  struct account account = read_all(source, &writer, &state);
  if (!writer_close(&writer))
    abort();
  check_output(file, account);
  close(file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const size_t pieces[] = {1, 3, 16, 255, 4096, SIZE_MAX};
  struct source source;
  if (size == 0)
    return 0;
  if (begin(&source, data + 1, size - 1, pieces[data[0] % (sizeof pieces / sizeof pieces[0])]) &&
      source.interfaces[0].link <= UINT16_MAX)
    round_trip(&source);
  source_close(&source);
  return 0;
}
