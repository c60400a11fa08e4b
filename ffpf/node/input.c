#include "input.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "signals.h"

static ssize_t pull_from_file(struct input *input, uint8_t *to, size_t room) {
  return read(input->fd, to, room);
}

bool input_open(struct input *input, int fd) {
  *input = (struct input){.fd = fd, .pull = pull_from_file, .capacity = INPUT_SIZE};
  input->buffer = calloc(1, INPUT_SIZE + INPUT_SLACK);
  input->start = input->end = input->buffer;
  return input->buffer != NULL;
}

/* Moves what is left to the front of a buffer that holds at least `need` bytes. */
static bool make_room(struct input *input, size_t need) {
  size_t left = input_size(input);
  if (need <= input->capacity) {
    memmove(input->buffer, input->start, left);
  } else {
    uint8_t *larger = malloc(need + INPUT_SLACK);
    if (larger == NULL)
      return false;
    memcpy(larger, input->start, left);
    memset(larger + need, 0, INPUT_SLACK);
    free(input->buffer);
    input->buffer = larger;
    input->capacity = need;
  }
  input->start = input->buffer;
  input->end = input->buffer + left;
  return true;
}

enum input_state input_want(struct input *input, size_t need) {
  if (input_size(input) < need && !make_room(input, need))
    return INPUT_NO_MEMORY;
  while (input_size(input) < need) {
    if (input->ended)
      return INPUT_SHORT;
    size_t room = input->capacity - input_size(input);
    ssize_t got = input->pull(input, input->end, room);
    input->refills++;
    if (got < 0 && errno == EINTR) {
      if (stop_requested())
        return INPUT_STOPPED;
    } else if (got < 0) {
      input->error = errno;
      return INPUT_FAILED;
    } else {
      input->ended = got == 0;
      input->end += got;
      input->taken += (uint64_t)got;
    }
  }
  return INPUT_READY;
}

void input_close(struct input *input) {
  free(input->buffer);
  input->buffer = input->start = input->end = NULL;
  if (input->fd > STDIN_FILENO)
    close(input->fd);
}
