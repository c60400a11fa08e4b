/*
 * Runs node/wire.c for tests/unit/test_split_wire.py: requests from standard input, answers to
 * standard output, both in the host's byte order and followed by their words and bytes. Everything
 * is in memory of exactly its size, so that the address sanitizer sees one byte too many.
 * With -DWIRE_FUZZ a libFuzzer target instead.
 */
#include <stdio.h>
#include <stdlib.h>

#include "wire.h"

/* The Python side: "=QIIIIIHH6B6s4x". */
struct request {
  uint64_t timestamp;
  uint32_t mtu, wire_words, len, words, bytes;
  uint16_t origin, port;
  uint8_t decodes, kind, full, switched, tagged, ipv6, mac[6];
};

/* "=QIIIIHH4x" */
struct answer {
  uint64_t timestamp;
  uint32_t result, len, words, bytes;
  uint16_t origin, port;
};

static void must(bool holds, const char *what) {
  if (holds)
    return;
  fprintf(stderr, "wire_harness: %s\n", what);
  abort();
}

static void *memory(size_t size) {
  void *found = malloc(size);
  must(found != NULL || size == 0, "no memory");
  return found;
}

static void *read_bytes(size_t size) {
  void *bytes = memory(size);
  must(size == 0 || fread(bytes, size, 1, stdin) == 1, "a request is cut");
  return bytes;
}

static void write_answer(struct answer answer, const void *state, const void *bytes) {
  fwrite(&answer, sizeof answer, 1, stdout);
  if (answer.words > 0)
    fwrite(state, 4, answer.words, stdout);
  if (answer.bytes > 0)
    fwrite(bytes, answer.bytes, 1, stdout);
}

static struct wire wire_of(const struct request *request) {
  struct wire wire = {.kind = (enum wire_kind)request->kind,
                      .full = request->full,
                      .switched = request->switched,
                      .tagged = request->tagged,
                      .ipv6 = request->ipv6,
                      .mtu = request->mtu,
                      .words = request->wire_words};
  memcpy(wire.mac, request->mac, sizeof wire.mac);
  return wire;
}

static void encode(const struct request *request, const uint32_t *state, const uint8_t *data) {
  struct wire wire = wire_of(request);
  struct wire_crossing crossing = {
      data,          request->timestamp, request->bytes, request->len, request->origin,
      request->port, request->words,     state};
  size_t room = wire_room(&wire, request->bytes), size = 0;
  uint8_t *frame = memory(room), *untouched = memory(room);
  memset(frame, 0xa5, room);
  memset(untouched, 0xa5, room);
  struct answer answer = {.result = wire_encode(&wire, &crossing, frame, &size)};
  must(answer.result == WIRE_OK || memcmp(frame, untouched, room) == 0,
       "a lost packet was written");
  answer.bytes = (uint32_t)size;
  write_answer(answer, NULL, frame);
  free(frame);
  free(untouched);
}

static void decode(const struct request *request, uint8_t *frame) {
  struct wire wire = wire_of(request);
  uint8_t *before = memory(request->bytes);
  if (request->bytes > 0)
    memcpy(before, frame, request->bytes);
  uint32_t *state = memory(4u * WIRE_STATE_WORDS);
  struct wire_crossing out = {.timestamp = request->timestamp, .port = request->port};
  struct answer answer = {.result = wire_decode(&wire, frame, request->bytes, &out, state)};
  if (answer.result != WIRE_OK) {
    must(out.data == NULL && out.timestamp == request->timestamp && out.port == request->port,
         "a foreign frame was put out");
    must(request->bytes == 0 || memcmp(frame, before, request->bytes) == 0,
         "a foreign frame was changed");
  }
  answer.timestamp = out.timestamp;
  answer.len = out.len;
  answer.words = out.words;
  answer.bytes = out.caplen;
  answer.origin = out.origin;
  answer.port = out.port;
  write_answer(answer, state, out.data);
  free(state);
  free(before);
}

#ifdef WIRE_FUZZ
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0)
    return 0;
  struct request request = {.kind = data[0] & 1,
                            .full = data[0] >> 1 & 1,
                            .switched = data[0] >> 2 & 1,
                            .tagged = data[0] >> 3 & 1,
                            .mtu = data[0] >> 4 & 1 ? 100 : 0};
  struct wire wire = wire_of(&request);
  uint8_t *frame = memory(size - 1), *room = memory(wire_room(&wire, (uint32_t)size));
  if (size > 1)
    memcpy(frame, data + 1, size - 1);
  must(wire_survives(&wire, frame, size - 1, room), "a second crossing gives another packet");
  free(frame);
  free(room);
  (void)encode;
  (void)decode;
  (void)read_bytes;
  return 0;
}
#else
int main(void) {
  struct request request;
  while (fread(&request, sizeof request, 1, stdin) == 1) {
    uint32_t *state = read_bytes(4u * request.words);
    uint8_t *bytes = read_bytes(request.bytes);
    if (request.decodes)
      decode(&request, bytes);
    else
      encode(&request, state, bytes);
    free(state);
    free(bytes);
  }
  return 0;
}
#endif
