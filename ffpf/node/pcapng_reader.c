/*
 * pcapng: blocks in sections. Takes enhanced, simple and (obsolete) packet blocks, interface
 * descriptions and section headers; skips every other block after the same checks. As libpcap, but
 * for this: sections may differ in byte order, and interfaces in link type and snapshot length.
 */
#include "bytes.h"
#include "link_types.h"
#include "source.h"
#include "timestamps.h"

enum { BLOCK_INTERFACE = 1, BLOCK_OLD_PACKET = 2, BLOCK_SIMPLE = 3, BLOCK_ENHANCED = 6 };
#define BLOCK_SECTION 0x0a0d0d0au
#define ORDER_MARK 0x1a2b3c4du
#define LONGEST_BLOCK (16u << 20)
#define LONGEST_SECTION_HEADER (1u << 20)
#define OPTIONS_ROOM (128u << 10)
#define BLOCK_FRAME 12 /* type and length before, length behind */
#define SECTION_FIXED 16
#define INTERFACE_FIXED 8
#define PACKET_FIXED 20
#define SIMPLE_FIXED 4

enum { OPTION_END = 0, OPTION_RESOLUTION = 9, OPTION_OFFSET = 14 };

struct block {
  uint32_t type, total;
  const uint8_t *body;
  uint32_t size; /* of the body */
};

struct packet_block {
  uint32_t interface, caplen, len;
  uint64_t ticks;
  const uint8_t *data;
  uint32_t room; /* bytes of the block behind the fixed part */
};

/* The byte order of a section is known from its header's mark only; every other block has that of
 * the section. */
static enum source_state section_order(struct source *source) {
  enum source_state state = source_want(source, 12, "section header");
  if (state != SOURCE_BATCH)
    return state;
  const uint8_t *mark = source->input.start + 8;
  if (load32(mark, false) != ORDER_MARK && load32(mark, true) != ORDER_MARK)
    return source_damage(source,
                         "the section header's byte-order mark is %02x %02x %02x %02x; "
                         "1a 2b 3c 4d or the reverse is expected",
                         mark[0], mark[1], mark[2], mark[3]);
  source->swapped = load32(mark, false) != ORDER_MARK;
  return SOURCE_BATCH;
}

static enum source_state check_block_length(struct source *source, uint32_t total) {
  if (total < BLOCK_FRAME)
    return source_damage(source, "a block has a length of %u; at least 12 is expected", total);
  if (total % 4 != 0)
    return source_damage(source, "a block has a length of %u, which is no multiple of 4", total);
  if (total > source->longest_block)
    return source_damage(source, "a block has a length of %u, more than the maximum of %u", total,
                         source->longest_block);
  return SOURCE_BATCH;
}

/* Makes the next block whole in the buffer and checks its frame. */
static enum source_state next_block(struct source *source) {
  enum source_state state = source_want(source, 8, "block header");
  if (state == SOURCE_DAMAGED && source->input.ended && input_size(&source->input) == 0)
    return SOURCE_END;
  if (state != SOURCE_BATCH)
    return state;
  if (load32(source->input.start, false) == BLOCK_SECTION)
    state = section_order(source);
  if (state != SOURCE_BATCH)
    return state;
  uint32_t total = load32(source->input.start + 4, source->swapped);
  state = check_block_length(source, total);
  if (state == SOURCE_BATCH)
    state = source_want(source, total, "block");
  if (state != SOURCE_BATCH)
    return state;
  uint32_t behind = load32(source->input.start + total - 4, source->swapped);
  if (behind != total)
    return source_damage(source, "a block's length is %u before it and %u behind it", total,
                         behind);
  return SOURCE_BATCH;
}

/* The block at the start of the buffer, if it is whole there and its frame is right. */
static inline bool block_at(const struct source *source, struct block *block) {
  const uint8_t *at = source->input.start;
  size_t left = input_size(&source->input);
  if (left < BLOCK_FRAME)
    return false;
  block->type = load32(at, source->swapped);
  block->total = load32(at + 4, source->swapped);
  if (block->total < BLOCK_FRAME || block->total % 4 != 0 || block->total > left ||
      load32(at + block->total - 4, source->swapped) != block->total)
    return false;
  block->body = at + 8;
  block->size = block->total - BLOCK_FRAME;
  return true;
}

