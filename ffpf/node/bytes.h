/*
 * Loads and stores of unaligned words, in the host's byte order or swapped.
 */
#ifndef FFPF_BYTES_H
#define FFPF_BYTES_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define FFPF_LIKELY(condition) __builtin_expect(!!(condition), 1)
#define FFPF_UNLIKELY(condition) __builtin_expect(!!(condition), 0)

static inline uint16_t load16(const uint8_t *from, bool swapped) {
  uint16_t value;
  memcpy(&value, from, sizeof value);
  return swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t load32(const uint8_t *from, bool swapped) {
  uint32_t value;
  memcpy(&value, from, sizeof value);
  return swapped ? __builtin_bswap32(value) : value;
}

static inline uint64_t load64(const uint8_t *from, bool swapped) {
  uint64_t value;
  memcpy(&value, from, sizeof value);
  return swapped ? __builtin_bswap64(value) : value;
}

static inline void store16(uint8_t *to, uint16_t value, bool swapped) {
  value = swapped ? __builtin_bswap16(value) : value;
  memcpy(to, &value, sizeof value);
}

static inline void store32(uint8_t *to, uint32_t value, bool swapped) {
  value = swapped ? __builtin_bswap32(value) : value;
  memcpy(to, &value, sizeof value);
}

static inline void store64(uint8_t *to, uint64_t value, bool swapped) {
  value = swapped ? __builtin_bswap64(value) : value;
  memcpy(to, &value, sizeof value);
}

#endif
