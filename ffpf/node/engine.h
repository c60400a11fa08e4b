/*
 * The batch loop: source -> object -> writers, alerts, ledger.
 */
#ifndef FFPF_ENGINE_H
#define FFPF_ENGINE_H

#include <stdio.h>
#include <time.h>

#include "events.h"
#include "failure.h"
#include "host.h"
#include "ledger.h"
#include "loader.h"
#include "options.h"
#include "source.h"
#include "writer.h"

struct engine {
  struct options options;
  struct loaded loaded;
  struct source source;
  struct writer output, transmitted; /* fd -1: not asked for */
  struct events events;
  struct host host;
  struct ledger ledger;
  struct failure failure;
  struct batch batch;
  FILE *results;
  uint32_t checked_link; /* link type that the object was last found to take */
  bool link_checked;
  uint64_t refills_seen;
  double started, progressed; /* seconds of the monotonic clock */
  uint64_t *order;            /* scratch for sorting the deliveries of one packet */
  size_t order_room;
};

/* Loads the object and opens source and outputs. */
bool engine_open(struct engine *engine);

/* Runs until the source ends or something fails; engine->failure says which. */
void engine_run(struct engine *engine);

/* Completes the outputs and frees everything but what the report needs. */
void engine_finish(struct engine *engine);
void engine_close(struct engine *engine);

double monotonic_seconds(void);

/* After a batch: everything that the queues hold. In deliveries.c. */
bool drain_deliveries(struct engine *engine);

/* The report and the progress lines; their format is described in report.c. */
void report_progress(struct engine *engine);
bool report_results(struct engine *engine, double seconds);

#endif
