/*
 * Writes a capture of made-up traffic, the same for the same arguments:
 *   traces FILE COUNT KIND SEED, KIND one of 64 (64-byte frames, a little more with a VLAN tag),
 *   imix (64, 594 and 1518 bytes as 7:4:1), 1518 (the longest frames), edge (short, cut,
 * fragmented, with IP options).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hosts.h"

static uint64_t state;

static uint64_t next_random(void) { /* splitmix64 */
  uint64_t z = state += 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

static uint32_t below(uint32_t limit) { return (uint32_t)((next_random() >> 32) * limit >> 32); }
static int chance(uint32_t percent) { return below(100) < percent; }

static void put16(uint8_t *p, uint32_t value) {
  p[0] = (uint8_t)(value >> 8);
  p[1] = (uint8_t)value;
}

static void put32(uint8_t *p, uint32_t value) {
  put16(p, value >> 16);
  put16(p + 2, value);
}

static uint32_t address(void) {
  uint32_t dice = below(100);
  if (dice < 6)
    return hosts[below(HOSTS)];
  if (dice < 10)
    return HOST_A;
  if (dice < 40)
    return 0x0a000000u | below(1u << 24);
  return (uint32_t)next_random();
}

static uint32_t port(int udp) {
  uint32_t dice = below(100);
  if (udp)
    return dice < 25 ? 53 : 1024 + below(64512);
  return dice < 12 ? 80 : dice < 26 ? 443 : dice < 30 ? 22 : 1024 + below(64512);
}

/* Fills the transport header at `p`. */
static void transport(uint8_t *p, uint32_t proto, uint32_t room) {
  static const uint8_t flags[8] = {0x10, 0x10, 0x18, 0x10, 0x18, 0x02, 0x12, 0x11};
  put16(p, port(proto == 17));
  put16(p + 2, port(proto == 17));
  if (proto == 6) {
    put32(p + 4, (uint32_t)next_random());
    p[12] = 0x50;
    p[13] = flags[below(8)];
  } else {
    put16(p + 4, room);
  }
}

static void ipv4(uint8_t *p, uint32_t room, int edge) {
  uint32_t dice = below(100), proto = dice < 70 ? 6 : dice < 95 ? 17 : dice < 99 ? 1 : 132;
  uint32_t words = 5;
  if (edge ? chance(40) : chance(1))
    words = edge ? below(16) : 5 + below(3);
  p[0] = (uint8_t)(0x40 | words);
  put16(p + 2, room);
  if (edge && chance(30))
    put16(p + 6, below(65536));
  else if (chance(1))
    put16(p + 6, 0x2000 | below(64) * 8);
  p[8] = 64;
  p[9] = (uint8_t)proto;
  put32(p + 12, address());
  put32(p + 16, address());
  transport(p + words * 4, proto, room - words * 4);
}

static void ipv6(uint8_t *p, uint32_t room) {
  uint32_t dice = below(100), proto = dice < 65 ? 6 : dice < 93 ? 17 : dice < 97 ? 58 : 44;
  p[0] = 0x60;
  put16(p + 4, room - 40);
  p[6] = (uint8_t)proto;
  p[7] = 64;
  for (int i = 8; i < 40; i += 4)
    put32(p + i, (uint32_t)next_random());
  if (proto == 44) {
    p[40] = chance(70) ? 6 : 17;
    transport(p + 48, p[40], room - 48);
  } else {
    transport(p + 40, proto, room - 40);
  }
}

static void arp(uint8_t *p) {
  static const uint8_t head[8] = {0, 1, 8, 0, 6, 4, 0, 1};
  memcpy(p, head, sizeof head);
  put32(p + 14, address());
  put32(p + 24, address());
}

/* One frame of about `size` bytes; returns its length. */
static uint32_t frame(uint8_t *p, uint32_t size, int edge) {
  static const uint16_t tags[4] = {0x8100, 0x8100, 0x88a8, 0x9100};
  uint32_t dice = below(100), type = 12;
  memset(p, 0, 256);
  put32(p, 0x02000000u | below(1u << 16));
  put32(p + 6, 0x02000000u | below(1u << 16));
  if (chance(edge ? 30 : 8)) {
    put16(p + type, tags[below(4)]);
    put16(p + type + 2, below(4096));
    type += 4;
    size += 4;
  }
  uint8_t *payload = p + type + 2;
  if (dice < 78) {
    put16(p + type, 0x0800);
    ipv4(payload, size - type - 2, edge);
  } else if (dice < 96) {
    put16(p + type, 0x86dd);
    ipv6(payload, size - type - 2);
  } else {
    put16(p + type, dice < 98 ? 0x0806 : dice < 99 ? 0x8035 : below(65536));
    arp(payload);
  }
  return size;
}

static uint32_t frame_size(const char *kind) {
  if (!strcmp(kind, "1518"))
    return 1518;
  if (strcmp(kind, "imix"))
    return 64;
  uint32_t dice = below(12);
  return dice < 7 ? 64 : dice < 11 ? 594 : 1518;
}

static int write_trace(FILE *file, uint32_t count, const char *kind) {
  static const uint32_t header[6] = {0xa1b2c3d4u, 0x00040002u, 0, 0, 262144, 1};
  static uint8_t data[2048];
  int edge = !strcmp(kind, "edge");
  fwrite(header, sizeof header, 1, file);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t len = frame(data, frame_size(kind), edge);
    if (edge)
      len += below(40);
    uint32_t caplen = edge && chance(80) ? below(len + 1) : len;
    uint32_t record[4] = {1700000000u + i / 1000000u, i % 1000000u, caplen, len};
    fwrite(record, sizeof record, 1, file);
    fwrite(data, caplen, 1, file);
  }
  return ferror(file);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: traces FILE COUNT 64|imix|1518|edge SEED\n");
    return 2;
  }
  state = strtoull(argv[4], NULL, 10);
  FILE *file = fopen(argv[1], "wb");
  if (!file || write_trace(file, (uint32_t)strtoul(argv[2], NULL, 10), argv[3]) || fclose(file)) {
    perror(argv[1]);
    return 1;
  }
  return 0;
}
