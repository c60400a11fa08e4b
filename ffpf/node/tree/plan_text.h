/*
 * The lines of a plan (plan.h), taken apart in place.
 */
#ifndef FFPF_PLAN_TEXT_H
#define FFPF_PLAN_TEXT_H

#include "plan.h"

struct plan_reader {
  struct plan *plan;
  const char *path;
  struct failure *failure;
  char *next, *end; /* of the text not yet read */
  char *at;         /* the rest of the line; NULL: none */
  uint32_t line;
};

/* Both fail, and return false. */
__attribute__((format(printf, 2, 3))) bool plan_refuse(struct plan_reader *reader,
                                                       const char *format, ...);
bool plan_no_memory(struct plan_reader *reader);

bool plan_next_line(struct plan_reader *reader);

/* Whether the line begins with `word`, which is taken then. */
bool plan_takes(struct plan_reader *reader, const char *word);

/* The next word of the line; NULL, refused, if there is none. */
const char *plan_take_word(struct plan_reader *reader);

bool plan_line_ends(struct plan_reader *reader);

/* A decimal number at `*at`, which moves behind it. */
bool plan_digits(struct plan_reader *reader, const char **at, uint32_t most, uint32_t *value);

bool plan_take_number(struct plan_reader *reader, uint32_t most, uint32_t *value);
bool plan_take_flag(struct plan_reader *reader, bool *flag);

/* An address at `word`, 12 digits. */
bool plan_mac(struct plan_reader *reader, const char *word, uint8_t mac[6]);

/* The same, or "-". */
bool plan_take_mac(struct plan_reader *reader, uint8_t mac[6], bool *given);

/* `list` holds `count` elements of `size` bytes: makes room for one more, by powers of two. */
void *plan_room_for(void *list, uint32_t count, size_t size);

/* KIND FULL SWITCHED TAGGED MTU MAC IPV6 of a link. */
bool plan_take_wire(struct plan_reader *reader, struct wire *wire);

/* The lines of a node that runs on its interfaces, up to and without "end". In plan_live.c. */
bool plan_take_live(struct plan_reader *reader);
void plan_close_live(struct plan *plan);

#endif
