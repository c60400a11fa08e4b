#include "plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "plan_text.h"

#define MOST_BYTES ((size_t)64 << 20)
#define MOST_PARTS 65536u
#define LONGEST_NAME 255u

/* Nodes --------------------------------------------------------------------------------------- */

static bool take_parts(struct plan_reader *reader, struct plan_node *node) {
  const char *word = plan_take_word(reader);
  for (bool more = word != NULL; more; more = *word++ == ',') {
    uint32_t part = 0;
    if (!plan_digits(reader, &word, PLAN_MOST_ORIGIN, &part))
      return false;
    if (*word != ',' && *word != '\0')
      return plan_refuse(reader, "'%.20s' follows a part", word);
    if (node->part_count == MOST_PARTS || (node->part_count == 0 && part != 0))
      return plan_refuse(reader, "parts are 0 and up to %u others", MOST_PARTS - 1);
    uint32_t *larger = plan_room_for(node->parts, node->part_count, sizeof *larger);
    if (larger == NULL)
      return plan_no_memory(reader);
    node->parts = larger;
    node->parts[node->part_count++] = part;
  }
  return word != NULL;
}

static bool name_is_new(struct plan_reader *reader, const char *name) {
  const struct plan *plan = reader->plan;
  if (strlen(name) > LONGEST_NAME)
    return plan_refuse(reader, "the name of a node has more than %u bytes", LONGEST_NAME);
  for (uint32_t i = 0; i < plan->node_count; i++) {
    if (strcmp(plan->nodes[i].name, name) == 0)
      return plan_refuse(reader, "two nodes are called '%.20s'", name);
  }
  return true;
}

static bool take_node(struct plan_reader *reader) {
  struct plan *plan = reader->plan;
  const char *name = plan_take_word(reader);
  if (name == NULL || !name_is_new(reader, name))
    return false;
  if (plan->node_count == PLAN_MOST_NODES)
    return plan_refuse(reader, "there are more than %u nodes", PLAN_MOST_NODES);
  struct plan_node *larger = plan_room_for(plan->nodes, plan->node_count, sizeof *larger);
  if (larger == NULL)
    return plan_no_memory(reader);
  plan->nodes = larger;
  struct plan_node *node = &plan->nodes[plan->node_count++];
  *node = (struct plan_node){.name = name, .parent = UINT32_MAX};
  return plan_take_mac(reader, node->mac, &node->loses) && take_parts(reader, node) &&
         plan_line_ends(reader);
}

static bool set_use(struct plan_reader *reader, struct plan_node *node, uint32_t origin,
                    uint8_t use) {
  if (origin >= node->use_count) {
    uint8_t *larger = realloc(node->uses, origin + 1);
    if (larger == NULL)
      return plan_no_memory(reader);
    memset(larger + node->use_count, PLAN_FOREIGN, origin + 1 - node->use_count);
    node->uses = larger;
    node->use_count = origin + 1;
  }
  if (origin == 0 || node->uses[origin] != PLAN_FOREIGN)
    return plan_refuse(reader, "origin %u comes twice, or is 0", origin);
  node->uses[origin] = use;
  return true;
}

static bool take_origins(struct plan_reader *reader, struct plan_node *node, uint8_t use) {
  const char *word = plan_take_word(reader);
  if (word != NULL && strcmp(word, "-") == 0)
    return plan_line_ends(reader);
  for (bool more = word != NULL; more; more = *word++ == ',') {
    uint32_t origin = 0;
    if (!plan_digits(reader, &word, PLAN_MOST_ORIGIN, &origin) ||
        !set_use(reader, node, origin, use))
      return false;
    if (*word != ',' && *word != '\0')
      return plan_refuse(reader, "'%.20s' follows an origin", word);
  }
  return word != NULL && plan_line_ends(reader);
}

static bool take_object(struct plan_reader *reader, struct plan_node *node) {
  if (node->object != NULL || reader->at == NULL || *reader->at == '\0')
    return plan_refuse(reader, "a node has one object, and that has a name");
  node->object = reader->at;
  return true;
}

/* Links --------------------------------------------------------------------------------------- */

static bool take_kind(struct plan_reader *reader, enum wire_kind *kind) {
  static const char *const names[] = {
      [WIRE_ETHERNET] = "ethernet", [WIRE_GENEVE] = "geneve", [WIRE_MEMORY] = "memory"};
  const char *word = plan_take_word(reader);
  for (int i = 0; word != NULL && i < 3; i++) {
    if (strcmp(word, names[i]) == 0) {
      *kind = (enum wire_kind)i;
      return true;
    }
  }
  return word != NULL && plan_refuse(reader, "there are no links of kind '%.20s'", word);
}

bool plan_take_wire(struct plan_reader *reader, struct wire *wire) {
  bool given = false;
  return take_kind(reader, &wire->kind) && plan_take_flag(reader, &wire->full) &&
         plan_take_flag(reader, &wire->switched) && plan_take_flag(reader, &wire->tagged) &&
         plan_take_number(reader, UINT32_MAX, &wire->mtu) &&
         plan_take_mac(reader, wire->mac, &given) && plan_take_flag(reader, &wire->ipv6);
}

