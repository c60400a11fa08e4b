#include "ledger.h"

#include <stdlib.h>

#define FIRST_SLOTS 64

static bool table_open(struct verdict_table *table) {
  table->slots = calloc(FIRST_SLOTS, sizeof *table->slots);
  table->mask = FIRST_SLOTS - 1;
  return table->slots != NULL;
}

bool ledger_open(struct ledger *ledger, uint32_t rules) {
  *ledger = (struct ledger){0};
  ledger->alerts = calloc(rules + 1u, sizeof *ledger->alerts);
  return ledger->alerts != NULL && table_open(&ledger->verdicts);
}

void ledger_close(struct ledger *ledger) {
  free(ledger->alerts);
  free(ledger->verdicts.slots);
}

static struct verdict_count *slot_of(struct verdict_count *slots, size_t mask, uint32_t verdict) {
  size_t at = ((uint64_t)verdict * 0x9e3779b97f4a7c15u >> 32) & mask;
  while (slots[at].verdict != 0 && slots[at].verdict != verdict)
    at = (at + 1) & mask;
  return &slots[at];
}

static bool double_table(struct verdict_table *table) {
  size_t mask = table->mask * 2 + 1;
  struct verdict_count *slots = calloc(mask + 1, sizeof *slots);
  if (slots == NULL)
    return false;
  for (size_t i = 0; i <= table->mask; i++) {
    if (table->slots[i].verdict != 0)
      *slot_of(slots, mask, table->slots[i].verdict) = table->slots[i];
  }
  free(table->slots);
  table->slots = slots;
  table->mask = mask;
  return true;
}

bool verdict_flush(struct verdict_table *table) {
  if (table->last.count == 0)
    return true;
  struct verdict_count *slot = slot_of(table->slots, table->mask, table->last.verdict);
  if (slot->verdict == 0) {
    if (table->used * 2 > table->mask) {
      if (!double_table(table))
        return false;
      slot = slot_of(table->slots, table->mask, table->last.verdict);
    }
    table->used++;
    slot->verdict = table->last.verdict;
  }
  slot->count += table->last.count;
  table->last = (struct verdict_count){0};
  return true;
}
