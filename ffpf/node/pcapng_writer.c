#include <string.h>

#include "bytes.h"
#include "timestamps.h"
#include "writer.h"

enum { BLOCK_INTERFACE = 1, BLOCK_ENHANCED = 6, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };
#define BLOCK_SECTION 0x0a0d0d0au
#define ORDER_MARK 0x1a2b3c4du

/* Reserves a block, writes its frame and returns its body. */
static uint8_t *new_block(struct writer *writer, uint32_t type, size_t body) {
  uint8_t *to = writer_reserve(writer, body + 12);
  if (to == NULL)
    return NULL;
  uint32_t total = (uint32_t)body + 12;
  store32(to, type, writer->swapped);
  store32(to + 4, total, writer->swapped);
  store32(to + 8 + body, total, writer->swapped);
  return to + 8;
}

bool pcapng_write_header(struct writer *writer) {
  uint8_t *body = new_block(writer, BLOCK_SECTION, 16);
  if (body == NULL)
    return false;
  store32(body, ORDER_MARK, writer->swapped);
  store16(body + 4, 1, writer->swapped);
  store16(body + 6, 0, writer->swapped);
  store64(body + 8, UINT64_MAX, writer->swapped); /* length of the section: not said */
  return true;
}

static uint8_t *put_option(const struct writer *writer, uint8_t *to, uint16_t code, uint16_t size) {
  store16(to, code, writer->swapped);
  store16(to + 2, size, writer->swapped);
  return to + 4;
}

static bool write_interface(struct writer *writer, const struct interface *interface) {
  size_t options = 8 + (interface->has_offset ? 12 : 0) + 4;
  uint8_t *body = new_block(writer, BLOCK_INTERFACE, 8 + options);
  if (body == NULL)
    return false;
  memset(body, 0, 8 + options);
  store16(body, (uint16_t)interface->link, writer->swapped);
  store32(body + 4, interface->snaplen, writer->swapped);
  *put_option(writer, body + 8, OPTION_RESOLUTION, 1) = interface->resolution;
  if (interface->has_offset)
    store64(put_option(writer, body + 16, OPTION_OFFSET, 8), (uint64_t)interface->offset,
            writer->swapped);
  writer->interfaces++;
  return true;
}

bool pcapng_write_interfaces(struct writer *writer, uint32_t count) {
  while (writer->interfaces < count) {
    if (!write_interface(writer, &writer->source->interfaces[writer->interfaces]))
      return false;
  }
  return true;
}

/* Ticks of the output interface, which has the source's resolution and offset. */
static uint64_t ticks(const struct source *source, uint64_t stamp) {
  if (source->pcapng)
    return stamp;
  uint64_t unit = source->nano ? NANOSECONDS : NANOSECONDS / 1000;
  return (stamp >> 32) * unit + (uint32_t)stamp;
}

bool pcapng_write_record(struct writer *writer, const struct outgoing *outgoing) {
  uint32_t interface = outgoing->packet->source;
  if (writer->interfaces <= interface && !pcapng_write_interfaces(writer, interface + 1))
    return false;
  size_t padded = ((size_t)outgoing->caplen + 3) & ~(size_t)3;
  uint8_t *body = new_block(writer, BLOCK_ENHANCED, 20 + padded);
  if (body == NULL)
    return false;
  uint64_t time = ticks(writer->source, outgoing->stamp);
  store32(body, interface, writer->swapped);
  store32(body + 4, (uint32_t)(time >> 32), writer->swapped);
  store32(body + 8, (uint32_t)time, writer->swapped);
  store32(body + 12, outgoing->caplen, writer->swapped);
  store32(body + 16, outgoing->len, writer->swapped);
  memcpy(body + 20, outgoing->data, outgoing->caplen);
  memset(body + 20 + outgoing->caplen, 0, padded - outgoing->caplen);
  return true;
}
