/*
 * The node engine: runs one compiled program, or those of a tree of nodes, over one source of
 * packets and reports; or one node of a tree on its interfaces.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine.h"
#include "signals.h"

static struct engine engine = {.output.fd = -1, .transmitted.fd = -1, .events.fd = -1};

/* The engine of one node is a program of its own: it is compiled when the first program is run, and
 * the rest is more than all of it. */
#ifdef FFPF_TREE
#include "tree.h"
static struct tree tree;
static bool open_plan(void) { return tree_open(&tree, &engine); }
static void run_plan(void) { tree_run(&tree); }
static void close_plan(void) { tree_close(&tree); }
#else
static bool open_plan(void) {
  return fail(&engine.failure, STATUS_USAGE, "usage", "error: this engine runs one node only");
}
static void run_plan(void) {}
static void close_plan(void) {}
#endif

static int give_up(const struct failure *failure) {
  fprintf(stderr, "%s\n", failure->text);
  return failure->status;
}

static void run(void) {
  if (engine.tree == NULL)
    engine_run(&engine);
  else
    run_plan();
}

int main(int count, char **arguments) {
  if (!options_parse(&engine.options, count, arguments, &engine.failure))
    return give_up(&engine.failure);
  engine.results = fdopen(engine.options.results, "w");
  if (engine.results == NULL) {
    fail(&engine.failure, STATUS_USAGE, "usage", "error: the results' file descriptor is not open");
    return give_up(&engine.failure);
  }
  signals_install();
  /* Killed without a word, the command must not leave an engine behind that nobody listens to. */
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  double seconds = 0;
  if (engine.options.plan == NULL ? engine_open(&engine) : open_plan()) {
    run();
    seconds = monotonic_seconds() - engine.started;
  }
  engine_finish(&engine);
  if (!verdict_flush(&engine.ledger.verdicts))
    fail(&engine.failure, STATUS_MACHINE, "memory", "error: out of memory for the verdicts");
  bool reported = report_results(&engine, seconds);
  close_plan();
  engine_close(&engine);
  fclose(engine.results);
  return reported ? (int)engine.failure.status : STATUS_MACHINE;
}
