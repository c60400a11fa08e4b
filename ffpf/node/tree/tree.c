#include "tree.h"

#include <stdlib.h>

#include "signals.h"

#define FLIGHTS 8u /* in work at once */

/* Loading ------------------------------------------------------------------------------------- */

static bool refuse(struct tree *tree, const char *node, const char *what) {
  return fail(&tree->engine->failure, STATUS_MACHINE, "object",
              "%s: error: the object of node %s %s; split the program again",
              tree->engine->options.plan, node, what);
}

static bool object_fits(struct tree *tree, const struct node *node) {
  const struct ffpf_object *object = node->loaded.object;
  const struct plan_node *plan = node->plan;
  if (object->part_count > plan->part_count)
    return refuse(tree, plan->name, "has more parts than the plan says");
  if (object->hop_count > plan->link_count)
    return refuse(tree, plan->name, "has more next hops than the plan says");
  if (object->state_words != 0 && object->state_words != tree->plan.words)
    return refuse(tree, plan->name, "has another number of state words than the plan says");
  return true;
}

static bool load_node(struct tree *tree, struct node *node) {
  const struct plan_node *plan = node->plan;
  node->first_rule = tree->rule_count;
  node->links = calloc(plan->link_count + 1u, sizeof *node->links);
  if (node->links == NULL)
    return fail(&tree->engine->failure, STATUS_MACHINE, "memory",
                "error: out of memory for the nodes");
  if (plan->object == NULL)
    return true;
  if (!object_load(&node->loaded, plan->object, &tree->engine->failure) || !object_fits(tree, node))
    return false;
  tree->rule_count += node->loaded.object->rule_count;
  tree->engine->needs |= node->loaded.object->flags;
  return true;
}

/* Merging needs arrays of one shape. */
static bool shapes_agree(const struct ffpf_object *left, const struct ffpf_object *right) {
  for (uint32_t i = 0; i < left->array_count; i++) {
    const struct ffpf_array *a = &left->arrays[i];
    for (uint32_t j = 0; j < right->array_count; j++) {
      const struct ffpf_array *b = &right->arrays[j];
      if (strcmp(a->name, b->name) == 0 && (a->size != b->size || a->bits != b->bits ||
                                            a->is_signed != b->is_signed || a->merge != b->merge))
        return false;
    }
  }
  return true;
}

static bool check_shapes(struct tree *tree, uint32_t number) {
  const struct ffpf_object *object = tree->nodes[number].loaded.object;
  for (uint32_t i = 0; object != NULL && i < number; i++) {
    const struct ffpf_object *other = tree->nodes[i].loaded.object;
    if (other != NULL && !shapes_agree(object, other))
      return refuse(tree, tree->plan.nodes[number].name, "has an array that differs elsewhere");
  }
  return true;
}

static bool load_nodes(struct tree *tree) {
  tree->nodes = calloc(tree->plan.node_count, sizeof *tree->nodes);
  tree->lanes = calloc(tree->plan.node_count, sizeof *tree->lanes);
  if (tree->nodes == NULL || tree->lanes == NULL)
    return fail(&tree->engine->failure, STATUS_MACHINE, "memory",
                "error: out of memory for the nodes");
  for (uint32_t i = 0; i < tree->plan.node_count; i++)
    tree->nodes[i].plan = &tree->plan.nodes[i];
  for (uint32_t i = 0; i < tree->plan.node_count; i++) {
    if (!load_node(tree, &tree->nodes[i]) || !check_shapes(tree, i))
      return false;
  }
  for (uint32_t i = 0; i < tree->plan.link_count; i++) {
    const struct plan_link *link = &tree->plan.links[i];
    if (link->wire.kind == WIRE_ETHERNET && tree->plan.nodes[link->to].object != NULL)
      tree->engine->needs |= ENGINE_OVERWRITES_ADDRESSES;
  }
  return true;
}

/* After --count no packet may run, so that flights cannot overlap. */
static bool has_threads(const struct tree *tree) {
  return tree->engine->options.threads > 1 && !plan_is_live(&tree->plan) &&
         tree->engine->options.count == 0;
}

static bool open_memory(struct tree *tree) {
  bool threads = has_threads(tree);
  uint32_t wanted = threads ? FLIGHTS : 1;
  bool right = ledger_open(&tree->engine->ledger, tree->rule_count);
  tree->flights = calloc(wanted, sizeof *tree->flights);
  right = right && tree->flights != NULL;
  for (; right && tree->flight_count < wanted; tree->flight_count++)
    right = flight_open(&tree->flights[tree->flight_count], tree->nodes, tree->plan.node_count,
                        threads);
  return right || fail(&tree->engine->failure, STATUS_MACHINE, "memory",
                       "error: out of memory for the queues");
}

