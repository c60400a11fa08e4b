#include "live_source.h"

#include <string.h>

bool live_source_open(struct live_source *source, const struct plan *plan,
                      const struct device *device, struct failure *failure) {
  const struct plan_live *live = &plan->live;
  source->node = &plan->nodes[0];
  source->live = live;
  source->ring.fd = source->geneve.fd = -1;
  if (!live->input && live->wire.kind == WIRE_GENEVE)
    return geneve_listen(&source->geneve, device, &live->arrive, failure);
  /* Frames of the link are for the description's address, which the interface need not have. */
  bool promiscuous = live->input || memcmp(device->mac, live->wire.mac, sizeof device->mac) != 0;
  return packet_ring_open(&source->ring, device, promiscuous, failure);
}

static void put_state(struct inbox *inbox, uint32_t at, const struct wire_crossing *crossed) {
  uint32_t *to = inbox->states + (size_t)at * inbox->words;
  for (uint32_t i = 0; i < inbox->words; i++)
    to[i] = i < crossed->words ? crossed->state[i] : 0;
}

/* Decodes what arrived as `raw` into the place of a packet. False: it is foreign. */
static bool decode(struct live_source *source, const struct ffpf_packet *raw,
                   struct ffpf_packet *packet, struct inbox *inbox, uint32_t at) {
  uint32_t state[WIRE_STATE_WORDS];
  struct wire_crossing crossed = {.timestamp = raw->timestamp};
  uint8_t *frame = (uint8_t *)(uintptr_t)raw->data; /* of our own ring or buffer */
  if (raw->caplen != raw->len ||
      wire_decode(&source->live->wire, frame, raw->caplen, &crossed, state) != WIRE_OK)
    return false;
  enum plan_use use = plan_use_of(source->node, crossed.origin);
  if (use == PLAN_FOREIGN)
    return false;
  source->relayed += use == PLAN_RELAYS;
  put_state(inbox, at, &crossed);
  *packet = (struct ffpf_packet){.data = crossed.data,
                                 .timestamp = crossed.timestamp,
                                 .caplen = crossed.caplen,
                                 .len = crossed.len,
                                 .port = crossed.port,
                                 .origin = crossed.origin};
  return true;
}

/* Leaves the packets that are ours, in their order. */
static void sift(struct live_source *source, struct batch *batch, struct inbox *inbox) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < batch->count; i++) {
    if (!decode(source, &batch->packets[i], &batch->packets[kept], inbox, kept)) {
      source->foreign++;
      continue;
    }
    batch->stamps[kept++] = batch->stamps[i];
  }
  batch->count = kept;
}

static void cut_all(const struct live_source *source, struct batch *batch) {
  batch->bytes = 0;
  for (uint32_t i = 0; i < batch->count; i++) {
    struct ffpf_packet *packet = &batch->packets[i];
    packet->caplen = packet->caplen < source->cut ? packet->caplen : source->cut;
    batch->bytes += packet->caplen;
  }
}

bool live_source_take(struct live_source *source, struct batch *batch, uint32_t limit,
                      struct inbox *inbox) {
  source->relayed = 0;
  if (source->ring.fd >= 0)
    packet_ring_take(&source->ring, batch, limit);
  else
    geneve_take(&source->geneve, batch, limit);
  if (batch->count == 0)
    return false;
  if (!source->live->input)
    sift(source, batch, inbox);
  cut_all(source, batch);
  return true;
}

uint64_t live_source_dropped(struct live_source *source) {
  packet_ring_count(&source->ring);
  geneve_count(&source->geneve);
  return source->ring.dropped + source->geneve.dropped;
}

void live_source_close(struct live_source *source) {
  packet_ring_close(&source->ring);
  geneve_close(&source->geneve);
}
