/*
 * Loads a compiled program and gives it its state.
 */
#ifndef FFPF_LOADER_H
#define FFPF_LOADER_H

#include <stdbool.h>

#include "failure.h"
#include "ffpf_object.h"

struct loaded {
  const struct ffpf_object *object;
  void *library;
  uint8_t *state;
  size_t mapped; /* bytes mapped for the state */
  bool prepared; /* what load and init made must be given back */
};

/* Loads, checks that the object's description is consistent, and initialises the state. */
bool object_load(struct loaded *loaded, const char *path, struct failure *failure);

void object_close(struct loaded *loaded);

static inline bool object_has(const struct loaded *loaded, uint32_t flag) {
  return (loaded->object->flags & flag) != 0;
}

#endif