/* A node on its interfaces reads no file. */
static bool source_is_right(struct tree *tree) {
  if (plan_is_live(&tree->plan) == (tree->engine->options.read == NULL))
    return true;
  return fail(&tree->engine->failure, STATUS_USAGE, "usage",
              "error: the engine takes --read FILE with a plan of all nodes only");
}

bool tree_open(struct tree *tree, struct engine *engine) {
  engine->tree = tree;
  engine->report_tree = tree_report;
  tree->engine = engine;
  if (!plan_read(&tree->plan, engine->options.plan, &engine->failure) || !source_is_right(tree) ||
      !load_nodes(tree) || !open_memory(tree))
    return false;
  bool right = plan_is_live(&tree->plan) ? live_open(tree) : engine_open_files(engine);
  tree->shown = engine->source;
  engine->output.source = engine->transmitted.source = &tree->shown;
  return right;
}

/* Nodes may share a library, and what that has loaded must outlive every state. */
void tree_close(struct tree *tree) {
  for (uint32_t i = 0; i < tree->plan.node_count && tree->nodes != NULL; i++) {
    if (tree->nodes[i].loaded.prepared)
      tree->nodes[i].loaded.object->release(tree->nodes[i].loaded.state);
  }
  for (uint32_t i = 0; i < tree->plan.node_count && tree->nodes != NULL; i++) {
    if (tree->nodes[i].loaded.prepared)
      tree->nodes[i].loaded.object->unload();
    tree->nodes[i].loaded.prepared = false;
  }
  for (uint32_t i = 0; i < tree->plan.node_count && tree->nodes != NULL; i++) {
    object_close(&tree->nodes[i].loaded);
    free(tree->nodes[i].links);
  }
  for (uint32_t i = 0; i < tree->flight_count; i++)
    flight_close(&tree->flights[i]);
  live_close(tree);
  free(tree->flights);
  free(tree->nodes);
  free(tree->lanes);
  free(tree->entries);
  free(tree->patched);
  plan_close(&tree->plan);
}

/* Running ------------------------------------------------------------------------------------- */

void tree_no_memory(struct tree *tree, const struct flight *flight, uint32_t node) {
  uint64_t before = tree->engine->ledger.packets;
  fail(&tree->engine->failure, STATUS_MACHINE, "memory",
       "error: out of memory: the copies that node %s makes of packets %llu to %llu need more than "
       "there is; the results are those before",
       tree->plan.nodes[node].name, (unsigned long long)before + 1,
       (unsigned long long)before + flight->count);
}

static bool visit_all(struct tree *tree, struct flight *flight) {
  for (uint32_t i = 0; i < tree->plan.node_count; i++) {
    if (!flight_visit(flight, &tree->nodes[i], i)) {
      tree_no_memory(tree, flight, i);
      return false;
    }
  }
  return true;
}

/* One batch after the other through all nodes. */
static void run_alone(struct tree *tree) {
  struct engine *engine = tree->engine;
  struct flight *flight = &tree->flights[0];
  const uint32_t limit = engine->options.count == 0 ? FFPF_BATCH : 1;
  while (!engine_is_finished(engine)) {
    if (stop_requested()) {
      fail(&engine->failure, STATUS_INTERRUPTED, "interrupted", "interrupted");
      return;
    }
    enum source_state state = source_fill(&engine->source, &engine->batch, limit);
    if (state != SOURCE_BATCH) {
      source_failure(&engine->source, state, engine->ledger.packets + 1, &engine->failure);
      return;
    }
    if (!engine_check_link(engine, engine->batch.link))
      return;
    flight_borrow(flight, &engine->batch, engine->source.interface_count);
    if (!visit_all(tree, flight) || !tree_drain(tree, flight) ||
        !engine_between_reads(engine, limit))
      return;
  }
}

void tree_run(struct tree *tree) {
  struct engine *engine = tree->engine;
  engine->started = engine->progressed = monotonic_seconds();
  uint64_t ticks = ticks_now();
  if (plan_is_live(&tree->plan))
    live_run(tree);
  else if (has_threads(tree))
    tree_run_threads(tree);
  else
    run_alone(tree);
  ticks = ticks_now() - ticks;
  if (ticks != 0)
    tree->seconds_per_tick = (monotonic_seconds() - engine->started) / (double)ticks;
  /* What the writers say at their end. */
  tree->shown.interfaces = engine->source.interfaces;
  tree->shown.interface_count = engine->source.interface_count;
}
