/*
 * What an external function is handed: the packet's bytes, texts, an array to fill. Its C file is
 * included into the program's translation unit behind ffpf_program.h, so that gcc can inline it;
 * all its names begin with its own.
 *
 * `data` may be written to if the declaration says packet = "write"; otherwise it must not be.
 * Bytes data[0] .. data[caplen - 1] are the packet's. With packet = "none" it is NULL.
 */
#ifndef FFPF_EXTERN_H
#define FFPF_EXTERN_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ffpf_object.h"

#define FFPF_UNUSED __attribute__((unused))

struct ffpf_frame {
  uint8_t *data;
  uint32_t caplen, len, link;
};

/* A text of the program's: its bytes (a 0 stands behind them), how many, its id. */
struct ffpf_text {
  const char *bytes;
  uint32_t length, id;
  uint32_t nocase;
};

/* Bytes of a packet. */
struct ffpf_span {
  const uint8_t *data;
  uint32_t length;
};

/* Those of the `length` bytes from `start` that are captured. */
static inline FFPF_UNUSED struct ffpf_span ffpf_span(const struct ffpf_frame *frame, uint32_t start,
                                                     uint32_t length) {
  if (start >= frame->caplen)
    return (struct ffpf_span){frame->data, 0};
  uint32_t left = frame->caplen - start;
  return (struct ffpf_span){frame->data + start, length < left ? length : left};
}

/* A persistent array of the program's; what does not fit a word is stored modulo its width. */
struct ffpf_elements {
  void *words;
  uint64_t count;
  uint32_t bits;
};

static inline FFPF_UNUSED struct ffpf_elements ffpf_elements(void *words, uint64_t count,
                                                             uint32_t bits) {
  return (struct ffpf_elements){words, count, bits};
}

static inline FFPF_UNUSED void ffpf_set_element(struct ffpf_elements array, uint64_t index,
                                                uint64_t value) {
  switch (array.bits) {
  case 8:
    ((uint8_t *)array.words)[index] = (uint8_t)value;
    break;
  case 16:
    ((uint16_t *)array.words)[index] = (uint16_t)value;
    break;
  case 32:
    ((uint32_t *)array.words)[index] = (uint32_t)value;
    break;
  default:
    ((uint64_t *)array.words)[index] = value;
  }
}

/* Mixes 64 bits well (the end of splitmix64); the twins have it as fpl3.hashes.mix64. */
static inline FFPF_UNUSED uint64_t ffpf_mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* Under the address sanitizer, calls are watched: see ffpf_watch.h. */
#if defined(__SANITIZE_ADDRESS__)
#define FFPF_WATCHING 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FFPF_WATCHING 1
#endif
#endif

#ifdef FFPF_WATCHING
#include "ffpf_watch.h"
#else
#define FFPF_RED_ZONE(name)
#define FFPF_POISON(zone) (void)0
#define FFPF_UNPOISON(zone) (void)0
#define FFPF_WATCH(frame, start, length) (void)0
#define FFPF_WATCHED(frame, writes, name) (void)0
#define FFPF_SAME(result, call, name) (void)0
#endif

#endif
