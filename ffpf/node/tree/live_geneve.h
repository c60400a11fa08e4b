/*
 * The UDP sockets of geneve links (port 6081). What crosses is encoded in wire.h.
 */
#ifndef FFPF_LIVE_GENEVE_H
#define FFPF_LIVE_GENEVE_H

#include "device.h"
#include "plan.h"
#include "source.h"

#define GENEVE_PORT 6081

struct geneve_receiver; /* buffers for a batch */

struct geneve_socket {
  int fd;
  struct geneve_receiver *receiver;
  uint64_t dropped; /* for want of room in the socket */
};

/* A socket at `end->own` that receives. */
bool geneve_listen(struct geneve_socket *socket, const struct device *device,
                   const struct plan_end *end, struct failure *failure);

/* Takes up to `limit` payloads that are there, without waiting, as packets whose bytes may be
 * changed and are good until the next call. Times are those of the kernel. */
void geneve_take(struct geneve_socket *socket, struct batch *batch, uint32_t limit);

/* Reads `dropped`. */
void geneve_count(struct geneve_socket *socket);

void geneve_close(struct geneve_socket *socket);

/* A socket from `end->own` to `end->peer` that never lets a packet be fragmented; -1: failed. */
int geneve_connect(const struct device *device, const struct plan_end *end,
                   struct failure *failure);

/* Reads what routers and the peer have said of earlier packets, each of which is lost: those that
 * were too big, and all others. How many that were. */
uint32_t geneve_complaints(int fd, uint64_t *too_big, uint64_t *others);

#endif
