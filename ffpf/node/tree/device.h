/*
 * A network interface of this machine.
 */
#ifndef FFPF_DEVICE_H
#define FFPF_DEVICE_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

enum device_state { DEVICE_UP, DEVICE_DOWN, DEVICE_GONE };

struct device {
  const char *name;
  int index;
  uint8_t mac[6];
  uint32_t mtu;
  enum device_state state; /* when it was last looked at */
};

/* Finds an interface, which must be Ethernet if `ethernet`. */
bool device_open(struct device *device, const char *name, bool ethernet, struct failure *failure);

/* How it is now. An interface of the same name that came later is another one. */
enum device_state device_look(const struct device *device);

/* Whether the kernel joins packets that arrive there before anybody sees them (GRO, LRO). */
bool device_joins_packets(const struct device *device);

/* A raw socket that receives nothing yet; -1, failed, if there is none to be had. */
int device_socket(const struct device *device, struct failure *failure);

/* Binds it: from now on it sends there, and receives frames of `protocol`, ETH_P_ALL or 0: none. */
bool device_bind(const struct device *device, int fd, uint16_t protocol, struct failure *failure);

/* The failure of a system call on an interface; `what` could not be done. */
bool device_failed(const struct device *device, const char *what, int error,
                   struct failure *failure);

#endif
