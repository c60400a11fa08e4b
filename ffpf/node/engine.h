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

struct tree;

struct engine {
  struct options options;
  struct tree *tree;                      /* of a plan: then `loaded` and `host` are empty, */
  void (*report_tree)(struct tree *tree); /* and this says what the nodes did */
  struct loaded loaded;
  struct source source;
  struct writer output, transmitted; /* fd -1: not asked for */
  struct events events;
  struct host host;
  struct ledger ledger;
  struct failure failure;
  struct batch batch;
  FILE *results;
  uint32_t needs;        /* of the link type: flags of the object, and the one below */
  uint32_t checked_link; /* link type that was last found to do */
  bool link_checked;
  uint64_t refills_seen;
  double started, progressed; /* seconds of the monotonic clock */
  uint64_t *order;            /* scratch for sorting the deliveries of one packet */
  size_t order_room;
};

/* Frames on the way to a node have other addresses than the packets: these must have some. */
#define ENGINE_OVERWRITES_ADDRESSES 0x80000000u

/* Loads the object and opens source and outputs. */
bool engine_open(struct engine *engine);

/* Source and outputs only; `needs` is set. The second: the outputs of a source that is open. */
bool engine_open_files(struct engine *engine);
bool engine_open_outputs(struct engine *engine);

/* Runs until the source ends or something fails; engine->failure says which. */
void engine_run(struct engine *engine);

/* Completes the outputs and frees everything but what the report needs. */
void engine_finish(struct engine *engine);
void engine_close(struct engine *engine);

double monotonic_seconds(void);

/* Steps of engine_run() that a tree of nodes has too: whether packets of a link type may come next;
 * what is done between two fills, the last one of which had a limit; whether --count is reached. */
bool engine_check_link(struct engine *engine, uint32_t link);
bool engine_between_reads(struct engine *engine, uint32_t limit);
bool engine_is_finished(const struct engine *engine);

/* After a batch: everything that the queues hold. In deliveries.c. */
bool drain_deliveries(struct engine *engine);

/* The report and the progress lines; their format is described in report.c. */
void report_progress(struct engine *engine);
bool report_results(struct engine *engine, double seconds);

/* Parts of the report. `name` is what the instance is called there. */
void report_array(FILE *to, const struct ffpf_array *array, const uint8_t *state);
void report_extern(FILE *to, const struct ffpf_extern_state *instance, const char *name,
                   const uint8_t *state);
void report_rules(FILE *to, const struct ffpf_object *object, const uint64_t *alerts);

/* Fills a block with the values that an array's words have before the first packet. */
#define REPORT_BLOCK 4096u
void report_start_words(const struct ffpf_array *array, uint8_t block[REPORT_BLOCK]);

#endif
