/*
 * All nodes of a plan in one process: what the root sends goes over links that encode it, in one
 * sequence or by several threads, with the same results.
 */
#ifndef FFPF_TREE_H
#define FFPF_TREE_H

#include "engine.h"
#include "flight.h"
#include "live.h"
#include "plan.h"

/* A queue of one visit, on its way to an output, and one of its entries. */
struct lane {
  const struct visit *visit;
  const uint8_t *entries;
  uint32_t node, at, count;
};
struct entry {
  uint64_t key; /* part, then the order in which it came */
  uint32_t node, at;
};

struct tree {
  struct engine *engine; /* NULL: no plan */
  struct plan plan;
  struct live live; /* of a plan of one node that runs on its interfaces */
  struct node *nodes;
  struct flight *flights;
  uint32_t flight_count;
  uint32_t rule_count;
  /* The source as it was when the packets that are now written were read: the output must not
   * depend on how far ahead another thread reads. */
  struct source shown;
  double seconds_per_tick;
  /* Scratch of the drain. */
  struct entry *entries;
  size_t entry_room;
  struct lane *lanes; /* as many as nodes */
  uint8_t *patched;
  size_t patched_room;
};

/* Reads the plan, loads the objects, opens source and outputs. */
bool tree_open(struct tree *tree, struct engine *engine);

/* Runs until the source ends or something fails. */
void tree_run(struct tree *tree);

void tree_close(struct tree *tree);

/* A finished flight to ledger and outputs; flights come in their order. Everything is counted even
 * where an output fails. In tree_drain.c. */
bool tree_drain(struct tree *tree, struct flight *flight);

/* The failure of a flight that no memory was left for at a node. */
void tree_no_memory(struct tree *tree, const struct flight *flight, uint32_t node);

/* The memory, alerts and counts of all nodes. In tree_report.c. */
void tree_report(struct tree *tree);

/* The loop of tree_run() with several threads. In tree_threads.c. */
void tree_run_threads(struct tree *tree);

#endif
