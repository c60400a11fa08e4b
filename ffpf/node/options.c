#include "options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MOST_THREADS 256u

static bool number_of(const char *name, const char *text, uint64_t most, uint64_t *value,
                      struct failure *failure) {
  char *end;
  errno = 0;
  unsigned long long number = strtoull(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || number > most)
    return fail(failure, STATUS_USAGE, "usage", "error: %s takes a number up to %llu, not '%s'",
                name, (unsigned long long)most, text);
  *value = number;
  return true;
}

static bool set_number(struct options *options, const char *name, const char *text,
                       struct failure *failure) {
  uint64_t value = 0;
  if (strcmp(name, "--count") == 0)
    return number_of(name, text, UINT64_MAX, &options->count, failure);
  bool snaplen = strcmp(name, "--snaplen") == 0;
  if (!number_of(name, text, snaplen ? UINT32_MAX : INT32_MAX, &value, failure))
    return false;
  if (snaplen)
    options->snaplen = (uint32_t)value;
  else if (strcmp(name, "--results") == 0)
    options->results = (int)value;
  else if (strcmp(name, "--events") == 0)
    options->events = (int)value;
  else if (strcmp(name, "--progress") == 0)
    options->progress = value != 0;
  else if (strcmp(name, "--quiet") == 0)
    options->quiet = value != 0;
  else if (strcmp(name, "--threads") == 0)
    options->threads = (uint32_t)value;
  else
    return fail(failure, STATUS_USAGE, "usage", "error: the engine has no option '%s'", name);
  return true;
}

static bool set_option(struct options *options, const char *name, const char *value,
                       struct failure *failure) {
  if (strcmp(name, "--object") == 0)
    options->object = value;
  else if (strcmp(name, "--plan") == 0)
    options->plan = value;
  else if (strcmp(name, "--read") == 0)
    options->read = value;
  else if (strcmp(name, "--write") == 0)
    options->write = value;
  else if (strcmp(name, "--tx") == 0)
    options->tx = value;
  else
    return set_number(options, name, value, failure);
  return true;
}

bool options_parse(struct options *options, int count, char **arguments, struct failure *failure) {
  *options = (struct options){.results = -1, .events = -1, .threads = 1};
  for (int i = 1; i < count; i += 2) {
    if (i + 1 == count)
      return fail(failure, STATUS_USAGE, "usage", "error: '%s' lacks its value", arguments[i]);
    if (!set_option(options, arguments[i], arguments[i + 1], failure))
      return false;
  }
  if ((options->object == NULL) == (options->plan == NULL) ||
      (options->read == NULL && options->plan == NULL) || options->results < 0)
    return fail(failure, STATUS_USAGE, "usage",
                "error: the engine needs --object FILE or --plan FILE, --read FILE and --results "
                "FD");
  if (options->threads == 0 || options->threads > MOST_THREADS)
    return fail(failure, STATUS_USAGE, "usage", "error: --threads takes a number from 1 to %u",
                MOST_THREADS);
  return true;
}
