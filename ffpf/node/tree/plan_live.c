/*
 * The lines of a plan that say what a node's links are on this machine.
 */
#include <stdlib.h>
#include <string.h>

#include "plan_text.h"

/* A word that may be "-": then NULL. False if there is none. */
static bool take_optional(struct plan_reader *reader, const char **to) {
  const char *word = plan_take_word(reader);
  *to = word == NULL || strcmp(word, "-") == 0 ? NULL : word;
  return word != NULL;
}

static bool take_arrive(struct plan_reader *reader) {
  struct plan_live *live = &reader->plan->live;
  live->arrive.interface = plan_take_word(reader);
  if (live->arrive.interface == NULL)
    return false;
  live->input = reader->at != NULL && plan_takes(reader, "input");
  if (live->input)
    return plan_line_ends(reader);
  live->wire.words = reader->plan->words;
  return take_optional(reader, &live->arrive.own) && plan_take_wire(reader, &live->wire) &&
         plan_line_ends(reader);
}

static bool take_leave(struct plan_reader *reader) {
  struct plan_live *live = &reader->plan->live;
  struct plan_end *larger = plan_room_for(live->leave, live->leave_count, sizeof *larger);
  if (larger == NULL)
    return plan_no_memory(reader);
  live->leave = larger;
  struct plan_end *end = &live->leave[live->leave_count++];
  *end = (struct plan_end){.interface = plan_take_word(reader)};
  return end->interface != NULL && take_optional(reader, &end->own) &&
         take_optional(reader, &end->peer) && plan_line_ends(reader);
}

static bool take_macs(struct plan_reader *reader, struct plan_exit *leads, const char *word) {
  leads->macs = calloc(strlen(word) / 13 + 1, sizeof *leads->macs);
  if (leads->macs == NULL)
    return plan_no_memory(reader);
  for (char *at = (char *)(uintptr_t)word; at != NULL;) {
    char *comma = strchr(at, ',');
    if (comma != NULL)
      *comma++ = '\0';
    if (strlen(at) != 12 || !plan_mac(reader, at, leads->macs[leads->mac_count++]))
      return plan_refuse(reader, "'%.20s' is no address", at);
    at = comma;
  }
  return true;
}

static bool take_exit(struct plan_reader *reader) {
  struct plan_live *live = &reader->plan->live;
  struct plan_exit *larger = plan_room_for(live->exits, live->exit_count, sizeof *larger);
  if (larger == NULL)
    return plan_no_memory(reader);
  live->exits = larger;
  struct plan_exit *leads = &live->exits[live->exit_count++];
  *leads = (struct plan_exit){.interface = plan_take_word(reader)};
  const char *word = leads->interface == NULL ? NULL : plan_take_word(reader);
  leads->any = word != NULL && strcmp(word, "any") == 0;
  return word != NULL && (leads->any || take_macs(reader, leads, word)) && plan_line_ends(reader);
}

/* The links of node 0 are all there are. */
static bool is_whole(struct plan_reader *reader) {
  const struct plan *plan = reader->plan;
  if (plan->live.leave_count != plan->link_count)
    return plan_refuse(reader, "%u links have %u interfaces", plan->link_count,
                       plan->live.leave_count);
  for (uint32_t i = 0; i < plan->link_count; i++) {
    bool geneve = plan->links[i].wire.kind == WIRE_GENEVE;
    const struct plan_end *end = &plan->live.leave[i];
    if (plan->links[i].from != 0 || plan->links[i].wire.kind == WIRE_MEMORY ||
        geneve != (end->own != NULL && end->peer != NULL))
      return plan_refuse(reader, "link %u cannot leave this machine", i);
  }
  const struct plan_live *live = &plan->live;
  bool geneve = live->wire.kind == WIRE_GENEVE;
  return live->input || (live->wire.kind != WIRE_MEMORY && geneve == (live->arrive.own != NULL)) ||
         plan_refuse(reader, "packets cannot arrive at this machine");
}

static bool take_cut(struct plan_reader *reader) {
  if (!plan_takes(reader, "cut"))
    return plan_refuse(reader, "the name of the cut is expected");
  reader->plan->live.cut = plan_take_word(reader);
  return reader->plan->live.cut != NULL && plan_line_ends(reader);
}

bool plan_take_live(struct plan_reader *reader) {
  if (!plan_takes(reader, "arrive"))
    return true;
  if (!take_arrive(reader) || !plan_next_line(reader) || !take_cut(reader) ||
      !plan_next_line(reader))
    return false;
  while (plan_takes(reader, "leave")) {
    if (!take_leave(reader) || !plan_next_line(reader))
      return false;
  }
  while (plan_takes(reader, "exit")) {
    if (!take_exit(reader) || !plan_next_line(reader))
      return false;
  }
  return is_whole(reader);
}

void plan_close_live(struct plan *plan) {
  for (uint32_t i = 0; i < plan->live.exit_count; i++)
    free(plan->live.exits[i].macs);
  free(plan->live.exits);
  free(plan->live.leave);
}
