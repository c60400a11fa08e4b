/*
 * The classic pcap format: a 24-byte file header, then records. Accepts what libpcap 1.10 accepts:
 * three magic numbers in either byte order, versions 2.0 to 2.4 and 543.0.
 */
#include <string.h>

#include "bytes.h"
#include "link_types.h"
#include "source.h"
#include "timestamps.h"

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du
#define MAGIC_PATCHED 0xa1b2cd34u /* records carry 8 more bytes (a patch of Linux 2.0's days) */
#define FILE_HEADER 24
#define RECORD_HEADER 16
#define PATCHED_HEADER 24

struct record {
  uint32_t seconds, fraction, caplen, len;
};

static inline struct record record_at(const struct source *source, const uint8_t *at, bool swapped,
                                      bool plain) {
  struct record record = {load32(at, swapped), load32(at + 4, swapped), load32(at + 8, swapped),
                          load32(at + 12, swapped)};
  if (plain)
    return record;
  /* Version 2.3 exchanged the two lengths, but some of its writers did not. */
  if (source->lengths == LENGTHS_EXCHANGED ||
      (source->lengths == LENGTHS_DOUBTFUL && record.caplen > record.len)) {
    uint32_t other = record.caplen;
    record.caplen = record.len;
    record.len = other;
  }
  return record;
}

static size_t header_size(const struct source *source) {
  return source->patched ? PATCHED_HEADER : RECORD_HEADER;
}

/* Takes whole records from the buffer; stops at the first that is incomplete or damaged. `swapped`
 * and `plain` are constants of each of the four copies of this loop. */
static inline __attribute__((always_inline)) uint32_t
take_records(struct source *source, struct batch *batch, uint32_t limit, const bool swapped,
             const bool plain) {
  const struct interface *interface = &source->interfaces[0];
  const uint32_t longest = link_max_caplen(interface->link);
  const uint32_t keep = interface->longest < source->cut ? interface->longest : source->cut;
  const size_t header = plain ? RECORD_HEADER : header_size(source);
  const uint32_t unit = source->nano ? 1 : 1000;
  const uint8_t *at = source->input.start, *end = source->input.end;
  uint64_t bytes = 0;
  uint32_t count = 0;
  bool verbatim = plain;
  while (count < limit && (size_t)(end - at) >= header) {
    struct record record = record_at(source, at, swapped, plain);
    uint32_t caplen = record.caplen;
    if (FFPF_UNLIKELY(caplen > keep)) {
      if (caplen > longest)
        break;
      caplen = keep;
      verbatim = false;
    }
    if ((size_t)(end - at) - header < record.caplen)
      break;
    struct ffpf_packet *packet = &batch->packets[count];
    packet->data = at + header;
    packet->timestamp = (uint64_t)record.seconds * NANOSECONDS + (uint64_t)record.fraction * unit;
    packet->caplen = caplen;
    packet->len = record.len;
    packet->port = packet->origin = 0;
    packet->source = 0;
    batch->stamps[count] = (uint64_t)record.seconds << 32 | record.fraction;
    bytes += caplen;
    count++;
    at += header + record.caplen;
  }
  source->input.start = (uint8_t *)at;
  batch->bytes = bytes;
  batch->verbatim = verbatim;
  return count;
}

static uint32_t take(struct source *source, struct batch *batch, uint32_t limit) {
  if (source->plain && !source->swapped)
    return take_records(source, batch, limit, false, true);
  if (source->plain)
    return take_records(source, batch, limit, true, true);
  if (!source->swapped)
    return take_records(source, batch, limit, false, false);
  return take_records(source, batch, limit, true, false);
}

/* Makes the next record whole in the buffer, or says why that cannot be. */
static enum source_state next_record(struct source *source) {
  size_t header = header_size(source);
  enum source_state state = source_want(source, header, "record header");
  if (state == SOURCE_DAMAGED && source->input.ended && input_size(&source->input) == 0)
    return SOURCE_END;
  if (state != SOURCE_BATCH)
    return state;
  struct record record = record_at(source, source->input.start, source->swapped, source->plain);
  uint32_t link = source->interfaces[0].link, longest = link_max_caplen(link);
  char name[64];
  if (record.caplen > longest)
    return source_damage(source,
                         "captured length %u is more than the maximum of %u for link type %s",
                         record.caplen, longest, link_name(link, name, sizeof name));
  return source_want(source, header + record.caplen, "record");
}

