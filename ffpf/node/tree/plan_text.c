#include "plan_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((format(printf, 2, 3))) bool plan_refuse(struct plan_reader *reader,
                                                       const char *format, ...) {
  char what[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return fail(reader->failure, STATUS_MACHINE, "object",
              "%s:%u: error: the plan of the nodes is damaged: %s; split the program again",
              reader->path, reader->line, what);
}

bool plan_no_memory(struct plan_reader *reader) {
  return fail(reader->failure, STATUS_MACHINE, "memory", "error: out of memory for the nodes");
}

/* Lines and words ----------------------------------------------------------------------------- */

bool plan_next_line(struct plan_reader *reader) {
  reader->line++;
  char *newline = reader->next == reader->end
                      ? NULL
                      : memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
  if (newline == NULL)
    return plan_refuse(reader, "it ends before its end");
  *newline = '\0';
  reader->at = reader->next;
  reader->next = newline + 1;
  return true;
}

const char *plan_take_word(struct plan_reader *reader) {
  char *word = reader->at;
  if (word == NULL || *word == '\0' || *word == ' ') {
    plan_refuse(reader, "a word is missing");
    return NULL;
  }
  char *space = strchr(word, ' ');
  reader->at = space == NULL ? NULL : space + 1;
  if (space != NULL)
    *space = '\0';
  return word;
}

bool plan_line_ends(struct plan_reader *reader) {
  return reader->at == NULL || plan_refuse(reader, "there is a word too many");
}

bool plan_takes(struct plan_reader *reader, const char *word) {
  size_t length = strlen(word);
  if (strncmp(reader->at, word, length) != 0 ||
      (reader->at[length] != ' ' && reader->at[length] != '\0'))
    return false;
  reader->at = reader->at[length] == ' ' ? reader->at + length + 1 : NULL;
  return true;
}

bool plan_digits(struct plan_reader *reader, const char **at, uint32_t most, uint32_t *value) {
  uint64_t number = 0;
  const char *start = *at;
  for (; **at >= '0' && **at <= '9' && number <= most; ++*at)
    number = number * 10 + (uint64_t)(**at - '0');
  if (*at == start || number > most)
    return plan_refuse(reader, "a number from 0 to %u is expected, not '%.20s'", most, start);
  *value = (uint32_t)number;
  return true;
}

bool plan_take_number(struct plan_reader *reader, uint32_t most, uint32_t *value) {
  const char *word = plan_take_word(reader);
  if (word == NULL || !plan_digits(reader, &word, most, value))
    return false;
  return *word == '\0' || plan_refuse(reader, "'%.20s' follows a number", word);
}

bool plan_take_flag(struct plan_reader *reader, bool *flag) {
  uint32_t value = 0;
  bool right = plan_take_number(reader, 1, &value);
  *flag = value != 0;
  return right;
}

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool plan_take_mac(struct plan_reader *reader, uint8_t mac[6], bool *given) {
  const char *word = plan_take_word(reader);
  if (word == NULL)
    return false;
  *given = strcmp(word, "-") != 0;
  return !*given || plan_mac(reader, word, mac);
}

bool plan_mac(struct plan_reader *reader, const char *word, uint8_t mac[6]) {
  for (int i = 0; i < 12; i++) {
    int digit = hex_digit(word[i]);
    if (digit < 0)
      return plan_refuse(reader, "'%.20s' is no address", word);
    mac[i / 2] = (uint8_t)(mac[i / 2] << 4 | digit);
  }
  return word[12] == '\0' || plan_refuse(reader, "'%.20s' is no address", word);
}

void *plan_room_for(void *list, uint32_t count, size_t size) {
  if ((count & (count - 1)) != 0)
    return list;
  return realloc(list, (count == 0 ? 1 : (size_t)count * 2) * size);
}
