/*
 * Packets that cross from one node to another, as bytes. fpl3/split/wire.py is the reference and
 * says what a frame looks like. All numbers on the wire are big-endian. Nothing here allocates.
 */
#ifndef FFPF_WIRE_H
#define FFPF_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bytes.h"
#include "ffpf_object.h"

#define WIRE_SWAPPED (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#define WIRE_STATE_WORDS 27u
#define WIRE_SHORTEST 60u /* IEEE 802.3: 64 bytes with the frame check sequence */
#define WIRE_SHORT_TRAILER 8u
#define WIRE_FULL_TRAILER 32u
#define WIRE_BEFORE_STATE 28u /* Geneve's header, the option's header and fixed values */

enum wire_kind { WIRE_ETHERNET, WIRE_GENEVE, WIRE_MEMORY };

/* "tagged" and "too big" are losses at the sender, "foreign" is one at the receiver: a frame that
 * no sender of ours makes. A memory link has no frames: WIRE_FOREIGN. */
enum wire_result { WIRE_OK, WIRE_TOO_BIG, WIRE_TAGGED, WIRE_FOREIGN };

/* A link, seen from either end. */
struct wire {
  enum wire_kind kind;
  bool full;      /* ethernet: every frame has the full trailer */
  bool switched;  /* ethernet: 30 bits of state */
  bool tagged;    /* ethernet, switched: VLAN tags pass */
  bool ipv6;      /* geneve */
  uint8_t mac[6]; /* ethernet: the receiver's */
  uint32_t mtu;   /* 0: no limit but the protocol's */
  uint32_t words; /* geneve: state words in a frame, at most WIRE_STATE_WORDS */
};

/* A packet on its way. `state` has `words` words: missing ones are sent as 0, superfluous ones are
 * not sent; a switched link takes the low 30 bits. */
struct wire_crossing {
  const uint8_t *data;
  uint64_t timestamp; /* nanoseconds since 1970 */
  uint32_t caplen;    /* at most FFPF_MAX_CAPLEN */
  uint32_t len;       /* length on the wire; may be less than caplen */
  uint16_t origin;    /* 1..32767 */
  uint16_t port;      /* input port at the root */
  uint32_t words;     /* at most WIRE_STATE_WORDS */
  const uint32_t *state;
};

/* The general cases of the two functions below. */
enum wire_result wire_encode_any(const struct wire *wire, const struct wire_crossing *crossing,
                                 uint8_t *frame, size_t *size);
enum wire_result wire_decode_any(const struct wire *wire, uint8_t *frame, size_t size,
                                 struct wire_crossing *out, uint32_t state[WIRE_STATE_WORDS]);

/* The most bytes that wire_encode may write for a packet of `caplen` bytes. */
static inline size_t wire_room(const struct wire *wire, uint32_t caplen) {
  size_t ethernet = (size_t)caplen + WIRE_FULL_TRAILER;
  size_t geneve = (size_t)caplen + WIRE_BEFORE_STATE + 4u * WIRE_STATE_WORDS;
  size_t most = wire->kind == WIRE_GENEVE ? geneve : ethernet;
  return most < WIRE_SHORTEST ? WIRE_SHORTEST : most;
}

static inline uint32_t wire_first_word(const struct wire_crossing *crossing) {
  return FFPF_LIKELY(crossing->words) ? crossing->state[0] : 0;
}

static inline void wire_put_header(uint8_t *frame, const uint8_t mac[6], uint32_t word,
                                   uint16_t mark) {
  memcpy(frame, mac, 6);
  store32(frame + 6, word, WIRE_SWAPPED);
  store16(frame + 10, mark, WIRE_SWAPPED);
}

static inline bool wire_is_for(const uint8_t *frame, const uint8_t mac[6]) {
  uint32_t first = load32(frame, false) ^ load32(mac, false);
  uint32_t last = (uint32_t)load16(frame + 4, false) ^ load16(mac + 4, false);
  return (first | last) == 0;
}

/* Writes the frame of an ethernet link or the UDP payload of a geneve link to `frame`, which has
 * room for wire_room() bytes and does not overlap the packet, and its length to `size`. A lost
 * packet writes nothing; one that is both tagged and too big is tagged. */
static inline enum wire_result wire_encode(const struct wire *wire,
                                           const struct wire_crossing *crossing, uint8_t *frame,
                                           size_t *size) {
  uint32_t caplen = crossing->caplen;
  bool plain = wire->kind == WIRE_ETHERNET && !wire->full && !wire->switched;
  bool whole = caplen >= WIRE_SHORTEST && caplen == crossing->len;
  /* caplen <= mtu + 14, or mtu is 0: that wraps to the largest. */
  bool fits = caplen - 15u <= wire->mtu - 1u;
  if (FFPF_UNLIKELY(!(plain && whole && fits)))
    return wire_encode_any(wire, crossing, frame, size);
  memcpy(frame, crossing->data, caplen);
  wire_put_header(frame, wire->mac, wire_first_word(crossing), crossing->origin);
  *size = caplen;
  return WIRE_OK;
}

/* The packet that wire_encode made the frame of. `out->data` points into `frame`: bytes behind the
 * packet that the caller owes to a program (struct ffpf_packet) are owed behind the frame.
 * `out->state` is `state`, with one word on ethernet and as many as there are on geneve. Where the
 * frame carries neither, `out->timestamp` and `out->port` stay what they were. The full trailer's
 * bytes 0..11 are put back in place, so that a frame can be decoded once. A foreign frame, its
 * bytes may be any and as many as they like, changes neither `frame` nor `out`. */
static inline enum wire_result wire_decode(const struct wire *wire, uint8_t *frame, size_t size,
                                           struct wire_crossing *out,
                                           uint32_t state[WIRE_STATE_WORDS]) {
  bool plain = wire->kind == WIRE_ETHERNET && !wire->full && !wire->switched;
  if (FFPF_UNLIKELY(!(plain && size >= WIRE_SHORTEST && size <= FFPF_MAX_CAPLEN)))
    return wire_decode_any(wire, frame, size, out, state);
  uint16_t mark = load16(frame + 10, WIRE_SWAPPED);
  bool bare = (uint16_t)(mark - 1u) < 0x7fff; /* an origin, and no trailer */
  if (FFPF_UNLIKELY(!(bare && wire_is_for(frame, wire->mac))))
    return wire_decode_any(wire, frame, size, out, state);
  state[0] = load32(frame + 6, WIRE_SWAPPED);
  out->data = frame;
  out->caplen = out->len = (uint32_t)size;
  out->origin = mark;
  out->words = 1;
  out->state = state;
  return WIRE_OK;
}

/* For a fuzzer: whether a frame, if it is ours, is decoded to a packet that another crossing gives
 * back. `room` has wire_room(wire, size) bytes. Any `frame` is allowed; it may change. */
bool wire_survives(const struct wire *wire, uint8_t *frame, size_t size, uint8_t *room);

#endif
