#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes.h"
#include "signals.h"

#define BUFFER_SIZE (256u << 10)
#define PCAP_HEADER 24
#define PCAP_RECORD 16
#define PCAPNG_PACKET 6

static bool open_failure(struct writer *writer, int error) {
  if (error == EINTR) /* a named pipe waits for its reader */
    return fail(writer->failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
  bool usage = error == ENOENT || error == ENOTDIR || error == EISDIR || error == ENAMETOOLONG;
  return fail(writer->failure, usage ? STATUS_USAGE : STATUS_MACHINE, "output",
              "%s: error: cannot open it for writing: %s", writer->name, strerror(error));
}

static bool is_source(const struct source *source, const struct stat *status) {
  return source->regular && status->st_dev == source->device && status->st_ino == source->inode;
}

/* The file is truncated only after it is known not to be the one that is read. */
static bool take_over(struct writer *writer) {
  struct stat status;
  if (fstat(writer->fd, &status) != 0)
    return open_failure(writer, errno);
  if (is_source(writer->source, &status))
    return fail(writer->failure, STATUS_USAGE, "usage",
                "%s: error: this is the capture that is read; write to another file", writer->name);
  writer->regular = S_ISREG(status.st_mode);
  writer->device = status.st_dev;
  writer->inode = status.st_ino;
  if (writer->regular && writer->fd != STDOUT_FILENO && ftruncate(writer->fd, 0) != 0)
    return open_failure(writer, errno);
  off_t offset = writer->regular ? lseek(writer->fd, 0, SEEK_CUR) : 0;
  writer->written = offset < 0 ? 0 : offset;
  return true;
}

static bool has_suffix(const char *path, const char *suffix) {
  size_t length = strlen(path), tail = strlen(suffix);
  return length >= tail && strcmp(path + length - tail, suffix) == 0;
}

/* Of a pcap source the one link type is known before the output is touched. */
static bool link_fits(const struct writer *writer) {
  const struct source *source = writer->source;
  if (!writer->pcapng || source->interfaces[0].link <= UINT16_MAX)
    return true;
  return fail(writer->failure, STATUS_INPUT, "output",
              "%s: packet 1: error: its link type %u does not fit into a pcapng file; write to a "
              "file whose name ends in .pcap",
              source->name, source->interfaces[0].link);
}

bool writer_open(struct writer *writer, const char *path, const struct source *source,
                 struct failure *failure) {
  bool standard = strcmp(path, "-") == 0;
  *writer = (struct writer){.name = standard ? "<stdout>" : path,
                            .source = source,
                            .failure = failure,
                            .swapped = source->output_swapped,
                            .pcapng = has_suffix(path, ".pcapng"),
                            .broken = true, /* nothing is written until all is well */
                            .room = BUFFER_SIZE,
                            .fd = -1};
  if (!link_fits(writer))
    return false;
  writer->fd = standard ? STDOUT_FILENO : open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (writer->fd < 0)
    return open_failure(writer, errno);
  writer->buffer = malloc(BUFFER_SIZE);
  if (writer->buffer == NULL)
    return fail(failure, STATUS_MACHINE, "memory", "out of memory for the output buffer");
  writer->broken = !take_over(writer);
  return !writer->broken;
}

/* Length of the whole record (or header) at `at`; the buffer always starts with one. */
static size_t record_size(const struct writer *writer, size_t at) {
  const uint8_t *record = writer->buffer + at;
  if (writer->pcapng)
    return load32(record + 4, writer->swapped);
  return at == 0 && writer->header_first ? PCAP_HEADER
                                         : PCAP_RECORD + load32(record + 8, writer->swapped);
}

/* Headers and descriptions are no packets. */
static bool is_packet(const struct writer *writer, size_t at) {
  if (writer->pcapng)
    return load32(writer->buffer + at, writer->swapped) == PCAPNG_PACKET;
  return at != 0 || !writer->header_first;
}

/* Of the buffer's records, `done` bytes are in the file: cuts it back to the last whole one, and
 * leaves in `records` how many packets the file holds. */
static void cut_back(struct writer *writer, size_t done) {
  size_t whole = 0;
  for (size_t at = 0, next; at < writer->used; at = next) {
    next = at + record_size(writer, at);
    if (next <= done)
      whole = next;
    else if (is_packet(writer, at))
      writer->records--;
  }
  writer->written += (off_t)whole;
  if (writer->regular && ftruncate(writer->fd, writer->written) != 0)
    writer->regular = false; /* the disk refuses even that: the tail stays */
}

static bool write_failure(struct writer *writer, size_t done, int error) {
  writer->broken = true;
  cut_back(writer, done);
  writer->used = 0;
  if (error == EPIPE && writer->fd == STDOUT_FILENO)
    return fail(writer->failure, STATUS_CLOSED, "closed", "%s: the reader is gone", writer->name);
  if (error == EINTR)
    return fail(writer->failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
  return fail(writer->failure, STATUS_MACHINE, "output",
              "%s: error: cannot write: %s; it holds the first %llu packets, and results so far "
              "are kept",
              writer->name, strerror(error), (unsigned long long)writer->records);
}

bool writer_flush(struct writer *writer) {
  size_t done = 0;
  while (done < writer->used) {
    ssize_t wrote = write(writer->fd, writer->buffer + done, writer->used - done);
    if (wrote < 0 && errno == EINTR && !stop_insisted())
      continue;
    if (wrote < 0)
      return write_failure(writer, done, errno);
    done += (size_t)wrote;
  }
  writer->written += (off_t)writer->used;
  writer->used = 0;
  writer->header_first = false;
  return true;
}

/* A record that is longer than the buffer makes it larger, so that it still holds whole ones. */
static bool grow(struct writer *writer, size_t size) {
  uint8_t *larger = realloc(writer->buffer, size);
  if (larger == NULL) {
    writer->broken = true;
    return fail(writer->failure, STATUS_MACHINE, "memory", "out of memory for the output buffer");
  }
  writer->buffer = larger;
  writer->room = size;
  return true;
}

uint8_t *writer_reserve(struct writer *writer, size_t size) {
  if (FFPF_UNLIKELY(writer->room - writer->used < size)) {
    if (!writer_flush(writer) || (writer->room < size && !grow(writer, size)))
      return NULL;
  }
  uint8_t *at = writer->buffer + writer->used;
  writer->used += size;
  return at;
}

static bool begin(struct writer *writer, uint32_t interface) {
  writer->begun = writer->header_first = true;
  return writer->pcapng ? pcapng_write_header(writer) : pcap_write_header(writer, interface);
}

bool writer_put(struct writer *writer, const struct outgoing *outgoing, uint64_t number) {
  if (writer->broken || (!writer->begun && !begin(writer, outgoing->packet->source)))
    return false;
  bool written = writer->pcapng ? pcapng_write_record(writer, outgoing)
                                : pcap_write_record(writer, outgoing, number);
  writer->records += written;
  return written;
}

bool writer_copy(struct writer *writer, const uint8_t *records, size_t size, uint32_t count) {
  if (writer->broken || (!writer->begun && !begin(writer, 0)))
    return false;
  uint8_t *to = writer_reserve(writer, size);
  if (to == NULL)
    return false;
  memcpy(to, records, size);
  writer->records += count;
  return true;
}

static bool finish(struct writer *writer) {
  if (!writer->begun && !begin(writer, 0))
    return false;
  if (writer->pcapng && !pcapng_write_interfaces(writer, writer->source->interface_count))
    return false;
  return writer_flush(writer);
}

bool writer_close(struct writer *writer) {
  if (writer->fd < 0)
    return true;
  bool right = !writer->broken && writer->buffer != NULL && finish(writer);
  if (close(writer->fd) != 0 && right)
    right = write_failure(writer, 0, errno);
  writer->fd = -1;
  free(writer->buffer);
  writer->buffer = NULL;
  return right;
}
