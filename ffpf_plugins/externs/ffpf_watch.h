/*
 * External functions under the address sanitizer: what a function does beyond its declaration stops
 * the program with a report. A call works on a copy of the packet, in which only the bytes that the
 * declaration names can be touched; a function that only reads must leave them as they are; one
 * that is pure must give the same result again; its state lies before a zone that cannot be
 * touched.
 */
#ifndef FFPF_WATCH_H
#define FFPF_WATCH_H

#include <sanitizer/asan_interface.h>

#define FFPF_RED_ZONE(name) uint8_t name[64];
#define FFPF_POISON(zone) __asan_poison_memory_region(zone, sizeof(zone))
#define FFPF_UNPOISON(zone) __asan_unpoison_memory_region(zone, sizeof(zone))

struct ffpf_watched {
  uint8_t *block, *before;
  size_t size;
};

static FFPF_UNUSED void ffpf_undeclared(const char *name, const char *what) {
  fprintf(stderr, "EXTERN(%s) %s\n", name, what);
  abort();
}

/* The copy is placed so that `start` is a multiple of 8: below, whole granules can be poisoned. */
static FFPF_UNUSED struct ffpf_watched ffpf_watch(struct ffpf_frame *frame, uint64_t start,
                                                  uint64_t length) {
  struct ffpf_watched watched = {NULL, frame->data, 0};
  if (frame->data == NULL)
    return watched;
  const size_t caplen = frame->caplen;
  const size_t first = start < caplen ? start : caplen;
  const size_t size = length < caplen - first ? length : caplen - first;
  const size_t before = (8 - first % 8) % 8;
  watched.size = before + caplen + 16;
  watched.block = malloc(watched.size);
  if (watched.block == NULL)
    abort();
  frame->data = watched.block + before;
  memcpy(frame->data, watched.before, caplen);
  __asan_poison_memory_region(watched.block, before + first);
  __asan_poison_memory_region(frame->data + first + size, caplen - first - size + 16);
  return watched;
}

static FFPF_UNUSED void ffpf_watch_end(struct ffpf_frame *frame, const struct ffpf_watched *watched,
                                       bool writes, const char *name) {
  if (watched->block == NULL)
    return;
  __asan_unpoison_memory_region(watched->block, watched->size);
  if (writes)
    memcpy(watched->before, frame->data, frame->caplen);
  else if (memcmp(watched->before, frame->data, frame->caplen) != 0)
    ffpf_undeclared(name, "wrote the packet, and is declared to read it only");
  free(watched->block);
}

#define FFPF_WATCH(frame, start, length)                                                           \
  struct ffpf_watched watched = ffpf_watch(&(frame), (start), (length))
#define FFPF_WATCHED(frame, writes, name) ffpf_watch_end(&(frame), &watched, (writes), (name))
#define FFPF_SAME(result, call, name)                                                              \
  do {                                                                                             \
    if ((result) != (call))                                                                        \
      ffpf_undeclared(name, "gave two results for the same, and is declared to be pure");          \
  } while (0)

#endif
