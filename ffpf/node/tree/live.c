#include "live.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>

#include "link_types.h"
#include "signals.h"
#include "timestamps.h"
#include "tree.h"

#define WAIT_MILLISECONDS 100 /* a signal between the look at it and poll() waits so long */
#define LOOK_SECONDS 1.0
#define LAST_WAIT_MILLISECONDS 10 /* the kernel's ring hands over what it has */
#define LAST_SECONDS 0.2          /* after a signal traffic may go on and on */

static bool no_memory(struct engine *engine) {
  return fail(&engine->failure, STATUS_MACHINE, "memory", "error: out of memory for the links");
}

/* Opening ------------------------------------------------------------------------------------- */

/* The interface of a name, which is opened if it was not. */
static struct device *device_called(struct tree *tree, const char *name, bool ethernet) {
  struct live *live = &tree->live;
  for (uint32_t i = 0; i < live->device_count; i++) {
    if (strcmp(live->devices[i].name, name) == 0)
      return &live->devices[i];
  }
  struct device *device = &live->devices[live->device_count];
  if (!device_open(device, name, ethernet, &tree->engine->failure))
    return NULL;
  live->device_count++;
  return device;
}

static bool open_memory(struct tree *tree) {
  const struct plan_live *plan = &tree->plan.live;
  const size_t most = (size_t)plan->leave_count + plan->exit_count;
  tree->live.devices = calloc(most + 1, sizeof *tree->live.devices);
  tree->live.links = calloc(most + 1, sizeof *tree->live.links);
  tree->live.source.ring.fd = tree->live.source.geneve.fd = -1;
  return (tree->live.devices != NULL && tree->live.links != NULL) || no_memory(tree->engine);
}

static bool open_source(struct tree *tree) {
  struct engine *engine = tree->engine;
  const struct plan_live *plan = &tree->plan.live;
  const bool ethernet = plan->input || plan->wire.kind == WIRE_ETHERNET;
  const struct device *device = device_called(tree, plan->arrive.interface, ethernet);
  struct live_source *source = &tree->live.source;
  source->cut = engine->options.snaplen == 0 ? UINT32_MAX : engine->options.snaplen;
  return device != NULL && live_source_open(source, &tree->plan, device, &engine->failure);
}

static bool open_links(struct tree *tree) {
  struct live *live = &tree->live;
  struct failure *failure = &tree->engine->failure;
  for (uint32_t i = 0; i < tree->plan.link_count; i++) {
    const struct plan_end *end = &tree->plan.live.leave[i];
    struct live_link *link = &live->links[live->link_count];
    const bool geneve = tree->plan.links[i].wire.kind == WIRE_GENEVE;
    const struct device *device = device_called(tree, end->interface, !geneve);
    if (device == NULL)
      return false;
    live->link_count++;
    if (!(geneve ? live_link_open_geneve(link, device, end, failure)
                 : live_link_open(link, device, failure)))
      return false;
    tree->flights[0].visits[0].ways[i].live = link;
  }
  return true;
}

static bool open_exits(struct tree *tree) {
  struct live *live = &tree->live;
  for (uint32_t i = 0; i < tree->plan.live.exit_count; i++) {
    const struct device *device = device_called(tree, tree->plan.live.exits[i].interface, true);
    if (device == NULL)
      return false;
    if (!live_link_open(&live->links[live->link_count++], device, &tree->engine->failure))
      return false;
  }
  return true;
}

/* What outputs ask of a source. */
static bool describe(struct engine *engine, const char *name) {
  const struct interface interface = {.link = LINK_ETHERNET,
                                      .snaplen = PACKET_RING_LONGEST,
                                      .longest = PACKET_RING_LONGEST,
                                      .resolution = RESOLUTION_NANO};
  engine->source = (struct source){.name = name,
                                   .nano = true,
                                   .link_field = LINK_ETHERNET,
                                   .known_before = 1,
                                   .first_link = LINK_ETHERNET};
  return source_add_interface(&engine->source, interface) || no_memory(engine);
}

bool live_open(struct tree *tree) {
  return open_memory(tree) && open_source(tree) && open_links(tree) && open_exits(tree) &&
         describe(tree->engine, tree->plan.live.arrive.interface) &&
         engine_open_outputs(tree->engine);
}

void live_close(struct tree *tree) {
  struct live *live = &tree->live;
  for (uint32_t i = 0; i < live->link_count; i++)
    live_link_close(&live->links[i]);
  if (live->devices != NULL)
    live_source_close(&live->source);
  free(live->links);
  free(live->devices);
}

/* Batches ------------------------------------------------------------------------------------- */

/* The exit that a frame's destination is for; NULL: there is none. */
static struct live_link *exit_for(struct tree *tree, const struct ffpf_transmit *frame) {
  struct live_link *exits = tree->live.links + tree->plan.link_count, *other = NULL;
  for (uint32_t i = 0; i < tree->plan.live.exit_count; i++) {
    const struct plan_exit *leads = &tree->plan.live.exits[i];
    if (leads->any)
      other = &exits[i];
    for (uint32_t j = 0; frame->caplen >= 6 && j < leads->mac_count; j++) {
      if (wire_is_for(frame->data, leads->macs[j]))
        return &exits[i];
    }
  }
  return other;
}

static void send_all(struct tree *tree, const struct flight *flight) {
  const struct ffpf_context *context = &flight->visits[0].host.context;
  for (uint32_t i = 0; i < context->transmit_count; i++) {
    struct live_link *link = exit_for(tree, &context->transmits[i]);
    if (link != NULL)
      live_link_put(link, context->transmits[i].data, context->transmits[i].caplen);
    else
      tree->live.unreached++;
  }
  for (uint32_t i = 0; i < tree->live.link_count; i++)
    live_link_flush(&tree->live.links[i]);
}

