#include "wire.h"

#define TRAILED 0x8000u
#define OPTION_CLASS 0xfff0u /* 0xff00..0xffff: experimental (RFC 8926, 7) */
#define OPTION_TYPE 0x81u    /* 0x80: critical (RFC 8926, 3.5) */
#define CONTROL 0x80u        /* O and C (RFC 8926, 3.4) */
#define CRITICAL 0x40u
#define BRIDGED 0x6558u

static uint16_t get16(const uint8_t *from) { return load16(from, WIRE_SWAPPED); }
static uint32_t get32(const uint8_t *from) { return load32(from, WIRE_SWAPPED); }
static uint64_t get64(const uint8_t *from) { return load64(from, WIRE_SWAPPED); }
static void put16(uint8_t *to, uint16_t value) { store16(to, value, WIRE_SWAPPED); }
static void put32(uint8_t *to, uint32_t value) { store32(to, value, WIRE_SWAPPED); }
static void put64(uint8_t *to, uint64_t value) { store64(to, value, WIRE_SWAPPED); }

static bool is_tagged(const struct wire_crossing *crossing) {
  if (crossing->caplen < 14)
    return false;
  uint16_t type = get16(crossing->data + 12);
  return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

static size_t trailer_size(const struct wire *wire, bool trailed) {
  return !trailed ? 0 : wire->full ? WIRE_FULL_TRAILER : WIRE_SHORT_TRAILER;
}

static size_t frame_size(uint32_t caplen, size_t trailer) {
  size_t size = (caplen < 12 ? 12u : caplen) + trailer;
  return size < WIRE_SHORTEST ? WIRE_SHORTEST : size;
}

/* Multicast bit clear, since a bridge drops such sources; local bit set. */
static uint32_t to_switched(uint32_t word) {
  return (word >> 24 & 0x3f) << 26 | 2u << 24 | (word & 0xffffff);
}

static void put_trailer(uint8_t *end, const struct wire *wire, const struct wire_crossing *from) {
  if (!wire->full) {
    put32(end - 8, from->caplen);
    put32(end - 4, from->len);
    return;
  }
  if (FFPF_LIKELY(from->caplen >= 12)) {
    memcpy(end - 32, from->data, 12);
  } else {
    memset(end - 32, 0, 12);
    if (from->caplen > 0)
      memcpy(end - 32, from->data, from->caplen);
  }
  put64(end - 20, from->timestamp);
  put32(end - 12, from->caplen);
  put32(end - 8, from->len);
  put16(end - 4, from->port);
  put16(end - 2, 0);
}

static enum wire_result encode_ethernet(const struct wire *wire, const struct wire_crossing *from,
                                        uint8_t *frame, size_t *size) {
  bool tagged = is_tagged(from);
  if (tagged && wire->switched && !wire->tagged)
    return WIRE_TAGGED;
  uint32_t caplen = from->caplen;
  bool trailed = wire->full || caplen < WIRE_SHORTEST || caplen != from->len;
  size_t trailer = trailer_size(wire, trailed), total = frame_size(caplen, trailer);
  if (wire->mtu != 0 && total > (uint64_t)wire->mtu + (tagged ? 18 : 14))
    return WIRE_TOO_BIG;
  uint32_t word = wire_first_word(from);
  uint32_t mark = from->origin | (trailed ? TRAILED : 0);
  wire_put_header(frame, wire->mac, wire->switched ? to_switched(word) : word, (uint16_t)mark);
  if (caplen > 12)
    memcpy(frame + 12, from->data + 12, caplen - 12);
  size_t body = caplen < 12 ? 12 : caplen;
  if (FFPF_UNLIKELY(total - trailer > body))
    memset(frame + body, 0, total - trailer - body);
  if (trailed)
    put_trailer(frame + total, wire, from);
  *size = total;
  return WIRE_OK;
}

static void put_option(uint8_t *frame, uint32_t words, const struct wire_crossing *from) {
  put32(frame, (5u + words) << 24 | CRITICAL << 16 | BRIDGED);
  put32(frame + 4, 0);
  put32(frame + 8, OPTION_CLASS << 16 | OPTION_TYPE << 8 | (4u + words));
  put16(frame + 12, from->origin);
  put16(frame + 14, from->port);
  put32(frame + 16, from->len);
  put64(frame + 20, from->timestamp);
  for (uint32_t i = 0; i < words; i++)
    put32(frame + WIRE_BEFORE_STATE + 4u * i, i < from->words ? from->state[i] : 0);
}

static enum wire_result encode_geneve(const struct wire *wire, const struct wire_crossing *from,
                                      uint8_t *frame, size_t *size) {
  size_t before = WIRE_BEFORE_STATE + 4u * wire->words;
  size_t total = before + from->caplen;
  /* IPv4's total length counts its own header, the payload length of IPv6 does not. */
  size_t header = wire->ipv6 ? 40 : 20;
  size_t most = wire->ipv6 ? 40 + 0xffff : 0xffff;
  if (wire->mtu != 0 && wire->mtu < most)
    most = wire->mtu;
  if (header + 8 + total > most)
    return WIRE_TOO_BIG;
  put_option(frame, wire->words, from);
  if (from->caplen > 0)
    memcpy(frame + before, from->data, from->caplen);
  *size = total;
  return WIRE_OK;
}

enum wire_result wire_encode_any(const struct wire *wire, const struct wire_crossing *crossing,
                                 uint8_t *frame, size_t *size) {
  if (wire->kind == WIRE_ETHERNET)
    return encode_ethernet(wire, crossing, frame, size);
  return wire->kind == WIRE_GENEVE ? encode_geneve(wire, crossing, frame, size) : WIRE_FOREIGN;
}

/* Whether the first 12 bytes of a frame are of the link's kind. */
static bool header_is_ours(const struct wire *wire, const uint8_t *frame) {
  uint16_t mark = get16(frame + 10);
  return wire_is_for(frame, wire->mac) && (mark & ~TRAILED) != 0 &&
         (!wire->full || (mark & TRAILED)) && (!wire->switched || (frame[6] & 3) == 2);
}

static uint32_t state_word(const struct wire *wire, const uint8_t *frame) {
  uint32_t word = get32(frame + 6);
  return wire->switched ? word >> 26 << 24 | (word & 0xffffff) : word;
}

/* Called last, when nothing can be foreign any more: it destroys the header. */
static void restore(uint8_t *frame, const uint8_t *end, struct wire_crossing *out) {
  memcpy(frame, end - 32, 12);
  out->timestamp = get64(end - 20);
  out->port = get16(end - 4);
}

static enum wire_result decode_ethernet(const struct wire *wire, uint8_t *frame, size_t size,
                                        struct wire_crossing *out, uint32_t *state) {
  if (size < WIRE_SHORTEST || !header_is_ours(wire, frame))
    return WIRE_FOREIGN;
  const uint8_t *end = frame + size;
  uint16_t mark = get16(frame + 10);
  bool trailed = mark & TRAILED;
  const uint8_t *lengths = end - (wire->full ? 12 : 8);
  uint32_t caplen = trailed ? get32(lengths) : (uint32_t)size;
  /* Not only "at most": a link that adds bytes behind the trailer makes another number of any
   * CAPLEN. A size of more than 32 bits is equal to none. */
  if (caplen > FFPF_MAX_CAPLEN || size != frame_size(caplen, trailer_size(wire, trailed)) ||
      (wire->full && get16(end - 2) != 0))
    return WIRE_FOREIGN;
  state[0] = state_word(wire, frame);
  out->data = frame;
  out->caplen = caplen;
  out->len = trailed ? get32(lengths + 4) : caplen;
  out->origin = mark & (uint16_t)~TRAILED;
  out->words = 1;
  out->state = state;
  if (wire->full)
    restore(frame, end, out);
  return WIRE_OK;
}

/* Whether a payload of WIRE_BEFORE_STATE bytes or more begins as ours do, with version 0 and one
 * option, whose state words are counted. Reserved bits may be any (RFC 8926, 3.4 and 3.5). */
static bool option_is_ours(const uint8_t *frame, uint32_t *words) {
  uint32_t option = frame[11] & 31u;
  *words = option - 4;
  return option >= 4 && frame[0] == option + 1 && (frame[1] & (CONTROL | CRITICAL)) == CRITICAL &&
         get16(frame + 2) == BRIDGED && get32(frame + 4) >> 8 == 0 &&
         get16(frame + 8) == OPTION_CLASS && frame[10] == OPTION_TYPE;
}

static enum wire_result decode_geneve(uint8_t *frame, size_t size, struct wire_crossing *out,
                                      uint32_t *state) {
  uint32_t words;
  if (size < WIRE_BEFORE_STATE || !option_is_ours(frame, &words))
    return WIRE_FOREIGN;
  size_t before = WIRE_BEFORE_STATE + 4u * words;
  uint16_t origin = get16(frame + 12);
  if (size < before || size - before > FFPF_MAX_CAPLEN || origin == 0 || (origin & TRAILED))
    return WIRE_FOREIGN;
  out->origin = origin;
  out->port = get16(frame + 14);
  out->len = get32(frame + 16);
  out->timestamp = get64(frame + 20);
  for (uint32_t i = 0; i < words; i++)
    state[i] = get32(frame + WIRE_BEFORE_STATE + 4u * i);
  out->words = words;
  out->state = state;
  out->data = frame + before;
  out->caplen = (uint32_t)(size - before);
  return WIRE_OK;
}

enum wire_result wire_decode_any(const struct wire *wire, uint8_t *frame, size_t size,
                                 struct wire_crossing *out, uint32_t state[WIRE_STATE_WORDS]) {
  if (wire->kind == WIRE_ETHERNET)
    return decode_ethernet(wire, frame, size, out, state);
  return wire->kind == WIRE_GENEVE ? decode_geneve(frame, size, out, state) : WIRE_FOREIGN;
}

static bool equal(const struct wire_crossing *a, const struct wire_crossing *b) {
  return a->timestamp == b->timestamp && a->caplen == b->caplen && a->len == b->len &&
         a->origin == b->origin && a->port == b->port && a->words == b->words &&
         memcmp(a->state, b->state, 4u * a->words) == 0 && memcmp(a->data, b->data, a->caplen) == 0;
}

bool wire_survives(const struct wire *wire, uint8_t *frame, size_t size, uint8_t *room) {
  uint32_t state[WIRE_STATE_WORDS], again[WIRE_STATE_WORDS];
  struct wire_crossing first = {0}, second = {0};
  if (wire_decode(wire, frame, size, &first, state) != WIRE_OK)
    return true;
  struct wire as_it_came = *wire;
  as_it_came.words = first.words;
  size_t written;
  enum wire_result sent = wire_encode(&as_it_came, &first, room, &written);
  if (sent != WIRE_OK)
    return sent != WIRE_FOREIGN;
  return wire_decode(&as_it_came, room, written, &second, again) == WIRE_OK &&
         equal(&first, &second);
}
