#include "packet_ring.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes.h"
#include "link_types.h"

#define BLOCK_SIZE (256u << 10) /* room for a frame of PACKET_RING_LONGEST bytes, or for many */
#define BLOCKS 64u
#define RETIRE_MILLISECONDS 1u /* a block that is not full is handed over after this time */
#define TAG 4u
#define BEHIND 4096u /* readable behind the last block */

#ifndef PACKET_IGNORE_OUTGOING
#define PACKET_IGNORE_OUTGOING 23
#endif

/* Opening ------------------------------------------------------------------------------------- */

static bool set(int fd, int option, int value) {
  return setsockopt(fd, SOL_PACKET, option, &value, sizeof value) == 0;
}

/* Room for a VLAN tag before every frame is asked for: the kernel takes tags out. */
static bool set_up(int fd) {
  struct tpacket_req3 ring = {.tp_block_size = BLOCK_SIZE,
                              .tp_block_nr = BLOCKS,
                              .tp_frame_size = 2048, /* only divides the size: frames are packed */
                              .tp_frame_nr = BLOCK_SIZE / 2048 * BLOCKS,
                              .tp_retire_blk_tov = RETIRE_MILLISECONDS};
  return set(fd, PACKET_VERSION, TPACKET_V3) && set(fd, PACKET_RESERVE, TAG) &&
         setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &ring, sizeof ring) == 0;
}

static bool map(struct packet_ring *ring) {
  const size_t size = (size_t)BLOCK_SIZE * BLOCKS;
  ring->blocks =
      mmap(NULL, size + BEHIND, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (ring->blocks == MAP_FAILED) {
    ring->blocks = NULL;
    return false;
  }
  ring->mapped = size + BEHIND;
  return mmap(ring->blocks, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, ring->fd, 0) !=
         MAP_FAILED;
}

static bool listen_to_all(int fd, const struct device *device) {
  struct packet_mreq membership = {.mr_ifindex = device->index, .mr_type = PACKET_MR_PROMISC};
  return setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof membership) == 0;
}

bool packet_ring_open(struct packet_ring *ring, const struct device *device, bool promiscuous,
                      struct failure *failure) {
  *ring = (struct packet_ring){.fd = device_socket(device, failure)};
  if (ring->fd < 0)
    return false;
  if (!set_up(ring->fd))
    return device_failed(device, "make a ring for its packets", errno, failure);
  if (!map(ring))
    return device_failed(device, "map the ring for its packets", errno, failure);
  set(ring->fd, PACKET_IGNORE_OUTGOING, 1); /* before Linux 4.20 they are left out below */
  if (promiscuous && !listen_to_all(ring->fd, device))
    return device_failed(device, "make it promiscuous", errno, failure);
  return device_bind(device, ring->fd, ETH_P_ALL, failure);
}

/* Reading ------------------------------------------------------------------------------------- */

static struct tpacket_block_desc *block_of(const struct packet_ring *ring) {
  return (struct tpacket_block_desc *)(ring->blocks + (size_t)ring->block * BLOCK_SIZE);
}

static void give_back(struct packet_ring *ring) {
  __atomic_store_n(&block_of(ring)->hdr.bh1.block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
  ring->block = (ring->block + 1) % BLOCKS;
  ring->held = false;
}

/* The next block if the kernel has handed it over. */
static bool hold(struct packet_ring *ring) {
  struct tpacket_block_desc *block = block_of(ring);
  uint32_t status = __atomic_load_n(&block->hdr.bh1.block_status, __ATOMIC_ACQUIRE);
  if ((status & TP_STATUS_USER) == 0)
    return false;
  ring->held = true;
  ring->left = block->hdr.bh1.num_pkts;
  ring->next = (uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
  return true;
}

/* Puts back the tag that the kernel took out: into the room before the frame. */
static uint8_t *put_tag(const struct tpacket3_hdr *header, uint8_t *frame) {
  uint16_t type =
      (header->tp_status & TP_STATUS_VLAN_TPID_VALID) != 0 ? header->hv1.tp_vlan_tpid : ETH_P_8021Q;
  const bool swapped = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
  memmove(frame - TAG, frame, 12);
  store16(frame + 12 - TAG, type, swapped);
  store16(frame + 14 - TAG, (uint16_t)header->hv1.tp_vlan_tci, swapped);
  return frame - TAG;
}

static bool is_outgoing(const struct tpacket3_hdr *header) {
  const struct sockaddr_ll *from =
      (const struct sockaddr_ll *)((const uint8_t *)header + TPACKET_ALIGN(sizeof *header));
  return from->sll_pkttype == PACKET_OUTGOING;
}

static void take_frame(struct batch *batch, const struct tpacket3_hdr *header, uint8_t *frame) {
  uint32_t added = 0;
  if (FFPF_UNLIKELY((header->tp_status & TP_STATUS_VLAN_VALID) != 0) && header->tp_snaplen >= 12) {
    frame = put_tag(header, frame);
    added = TAG;
  }
  batch->packets[batch->count] = (struct ffpf_packet){
      .data = frame,
      .timestamp = (uint64_t)header->tp_sec * 1000000000u + header->tp_nsec,
      .caplen = header->tp_snaplen + added,
      .len = header->tp_len + added,
  };
  batch->stamps[batch->count] = (uint64_t)header->tp_sec << 32 | header->tp_nsec;
  batch->bytes += header->tp_snaplen + added;
  batch->count++;
}

void packet_ring_take(struct packet_ring *ring, struct batch *batch, uint32_t limit) {
  batch->count = 0;
  batch->bytes = 0;
  batch->link = LINK_ETHERNET;
  batch->verbatim = false;
  if (ring->held && ring->left == 0)
    give_back(ring);
  if (!ring->held && !hold(ring))
    return;
  for (; ring->left != 0 && batch->count < limit; ring->left--) {
    const struct tpacket3_hdr *header = (const struct tpacket3_hdr *)ring->next;
    if (FFPF_LIKELY(!is_outgoing(header)))
      take_frame(batch, header, ring->next + header->tp_mac);
    ring->next += header->tp_next_offset;
  }
}

void packet_ring_count(struct packet_ring *ring) {
  struct tpacket_stats_v3 counts;
  socklen_t size = sizeof counts;
  if (ring->fd >= 0 && getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &counts, &size) == 0)
    ring->dropped += counts.tp_drops;
}

void packet_ring_close(struct packet_ring *ring) {
  if (ring->blocks != NULL)
    munmap(ring->blocks, ring->mapped);
  if (ring->fd >= 0)
    close(ring->fd);
  *ring = (struct packet_ring){.fd = -1};
}
