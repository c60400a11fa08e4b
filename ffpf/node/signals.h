/*
 * SIGINT and SIGTERM ask for an orderly end: the loop looks at the count between two batches.
 */
#ifndef FFPF_SIGNALS_H
#define FFPF_SIGNALS_H

#include <stdbool.h>

/* Catches SIGINT and SIGTERM (also where they were ignored or blocked at the start) and ignores
 * SIGPIPE, so that a closed pipe is an error of write(). */
void signals_install(void);

/* Between true and false a signal ends the process at once (code 130): what external functions
 * prepare may take long, looks at no count, and has no results yet. */
void signals_loading(bool begins);

bool stop_requested(void);

/* The user insists: give up even what waits for a blocked reader. One Ctrl-C may arrive twice, from
 * the terminal and from the process that started the engine. */
bool stop_insisted(void);

#endif
