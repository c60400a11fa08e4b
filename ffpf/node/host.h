/*
 * The engine's side of the object interface: the queues of a batch and its arena.
 */
#ifndef FFPF_HOST_H
#define FFPF_HOST_H

#include <setjmp.h>
#include <stdbool.h>

#include "ffpf_object.h"

struct arena_chunk;

/* context.engine points here. */
struct host {
  struct ffpf_context context;
  jmp_buf no_memory; /* where a cold function goes that finds no memory; set before process() */
  struct arena_chunk *chunks; /* newest first; the oldest stays from batch to batch */
  size_t arena_size;
};

/* What the copies of one batch may take together: a program that asks for more is out of memory. */
#define ARENA_LIMIT ((size_t)1 << 30)

/* Allocates the queues (those of a wide object if `wide`). False: out of memory. */
bool host_open(struct host *host, bool wide);

/* Empties queues and arena for the next batch. */
void host_reset(struct host *host);

void host_close(struct host *host);

#endif