static enum source_state too_short(struct source *source, const struct block *block) {
  return source_damage(source, "a block of type %u is too short: %u bytes", block->type,
                       block->total);
}

static enum source_state take_resolution(struct source *source, struct interface *interface,
                                         const uint8_t *value, uint16_t size) {
  if (size != 1)
    return source_damage(source, "an if_tsresol option has %u bytes; 1 is expected", size);
  uint8_t power = *value & 0x7f, base = (*value & RESOLUTION_BINARY) != 0 ? 2 : 10;
  if (power > (base == 2 ? 63 : 19))
    return source_damage(source, "a timestamp resolution of %u^-%u is too fine", base, power);
  interface->resolution = *value;
  return SOURCE_BATCH;
}

static enum source_state take_offset(struct source *source, struct interface *interface,
                                     const uint8_t *value, uint16_t size) {
  if (size != 8)
    return source_damage(source, "an if_tsoffset option has %u bytes; 8 are expected", size);
  interface->offset = (int64_t)load64(value, source->swapped);
  interface->has_offset = true;
  return SOURCE_BATCH;
}

static enum source_state take_option(struct source *source, struct interface *interface,
                                     uint32_t *seen, uint16_t code, const uint8_t *value,
                                     uint16_t size) {
  if (code != OPTION_RESOLUTION && code != OPTION_OFFSET)
    return SOURCE_BATCH;
  if ((*seen & 1u << code) != 0)
    return source_damage(source, "an interface description has more than one %s option",
                         code == OPTION_OFFSET ? "if_tsoffset" : "if_tsresol");
  *seen |= 1u << code;
  return code == OPTION_OFFSET ? take_offset(source, interface, value, size)
                               : take_resolution(source, interface, value, size);
}

static enum source_state take_options(struct source *source, struct interface *interface,
                                      const uint8_t *at, uint32_t left) {
  uint32_t seen = 0;
  while (left > 0) {
    uint16_t code = left < 4 ? 0 : load16(at, source->swapped);
    uint16_t size = left < 4 ? 0 : load16(at + 2, source->swapped);
    uint32_t padded = 4 + (((uint32_t)size + 3) & ~3u);
    if (left < padded)
      return source_damage(source, "an option of an interface description is cut short");
    if (code == OPTION_END) {
      if (size != 0)
        return source_damage(source, "an end-of-options mark has a length of %u; 0 is expected",
                             size);
      return SOURCE_BATCH;
    }
    enum source_state state = take_option(source, interface, &seen, code, at + 4, size);
    if (state != SOURCE_BATCH)
      return state;
    at += padded;
    left -= padded;
  }
  return SOURCE_BATCH;
}

static enum source_state take_interface(struct source *source, const struct block *block) {
  if (block->size < INTERFACE_FIXED)
    return too_short(source, block);
  struct interface interface = {.link = load16(block->body, source->swapped),
                                .snaplen = load32(block->body + 4, source->swapped),
                                .resolution = RESOLUTION_MICRO};
  interface.longest = link_snaplen(interface.link, interface.snaplen);
  enum source_state state = take_options(source, &interface, block->body + INTERFACE_FIXED,
                                         block->size - INTERFACE_FIXED);
  if (state == SOURCE_BATCH && !source_add_interface(source, interface))
    return SOURCE_NO_MEMORY;
  if (interface.link == LINK_DBUS)
    source->longest_block = FFPF_MAX_CAPLEN + PACKET_FIXED + BLOCK_FRAME + OPTIONS_ROOM;
  return state;
}

/* The interfaces of earlier sections stay known, for output; numbers count from the new section. */
static enum source_state take_section(struct source *source, const struct block *block) {
  if (block->size < SECTION_FIXED)
    return too_short(source, block);
  uint16_t major = load16(block->body + 4, source->swapped);
  if (major != 1)
    return source_damage(source, "pcapng version %u.%u is not supported; 1.0 is", major,
                         load16(block->body + 6, source->swapped));
  source->section = source->interface_count;
  return SOURCE_BATCH;
}

