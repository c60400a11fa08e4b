/*
 * Link types by their LINKTYPE_ numbers: names for messages, and what they allow.
 */
#ifndef FFPF_LINK_TYPES_H
#define FFPF_LINK_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* "EN10MB (1)", or the number alone where the type has no name here. Returns `room`. */
const char *link_name(uint32_t link, char *room, size_t size);

/* Whether named fields know the link type (docs/headers.md). */
bool link_has_named_fields(uint32_t link);

/* The longest captured length that is taken for sane: libpcap's limit for the type, or
 * FFPF_MAX_CAPLEN where that is smaller. */
uint32_t link_max_caplen(uint32_t link);

/* The snapshot length that a file's field stands for: 0 and more than 2^31 - 1 mean the maximum. */
uint32_t link_snaplen(uint32_t link, uint32_t field);

enum {
  LINK_NULL = 0,
  LINK_ETHERNET = 1,
  LINK_PPP = 9,
  LINK_RAW_12 = 12,
  LINK_RAW_14 = 14,
  LINK_RAW = 101,
  LINK_LOOP = 108,
  LINK_LINUX_SLL = 113,
  LINK_IPV4 = 228,
  LINK_IPV6 = 229,
  LINK_DBUS = 231,
  LINK_USBPCAP = 249,
  LINK_LINUX_SLL2 = 276,
  LINK_EBHSCR = 279
};

#endif
