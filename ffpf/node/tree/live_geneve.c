#include "live_geneve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "link_types.h"

#define LONGEST 65536u      /* of a UDP payload */
#define BEHIND 64u          /* readable behind every packet: ffpf_object.h */
#define WAITING (16u << 20) /* bytes of packets that may wait in the socket */

struct geneve_receiver {
  struct mmsghdr messages[FFPF_BATCH];
  struct iovec rooms[FFPF_BATCH];
  _Alignas(8) uint8_t controls[FFPF_BATCH][CMSG_SPACE(sizeof(struct timespec))];
  uint8_t payloads[FFPF_BATCH][LONGEST + BEHIND];
};

union address {
  struct sockaddr any;
  struct sockaddr_in ip;
  struct sockaddr_in6 ip6;
};

/* Addresses ----------------------------------------------------------------------------------- */

/* The size of the address that a text means; 0 if it means none. */
static socklen_t parse(const struct device *device, const char *text, uint16_t port,
                       union address *address) {
  memset(address, 0, sizeof *address);
  if (inet_pton(AF_INET, text, &address->ip.sin_addr) == 1) {
    address->ip.sin_family = AF_INET;
    address->ip.sin_port = htons(port);
    return sizeof address->ip;
  }
  if (inet_pton(AF_INET6, text, &address->ip6.sin6_addr) != 1)
    return 0;
  address->ip6.sin6_family = AF_INET6;
  address->ip6.sin6_port = htons(port);
  if (IN6_IS_ADDR_LINKLOCAL(&address->ip6.sin6_addr))
    address->ip6.sin6_scope_id = (uint32_t)device->index;
  return sizeof address->ip6;
}

static bool same_address(const union address *one, const struct sockaddr *other) {
  if (other == NULL || other->sa_family != one->any.sa_family)
    return false;
  const union address *its = (const union address *)other;
  if (other->sa_family == AF_INET)
    return its->ip.sin_addr.s_addr == one->ip.sin_addr.s_addr;
  return IN6_ARE_ADDR_EQUAL(&its->ip6.sin6_addr, &one->ip6.sin6_addr);
}

/* Whether the machine has an address, else errno says so: not every bind() minds. */
static bool is_here(const union address *address) {
  struct ifaddrs *all = NULL;
  bool found = false;
  if (getifaddrs(&all) != 0)
    return true; /* then bind() says it */
  for (const struct ifaddrs *one = all; one != NULL && !found; one = one->ifa_next)
    found = same_address(address, one->ifa_addr);
  freeifaddrs(all);
  if (!found)
    errno = EADDRNOTAVAIL;
  return found;
}

static bool bind_failed(const struct device *device, const char *own, int error,
                        struct failure *failure) {
  if (error == EADDRNOTAVAIL)
    return fail(failure, STATUS_MACHINE, "input",
                "ffpf: error: %s: this machine has not the address %s of the hardware description; "
                "give it that, with the prefix of your network: sudo ip address add %s/24 dev %s",
                device->name, own, own, device->name);
  if (error == EADDRINUSE)
    return fail(failure, STATUS_MACHINE, "input",
                "ffpf: error: %s: UDP port %d of %s is taken, by another node or a geneve "
                "interface; `ss -ulpn sport = %d` says by whom",
                device->name, GENEVE_PORT, own, GENEVE_PORT);
  return device_failed(device, "bind a UDP socket to its address", error, failure);
}

/* A bound UDP socket; -1: failed. */
static int open_at(const struct device *device, const char *own, uint16_t port,
                   struct failure *failure) {
  union address address;
  socklen_t size = parse(device, own, port, &address);
  if (size == 0) {
    fail(failure, STATUS_MACHINE, "object", "ffpf: error: '%s' is no address", own);
    return -1;
  }
  int fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    device_failed(device, "open a UDP socket", errno, failure);
    return -1;
  }
  if (is_here(&address) && bind(fd, &address.any, size) == 0)
    return fd;
  bind_failed(device, own, errno, failure);
  close(fd);
  return -1;
}

static bool set(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0;
}

/* Receiving ----------------------------------------------------------------------------------- */

static void link_rooms(struct geneve_receiver *receiver) {
  for (uint32_t i = 0; i < FFPF_BATCH; i++) {
    receiver->rooms[i] = (struct iovec){receiver->payloads[i], LONGEST};
    receiver->messages[i].msg_hdr = (struct msghdr){
        .msg_iov = &receiver->rooms[i], .msg_iovlen = 1, .msg_control = receiver->controls[i]};
  }
}

