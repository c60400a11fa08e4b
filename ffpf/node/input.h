/*
 * A buffered byte stream that hands out whole records: large read() calls into one buffer; a record
 * that crosses the buffer's end is moved to its front. Never mmap: a file that another process
 * truncates would kill us. 64 bytes behind the last one are readable.
 */
#ifndef FFPF_INPUT_H
#define FFPF_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define INPUT_SIZE (256u << 10)
#define INPUT_SLACK 64u

struct input {
  uint8_t *start, *end; /* the bytes not yet consumed */
  uint8_t *buffer;
  size_t capacity;
  ssize_t (*pull)(struct input *input, uint8_t *to, size_t room); /* as read() */
  int fd;
  int error;        /* errno of a failed read */
  bool ended;       /* the stream has no more bytes than those in the buffer */
  uint64_t taken;   /* bytes that pull() has delivered */
  uint64_t refills; /* calls of pull() */
};

enum input_state {
  INPUT_READY,    /* at least the wanted bytes are there */
  INPUT_SHORT,    /* the stream ended; what is left is between start and end */
  INPUT_STOPPED,  /* a signal asked for the end while we waited */
  INPUT_FAILED,   /* `error` says why */
  INPUT_NO_MEMORY /* the buffer cannot grow to the wanted size */
};

/* Takes a file descriptor over. False: out of memory. */
bool input_open(struct input *input, int fd);

/* Makes at least `need` bytes available at `start`, which may move: pointers into the buffer are
 * good until the next call only. */
enum input_state input_want(struct input *input, size_t need);

void input_close(struct input *input);

static inline size_t input_size(const struct input *input) {
  return (size_t)(input->end - input->start);
}

#endif
