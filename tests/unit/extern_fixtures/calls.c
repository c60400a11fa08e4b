/*
 * Calls an external function on every packet of a file and prints what it gave and left.
 *
 * usage: calls ip_checksum|l4_checksum PACKETS; a record of PACKETS: caplen, len, link (u32, native
 * order), caplen bytes. The frame has exactly caplen bytes, so that the sanitizers see every
 * overstep.
 */
#include "ip_checksum/ip_checksum.c"
#include "l4_checksum/l4_checksum.c"

#include <stdio.h>
#include <stdlib.h>

static uint32_t call(const char *name, const struct ffpf_frame *frame) {
  return strcmp(name, "ip_checksum") == 0 ? ffpf_extern_ip_checksum(frame)
                                          : ffpf_extern_l4_checksum(frame);
}

static bool one(const char *name, FILE *packets) {
  uint32_t head[3];
  if (fread(head, sizeof head, 1, packets) != 1)
    return false;
  struct ffpf_frame frame = {malloc(head[0]), head[0], head[1], head[2]};
  if (head[0] != 0 && (!frame.data || fread(frame.data, head[0], 1, packets) != 1))
    return false;
  printf("%u ", call(name, &frame));
  for (uint32_t i = 0; i < frame.caplen; i++)
    printf("%02x", frame.data[i]);
  putchar('\n');
  free(frame.data);
  return true;
}

int main(int argc, char **argv) {
  FILE *packets = argc == 3 ? fopen(argv[2], "rb") : NULL;
  if (!packets)
    return 2;
  while (one(argv[1], packets)) {
  }
  fclose(packets);
  return 0;
}
