/*
 * Why a run ended before its time. The status is the exit code of the command (docs: exit codes),
 * the kind says to the framework what failed, the text is a whole message for the user.
 */
#ifndef FFPF_FAILURE_H
#define FFPF_FAILURE_H

#include <stdbool.h>

enum ffpf_status {
  STATUS_DONE = 0,
  STATUS_INPUT = 1,
  STATUS_USAGE = 2,
  STATUS_MACHINE = 3,
  STATUS_INTERRUPTED = 130,
  STATUS_CLOSED = 141
};

struct failure {
  enum ffpf_status status;
  const char *kind; /* "usage", "object", "input", "output", "memory", "interrupted", "closed" */
  char text[1024];
};

/* Records the failure; the first one stands, since what follows is its consequence. Always returns
 * false, so that a function can `return fail(...)`. */
__attribute__((format(printf, 4, 5))) bool fail(struct failure *failure, enum ffpf_status status,
                                                const char *kind, const char *format, ...);

static inline bool failed(const struct failure *failure) { return failure->status != STATUS_DONE; }

#endif