/* Runs the packets of engine.batch. */
static bool run(struct tree *tree, struct flight *flight) {
  flight_borrow(flight, &tree->engine->batch, 1);
  flight->visits[0].inbox.relayed = tree->live.source.relayed;
  bool right = flight_visit(flight, &tree->nodes[0], 0);
  if (!right)
    tree_no_memory(tree, flight, 0);
  send_all(tree, flight);
  return right && tree_drain(tree, flight);
}

/* Takes what is there and runs it. False: there was nothing. */
static bool take(struct tree *tree) {
  struct engine *engine = tree->engine;
  struct flight *flight = &tree->flights[0];
  const uint32_t limit = engine->options.count == 0 ? FFPF_BATCH : 1;
  if (!live_source_take(&tree->live.source, &engine->batch, limit, &flight->visits[0].inbox))
    return false;
  return engine->batch.count == 0 || (run(tree, flight) && engine_between_reads(engine, limit));
}

/* Running ------------------------------------------------------------------------------------- */

static void look(struct tree *tree) {
  struct live *live = &tree->live;
  const char *node = tree->plan.nodes[0].name;
  for (uint32_t i = 0; i < live->device_count; i++) {
    struct device *device = &live->devices[i];
    enum device_state now = device_look(device);
    if (now == DEVICE_GONE)
      fail(&tree->engine->failure, STATUS_MACHINE, "interface",
           "ffpf: error: %s: the interface %s is gone; the results are those before", node,
           device->name);
    else if (now == DEVICE_DOWN && device->state == DEVICE_UP)
      fprintf(stderr, "ffpf: %s: %s is down; %s waits until it is up: sudo ip link set %s up\n",
              node, device->name, node, device->name);
    else if (now == DEVICE_UP && device->state == DEVICE_DOWN)
      fprintf(stderr, "ffpf: %s: %s is up\n", node, device->name);
    device->state = now;
  }
  live->looked = monotonic_seconds();
}

/* Whether there is something before the time is over. */
static bool wait_for_packets(struct tree *tree, int milliseconds) {
  int fd = live_source_fd(&tree->live.source), error = 0;
  struct pollfd arrivals = {.fd = fd, .events = POLLIN};
  socklen_t size = sizeof error;
  if (poll(&arrivals, 1, milliseconds) <= 0)
    return false;
  if ((arrivals.revents & POLLERR) == 0)
    return true;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size); /* it would be said again and again */
  look(tree);
  return (arrivals.revents & POLLIN) != 0;
}

/* Somebody may read our alerts and packets from a pipe, or look at the file now and then. */
static void idle(struct tree *tree) {
  struct engine *engine = tree->engine;
  engine_between_reads(engine, UINT32_MAX);
  wait_for_packets(tree, WAIT_MILLISECONDS);
}

static void announce(const struct tree *tree) {
  const struct live *live = &tree->live;
  const char *node = tree->plan.nodes[0].name;
  if (tree->engine->options.quiet)
    return;
  if (live->source.ring.fd >= 0 && device_joins_packets(&live->devices[0]))
    fprintf(stderr,
            "ffpf: %s: the kernel joins packets that arrive at %s (GRO); better: sudo ethtool -K "
            "%s gro off lro off\n",
            node, live->devices[0].name, live->devices[0].name);
  fprintf(stderr, "ffpf: %s is ready on %s (cut %s)\n", node, live->devices[0].name,
          tree->plan.live.cut);
}

/* After a signal, what has arrived by then is still run. */
static void run_last(struct tree *tree) {
  const double end = monotonic_seconds() + LAST_SECONDS;
  while (!engine_is_finished(tree->engine) && !failed(&tree->engine->failure) &&
         monotonic_seconds() < end) {
    if (!take(tree) && !wait_for_packets(tree, LAST_WAIT_MILLISECONDS))
      return;
  }
}

static void count_links(struct tree *tree) {
  for (uint32_t i = 0; i < tree->live.link_count; i++) {
    struct live_link *link = &tree->live.links[i];
    live_link_settle(link);
    if (i >= tree->plan.link_count)
      continue;
    tree->nodes[0].links[i].lost[WIRE_TOO_BIG] += link->too_big;
    tree->nodes[0].links[i].lost[LOSS_LINK] += link->failed;
  }
}

void live_run(struct tree *tree) {
  const struct engine *engine = tree->engine;
  look(tree);
  announce(tree);
  while (!engine_is_finished(engine) && !failed(&engine->failure) && !stop_requested()) {
    if (!take(tree) && !failed(&engine->failure))
      idle(tree);
    if (monotonic_seconds() - tree->live.looked >= LOOK_SECONDS)
      look(tree);
  }
  run_last(tree);
  count_links(tree);
}

/* The report ---------------------------------------------------------------------------------- */

static void report_loss(const struct tree *tree, const char *where, const char *what,
                        uint64_t count) {
  if (count != 0)
    fprintf(tree->engine->results, "lost 0 %s %s %llu\n", where, what, (unsigned long long)count);
}

void live_report(struct tree *tree) {
  struct live *live = &tree->live;
  const char *node = tree->plan.nodes[0].name;
  uint64_t too_big = 0, failures = 0;
  for (uint32_t i = tree->plan.link_count; i < live->link_count; i++) {
    too_big += live->links[i].too_big;
    failures += live->links[i].failed;
  }
  report_loss(tree, node, "foreign", live->source.foreign);
  report_loss(tree, node, "ring", live_source_dropped(&live->source));
  report_loss(tree, "TX", "too_big", too_big);
  report_loss(tree, "TX", "link", failures);
  report_loss(tree, "TX", "unreached", live->unreached);
}
