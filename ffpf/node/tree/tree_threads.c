/*
 * Several threads over the nodes of a tree. The main one reads packets into flights, drains the
 * finished ones in their order, and helps where it has nothing else to do; the others take nodes
 * that are ready. A node is ready for its next flight when the node above it has finished that one;
 * until it has finished it, no other thread takes the node. So every node sees its packets in their
 * order, whoever works when.
 */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "signals.h"
#include "tree.h"

#define SPINS 256
#define FLIGHT_BYTES (256u << 10) /* what is in work at once is to stay in the caches */
#define NO_LIMIT UINT64_MAX

/* Flights are numbered from 0 on; that of number n is in slot n % flight_count. */
struct crew {
  struct tree *tree;
  pthread_mutex_t lock; /* over everything up to `ending`, and the flights' `unfinished` */
  pthread_cond_t work, news;
  uint64_t filled; /* flights that the source has filled */
  uint64_t limit;  /* the flight that failed, and those behind it are not begun */
  uint32_t failed; /* the node that it failed at */
  uint64_t *done;  /* by node: flights that it has finished */
  bool *taken;     /* by node: whether it is ready or in work */
  uint32_t *ready; /* a ring of nodes, each at most once */
  uint32_t first;
  _Atomic uint32_t ready_count; /* changed under the lock; who spins reads it without */
  uint32_t sleepers;
  bool leader_sleeps, ending;
  /* The main thread's own. */
  uint64_t drained;
  uint32_t batches;       /* in a flight */
  bool held;              /* a batch that no flight has taken yet */
  enum source_state last; /* why no more packets come */
  pthread_t *threads;
  uint32_t thread_count;
};

static struct flight *flight_of(const struct crew *crew, uint64_t number) {
  return &crew->tree->flights[number % crew->tree->flight_count];
}

/* Ready nodes; all under the lock ------------------------------------------------------------- */

static void wake_leader(struct crew *crew) {
  if (crew->leader_sleeps)
    pthread_cond_signal(&crew->news);
}

static void push(struct crew *crew, uint32_t node) {
  uint32_t count = atomic_load_explicit(&crew->ready_count, memory_order_relaxed);
  crew->ready[(crew->first + count) % crew->tree->plan.node_count] = node;
  crew->taken[node] = true;
  atomic_store_explicit(&crew->ready_count, count + 1, memory_order_relaxed);
  if (crew->sleepers != 0)
    pthread_cond_signal(&crew->work);
  else
    wake_leader(crew);
}

static uint32_t pop(struct crew *crew) {
  uint32_t node = crew->ready[crew->first];
  crew->first = (crew->first + 1) % crew->tree->plan.node_count;
  atomic_fetch_sub_explicit(&crew->ready_count, 1, memory_order_relaxed);
  return node;
}

static bool is_due(const struct crew *crew, uint32_t node) {
  uint64_t next = crew->done[node];
  uint64_t above = node == 0 ? crew->filled : crew->done[crew->tree->plan.nodes[node].parent];
  return !crew->taken[node] && next < above && next < crew->limit;
}

static void offer(struct crew *crew, uint32_t node);

static void finish(struct crew *crew, uint32_t node) {
  const struct plan_node *plan = &crew->tree->plan.nodes[node];
  if (--flight_of(crew, crew->done[node]++)->unfinished == 0)
    wake_leader(crew);
  for (uint32_t i = 0; i < plan->link_count; i++)
    offer(crew, plan->links[i].to);
}

/* Makes a node ready if it is due. Flights that bring it nothing are finished at once; the
 * recursion is as deep as the tree. */
static void offer(struct crew *crew, uint32_t node) {
  while (is_due(crew, node)) {
    if (flight_of(crew, crew->done[node])->visits[node].inbox.count != 0)
      push(crew, node);
    else
      finish(crew, node);
  }
}

static void fail_at(struct crew *crew, uint32_t node) {
  if (crew->done[node] < crew->limit) {
    crew->limit = crew->done[node];
    crew->failed = node;
  }
  wake_leader(crew); /* the node stays taken for good */
}

