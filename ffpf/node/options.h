/*
 * The engine's command line. The framework writes it, so it is plain: every option has one value.
 *   engine --object FILE|--plan FILE [--read FILE|-] --results FD [--write FILE|-] [--tx FILE|-]
 *          [--count N] [--snaplen N] [--events FD] [--progress 1] [--threads N] [--quiet 1]
 *   Without --read the plan is that of a node that runs on its interfaces.
 */
#ifndef FFPF_OPTIONS_H
#define FFPF_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "failure.h"

struct options {
  const char *object, *plan; /* one of the two: a program on one node, or over several */
  const char *read, *write, *tx;
  uint64_t count;   /* stop after the packet with this delivery; 0: never */
  uint32_t snaplen; /* keep at most so many bytes of a packet; 0: all */
  int results;      /* file descriptor for the results */
  int events;       /* file descriptor for alerts, or -1 */
  uint32_t threads; /* that process packets, of a plan */
  bool progress;
  bool quiet; /* of a live node: not to say when it is ready */
};

bool options_parse(struct options *options, int count, char **arguments, struct failure *failure);

#endif
