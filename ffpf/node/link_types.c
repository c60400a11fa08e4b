#include "link_types.h"

#include <stdio.h>

#include "ffpf_object.h"

static const struct {
  uint32_t link;
  const char *name;
} names[] = {
    {LINK_NULL, "NULL"},
    {LINK_ETHERNET, "EN10MB"},
    {3, "AX25"},
    {6, "IEEE802"},
    {7, "ARCNET"},
    {8, "SLIP"},
    {LINK_PPP, "PPP"},
    {10, "FDDI"},
    {LINK_RAW_12, "RAW"},
    {LINK_RAW_14, "RAW"},
    {50, "PPP_HDLC"},
    {51, "PPP_ETHER"},
    {100, "ATM_RFC1483"},
    {LINK_RAW, "RAW"},
    {104, "C_HDLC"},
    {105, "IEEE802_11"},
    {107, "FRELAY"},
    {LINK_LOOP, "LOOP"},
    {LINK_LINUX_SLL, "LINUX_SLL"},
    {114, "LTALK"},
    {117, "PFLOG"},
    {119, "PRISM_HEADER"},
    {122, "IP_OVER_FC"},
    {123, "SUNATM"},
    {127, "IEEE802_11_RADIO"},
    {129, "ARCNET_LINUX"},
    {138, "APPLE_IP_OVER_IEEE1394"},
    {143, "DOCSIS"},
    {144, "LINUX_IRDA"},
    {147, "USER0"},
    {163, "IEEE802_11_RADIO_AVS"},
    {166, "PPP_WITHDIRECTION"},
    {187, "BLUETOOTH_HCI_H4"},
    {189, "USB_LINUX"},
    {192, "PPI"},
    {195, "IEEE802_15_4_WITHFCS"},
    {201, "BLUETOOTH_HCI_H4_WITH_PHDR"},
    {220, "USB_LINUX_MMAPPED"},
    {226, "IPNET"},
    {227, "CAN_SOCKETCAN"},
    {LINK_IPV4, "IPV4"},
    {LINK_IPV6, "IPV6"},
    {230, "IEEE802_15_4_NOFCS"},
    {LINK_DBUS, "DBUS"},
    {239, "NFLOG"},
    {LINK_USBPCAP, "USBPCAP"},
    {253, "NETLINK"},
    {258, "PKTAP"},
    {LINK_LINUX_SLL2, "LINUX_SLL2"},
    {LINK_EBHSCR, "EBHSCR"},
};

const char *link_name(uint32_t link, char *room, size_t size) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (names[i].link == link) {
      snprintf(room, size, "%s (%u)", names[i].name, link);
      return room;
    }
  }
  snprintf(room, size, "%u", link);
  return room;
}

bool link_has_named_fields(uint32_t link) {
  switch (link) {
  case LINK_NULL:
  case LINK_ETHERNET:
  case LINK_PPP:
  case LINK_RAW_12:
  case LINK_RAW_14:
  case LINK_RAW:
  case LINK_LOOP:
  case LINK_LINUX_SLL:
  case LINK_LINUX_SLL2:
  case LINK_IPV4:
  case LINK_IPV6:
    return true;
  default:
    return false;
  }
}

uint32_t link_max_caplen(uint32_t link) {
  switch (link) {
  case LINK_DBUS: /* libpcap takes 128 MiB; the object interface does not */
    return FFPF_MAX_CAPLEN;
  case LINK_EBHSCR:
    return 8u << 20;
  case LINK_USBPCAP:
    return 1u << 20;
  default:
    return 262144;
  }
}

uint32_t link_snaplen(uint32_t link, uint32_t field) {
  return field == 0 || field > INT32_MAX ? link_max_caplen(link) : field;
}
