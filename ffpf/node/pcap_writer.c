#include <string.h>

#include "bytes.h"
#include "link_types.h"
#include "timestamps.h"
#include "writer.h"

#define MAGIC_MICRO 0xa1b2c3d4u
#define MAGIC_NANO 0xa1b23c4du

/* Microseconds if they suffice for every interface that is known before the first packet. */
static bool needs_nano(const struct source *source) {
  for (uint32_t i = 0; i < source->known_before; i++) {
    if (finer_than_micro(source->interfaces[i].resolution))
      return true;
  }
  return false;
}

/* The snapshot length covers every interface of the file's link type: a later one with a longer one
 * is harmless, readers take the field for a hint. */
static uint32_t longest_snaplen(const struct writer *writer) {
  const struct source *source = writer->source;
  uint32_t longest = 0;
  for (uint32_t i = 0; i < source->interface_count; i++) {
    if (source->interfaces[i].link == writer->link && source->interfaces[i].longest > longest)
      longest = source->interfaces[i].longest;
  }
  return longest;
}

bool pcap_write_header(struct writer *writer, uint32_t interface) {
  const struct source *source = writer->source;
  writer->link = source->interfaces[interface].link;
  writer->nano = needs_nano(source);
  uint8_t *to = writer_reserve(writer, 24);
  if (to == NULL)
    return false;
  store32(to, writer->nano ? MAGIC_NANO : MAGIC_MICRO, writer->swapped);
  store16(to + 4, 2, writer->swapped);
  store16(to + 6, 4, writer->swapped);
  store32(to + 8, 0, writer->swapped);
  store32(to + 12, 0, writer->swapped);
  store32(to + 16, longest_snaplen(writer), writer->swapped);
  store32(to + 20, source->pcapng ? writer->link : source->link_field, writer->swapped);
  return true;
}

static bool refuse_link(struct writer *writer, uint32_t link, uint64_t number) {
  char first[64], other[64];
  writer->broken = !writer_flush(writer);
  return fail(writer->failure, STATUS_INPUT, "output",
              "%s: packet %llu: error: its link type is %s, and a pcap file holds one, here %s; "
              "write to a file whose name ends in .pcapng",
              writer->source->name, (unsigned long long)number,
              link_name(link, other, sizeof other), link_name(writer->link, first, sizeof first));
}

static bool refuse_resolution(struct writer *writer, uint64_t number) {
  writer->broken = !writer_flush(writer);
  return fail(writer->failure, STATUS_INPUT, "output",
              "%s: packet %llu: error: its timestamp is finer than the microseconds that the pcap "
              "file began with; write to a file whose name ends in .pcapng",
              writer->source->name, (unsigned long long)number);
}

static bool refuse_time(struct writer *writer, uint64_t number) {
  writer->broken = !writer_flush(writer);
  return fail(writer->failure, STATUS_INPUT, "output",
              "%s: packet %llu: error: its time is not between 1970 and 2106, which is what a pcap "
              "file holds; write to a file whose name ends in .pcapng",
              writer->source->name, (unsigned long long)number);
}

static bool times(struct writer *writer, const struct outgoing *outgoing, uint64_t number,
                  uint32_t *seconds, uint32_t *fraction) {
  const struct source *source = writer->source;
  if (!source->pcapng) {
    *seconds = (uint32_t)(outgoing->stamp >> 32);
    *fraction = (uint32_t)outgoing->stamp;
    return true;
  }
  uint64_t whole;
  uint32_t nanoseconds;
  timestamp_split(&source->interfaces[outgoing->packet->source], outgoing->stamp, &whole,
                  &nanoseconds);
  if (whole > UINT32_MAX)
    return refuse_time(writer, number);
  *seconds = (uint32_t)whole;
  *fraction = writer->nano ? nanoseconds : nanoseconds / 1000;
  return true;
}

bool pcap_write_record(struct writer *writer, const struct outgoing *outgoing, uint64_t number) {
  const struct interface *interface = &writer->source->interfaces[outgoing->packet->source];
  if (interface->link != writer->link)
    return refuse_link(writer, interface->link, number);
  if (!writer->nano && finer_than_micro(interface->resolution))
    return refuse_resolution(writer, number);
  uint32_t seconds = 0, fraction = 0;
  if (!times(writer, outgoing, number, &seconds, &fraction))
    return false;
  uint8_t *to = writer_reserve(writer, 16 + (size_t)outgoing->caplen);
  if (to == NULL)
    return false;
  store32(to, seconds, writer->swapped);
  store32(to + 4, fraction, writer->swapped);
  store32(to + 8, outgoing->caplen, writer->swapped);
  store32(to + 12, outgoing->len, writer->swapped);
  memcpy(to + 16, outgoing->data, outgoing->caplen);
  return true;
}
