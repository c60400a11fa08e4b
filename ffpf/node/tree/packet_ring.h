/*
 * Frames of an interface by a ring that the kernel fills (AF_PACKET, TPACKET_V3; see packet(7)).
 *
 * Nothing is copied: a batch points into the ring. The 64 readable bytes that programs want behind
 * every packet are those of whatever lies behind it in the ring, and of a page that is mapped
 * behind the last block. Their values may change meanwhile, which programs must not mind.
 */
#ifndef FFPF_PACKET_RING_H
#define FFPF_PACKET_RING_H

#include "device.h"
#include "source.h"

struct packet_ring {
  int fd;
  uint8_t *blocks;
  size_t mapped;
  uint32_t block;   /* that is read, or will be next */
  uint32_t left;    /* frames of it that are not yet taken */
  bool held;        /* it is ours */
  uint8_t *next;    /* the next one of these */
  uint64_t dropped; /* for want of room */
};

/* Whole frames are kept, up to this size. */
#define PACKET_RING_LONGEST 65536u

/* `promiscuous`: frames for any address; that ends with the socket. */
bool packet_ring_open(struct packet_ring *ring, const struct device *device, bool promiscuous,
                      struct failure *failure);

/* Takes up to `limit` frames that are there, without waiting; the last batch's bytes are given
 * back. The bytes may be changed, and are good until the next call. Times are those of the kernel.
 */
void packet_ring_take(struct packet_ring *ring, struct batch *batch, uint32_t limit);

/* Adds to `dropped` what was lost since the last call. */
void packet_ring_count(struct packet_ring *ring);

void packet_ring_close(struct packet_ring *ring);

#endif
