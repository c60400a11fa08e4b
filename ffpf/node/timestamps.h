/*
 * Ticks of an interface to nanoseconds since 1970. All arithmetic is modulo 2^64: a timestamp that
 * lies outside 1970 to 2554 wraps, it never fails.
 */
#ifndef FFPF_TIMESTAMPS_H
#define FFPF_TIMESTAMPS_H

#include <stdint.h>

#include "source.h"

#define NANOSECONDS 1000000000u
#define RESOLUTION_BINARY 0x80u
#define RESOLUTION_MICRO 6u
#define RESOLUTION_NANO 9u

/* Works out multiplier and divisor. */
void timestamp_prepare(struct interface *interface);

/* Nanoseconds since 1970, the interface's offset included. */
uint64_t timestamp_nanoseconds(const struct interface *interface, uint64_t ticks);

/* Seconds (with the offset) and nanoseconds of a second. */
void timestamp_split(const struct interface *interface, uint64_t ticks, uint64_t *seconds,
                     uint32_t *nanoseconds);

/* Whether 10^-6 s is too coarse for the interface. */
static inline bool finer_than_micro(uint8_t resolution) {
  uint8_t power = resolution & 0x7f;
  return (resolution & RESOLUTION_BINARY) != 0 ? power >= 20 : power > RESOLUTION_MICRO;
}

#endif