static bool is_packet(uint32_t type) {
  return type == BLOCK_ENHANCED || type == BLOCK_SIMPLE || type == BLOCK_OLD_PACKET;
}

static enum source_state take_other(struct source *source, const struct block *block) {
  enum source_state state = SOURCE_BATCH;
  if (block->type == BLOCK_INTERFACE)
    state = take_interface(source, block);
  else if (block->type == BLOCK_SECTION)
    state = take_section(source, block);
  if (state == SOURCE_BATCH)
    source->input.start += block->total;
  return state;
}

static inline enum source_state parse_packet(struct source *source, const struct block *block,
                                             struct packet_block *packet) {
  const bool swapped = source->swapped;
  const uint8_t *body = block->body;
  uint32_t fixed = block->type == BLOCK_SIMPLE ? SIMPLE_FIXED : PACKET_FIXED;
  if (block->size < fixed)
    return too_short(source, block);
  packet->data = body + fixed;
  packet->room = block->size - fixed;
  if (block->type == BLOCK_SIMPLE) {
    packet->interface = 0;
    packet->ticks = 0;
    packet->len = packet->caplen = load32(body, swapped);
    return SOURCE_BATCH;
  }
  packet->interface = block->type == BLOCK_ENHANCED ? load32(body, swapped) : load16(body, swapped);
  packet->ticks = (uint64_t)load32(body + 4, swapped) << 32 | load32(body + 8, swapped);
  packet->caplen = load32(body + 12, swapped);
  packet->len = load32(body + 16, swapped);
  return SOURCE_BATCH;
}

static enum source_state unknown_interface(struct source *source, uint32_t number) {
  if (source->interface_count == 0)
    return source_damage(source, "a packet comes before any interface description");
  return source_damage(source, "the packet's interface %u is not described: the section has %u",
                       number, source->interface_count - source->section);
}

/* Checks the packet against its interface and its block. A simple packet block leaves the captured
 * length to be worked out. */
static inline enum source_state check_packet(struct source *source, const struct block *block,
                                             struct packet_block *packet) {
  if (packet->interface >= source->interface_count - source->section)
    return unknown_interface(source, packet->interface);
  const struct interface *interface = &source->interfaces[source->section + packet->interface];
  if (packet->caplen > interface->longest) {
    if (block->type != BLOCK_SIMPLE)
      return source_damage(source,
                           "captured length %u is more than the interface's snapshot length of %u",
                           packet->caplen, interface->longest);
    packet->caplen = interface->longest;
  }
  if (packet->caplen > packet->room)
    return source_damage(source, "captured length %u is more than the %u bytes that the block has",
                         packet->caplen, packet->room);
  if (packet->caplen > FFPF_MAX_CAPLEN)
    return source_damage(source, "captured length %u is more than the maximum of %u",
                         packet->caplen, FFPF_MAX_CAPLEN);
  return SOURCE_BATCH;
}

static inline void add_packet(const struct source *source, struct batch *batch,
                              const struct packet_block *packet) {
  uint32_t index = source->section + packet->interface;
  uint32_t caplen = packet->caplen < source->cut ? packet->caplen : source->cut;
  batch->packets[batch->count] = (struct ffpf_packet){
      .data = packet->data,
      .timestamp = timestamp_nanoseconds(&source->interfaces[index], packet->ticks),
      .caplen = caplen,
      .len = packet->len,
      .source = index,
  };
  batch->stamps[batch->count++] = packet->ticks;
  batch->bytes += caplen;
}

/* Adds the packet in `block`. SOURCE_END: the batch must end before it. */
static inline enum source_state take_packet(struct source *source, struct batch *batch,
                                            const struct block *block) {
  struct packet_block packet = {0};
  enum source_state state = parse_packet(source, block, &packet);
  if (state == SOURCE_BATCH)
    state = check_packet(source, block, &packet);
  if (state != SOURCE_BATCH)
    return state;
  uint32_t link = source->interfaces[source->section + packet.interface].link;
  if (batch->count > 0 && link != batch->link)
    return SOURCE_END;
  batch->link = link;
  add_packet(source, batch, &packet);
  source->input.start += block->total;
  return SOURCE_BATCH;
}

