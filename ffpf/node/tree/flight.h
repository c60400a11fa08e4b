/*
 * A flight: some batches of packets at the root, and everything that they lead to on all nodes. It
 * holds the memory of that, so that several flights can be in work at once: a node may process one
 * when it has finished the one before it, and the node above has finished this one.
 */
#ifndef FFPF_FLIGHT_H
#define FFPF_FLIGHT_H

#include <time.h>

#include "host.h"
#include "loader.h"
#include "plan.h"
#include "source.h"

#define FLIGHT_BATCHES 8u
#define FLIGHT_PACKETS (FLIGHT_BATCHES * FFPF_BATCH)

/* A node with what it keeps from flight to flight. */
struct node {
  const struct plan_node *plan;
  struct loaded loaded; /* object NULL: nothing runs here */
  uint32_t first_rule;  /* number of its first alert among those of all nodes */
  uint64_t packets, runs, delivered, ticks;
  struct link_counts *links; /* by next hop */
};

/* Losses by enum wire_result; and what a link of a live node could not send. */
enum { LOSS_LINK = WIRE_FOREIGN + 1, LOSSES };

struct link_counts {
  uint64_t sent;
  uint64_t lost[LOSSES];
};

/* Packets that have arrived at a node, in their order, with the root packet that each comes from.
 * Behind the last descriptor there are FFPF_BATCH more (ffpf_object.h, process()). */
struct inbox {
  struct ffpf_packet *packets;
  uint32_t *roots;
  uint32_t *states; /* `words` of each */
  uint32_t words;
  uint32_t count, room;
  uint32_t relayed; /* of these, packets that are only passed on */
};

struct live_link;

/* The way to a next hop. */
struct way {
  const struct wire *wire;
  struct live_link *live; /* off this machine; NULL: to the inbox */
  const struct plan_node *to;
  struct inbox *inbox;
  struct link_counts counts; /* of this flight */
};

/* A node's share of a flight. One thread at a time has it. The queues of `host` hold what all its
 * batches led to: there, `index` is the packet's in the inbox, and `part` the whole program's. */
struct visit {
  struct host host;
  struct inbox inbox;
  struct way *ways;
  uint32_t way_count;
  bool wrong; /* the object said what it cannot mean */
  uint64_t ticks;
};

/* Root packets up to number `end` are of one batch. */
struct span {
  uint32_t end;
  uint32_t link;
  uint32_t interfaces; /* that the source knew when it was read */
};

struct flight {
  struct visit *visits; /* by node */
  uint32_t visit_count;
  uint32_t count; /* packets at the root: those in the inbox of node 0 */
  uint64_t bytes;
  const uint64_t *stamps; /* of the root's packets */
  struct span spans[FLIGHT_BATCHES];
  uint32_t span_count;
  bool uniform; /* one link type */
  bool heavy;   /* the last packets led to much: so many at once may be too many */
  /* Of a flight that keeps its own copies of the packets. */
  struct ffpf_packet *own_packets;
  uint64_t *own_stamps;
  uint32_t unfinished; /* nodes; of the threads */
};

/* Makes room for the first packets. False: out of memory. */
bool flight_open(struct flight *flight, const struct node *nodes, uint32_t count, bool copies);
void flight_close(struct flight *flight);

/* Empties it for other packets, and says whether it was heavy. */
void flight_reset(struct flight *flight);

/* Takes the packets of a batch as they lie: an empty flight, until the source's next fill. */
void flight_borrow(struct flight *flight, struct batch *batch, uint32_t interfaces);

/* Adds copies of the packets of a batch; at most FLIGHT_BATCHES times. False: out of memory. */
bool flight_copy(struct flight *flight, const struct batch *batch, uint32_t interfaces);

/* Processes everything that has arrived at a node. False: out of memory. */
bool flight_visit(struct flight *flight, const struct node *node, uint32_t number);

/* A clock that costs little; what a tick is, tree_run() finds out at the end. */
static inline uint64_t ticks_now(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
#endif
}

#endif
