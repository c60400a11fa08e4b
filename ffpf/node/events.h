/*
 * The event stream: one record for each alert, written to a pipe for the framework to render.
 * A record is the structure below in the host's byte order, followed by `bytes` bytes of the
 * packet.
 */
#ifndef FFPF_EVENTS_H
#define FFPF_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "failure.h"
#include "ffpf_object.h"

#define EVENT_BYTES 128u

struct event_record {
  uint64_t packet;    /* number of the packet in the input, from 1 */
  uint64_t timestamp; /* nanoseconds since 1970 */
  uint32_t rule;      /* index in the object's rule table */
  uint32_t part;
  uint32_t link;
  uint32_t caplen, len;
  uint32_t bytes; /* at most EVENT_BYTES, the packet's first ones as captured */
};

struct events {
  int fd; /* -1: nobody listens */
  size_t used;
  uint8_t buffer[64 << 10];
};

bool events_add(struct events *events, const struct event_record *record, const uint8_t *data,
                struct failure *failure);
bool events_flush(struct events *events, struct failure *failure);

#endif
