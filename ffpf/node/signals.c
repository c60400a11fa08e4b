#include "signals.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

#define INTERRUPTED 130

static volatile sig_atomic_t signals_seen;

static volatile sig_atomic_t loading;

static void count_signal(int number) {
  (void)number;
  if (loading)
    _exit(INTERRUPTED);
  if (signals_seen < 100)
    signals_seen = signals_seen + 1;
}

void signals_install(void) {
  struct sigaction action = {.sa_handler = count_signal};
  sigemptyset(&action.sa_mask);
  /* No SA_RESTART: a read() or write() that waits must return. */
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  struct sigaction hang_up;
  if (sigaction(SIGHUP, NULL, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) /* nohup */
    sigaction(SIGHUP, &action, NULL);
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  sigaction(SIGXFSZ, &action, NULL); /* write() then says EFBIG */
  sigset_t ours;
  sigemptyset(&ours);
  sigaddset(&ours, SIGINT);
  sigaddset(&ours, SIGTERM);
  sigaddset(&ours, SIGHUP);
  sigprocmask(SIG_UNBLOCK, &ours, NULL);
}

void signals_loading(bool begins) { loading = begins; }

bool stop_requested(void) { return signals_seen != 0; }

bool stop_insisted(void) { return signals_seen >= 3; }
