/*
 * Where the packets of a node that runs on its interfaces come from: the traffic itself, or the
 * link above. What arrives by that is decoded; what is not ours is counted and never run.
 */
#ifndef FFPF_LIVE_SOURCE_H
#define FFPF_LIVE_SOURCE_H

#include "flight.h"
#include "live_geneve.h"
#include "packet_ring.h"

struct live_source {
  const struct plan_node *node;
  const struct plan_live *live;
  struct packet_ring ring; /* fd -1: packets come from the other one */
  struct geneve_socket geneve;
  uint32_t cut;     /* keep at most so many bytes of a packet */
  uint32_t relayed; /* in the last batch */
  uint64_t foreign;
};

/* Opens what the plan says; `source` is closed by live_source_close() whether that could be done.
 */
bool live_source_open(struct live_source *source, const struct plan *plan,
                      const struct device *device, struct failure *failure);

/* Takes what is there, at most `limit` packets, without waiting; the states of what crossed a link
 * come into `inbox`. False: there was nothing. A batch may be empty though there was something. */
bool live_source_take(struct live_source *source, struct batch *batch, uint32_t limit,
                      struct inbox *inbox);

static inline int live_source_fd(const struct live_source *source) {
  return source->ring.fd >= 0 ? source->ring.fd : source->geneve.fd;
}

/* Packets that the kernel had no room for. */
uint64_t live_source_dropped(struct live_source *source);

void live_source_close(struct live_source *source);

#endif
