/*
 * One node of a plan on its interfaces, until somebody asks for the end.
 */
#ifndef FFPF_LIVE_H
#define FFPF_LIVE_H

#include "live_links.h"
#include "live_source.h"

struct tree;

struct live {
  struct live_source source;
  struct device *devices; /* each once; the first is where packets arrive */
  uint32_t device_count;
  struct live_link *links; /* the node's links in their order, then the exits */
  uint32_t link_count;
  uint64_t unreached; /* frames of TX that no exit is for */
  double looked;      /* when the devices were last looked at */
};

/* Opens the interfaces of the tree's plan, and describes its source for outputs. */
bool live_open(struct tree *tree);

/* Runs until a signal comes, which is the right end, or something fails. */
void live_run(struct tree *tree);

/* What got lost on the way to the node, and the frames of TX that did. */
void live_report(struct tree *tree);

void live_close(struct tree *tree);

#endif
