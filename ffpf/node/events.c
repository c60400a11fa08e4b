#include "events.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "signals.h"

bool events_flush(struct events *events, struct failure *failure) {
  size_t done = 0;
  while (done < events->used) {
    ssize_t wrote = write(events->fd, events->buffer + done, events->used - done);
    if (wrote < 0 && errno == EINTR && !stop_insisted())
      continue;
    if (wrote < 0) {
      events->used = 0;
      if (errno == EPIPE)
        return fail(failure, STATUS_CLOSED, "closed", "the reader of the alerts is gone");
      if (errno == EINTR)
        return fail(failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
      return fail(failure, STATUS_MACHINE, "output", "error: cannot write the alerts: %s",
                  strerror(errno));
    }
    done += (size_t)wrote;
  }
  events->used = 0;
  return true;
}

bool events_add(struct events *events, const struct event_record *record, const uint8_t *data,
                struct failure *failure) {
  if (sizeof events->buffer - events->used < sizeof *record + record->bytes &&
      !events_flush(events, failure))
    return false;
  memcpy(events->buffer + events->used, record, sizeof *record);
  events->used += sizeof *record;
  memcpy(events->buffer + events->used, data, record->bytes);
  events->used += record->bytes;
  return true;
}
