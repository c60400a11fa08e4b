/*
 * Capture output: pcap, or pcapng where the file's name ends in .pcapng. Byte order, magic number
 * and resolution are those of the source. The buffer holds whole records only, and a regular file
 * whose last write failed half-way is cut back to its last whole record.
 */
#ifndef FFPF_WRITER_H
#define FFPF_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "failure.h"
#include "source.h"

struct writer {
  int fd; /* -1: not open */
  const char *name;
  const struct source *source;
  struct failure *failure;
  bool pcapng, swapped, nano, begun, regular, broken;
  bool header_first; /* the buffer starts with the file's header */
  uint64_t device, inode;
  uint8_t *buffer;
  size_t used, room;
  off_t written;       /* bytes of whole records in the file, before the buffer */
  uint64_t records;    /* packets written, those in the buffer included */
  uint32_t link;       /* pcap: the file's link type */
  uint32_t interfaces; /* pcapng: descriptions written so far */
};

/* What is written of one packet; `data` and `caplen` may differ from the packet's own. */
struct outgoing {
  const struct ffpf_packet *packet;
  uint64_t stamp; /* as in the batch */
  const uint8_t *data;
  uint32_t caplen, len;
};

/* Opens and truncates the output ("-": standard output), unless it is the source's own file. */
bool writer_open(struct writer *writer, const char *path, const struct source *source,
                 struct failure *failure);

/* Appends one record. `number`: the packet's in the input, for messages. */
bool writer_put(struct writer *writer, const struct outgoing *outgoing, uint64_t number);

/* Appends `count` records that lie one behind the other in a verbatim batch, headers included. */
bool writer_copy(struct writer *writer, const uint8_t *records, size_t size, uint32_t count);

/* Whether writer_copy() may be used: a pcap output of a pcap source. */
static inline bool writer_takes_verbatim(const struct writer *writer) {
  return !writer->pcapng && !writer->source->pcapng;
}

bool writer_flush(struct writer *writer);

/* Writes headers if there was no record, flushes and closes. */
bool writer_close(struct writer *writer);

/* For the two formats: `size` more bytes of the buffer, to be filled; NULL after a failure. */
uint8_t *writer_reserve(struct writer *writer, size_t size);

bool pcap_write_header(struct writer *writer, uint32_t interface);
bool pcap_write_record(struct writer *writer, const struct outgoing *outgoing, uint64_t number);
bool pcapng_write_header(struct writer *writer);
bool pcapng_write_interfaces(struct writer *writer, uint32_t count);
bool pcapng_write_record(struct writer *writer, const struct outgoing *outgoing);

#endif