static enum source_state pcap_fill(struct source *source, struct batch *batch, uint32_t limit) {
  batch->link = source->interfaces[0].link;
  for (;;) {
    batch->count = take(source, batch, limit);
    if (batch->count != 0)
      return SOURCE_BATCH;
    enum source_state state = next_record(source);
    if (state != SOURCE_BATCH)
      return state;
  }
}

static bool known_magic(uint32_t magic) {
  return magic == MAGIC_MICRO || magic == MAGIC_NANO || magic == MAGIC_PATCHED;
}

static enum source_state check_version(struct source *source, const uint8_t *header) {
  uint16_t major = load16(header + 4, source->swapped);
  uint16_t minor = load16(header + 6, source->swapped);
  bool strange = major == 543 && minor == 0; /* DG/UX; lengths as before 2.3 */
  if (!strange && (major != 2 || minor > 4))
    return source_damage(source, "pcap version %u.%u is not supported; 2.0 to 2.4 are", major,
                         minor);
  if (strange || minor < 3)
    source->lengths = LENGTHS_EXCHANGED;
  else if (minor == 3)
    source->lengths = LENGTHS_DOUBTFUL;
  return SOURCE_BATCH;
}

static struct interface describe_interface(const struct source *source, const uint8_t *header) {
  uint32_t link = source->link_field & 0x03ffffffu;
  struct interface interface = {.link = link,
                                .longest = link_snaplen(link, load32(header + 16, source->swapped)),
                                .resolution = source->nano ? RESOLUTION_NANO : RESOLUTION_MICRO};
  /* That patch's cooked sockets put 14 bytes before what the snapshot length counted. */
  if (source->patched && link == LINK_ETHERNET)
    interface.longest = interface.longest <= INT32_MAX - 14 ? interface.longest + 14 : INT32_MAX;
  interface.snaplen = interface.longest;
  return interface;
}

static enum source_state no_capture(struct source *source, const uint8_t *header) {
  static const struct {
    const char *bytes, *program;
  } compressed[] = {{"\x1f\x8b", "gunzip"}, {"\x28\xb5", "unzstd"}, {"\xfd\x37", "unxz"}};
  for (size_t i = 0; i < sizeof compressed / sizeof *compressed; i++) {
    if (memcmp(header, compressed[i].bytes, 2) == 0)
      return source_damage(source,
                           "this capture is compressed; `%s -c FILE | ffpf run ... -r -` "
                           "reads it",
                           compressed[i].program);
  }
  return source_damage(source,
                       "this is no pcap or pcapng capture: it begins with %02x %02x %02x %02x",
                       header[0], header[1], header[2], header[3]);
}

enum source_state pcap_begin(struct source *source) {
  const uint8_t *header = source->input.start;
  uint32_t magic = load32(header, false);
  source->swapped = !known_magic(magic);
  magic = load32(header, source->swapped);
  if (!known_magic(magic))
    return no_capture(source, header);
  enum source_state state = source_want(source, FILE_HEADER, "pcap file header");
  if (state != SOURCE_BATCH)
    return state;
  header = source->input.start;
  state = check_version(source, header);
  if (state != SOURCE_BATCH)
    return state;
  source->nano = magic == MAGIC_NANO;
  source->patched = magic == MAGIC_PATCHED;
  source->plain = !source->patched && source->lengths == LENGTHS_NORMAL;
  source->link_field = load32(header + 20, source->swapped);
  source->output_swapped = source->swapped;
  if (!source_add_interface(source, describe_interface(source, header)))
    return SOURCE_NO_MEMORY;
  source->known_before = 1;
  source->first_link = source->interfaces[0].link;
  source->input.start += FILE_HEADER;
  source->fill = pcap_fill;
  return SOURCE_BATCH;
}
