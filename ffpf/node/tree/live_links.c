#include "live_links.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <unistd.h>

#include "signals.h"

#ifndef PACKET_QDISC_BYPASS
#define PACKET_QDISC_BYPASS 20
#endif

/* A link that takes nothing for so long is not waited for. */
static const struct timeval patience = {.tv_sec = 1};

static bool prepare(struct live_link *link, int fd) {
  *link = (struct live_link){.fd = fd};
  for (uint32_t i = 0; i < LIVE_QUEUE; i++)
    link->messages[i].msg_hdr = (struct msghdr){.msg_iov = &link->frames[i], .msg_iovlen = 1};
  if (fd >= 0)
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return fd >= 0;
}

/* Without the queueing discipline frames go to the driver at once. */
bool live_link_open(struct live_link *link, const struct device *device, struct failure *failure) {
  const int yes = 1;
  if (!prepare(link, device_socket(device, failure)))
    return false;
  setsockopt(link->fd, SOL_PACKET, PACKET_QDISC_BYPASS, &yes, sizeof yes);
  return device_bind(device, link->fd, 0, failure);
}

bool live_link_open_geneve(struct live_link *link, const struct device *device,
                           const struct plan_end *end, struct failure *failure) {
  bool right = prepare(link, geneve_connect(device, end, failure));
  link->geneve = true;
  return right;
}

void live_link_close(struct live_link *link) {
  if (link->fd >= 0)
    close(link->fd);
  link->fd = -1;
}

void live_link_settle(struct live_link *link) {
  if (link->geneve)
    geneve_complaints(link->fd, &link->too_big, &link->failed);
}

/* The first of the frames behind `done` was refused. A complaint about an earlier one is no reason
 * not to send it: then it is tried again. How many frames are done with. */
static uint32_t refused(struct live_link *link, int error) {
  if (error == EINTR && !stop_insisted())
    return 0;
  if (link->geneve && geneve_complaints(link->fd, &link->too_big, &link->failed) != 0)
    return 0;
  ++*(error == EMSGSIZE ? &link->too_big : &link->failed);
  return 1;
}

void live_link_flush(struct live_link *link) {
  uint32_t done = 0;
  while (done < link->queued) {
    int sent = sendmmsg(link->fd, link->messages + done, link->queued - done, 0);
    done += sent > 0 ? (uint32_t)sent : refused(link, errno);
  }
  link->queued = 0;
}