/* Takes blocks as long as whole ones are in the buffer. */
static enum source_state take_blocks(struct source *source, struct batch *batch, uint32_t limit) {
  struct block block;
  enum source_state state = SOURCE_BATCH;
  while (state == SOURCE_BATCH && batch->count < limit && block_at(source, &block)) {
    if (FFPF_LIKELY(is_packet(block.type)))
      state = take_packet(source, batch, &block);
    else if (block.type == BLOCK_SECTION && batch->count == 0)
      break; /* its byte order is not known yet */
    else if (block.type == BLOCK_SECTION)
      state = SOURCE_END;
    else
      state = take_other(source, &block);
  }
  return state;
}

/* A step that may move the buffer, so only while the batch is empty. */
static enum source_state take_next(struct source *source) {
  enum source_state state = next_block(source);
  struct block block;
  if (state == SOURCE_BATCH && block_at(source, &block) && !is_packet(block.type))
    state = take_other(source, &block);
  return state;
}

static enum source_state pcapng_fill(struct source *source, struct batch *batch, uint32_t limit) {
  batch->count = 0;
  batch->bytes = 0;
  batch->verbatim = false;
  for (;;) {
    enum source_state state = take_blocks(source, batch, limit);
    if (batch->count > 0)
      return SOURCE_BATCH; /* damage is found again by the next call */
    if (state == SOURCE_BATCH)
      state = take_next(source);
    if (state != SOURCE_BATCH)
      return state;
  }
}

/* The first section header. Like libpcap, it need not end in its length again. */
static enum source_state first_section(struct source *source) {
  enum source_state state = section_order(source);
  if (state != SOURCE_BATCH)
    return state;
  uint32_t total = load32(source->input.start + 4, source->swapped);
  if (total < BLOCK_FRAME + SECTION_FIXED || total > LONGEST_SECTION_HEADER)
    return source_damage(source, "the section header has a length of %u; 28 to %u are expected",
                         total, LONGEST_SECTION_HEADER);
  state = source_want(source, total, "section header");
  if (state != SOURCE_BATCH)
    return state;
  uint16_t major = load16(source->input.start + 12, source->swapped);
  uint16_t minor = load16(source->input.start + 14, source->swapped);
  if (major != 1 || (minor != 0 && minor != 2))
    return source_damage(source, "pcapng version %u.%u is not supported; 1.0 is", major, minor);
  source->output_swapped = source->swapped;
  source->input.start += total;
  return SOURCE_BATCH;
}

/* Takes the blocks before the first packet, whose block stays in the buffer. */
static enum source_state before_first_packet(struct source *source) {
  struct block block;
  for (;;) {
    enum source_state state = next_block(source);
    if (state != SOURCE_BATCH)
      return state;
    if (!block_at(source, &block) || is_packet(block.type))
      return SOURCE_BATCH;
    state = take_other(source, &block);
    if (state != SOURCE_BATCH)
      return state;
  }
}

/* The first packet's link type, where its block is sound; else the first interface's. */
static uint32_t first_link(struct source *source) {
  struct block block;
  struct packet_block packet = {0};
  if (block_at(source, &block) && is_packet(block.type) &&
      parse_packet(source, &block, &packet) == SOURCE_BATCH &&
      packet.interface < source->interface_count - source->section)
    return source->interfaces[source->section + packet.interface].link;
  return source->interfaces[0].link;
}

enum source_state pcapng_begin(struct source *source) {
  source->pcapng = true;
  source->longest_block = LONGEST_BLOCK;
  source->fill = pcapng_fill;
  enum source_state state = first_section(source);
  if (state != SOURCE_BATCH)
    return state;
  state = before_first_packet(source);
  if (source->interface_count == 0) {
    if (state == SOURCE_END)
      return source_damage(source, "the file has no interface description");
    if (state == SOURCE_BATCH)
      return source_damage(source, "a packet comes before any interface description");
    return state;
  }
  source->known_before = source->interface_count;
  source->first_link = first_link(source);
  return state == SOURCE_STOPPED || state == SOURCE_NO_MEMORY ? state : SOURCE_BATCH;
}
