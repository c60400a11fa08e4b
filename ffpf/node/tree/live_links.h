/*
 * Where packets leave this machine: a socket for each link and each exit of TX. Frames are queued
 * and sent together; until then they stay where they are.
 */
#ifndef FFPF_LIVE_LINKS_H
#define FFPF_LIVE_LINKS_H

#include <sys/socket.h>

#include "device.h"
#include "live_geneve.h"

#define LIVE_QUEUE 64u

struct live_link {
  int fd;
  bool geneve;
  uint32_t queued;
  uint64_t too_big, failed; /* frames that could not be sent */
  struct mmsghdr messages[LIVE_QUEUE];
  struct iovec frames[LIVE_QUEUE];
};

/* Each is closed by live_link_close(), whether it could be opened or not. */
bool live_link_open(struct live_link *link, const struct device *device, struct failure *failure);
bool live_link_open_geneve(struct live_link *link, const struct device *device,
                           const struct plan_end *end, struct failure *failure);
void live_link_close(struct live_link *link);

/* Sends what is queued. What cannot be sent is counted. */
void live_link_flush(struct live_link *link);

/* What became known of earlier packets. */
void live_link_settle(struct live_link *link);

static inline void live_link_put(struct live_link *link, const uint8_t *frame, size_t size) {
  if (link->queued == LIVE_QUEUE)
    live_link_flush(link);
  link->frames[link->queued++] = (struct iovec){(void *)(uintptr_t)frame, size};
}

#endif
