/*
 * What a run counts. The unit is the run of one part on one packet:
 * runs = delivered + dropped + aborts.
 */
#ifndef FFPF_LEDGER_H
#define FFPF_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "ffpf_object.h"

struct verdict_count {
  uint32_t verdict; /* 0: the slot is free (a delivery's verdict is never 0) */
  uint64_t count;
};

/* Open addressing, a power of two of slots, at most half full. */
struct verdict_table {
  struct verdict_count *slots;
  size_t mask, used;
  struct verdict_count last; /* counted here until another verdict comes */
};

struct ledger {
  uint64_t packets, bytes, packets_delivered, delivered, transmitted;
  uint64_t runs, aborts[FFPF_ABORTS];
  uint64_t *alerts; /* one a rule */
  struct verdict_table verdicts;
};

bool ledger_open(struct ledger *ledger, uint32_t rules);
void ledger_close(struct ledger *ledger);

/* Moves what `last` counted into the table. False: out of memory. */
bool verdict_flush(struct verdict_table *table);

static inline bool verdict_add(struct verdict_table *table, uint32_t verdict, uint64_t times) {
  if (FFPF_UNLIKELY(verdict != table->last.verdict)) {
    if (!verdict_flush(table))
      return false;
    table->last.verdict = verdict;
  }
  table->last.count += times;
  return true;
}

#endif
