/*
 * What a program that is split over nodes is made of: nodes, their objects, the links between them.
 * The framework writes it as lines of text, words separated by one space:
 *
 *   ffpf-plan 1
 *   words W                     state words of a geneve frame, and of every object that has any
 *   node NAME MAC PARTS         the root first, every node behind the one above it; MAC: 12 hex
 *                               digits, the source address of frames where packets have lost theirs
 *                               on the way, else "-"; PARTS: numbers, separated by commas, of the
 *                               object's parts 0, 1, ... in the whole program; the first one is 0
 *   object PATH                 of that node; without one nothing runs there
 *   origins N,N,...             of packets that run there; "-": none
 *   relays N,N,...              of packets that are only passed on
 *   link FROM TO KIND FULL SWITCHED TAGGED MTU MAC IPV6
 *                               nodes by number, 0 the first; KIND ethernet, geneve or memory;
 *                               flags 0 or 1; MTU 0: none; MAC: the receiver's. The links of one
 *                               node are its next hops in their order
 *   end
 *
 * Of a node that runs on its interfaces there are that node and its next hops, which have no
 * objects, and before the end:
 *
 *   arrive INTERFACE input      where its packets come from: the traffic itself, or the link above,
 *   arrive INTERFACE ADDRESS KIND FULL SWITCHED TAGGED MTU MAC IPV6
 *                               as it is there; ADDRESS: own one of a geneve link, else "-"
 *   cut NAME                    of how the program is split: the same on all machines
 *   leave INTERFACE OWN PEER    for each link in their order; addresses of a geneve link, else "-"
 *   exit INTERFACE MAC,MAC,...  frames of TX to these addresses leave there; "any": all others
 */
#ifndef FFPF_PLAN_H
#define FFPF_PLAN_H

#include "failure.h"
#include "wire.h"

#define PLAN_MOST_NODES 4096u
#define PLAN_MOST_ORIGIN 0x7fffu

enum plan_use { PLAN_FOREIGN, PLAN_RUNS, PLAN_RELAYS };

struct plan_link {
  uint32_t from, to;
  struct wire wire;
};

struct plan_node {
  const char *name, *object; /* object NULL: nothing runs there */
  bool loses;                /* packets arrive without their addresses, and frames leave from mac */
  uint8_t mac[6];
  uint32_t *parts; /* of the whole program, by the object's */
  uint32_t part_count;
  uint8_t *uses; /* enum plan_use of each origin below use_count; PLAN_FOREIGN of all others */
  uint32_t use_count;
  const struct plan_link *links;
  uint32_t link_count;
  uint32_t parent;
};

/* An end of a link on this machine. Addresses are of geneve links. */
struct plan_end {
  const char *interface, *own, *peer;
};

struct plan_exit {
  const char *interface;
  uint8_t (*macs)[6];
  uint32_t mac_count;
  bool any;
};

/* What a node needs to run on its interfaces. */
struct plan_live {
  struct plan_end arrive; /* interface NULL: all nodes run in this process */
  const char *cut;
  bool input;             /* no link leads to it */
  struct wire wire;       /* else that link */
  struct plan_end *leave; /* by link */
  uint32_t leave_count;
  struct plan_exit *exits;
  uint32_t exit_count;
};

struct plan {
  char *text; /* names point into it */
  struct plan_node *nodes;
  struct plan_link *links; /* by sender */
  uint32_t node_count, link_count, words;
  struct plan_live live;
};

bool plan_read(struct plan *plan, const char *path, struct failure *failure);
void plan_close(struct plan *plan);

/* Whether it is the plan of one node that runs on its interfaces. */
static inline bool plan_is_live(const struct plan *plan) {
  return plan->live.arrive.interface != NULL;
}

static inline enum plan_use plan_use_of(const struct plan_node *node, uint32_t origin) {
  return origin < node->use_count ? (enum plan_use)node->uses[origin] : PLAN_FOREIGN;
}

#endif