static bool take_ends(struct plan_reader *reader, struct plan_link *link) {
  uint32_t last = reader->plan->node_count - 1;
  if (!plan_take_number(reader, last, &link->from) || !plan_take_number(reader, last, &link->to))
    return false;
  struct plan_node *to = &reader->plan->nodes[link->to];
  if (link->from >= link->to)
    return plan_refuse(reader, "node %u does not come behind node %u", link->to, link->from);
  if (to->parent != UINT32_MAX)
    return plan_refuse(reader, "two links lead to node %u", link->to);
  to->parent = link->from;
  return true;
}

static bool take_link(struct plan_reader *reader) {
  struct plan *plan = reader->plan;
  struct plan_link *larger = plan_room_for(plan->links, plan->link_count, sizeof *larger);
  if (larger == NULL)
    return plan_no_memory(reader);
  plan->links = larger;
  struct plan_link *link = &plan->links[plan->link_count++];
  *link = (struct plan_link){.wire.words = plan->words};
  return take_ends(reader, link) && plan_take_wire(reader, &link->wire) && plan_line_ends(reader);
}

/* Hands every node its links. */
static bool join(struct plan_reader *reader) {
  struct plan *plan = reader->plan;
  for (uint32_t i = 1; i < plan->node_count; i++) {
    if (plan->nodes[i].parent == UINT32_MAX)
      return plan_refuse(reader, "no link leads to node %u", i);
  }
  for (uint32_t i = plan->link_count; i-- > 0;) {
    struct plan_node *from = &plan->nodes[plan->links[i].from];
    from->links = &plan->links[i];
    from->link_count++;
  }
  return true;
}

/* Stable, for the order of the links of one node is the order of its next hops. */
static bool sort_links(struct plan_reader *reader) {
  struct plan *plan = reader->plan;
  if (plan->link_count == 0)
    return true;
  struct plan_link *sorted = malloc(plan->link_count * sizeof *sorted);
  if (sorted == NULL)
    return plan_no_memory(reader);
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

static bool take_nodes(struct plan_reader *reader) {
  struct plan *plan = reader->plan;
  if (!plan_next_line(reader))
    return false;
  while (plan_takes(reader, "node")) {
    if (!take_node(reader) || !plan_next_line(reader))
      return false;
    struct plan_node *node = &plan->nodes[plan->node_count - 1];
    if (plan_takes(reader, "object") && !(take_object(reader, node) && plan_next_line(reader)))
      return false;
    if (plan_takes(reader, "origins") &&
        !(take_origins(reader, node, PLAN_RUNS) && plan_next_line(reader)))
      return false;
    if (plan_takes(reader, "relays") &&
        !(take_origins(reader, node, PLAN_RELAYS) && plan_next_line(reader)))
      return false;
    if (node->object == NULL && node->use_count != 0)
      return plan_refuse(reader, "node %.20s has no object for what arrives there", node->name);
  }
  return (plan->node_count != 0 && plan->nodes[0].object != NULL) ||
         plan_refuse(reader, "there is no root with an object");
}

static bool take_all(struct plan_reader *reader) {
  uint32_t version = 0;
  if (!plan_next_line(reader))
    return false;
  if (!plan_takes(reader, "ffpf-plan") || !plan_take_number(reader, UINT32_MAX, &version) ||
      version != 1)
    return plan_refuse(reader, "it does not begin with 'ffpf-plan 1'");
  if (!plan_line_ends(reader) || !plan_next_line(reader))
    return false;
  if (!plan_takes(reader, "words"))
    return plan_refuse(reader, "the number of state words is expected");
  if (!plan_take_number(reader, WIRE_STATE_WORDS, &reader->plan->words) ||
      !plan_line_ends(reader) || !take_nodes(reader))
    return false;
  while (plan_takes(reader, "link")) {
    if (!take_link(reader) || !plan_next_line(reader))
      return false;
  }
  if (!plan_take_live(reader))
    return false;
  if (!plan_takes(reader, "end") || reader->at != NULL || reader->next != reader->end)
    return plan_refuse(reader, "this is not expected here");
  return sort_links(reader) && join(reader);
}

static bool read_text(struct plan_reader *reader, FILE *file) {
  size_t room = 2048, size = 0;
  char *text = NULL;
  do {
    room *= 2;
    char *larger = room > MOST_BYTES ? NULL : realloc(text, room);
    if (larger == NULL) {
      free(text);
      return room > MOST_BYTES ? plan_refuse(reader, "it is too long") : plan_no_memory(reader);
    }
    text = larger;
    size += fread(text + size, 1, room - size, file);
  } while (size == room);
  reader->plan->text = reader->next = text;
  reader->end = text + size;
  if (ferror(file))
    return fail(reader->failure, STATUS_MACHINE, "object", "%s: error: cannot read the plan: %s",
                reader->path, strerror(errno));
  return memchr(text, '\0', size) == NULL || plan_refuse(reader, "it is no text");
}

bool plan_read(struct plan *plan, const char *path, struct failure *failure) {
  *plan = (struct plan){0};
  struct plan_reader reader = {.plan = plan, .path = path, .failure = failure};
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
  plan_close_live(plan);
  free(plan->nodes);
  free(plan->links);
  free(plan->text);
}