/* Processes a ready node; the lock is open meanwhile. */
static void work_once(struct crew *crew) {
  uint32_t node = pop(crew);
  struct flight *flight = flight_of(crew, crew->done[node]);
  if (crew->done[node] >= crew->limit)
    return;
  pthread_mutex_unlock(&crew->lock);
  bool right = flight_visit(flight, &crew->tree->nodes[node], node);
  pthread_mutex_lock(&crew->lock);
  if (!right) {
    fail_at(crew, node);
    return;
  }
  crew->taken[node] = false;
  finish(crew, node);
  offer(crew, node);
}

/* Waits a moment without the lock: most waits are shorter than going to sleep. */
static bool spin(struct crew *crew) {
  pthread_mutex_unlock(&crew->lock);
  uint32_t ready = 0;
  for (int i = 0; i < SPINS && ready == 0; i++) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#endif
    ready = atomic_load_explicit(&crew->ready_count, memory_order_relaxed);
  }
  pthread_mutex_lock(&crew->lock);
  return crew->ready_count != 0;
}

static void *work(void *of) {
  struct crew *crew = of;
  pthread_mutex_lock(&crew->lock);
  while (!crew->ending) {
    if (crew->ready_count != 0 || spin(crew)) {
      work_once(crew);
    } else if (!crew->ending) {
      crew->sleepers++;
      pthread_cond_wait(&crew->work, &crew->lock);
      crew->sleepers--;
    }
  }
  pthread_mutex_unlock(&crew->lock);
  return NULL;
}

/* The main thread ----------------------------------------------------------------------------- */

static bool is_finished(const struct crew *crew) {
  return crew->drained < crew->filled && flight_of(crew, crew->drained)->unfinished == 0;
}

/* Drains what is finished, all of it even where an output fails. */
static bool drain(struct crew *crew) {
  bool right = true;
  pthread_mutex_lock(&crew->lock);
  while (is_finished(crew)) {
    pthread_mutex_unlock(&crew->lock);
    struct flight *flight = flight_of(crew, crew->drained);
    right &= tree_drain(crew->tree, flight);
    crew->batches = flight->heavy ? 1 : FLIGHT_BATCHES;
    crew->drained++;
    pthread_mutex_lock(&crew->lock);
  }
  pthread_mutex_unlock(&crew->lock);
  return right;
}

/* Takes a hand in the work, or sleeps until there is something to do. */
static void help(struct crew *crew) {
  pthread_mutex_lock(&crew->lock);
  if (crew->ready_count != 0 || (!is_finished(crew) && spin(crew))) {
    work_once(crew);
  } else if (!is_finished(crew) && crew->drained < crew->limit) {
    crew->leader_sleeps = true;
    pthread_cond_wait(&crew->news, &crew->lock);
    crew->leader_sleeps = false;
  }
  pthread_mutex_unlock(&crew->lock);
}

static bool has_failed(struct crew *crew) {
  pthread_mutex_lock(&crew->lock);
  bool found = crew->limit != NO_LIMIT;
  pthread_mutex_unlock(&crew->lock);
  return found;
}

static uint64_t end_of_work(struct crew *crew) {
  pthread_mutex_lock(&crew->lock);
  uint64_t end = crew->filled < crew->limit ? crew->filled : crew->limit;
  pthread_mutex_unlock(&crew->lock);
  return end;
}

/* Until all flights in work are drained, but for those that cannot be finished. */
static bool drain_all(struct crew *crew) {
  bool right = drain(crew);
  while (crew->drained < end_of_work(crew)) {
    help(crew);
    right &= drain(crew);
  }
  return right && !has_failed(crew);
}

static void publish(struct crew *crew, struct flight *flight) {
  if (flight->count == 0)
    return;
  pthread_mutex_lock(&crew->lock);
  flight->unfinished = flight->visit_count;
  crew->filled++;
  offer(crew, 0);
  pthread_mutex_unlock(&crew->lock);
}

/* The next batch into engine.batch. False: there is none. */
static bool next_batch(struct crew *crew) {
  struct engine *engine = crew->tree->engine;
  if (!crew->held)
    crew->last = source_fill(&engine->source, &engine->batch, FFPF_BATCH);
  crew->held = crew->last == SOURCE_BATCH;
  return crew->held;
}

static bool is_new_link(const struct engine *engine) {
  return !engine->link_checked || engine->batch.link != engine->checked_link;
}

