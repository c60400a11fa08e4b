#include "host.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_ENTRIES (4u * FFPF_BATCH)
#define MOST_ENTRIES (1u << 26)
#define CHUNK_SIZE ((size_t)1 << 20)
#define CHUNK_SLACK 64 /* readable behind the last byte, as behind every packet */

struct arena_chunk {
  struct arena_chunk *older;
  size_t size;
  _Alignas(64) uint8_t bytes[];
};

static struct host *host_of(struct ffpf_context *context) { return context->engine; }

static void *resized(struct ffpf_context *context, void *queue, uint32_t entries, size_t size) {
  void *larger = entries > MOST_ENTRIES ? NULL : realloc(queue, entries * size);
  if (larger == NULL)
    longjmp(host_of(context)->no_memory, 1);
  return larger;
}

static void grow_deliveries(struct ffpf_context *context) {
  uint32_t entries = context->delivery_capacity * 2;
  context->deliveries = resized(context, context->deliveries, entries, sizeof *context->deliveries);
  context->delivery_capacity = entries;
}

static void grow_transmits(struct ffpf_context *context) {
  uint32_t entries = context->transmit_capacity * 2;
  context->transmits = resized(context, context->transmits, entries, sizeof *context->transmits);
  context->transmit_capacity = entries;
}

static void grow_events(struct ffpf_context *context) {
  uint32_t entries = context->event_capacity * 2;
  context->events = resized(context, context->events, entries, sizeof *context->events);
  context->event_capacity = entries;
}

static void grow_sends(struct ffpf_context *context) {
  uint32_t entries = context->send_capacity * 2;
  context->sends = resized(context, context->sends, entries, sizeof *context->sends);
  context->send_capacity = entries;
}

static struct arena_chunk *add_chunk(struct host *host, size_t size) {
  if (size > ARENA_LIMIT - host->arena_size)
    return NULL;
  size_t whole = (sizeof(struct arena_chunk) + size + CHUNK_SLACK + 63) & ~(size_t)63;
  struct arena_chunk *chunk = aligned_alloc(64, whole);
  if (chunk == NULL)
    return NULL;
  chunk->older = host->chunks;
  chunk->size = size;
  memset(chunk->bytes + size, 0, CHUNK_SLACK);
  host->chunks = chunk;
  host->arena_size += size;
  return chunk;
}

/* A request that does not fit ends the current chunk; what it had left is not used again before the
 * next batch. */
static uint8_t *arena(struct ffpf_context *context, size_t size) {
  struct host *host = host_of(context);
  if (size > ARENA_LIMIT)
    longjmp(host->no_memory, 1);
  size_t padded = (size + 63) & ~(size_t)63;
  struct arena_chunk *chunk = add_chunk(host, padded > CHUNK_SIZE ? padded : CHUNK_SIZE);
  if (chunk == NULL)
    longjmp(host->no_memory, 1);
  context->arena_next = chunk->bytes + padded;
  context->arena_end = chunk->bytes + chunk->size;
  return chunk->bytes;
}

static const struct ffpf_host functions = {grow_deliveries, grow_transmits, grow_events, grow_sends,
                                           arena};

bool host_open(struct host *host, bool wide) {
  *host = (struct host){0};
  struct ffpf_context *context = &host->context;
  context->engine = host;
  context->host = &functions;
  if (wide)
    context->deliveries = calloc(FIRST_ENTRIES, sizeof *context->deliveries);
  context->transmits = calloc(FIRST_ENTRIES, sizeof *context->transmits);
  context->events = calloc(FIRST_ENTRIES, sizeof *context->events);
  context->delivery_capacity = context->transmit_capacity = FIRST_ENTRIES;
  context->event_capacity = context->send_capacity = FIRST_ENTRIES;
  context->sends = calloc(FIRST_ENTRIES, sizeof *context->sends);
  bool chunk = !wide || add_chunk(host, CHUNK_SIZE) != NULL;
  host_reset(host);
  return (!wide || context->deliveries != NULL) && context->transmits != NULL &&
         context->events != NULL && context->sends != NULL && chunk;
}

void host_reset(struct host *host) {
  struct ffpf_context *context = &host->context;
  context->wanted = 0;
  context->delivery_count = context->transmit_count = context->event_count = 0;
  context->send_count = 0;
  while (host->chunks != NULL && host->chunks->older != NULL) {
    struct arena_chunk *newest = host->chunks;
    host->chunks = newest->older;
    host->arena_size -= newest->size;
    free(newest);
  }
  context->arena_next = host->chunks == NULL ? NULL : host->chunks->bytes;
  context->arena_end = host->chunks == NULL ? NULL : host->chunks->bytes + host->chunks->size;
}

void host_close(struct host *host) {
  host_reset(host);
  free(host->chunks);
  free(host->context.deliveries);
  free(host->context.transmits);
  free(host->context.events);
  free(host->context.sends);
}