bool geneve_listen(struct geneve_socket *socket, const struct device *device,
                   const struct plan_end *end, struct failure *failure) {
  *socket = (struct geneve_socket){.fd = open_at(device, end->own, GENEVE_PORT, failure)};
  if (socket->fd < 0)
    return false;
  socket->receiver = calloc(1, sizeof *socket->receiver);
  if (socket->receiver == NULL)
    return fail(failure, STATUS_MACHINE, "memory", "error: out of memory for the packets");
  link_rooms(socket->receiver);
  if (!set(socket->fd, SOL_SOCKET, SO_TIMESTAMPNS, 1))
    return device_failed(device, "get the times of packets", errno, failure);
  /* More than the machine's limit is only for those who may. */
  if (!set(socket->fd, SOL_SOCKET, SO_RCVBUFFORCE, WAITING))
    set(socket->fd, SOL_SOCKET, SO_RCVBUF, WAITING);
  return true;
}

static struct timespec time_of(struct msghdr *message) {
  struct timespec time = {0};
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
       part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_TIMESTAMPNS)
      memcpy(&time, CMSG_DATA(part), sizeof time);
  }
  return time;
}

static void take_payload(struct batch *batch, struct mmsghdr *message) {
  const struct timespec time = time_of(&message->msg_hdr);
  batch->packets[batch->count] = (struct ffpf_packet){
      .data = message->msg_hdr.msg_iov->iov_base,
      .timestamp = (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec,
      .caplen = message->msg_len,
      .len = message->msg_len,
  };
  batch->stamps[batch->count] = (uint64_t)time.tv_sec << 32 | (uint64_t)time.tv_nsec;
  batch->bytes += message->msg_len;
  batch->count++;
}

void geneve_take(struct geneve_socket *socket, struct batch *batch, uint32_t limit) {
  struct geneve_receiver *receiver = socket->receiver;
  batch->count = 0;
  batch->bytes = 0;
  batch->link = LINK_ETHERNET;
  batch->verbatim = false;
  for (uint32_t i = 0; i < limit; i++)
    receiver->messages[i].msg_hdr.msg_controllen = sizeof receiver->controls[i];
  int got = recvmmsg(socket->fd, receiver->messages, limit, MSG_DONTWAIT, NULL);
  for (int i = 0; i < got; i++)
    take_payload(batch, &receiver->messages[i]);
}

void geneve_count(struct geneve_socket *socket) {
  uint32_t counts[SK_MEMINFO_VARS] = {0};
  socklen_t size = sizeof counts;
  if (socket->fd >= 0 && getsockopt(socket->fd, SOL_SOCKET, SO_MEMINFO, counts, &size) == 0)
    socket->dropped = counts[SK_MEMINFO_DROPS];
}

void geneve_close(struct geneve_socket *socket) {
  if (socket->fd >= 0)
    close(socket->fd);
  free(socket->receiver);
  *socket = (struct geneve_socket){.fd = -1};
}

/* Sending ------------------------------------------------------------------------------------- */

/* What says that a packet was too big for a router must reach us, and is not to be mended. */
static bool forbid_fragments(int fd, bool ipv6) {
  if (ipv6)
    return set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO) &&
           set(fd, IPPROTO_IPV6, IPV6_DONTFRAG, 1) && set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
  return set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO) && set(fd, IPPROTO_IP, IP_RECVERR, 1);
}

int geneve_connect(const struct device *device, const struct plan_end *end,
                   struct failure *failure) {
  union address peer;
  socklen_t size = parse(device, end->peer, GENEVE_PORT, &peer);
  int fd = size == 0 ? -1 : open_at(device, end->own, 0, failure);
  if (fd < 0)
    return -1;
  if (forbid_fragments(fd, peer.any.sa_family == AF_INET6) && connect(fd, &peer.any, size) == 0)
    return fd;
  if (errno == ENETUNREACH || errno == EHOSTUNREACH)
    fail(failure, STATUS_MACHINE, "input",
         "ffpf: error: %s: there is no route to %s; make one: sudo ip route add %s via ROUTER dev "
         "%s",
         device->name, end->peer, end->peer, device->name);
  else
    device_failed(device, "connect a UDP socket", errno, failure);
  close(fd);
  return -1;
}

/* The kernel's own refusals are results of sending already. */
static bool is_complaint(struct msghdr *message, uint32_t *error) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
       part = CMSG_NXTHDR(message, part)) {
    bool ours = (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_RECVERR) ||
                (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_RECVERR);
    struct sock_extended_err said;
    if (!ours)
      continue;
    memcpy(&said, CMSG_DATA(part), sizeof said);
    *error = said.ee_errno;
    return said.ee_origin == SO_EE_ORIGIN_ICMP || said.ee_origin == SO_EE_ORIGIN_ICMP6;
  }
  return false;
}

uint32_t geneve_complaints(int fd, uint64_t *too_big, uint64_t *others) {
  uint32_t found = 0;
  for (;;) {
    _Alignas(8) uint8_t control[512];
    struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
      return found;
    uint32_t error = 0;
    if (!is_complaint(&message, &error))
      continue;
    ++*(error == EMSGSIZE ? too_big : others);
    found++;
  }
}
