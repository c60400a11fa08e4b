#include "plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MOST_BYTES ((size_t)64 << 20)
#define MOST_PARTS 65536u
#define LONGEST_NAME 255u

/* The lines of a plan, taken apart in place. */
struct reader {
  struct plan *plan;
  const char *path;
  struct failure *failure;
  char *next, *end; /* of the text not yet read */
  char *at;         /* the rest of the line; NULL: none */
  uint32_t line;
};

__attribute__((format(printf, 2, 3))) static bool refuse(struct reader *reader, const char *format,
                                                         ...) {
  char what[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  return fail(reader->failure, STATUS_MACHINE, "object",
              "%s:%u: error: the plan of the nodes is damaged: %s; split the program again",
              reader->path, reader->line, what);
}

static bool no_memory(struct reader *reader) {
  return fail(reader->failure, STATUS_MACHINE, "memory", "error: out of memory for the nodes");
}

/* Lines and words ----------------------------------------------------------------------------- */

static bool next_line(struct reader *reader) {
  reader->line++;
  char *newline = reader->next == reader->end
                      ? NULL
                      : memchr(reader->next, '\n', (size_t)(reader->end - reader->next));
  if (newline == NULL)
    return refuse(reader, "it ends before its end");
  *newline = '\0';
  reader->at = reader->next;
  reader->next = newline + 1;
  return true;
}

/* The next word of the line; NULL, refused, if there is none. */
static const char *take_word(struct reader *reader) {
  char *word = reader->at;
  if (word == NULL || *word == '\0' || *word == ' ') {
    refuse(reader, "a word is missing");
    return NULL;
  }
  char *space = strchr(word, ' ');
  reader->at = space == NULL ? NULL : space + 1;
  if (space != NULL)
    *space = '\0';
  return word;
}

static bool line_ends(struct reader *reader) {
  return reader->at == NULL || refuse(reader, "there is a word too many");
}

/* Whether the line begins with `word`, which is taken then. */
static bool takes(struct reader *reader, const char *word) {
  size_t length = strlen(word);
  if (strncmp(reader->at, word, length) != 0 ||
      (reader->at[length] != ' ' && reader->at[length] != '\0'))
    return false;
  reader->at = reader->at[length] == ' ' ? reader->at + length + 1 : NULL;
  return true;
}

/* A decimal number at `*at`, which moves behind it. */
static bool digits(struct reader *reader, const char **at, uint32_t most, uint32_t *value) {
  uint64_t number = 0;
  const char *start = *at;
  for (; **at >= '0' && **at <= '9' && number <= most; ++*at)
    number = number * 10 + (uint64_t)(**at - '0');
  if (*at == start || number > most)
    return refuse(reader, "a number from 0 to %u is expected, not '%.20s'", most, start);
  *value = (uint32_t)number;
  return true;
}

static bool take_number(struct reader *reader, uint32_t most, uint32_t *value) {
  const char *word = take_word(reader);
  if (word == NULL || !digits(reader, &word, most, value))
    return false;
  return *word == '\0' || refuse(reader, "'%.20s' follows a number", word);
}

static bool take_flag(struct reader *reader, bool *flag) {
  uint32_t value = 0;
  bool right = take_number(reader, 1, &value);
  *flag = value != 0;
  return right;
}

static int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9')
    return digit - '0';
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

static bool take_mac(struct reader *reader, uint8_t mac[6], bool *given) {
  const char *word = take_word(reader);
  if (word == NULL)
    return false;
  *given = strcmp(word, "-") != 0;
  if (!*given)
    return true;
  for (int i = 0; i < 12; i++) {
    int digit = hex_digit(word[i]);
    if (digit < 0)
      return refuse(reader, "'%.20s' is no address", word);
    mac[i / 2] = (uint8_t)(mac[i / 2] << 4 | digit);
  }
  return word[12] == '\0' || refuse(reader, "'%.20s' is no address", word);
}

/* Nodes --------------------------------------------------------------------------------------- */

/* `list` holds `count` elements of `size` bytes: makes room for one more, by powers of two. */
static void *room_for(void *list, uint32_t count, size_t size) {
  if ((count & (count - 1)) != 0)
    return list;
  return realloc(list, (count == 0 ? 1 : (size_t)count * 2) * size);
}

static bool take_parts(struct reader *reader, struct plan_node *node) {
  const char *word = take_word(reader);
  for (bool more = word != NULL; more; more = *word++ == ',') {
    uint32_t part = 0;
    if (!digits(reader, &word, PLAN_MOST_ORIGIN, &part))
      return false;
    if (*word != ',' && *word != '\0')
      return refuse(reader, "'%.20s' follows a part", word);
    if (node->part_count == MOST_PARTS || (node->part_count == 0 && part != 0))
      return refuse(reader, "parts are 0 and up to %u others", MOST_PARTS - 1);
    uint32_t *larger = room_for(node->parts, node->part_count, sizeof *larger);
    if (larger == NULL)
      return no_memory(reader);
    node->parts = larger;
    node->parts[node->part_count++] = part;
  }
  return word != NULL;
}

static bool name_is_new(struct reader *reader, const char *name) {
  const struct plan *plan = reader->plan;
  if (strlen(name) > LONGEST_NAME)
    return refuse(reader, "the name of a node has more than %u bytes", LONGEST_NAME);
  for (uint32_t i = 0; i < plan->node_count; i++) {
    if (strcmp(plan->nodes[i].name, name) == 0)
      return refuse(reader, "two nodes are called '%.20s'", name);
  }
  return true;
}

static bool take_node(struct reader *reader) {
  struct plan *plan = reader->plan;
  const char *name = take_word(reader);
  if (name == NULL || !name_is_new(reader, name))
    return false;
  if (plan->node_count == PLAN_MOST_NODES)
    return refuse(reader, "there are more than %u nodes", PLAN_MOST_NODES);
  struct plan_node *larger = room_for(plan->nodes, plan->node_count, sizeof *larger);
  if (larger == NULL)
    return no_memory(reader);
  plan->nodes = larger;
  struct plan_node *node = &plan->nodes[plan->node_count++];
  *node = (struct plan_node){.name = name, .parent = UINT32_MAX};
  return take_mac(reader, node->mac, &node->loses) && take_parts(reader, node) && line_ends(reader);
}

static bool set_use(struct reader *reader, struct plan_node *node, uint32_t origin, uint8_t use) {
  if (origin >= node->use_count) {
    uint8_t *larger = realloc(node->uses, origin + 1);
    if (larger == NULL)
      return no_memory(reader);
    memset(larger + node->use_count, PLAN_FOREIGN, origin + 1 - node->use_count);
    node->uses = larger;
    node->use_count = origin + 1;
  }
  if (origin == 0 || node->uses[origin] != PLAN_FOREIGN)
    return refuse(reader, "origin %u comes twice, or is 0", origin);
  node->uses[origin] = use;
  return true;
}

static bool take_origins(struct reader *reader, struct plan_node *node, uint8_t use) {
  const char *word = take_word(reader);
  if (word != NULL && strcmp(word, "-") == 0)
    return line_ends(reader);
  for (bool more = word != NULL; more; more = *word++ == ',') {
    uint32_t origin = 0;
    if (!digits(reader, &word, PLAN_MOST_ORIGIN, &origin) || !set_use(reader, node, origin, use))
      return false;
    if (*word != ',' && *word != '\0')
      return refuse(reader, "'%.20s' follows an origin", word);
  }
  return word != NULL && line_ends(reader);
}

static bool take_object(struct reader *reader, struct plan_node *node) {
  if (node->object != NULL || reader->at == NULL || *reader->at == '\0')
    return refuse(reader, "a node has one object, and that has a name");
  node->object = reader->at;
  return true;
}

/* Links --------------------------------------------------------------------------------------- */

static bool take_kind(struct reader *reader, enum wire_kind *kind) {
  static const char *const names[] = {
      [WIRE_ETHERNET] = "ethernet", [WIRE_GENEVE] = "geneve", [WIRE_MEMORY] = "memory"};
  const char *word = take_word(reader);
  for (int i = 0; word != NULL && i < 3; i++) {
    if (strcmp(word, names[i]) == 0) {
      *kind = (enum wire_kind)i;
      return true;
    }
  }
  return word != NULL && refuse(reader, "there are no links of kind '%.20s'", word);
}

static bool take_ends(struct reader *reader, struct plan_link *link) {
  uint32_t last = reader->plan->node_count - 1;
  if (!take_number(reader, last, &link->from) || !take_number(reader, last, &link->to))
    return false;
  struct plan_node *to = &reader->plan->nodes[link->to];
  if (link->from >= link->to)
    return refuse(reader, "node %u does not come behind node %u", link->to, link->from);
  if (to->parent != UINT32_MAX)
    return refuse(reader, "two links lead to node %u", link->to);
  to->parent = link->from;
  return true;
}

static bool take_link(struct reader *reader) {
  struct plan *plan = reader->plan;
  struct plan_link *larger = room_for(plan->links, plan->link_count, sizeof *larger);
  if (larger == NULL)
    return no_memory(reader);
  plan->links = larger;
  struct plan_link *link = &plan->links[plan->link_count++];
  *link = (struct plan_link){.wire.words = plan->words};
  struct wire *wire = &link->wire;
  bool given = false;
  return take_ends(reader, link) && take_kind(reader, &wire->kind) &&
         take_flag(reader, &wire->full) && take_flag(reader, &wire->switched) &&
         take_flag(reader, &wire->tagged) && take_number(reader, UINT32_MAX, &wire->mtu) &&
         take_mac(reader, wire->mac, &given) && take_flag(reader, &wire->ipv6) && line_ends(reader);
}

/* Hands every node its links. */
static bool join(struct reader *reader) {
  struct plan *plan = reader->plan;
  for (uint32_t i = 1; i < plan->node_count; i++) {
    if (plan->nodes[i].parent == UINT32_MAX)
      return refuse(reader, "no link leads to node %u", i);
  }
  for (uint32_t i = plan->link_count; i-- > 0;) {
    struct plan_node *from = &plan->nodes[plan->links[i].from];
    from->links = &plan->links[i];
    from->link_count++;
  }
  return true;
}

/* Stable, for the order of the links of one node is the order of its next hops. */
static bool sort_links(struct reader *reader) {
  struct plan *plan = reader->plan;
  if (plan->link_count == 0)
    return true;
  struct plan_link *sorted = malloc(plan->link_count * sizeof *sorted);
  if (sorted == NULL)
    return no_memory(reader);
  uint32_t count = 0;
  for (uint32_t node = 0; node < plan->node_count; node++) {
    for (uint32_t i = 0; i < plan->link_count; i++) {
      if (plan->links[i].from == node)
        sorted[count++] = plan->links[i];
    }
  }
  free(plan->links);
  plan->links = sorted;
  return true;
}

/* The whole text ------------------------------------------------------------------------------ */

static bool take_nodes(struct reader *reader) {
  struct plan *plan = reader->plan;
  if (!next_line(reader))
    return false;
  while (takes(reader, "node")) {
    if (!take_node(reader) || !next_line(reader))
      return false;
    struct plan_node *node = &plan->nodes[plan->node_count - 1];
    if (takes(reader, "object") && !(take_object(reader, node) && next_line(reader)))
      return false;
    if (takes(reader, "origins") && !(take_origins(reader, node, PLAN_RUNS) && next_line(reader)))
      return false;
    if (takes(reader, "relays") && !(take_origins(reader, node, PLAN_RELAYS) && next_line(reader)))
      return false;
  }
  return (plan->node_count != 0 && plan->nodes[0].object != NULL) ||
         refuse(reader, "there is no root with an object");
}

static bool take_all(struct reader *reader) {
  uint32_t version = 0;
  if (!next_line(reader))
    return false;
  if (!takes(reader, "ffpf-plan") || !take_number(reader, UINT32_MAX, &version) || version != 1)
    return refuse(reader, "it does not begin with 'ffpf-plan 1'");
  if (!line_ends(reader) || !next_line(reader))
    return false;
  if (!takes(reader, "words"))
    return refuse(reader, "the number of state words is expected");
  if (!take_number(reader, WIRE_STATE_WORDS, &reader->plan->words) || !line_ends(reader) ||
      !take_nodes(reader))
    return false;
  while (takes(reader, "link")) {
    if (!take_link(reader) || !next_line(reader))
      return false;
  }
  if (!takes(reader, "end") || reader->at != NULL || reader->next != reader->end)
    return refuse(reader, "this is not expected here");
  return sort_links(reader) && join(reader);
}

static bool read_text(struct reader *reader, FILE *file) {
  size_t room = 2048, size = 0;
  char *text = NULL;
  do {
    room *= 2;
    char *larger = room > MOST_BYTES ? NULL : realloc(text, room);
    if (larger == NULL) {
      free(text);
      return room > MOST_BYTES ? refuse(reader, "it is too long") : no_memory(reader);
    }
    text = larger;
    size += fread(text + size, 1, room - size, file);
  } while (size == room);
  reader->plan->text = reader->next = text;
  reader->end = text + size;
  if (ferror(file))
    return fail(reader->failure, STATUS_MACHINE, "object", "%s: error: cannot read the plan: %s",
                reader->path, strerror(errno));
  return memchr(text, '\0', size) == NULL || refuse(reader, "it is no text");
}

bool plan_read(struct plan *plan, const char *path, struct failure *failure) {
  *plan = (struct plan){0};
  struct reader reader = {.plan = plan, .path = path, .failure = failure};
  FILE *file = fopen(path, "re");
  if (file == NULL)
    return fail(failure, STATUS_MACHINE, "object", "%s: error: cannot open the plan: %s", path,
                strerror(errno));
  bool right = read_text(&reader, file);
  fclose(file);
  return right && take_all(&reader);
}

void plan_close(struct plan *plan) {
  for (uint32_t i = 0; i < plan->node_count; i++) {
    free(plan->nodes[i].parts);
    free(plan->nodes[i].uses);
  }
  free(plan->nodes);
  free(plan->links);
  free(plan->text);
}