/* Fills a flight; a batch of another link type, which may be refused under its packet's number,
 * waits until the packets before it are drained. False: nothing comes behind it. */
static bool fill_flight(struct crew *crew, struct flight *flight) {
  struct engine *engine = crew->tree->engine;
  while (flight->span_count < crew->batches && flight->bytes < FLIGHT_BYTES) {
    if (!next_batch(crew))
      return false;
    if (is_new_link(engine)) {
      if (flight->count != 0)
        return true;
      if (!drain_all(crew) || !engine_check_link(engine, engine->batch.link))
        return false;
    }
    if (!flight_copy(flight, &engine->batch, engine->source.interface_count)) {
      crew->last = SOURCE_NO_MEMORY;
      return false;
    }
    crew->held = false;
    if (engine->batch.count < FFPF_BATCH)
      return true;
  }
  return true;
}

/* Whether the next read() may wait. */
static bool may_wait(const struct engine *engine) {
  if (engine->source.regular || engine->batch.count == FFPF_BATCH)
    return false;
  struct pollfd input = {.fd = engine->source.input.fd, .events = POLLIN};
  return poll(&input, 1, 0) == 0;
}

static bool read_flight(struct crew *crew) {
  struct engine *engine = crew->tree->engine;
  struct flight *flight = flight_of(crew, crew->filled);
  bool more = fill_flight(crew, flight);
  publish(crew, flight);
  if (!more || crew->held)
    return more;
  if (may_wait(engine) && !drain_all(crew))
    return false;
  return engine_between_reads(engine, FFPF_BATCH);
}

static void lead(struct crew *crew) {
  struct engine *engine = crew->tree->engine;
  while (!stop_requested() && drain(crew) && !has_failed(crew)) {
    if (crew->filled - crew->drained == crew->tree->flight_count)
      help(crew);
    else if (!read_flight(crew))
      break;
  }
  drain_all(crew);
  if (crew->limit != NO_LIMIT)
    tree_no_memory(crew->tree, flight_of(crew, crew->limit), crew->failed);
  else if (stop_requested())
    fail(&engine->failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
  else if (crew->last != SOURCE_BATCH)
    source_failure(&engine->source, crew->last, engine->ledger.packets + 1, &engine->failure);
}

/* Beginning and end --------------------------------------------------------------------------- */

/* Signals are the main thread's, whose read() they interrupt. With fewer threads than wanted, even
 * with none, the work is done too. */
static void start(struct crew *crew, uint32_t wanted) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (crew->thread_count < wanted &&
         pthread_create(&crew->threads[crew->thread_count], NULL, work, crew) == 0)
    crew->thread_count++;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static void stop(struct crew *crew) {
  pthread_mutex_lock(&crew->lock);
  crew->ending = true;
  pthread_cond_broadcast(&crew->work);
  pthread_mutex_unlock(&crew->lock);
  for (uint32_t i = 0; i < crew->thread_count; i++)
    pthread_join(crew->threads[i], NULL);
}

void tree_run_threads(struct tree *tree) {
  const uint32_t nodes = tree->plan.node_count, wanted = tree->engine->options.threads - 1;
  struct crew crew = {.tree = tree,
                      .lock = PTHREAD_MUTEX_INITIALIZER,
                      .work = PTHREAD_COND_INITIALIZER,
                      .news = PTHREAD_COND_INITIALIZER,
                      .limit = NO_LIMIT,
                      .batches = 1, /* until it is known what a flight needs */
                      .last = SOURCE_BATCH};
  crew.done = calloc(nodes, sizeof *crew.done);
  crew.taken = calloc(nodes, sizeof *crew.taken);
  crew.ready = calloc(nodes, sizeof *crew.ready);
  crew.threads = calloc(wanted, sizeof *crew.threads);
  if (crew.done == NULL || crew.taken == NULL || crew.ready == NULL || crew.threads == NULL) {
    fail(&tree->engine->failure, STATUS_MACHINE, "memory", "error: out of memory for the threads");
  } else {
    start(&crew, wanted);
    lead(&crew);
    stop(&crew);
  }
  free(crew.done);
  free(crew.taken);
  free(crew.ready);
  free(crew.threads);
}
