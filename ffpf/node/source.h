/*
 * The one source interface: whatever packets come from, they come as batches of descriptors.
 */
#ifndef FFPF_SOURCE_H
#define FFPF_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"
#include "ffpf_object.h"
#include "input.h"

/* What a capture says of one interface. A pcap file has one. */
struct interface {
  uint32_t link;
  uint32_t snaplen;    /* as the file says it, for output */
  uint32_t longest;    /* the most captured bytes that a packet may have */
  uint8_t resolution;  /* if_tsresol: 10^-n, or with bit 7 set 2^-n */
  bool has_offset;     /* if_tsoffset was given */
  int64_t offset;      /* seconds to add to every timestamp */
  uint64_t multiplier; /* ticks * multiplier / divisor = ns; unused for powers of two */
  uint64_t divisor;
};

/* Up to FFPF_BATCH packets of one link type. The packets' bytes lie in the source's buffer and are
 * good until the next fill. As many descriptors again are there for objects that prefetch ahead;
 * they are never filled. */
struct batch {
  uint32_t count, link;
  uint64_t bytes; /* sum of caplen */
  bool
      verbatim; /* pcap: the 16 bytes before each packet are its record header, right as they are */
  /* Programs look ahead: ffpf_object.h, process(). The second half stays NULL. */
  struct ffpf_packet packets[2 * FFPF_BATCH];
  uint64_t stamps[FFPF_BATCH]; /* pcap: seconds << 32 | fraction; pcapng: ticks. As in the file. */
};

enum source_state {
  SOURCE_BATCH,
  SOURCE_END,
  SOURCE_DAMAGED, /* `damage` says what is wrong with the next packet */
  SOURCE_STOPPED, /* a signal came while we waited */
  SOURCE_NO_MEMORY
};

struct source {
  struct input input;
  const char *name; /* for messages */
  enum source_state (*fill)(struct source *source, struct batch *batch, uint32_t limit);
  bool pcapng;
  bool swapped; /* byte order of what is read now, against the host's */
  bool nano;    /* pcap: fractions are nanoseconds */
  bool plain;   /* pcap: 16-byte record headers, captured length first */
  bool patched; /* pcap: 24-byte record headers (magic 0xa1b2cd34) */
  enum { LENGTHS_NORMAL, LENGTHS_EXCHANGED, LENGTHS_DOUBTFUL } lengths; /* pcap before 2.4 */
  uint32_t link_field; /* pcap: the link type with what its upper bits say of the FCS */
  uint32_t cut;        /* keep at most so many bytes of a packet (-s) */
  struct interface *interfaces;
  uint32_t interface_count, interface_room;
  uint32_t section; /* pcapng: number of the section's first interface */
  uint32_t longest_block;
  bool output_swapped;   /* byte order of the first section: that of output */
  uint32_t known_before; /* interfaces that were known before the first packet */
  uint32_t first_link;   /* link type of the first packet, or of the first interface */
  uint64_t size;         /* of a regular file; 0: unknown */
  uint64_t device, inode;
  bool regular;
  char damage[256];
};

/* Opens a capture ("-": standard input), reads its header and, of pcapng, everything before the
 * first packet. `cut`: the most bytes to keep of a packet, at least 1. */
bool source_open(struct source *source, const char *path, uint32_t cut, struct failure *failure);

/* The same for a stream that is open already; `source` is zeroed but for name, cut and input. */
bool source_begin(struct source *source, struct failure *failure);

/* Reads the next batch of at most `limit` packets. What comes before damage arrives in batches,
 * then SOURCE_DAMAGED. */
static inline enum source_state source_fill(struct source *source, struct batch *batch,
                                            uint32_t limit) {
  return source->fill(source, batch, limit);
}

/* Turns the state in which the source ended into the run's failure; `packet` is the number of the
 * packet that could not be read, from 1. */
bool source_failure(const struct source *source, enum source_state state, uint64_t packet,
                    struct failure *failure);

void source_close(struct source *source);

/* Adds an interface whose link, snaplen, resolution and offset are set. False: out of memory. */
bool source_add_interface(struct source *source, struct interface interface);

/* Puts a description of damage into the source. Always returns SOURCE_DAMAGED. */
__attribute__((format(printf, 2, 3))) enum source_state source_damage(struct source *source,
                                                                      const char *format, ...);

/* Wants `need` bytes of a record part ("packet", "block", ...); what is missing is damage. */
enum source_state source_want(struct source *source, size_t need, const char *what);

/* Each reads its file's header and sets up fill(). */
enum source_state pcap_begin(struct source *source);
enum source_state pcapng_begin(struct source *source);

#endif
