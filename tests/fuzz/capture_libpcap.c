/*
 * libFuzzer target: our capture readers against libpcap's, packet for packet. Linked with -lpcap.
 *
 * We read more than libpcap in three ways, and after those only the packets before them are
 * compared: interfaces of several link types or snapshot lengths, sections of several byte orders.
 */
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link_types.h"
#include "source.h"

struct memory {
  const uint8_t *next, *end;
};
static struct memory stream;

static ssize_t pull(struct input *input, uint8_t *to, size_t room) {
  (void)input;
  size_t size = (size_t)(stream.end - stream.next);
  size = size < room ? size : room;
  memcpy(to, stream.next, size);
  stream.next += size;
  return (ssize_t)size;
}

/* libpcap turns some link types' host-order headers into this host's order, in place. */
static bool has_host_order(uint32_t link) {
  return link == LINK_LINUX_SLL || link == 189 || link == 220 || link == 239 || link == 117 ||
         link == 269 || link == 227 || link == LINK_DBUS;
}

static void die(const char *what, const char *theirs, const char *ours) {
  fprintf(stderr, "%s; libpcap: %s; we: %s\n", what, theirs, ours);
  abort();
}

static void compare_packet(const struct ffpf_packet *ours, const struct pcap_pkthdr *header,
                           const uint8_t *data, uint32_t link) {
  if (ours->caplen != header->caplen || ours->len != header->len)
    die("lengths differ", "", "");
  if (!has_host_order(link) && memcmp(ours->data, data, ours->caplen) != 0)
    die("bytes differ", "", "");
}

/* libpcap takes the length of a section header of the other byte order for damage of some kind. */
static bool has_both_orders(const uint8_t *data, size_t size) {
  return memmem(data, size, "\x0a\x0d\x0d\x0a", 4) != NULL &&
         memmem(data, size, "\x1a\x2b\x3c\x4d", 4) != NULL &&
         memmem(data, size, "\x4d\x3c\x2b\x1a", 4) != NULL;
}

static bool is_extension(const char *error) { return strstr(error, "different from the") != NULL; }

static void compare(struct source *source, pcap_t *pcap) {
  static struct batch batch;
  struct pcap_pkthdr *header;
  const uint8_t *data;
  for (;;) {
    enum source_state state = source_fill(source, &batch, 1);
    int status = pcap_next_ex(pcap, &header, &data);
    if (status == PCAP_ERROR && is_extension(pcap_geterr(pcap)))
      return;
    if (state == SOURCE_BATCH && status == 1) {
      compare_packet(&batch.packets[0], header, data, batch.link);
      continue;
    }
    if ((state == SOURCE_END) != (status == PCAP_ERROR_BREAK))
      die("ends differ", pcap_geterr(pcap), source->damage);
    return;
  }
}

/* Before the first interface libpcap does not look into section headers. */
static bool is_section(const char *damage) {
  return strstr(damage, "section header's") != NULL || strstr(damage, "pcapng version") != NULL ||
         strstr(damage, "type 168627466") != NULL;
}

/* libpcap may refuse to open what we read up to damage: then there must be no packet. */
static void compare_opening(struct source *source, bool opened, pcap_t *pcap, const char *error) {
  static struct batch batch;
  if (pcap == NULL && opened) {
    if (source_fill(source, &batch, 1) == SOURCE_BATCH && !is_extension(error))
      die("only we open it", error, "");
  } else if (pcap != NULL && !opened) {
    struct pcap_pkthdr *header;
    const uint8_t *data;
    if (!is_section(source->damage) && pcap_next_ex(pcap, &header, &data) == 1)
      die("only libpcap opens it", "", source->damage);
  } else if (pcap != NULL) {
    compare(source, pcap);
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  char error[PCAP_ERRBUF_SIZE] = "";
  struct failure failure = {0};
  if (size == 0 || has_both_orders(data, size))
    return 0;
  struct source source = {.name = "fuzz", .cut = UINT32_MAX};
  stream = (struct memory){data, data + size};
  if (!input_open(&source.input, -1))
    abort();
  source.input.pull = pull;
  bool opened = source_begin(&source, &failure);
  FILE *file = fmemopen((void *)(uintptr_t)data, size, "rb");
  pcap_t *pcap = pcap_fopen_offline(file, error);
  compare_opening(&source, opened, pcap, error);
  if (pcap != NULL)
    pcap_close(pcap);
  else
    fclose(file);
  source_close(&source);
  return 0;
}
