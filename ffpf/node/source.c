#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "link_types.h"
#include "timestamps.h"

#define PCAPNG_MAGIC 0x0a0d0d0au

enum source_state source_damage(struct source *source, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(source->damage, sizeof source->damage, format, arguments);
  va_end(arguments);
  return SOURCE_DAMAGED;
}

enum source_state source_want(struct source *source, size_t need, const char *what) {
  switch (input_want(&source->input, need)) {
  case INPUT_READY:
    return SOURCE_BATCH;
  case INPUT_SHORT:
    return source_damage(source, "the file ends inside a %s: %zu of %zu bytes are there", what,
                         input_size(&source->input), need);
  case INPUT_STOPPED:
    return SOURCE_STOPPED;
  case INPUT_FAILED:
    return source_damage(source, "cannot read: %s", strerror(source->input.error));
  default:
    return SOURCE_NO_MEMORY;
  }
}

static enum source_state begin(struct source *source) {
  enum source_state state = source_want(source, 4, "magic number");
  if (state == SOURCE_DAMAGED && source->input.ended && input_size(&source->input) == 0)
    return source_damage(source, "the file is empty; a pcap or pcapng capture is expected");
  if (state != SOURCE_BATCH)
    return state;
  if (load32(source->input.start, false) == PCAPNG_MAGIC)
    return pcapng_begin(source);
  return pcap_begin(source);
}

bool source_failure(const struct source *source, enum source_state state, uint64_t packet,
                    struct failure *failure) {
  switch (state) {
  case SOURCE_DAMAGED:
    return fail(failure, STATUS_INPUT, "input", "%s: packet %llu: error: %s", source->name,
                (unsigned long long)packet, source->damage);
  case SOURCE_STOPPED:
    return fail(failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
  case SOURCE_NO_MEMORY:
    return fail(failure, STATUS_MACHINE, "memory",
                "%s: packet %llu: error: there is not enough memory to read it", source->name,
                (unsigned long long)packet);
  default:
    return true;
  }
}

bool source_begin(struct source *source, struct failure *failure) {
  enum source_state state = begin(source);
  return source_failure(source, state, 1, failure);
}

static bool open_failure(const char *path, int error, struct failure *failure) {
  if (error == EINTR) /* a named pipe waits for its writer */
    return fail(failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
  bool ours = error == ENOENT || error == ENOTDIR || error == EISDIR || error == ENAMETOOLONG ||
              error == ELOOP;
  return fail(failure, ours ? STATUS_INPUT : STATUS_MACHINE, "input",
              "%s: error: cannot open the capture: %s", path, strerror(error));
}

static bool describe_file(struct source *source, struct failure *failure) {
  struct stat status;
  if (fstat(source->input.fd, &status) != 0)
    return open_failure(source->name, errno, failure);
  if (S_ISDIR(status.st_mode))
    return fail(failure, STATUS_INPUT, "input",
                "%s: error: this is a directory; a capture file is expected", source->name);
  source->regular = S_ISREG(status.st_mode);
  source->device = status.st_dev;
  source->inode = status.st_ino;
  source->size = source->regular ? (uint64_t)status.st_size : 0;
  return true;
}

bool source_open(struct source *source, const char *path, uint32_t cut, struct failure *failure) {
  bool standard = strcmp(path, "-") == 0;
  *source = (struct source){.name = standard ? "<stdin>" : path, .cut = cut};
  int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return open_failure(path, errno, failure);
  if (!input_open(&source->input, fd))
    return fail(failure, STATUS_MACHINE, "memory", "out of memory for the input buffer");
  return describe_file(source, failure) && source_begin(source, failure);
}

void source_close(struct source *source) {
  input_close(&source->input);
  free(source->interfaces);
  source->interfaces = NULL;
}

bool source_add_interface(struct source *source, struct interface interface) {
  if (source->interface_count == source->interface_room) {
    uint32_t room = source->interface_room == 0 ? 4 : source->interface_room * 2;
    struct interface *larger = NULL;
    if (room > source->interface_room)
      larger = realloc(source->interfaces, room * sizeof interface);
    if (larger == NULL)
      return false;
    source->interfaces = larger;
    source->interface_room = room;
  }
  timestamp_prepare(&interface);
  source->interfaces[source->interface_count++] = interface;
  return true;
}
