/*
 * Prints what the capture readers make of files, for comparison with the Python readers: one
 * process for many files. Each argument is a path; for each: "file PATH", a line per packet, and
 * the end.
 */
#include <stdio.h>

#include "signals.h"
#include "source.h"

static uint64_t fnv(const uint8_t *data, size_t size) {
  uint64_t hash = 0xcbf29ce484222325u;
  for (size_t i = 0; i < size; i++)
    hash = (hash ^ data[i]) * 0x100000001b3u;
  return hash;
}

/* The 64 bytes behind a packet must be readable: the sanitizers watch this read. */
static volatile uint64_t slack;

static void print_batch(const struct batch *batch) {
  uint64_t bytes = 0;
  for (uint32_t i = 0; i < batch->count; i++) {
    const struct ffpf_packet *packet = &batch->packets[i];
    slack = fnv(packet->data + packet->caplen, 64);
    bytes += packet->caplen;
    printf("packet %u %u %llu %u %u %llu %llx\n", packet->caplen, packet->len,
           (unsigned long long)packet->timestamp, batch->link, packet->source,
           (unsigned long long)batch->stamps[i],
           (unsigned long long)fnv(packet->data, packet->caplen));
  }
  if (bytes != batch->bytes)
    printf("wrong sum of bytes\n");
}

static void dump(const char *path) {
  static struct batch batch;
  struct source source;
  struct failure failure = {0};
  uint64_t packets = 0;
  printf("file %s\n", path);
  enum source_state state = SOURCE_BATCH;
  if (source_open(&source, path, UINT32_MAX, &failure)) {
    while ((state = source_fill(&source, &batch, 1 + packets % FFPF_BATCH)) == SOURCE_BATCH) {
      print_batch(&batch);
      packets += batch.count;
    }
    source_failure(&source, state, packets + 1, &failure);
  }
  printf("end %s\n", failure.text);
  source_close(&source);
}

int main(int count, char **arguments) {
  signals_install();
  for (int i = 1; i < count; i++)
    dump(arguments[i]);
  return 0;
}
