/*
 * The node engine: runs one compiled program over one source of packets and reports.
 */
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "engine.h"
#include "signals.h"

static struct engine engine = {.output.fd = -1, .transmitted.fd = -1, .events.fd = -1};

static int give_up(const struct failure *failure) {
  fprintf(stderr, "%s\n", failure->text);
  return failure->status;
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
  if (engine_open(&engine)) {
    engine_run(&engine);
    seconds = monotonic_seconds() - engine.started;
  }
  engine_finish(&engine);
  if (!verdict_flush(&engine.ledger.verdicts))
    fail(&engine.failure, STATUS_MACHINE, "memory", "error: out of memory for the verdicts");
  bool reported = report_results(&engine, seconds);
  engine_close(&engine);
  fclose(engine.results);
  return reported ? (int)engine.failure.status : STATUS_MACHINE;
}
