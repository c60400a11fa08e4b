#include "device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

bool device_failed(const struct device *device, const char *what, int error,
                   struct failure *failure) {
  return fail(failure, STATUS_MACHINE, "input", "ffpf: error: %s: cannot %s: %s", device->name,
              what, strerror(error));
}

/* One question to the kernel about an interface; any socket will do. */
static bool ask(const char *name, unsigned long what, struct ifreq *request) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0)
    return false;
  strncpy(request->ifr_name, name, IFNAMSIZ - 1);
  bool right = ioctl(fd, what, request) == 0;
  int error = errno;
  close(fd);
  errno = error;
  return right;
}

static bool find(struct device *device, bool ethernet, struct failure *failure) {
  struct ifreq request = {0};
  if (strlen(device->name) >= IFNAMSIZ || !ask(device->name, SIOCGIFINDEX, &request))
    return fail(failure, STATUS_MACHINE, "input",
                "ffpf: error: there is no interface %s on this machine; `ip link` lists them, and "
                "the hardware description names them",
                device->name);
  device->index = request.ifr_ifindex;
  if (!ask(device->name, SIOCGIFMTU, &request))
    return device_failed(device, "ask for its MTU", errno, failure);
  device->mtu = (uint32_t)request.ifr_mtu;
  if (!ask(device->name, SIOCGIFHWADDR, &request))
    return device_failed(device, "ask for its address", errno, failure);
  memcpy(device->mac, request.ifr_hwaddr.sa_data, sizeof device->mac);
  uint16_t type = request.ifr_hwaddr.sa_family;
  return !ethernet || type == ARPHRD_ETHER || type == ARPHRD_LOOPBACK ||
         fail(failure, STATUS_MACHINE, "input",
              "ffpf: error: %s is no Ethernet interface, and the hardware description needs one",
              device->name);
}

bool device_open(struct device *device, const char *name, bool ethernet, struct failure *failure) {
  *device = (struct device){.name = name, .state = DEVICE_UP};
  return find(device, ethernet, failure);
}

enum device_state device_look(const struct device *device) {
  struct ifreq request = {0};
  char name[IF_NAMESIZE];
  if (if_indextoname((unsigned)device->index, name) == NULL)
    return DEVICE_GONE;
  if (!ask(name, SIOCGIFFLAGS, &request))
    return DEVICE_GONE;
  return (request.ifr_flags & IFF_UP) != 0 ? DEVICE_UP : DEVICE_DOWN;
}

static bool ethtool_flag(const struct device *device, uint32_t command, uint32_t mask) {
  struct ethtool_value value = {.cmd = command};
  struct ifreq request = {.ifr_data = (char *)&value};
  return ask(device->name, SIOCETHTOOL, &request) && (value.data & mask) != 0;
}

bool device_joins_packets(const struct device *device) {
  return ethtool_flag(device, ETHTOOL_GGRO, UINT32_MAX) ||
         ethtool_flag(device, ETHTOOL_GFLAGS, ETH_FLAG_LRO);
}

/* Raw sockets are not for everybody: the engine itself is what may get the right to them. */
static bool refused(const struct device *device, struct failure *failure) {
  char engine[512];
  ssize_t size = readlink("/proc/self/exe", engine, sizeof engine - 1);
  engine[size < 0 ? 0 : size] = '\0';
  return fail(failure, STATUS_MACHINE, "input",
              "ffpf: error: %s: no permission to open the interface; run it as root, or with "
              "CAP_NET_RAW: sudo setcap cap_net_raw+ep %s",
              device->name, engine);
}

int device_socket(const struct device *device, struct failure *failure) {
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
  if (fd < 0 && (errno == EPERM || errno == EACCES))
    refused(device, failure);
  else if (fd < 0)
    device_failed(device, "open a raw socket", errno, failure);
  return fd;
}

bool device_bind(const struct device *device, int fd, uint16_t protocol, struct failure *failure) {
  struct sockaddr_ll address = {
      .sll_family = AF_PACKET, .sll_protocol = htons(protocol), .sll_ifindex = device->index};
  if (bind(fd, (struct sockaddr *)&address, sizeof address) == 0)
    return true;
  return device_failed(device, "bind a raw socket to it", errno, failure);
}
