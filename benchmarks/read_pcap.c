/* The peer for reading: `read_pcap FILE` reads a capture with pcap_next_ex and prints the number of
 * packets and the sum of their captured bytes. */
#define _DEFAULT_SOURCE
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>

int main(int argc, char **argv) {
  char error[PCAP_ERRBUF_SIZE];
  pcap_t *file = argc == 2 ? pcap_open_offline(argv[1], error) : NULL;
  if (!file) {
    fprintf(stderr, "read_pcap: %s\n", argc == 2 ? error : "usage: read_pcap FILE");
    return 1;
  }
  uint64_t packets = 0, bytes = 0;
  struct pcap_pkthdr *header;
  const uint8_t *data;
  while (pcap_next_ex(file, &header, &data) == 1) {
    packets++;
    bytes += header->caplen;
  }
  pcap_close(file);
  printf("%llu %llu\n", (unsigned long long)packets, (unsigned long long)bytes);
  return 0;
}
