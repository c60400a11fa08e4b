/*
 * The results of all nodes together; report.c says what the lines are.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "tree.h"

/* Memory -------------------------------------------------------------------------------------- */

static const struct ffpf_array *array_called(const struct node *node, const char *name) {
  const struct ffpf_object *object = node->loaded.object;
  for (uint32_t i = 0; object != NULL && i < object->array_count; i++) {
    if (strcmp(object->arrays[i].name, name) == 0)
      return &object->arrays[i];
  }
  return NULL;
}

#define MERGE(name, type, unsigned_type)                                                           \
  static void merge_##name(uint8_t *into, const uint8_t *from, uint64_t count, uint32_t how) {     \
    for (uint64_t i = 0; i < count; i++) {                                                         \
      type a, b;                                                                                   \
      memcpy(&a, into + i * sizeof a, sizeof a);                                                   \
      memcpy(&b, from + i * sizeof b, sizeof b);                                                   \
      if (how == FFPF_SUM)                                                                         \
        a = (type)((unsigned_type)a + (unsigned_type)b);                                           \
      else if (how == FFPF_OR)                                                                     \
        a = (type)(a | b);                                                                         \
      else if ((how == FFPF_MAX) == (b > a))                                                       \
        a = b;                                                                                     \
      memcpy(into + i * sizeof a, &a, sizeof a);                                                   \
    }                                                                                              \
  }
MERGE(u8, uint8_t, uint32_t)
MERGE(u16, uint16_t, uint32_t)
MERGE(u32, uint32_t, uint32_t)
MERGE(u64, uint64_t, uint64_t)
MERGE(i8, int8_t, uint32_t)
MERGE(i16, int16_t, uint32_t)
MERGE(i32, int32_t, uint32_t)
MERGE(i64, int64_t, uint64_t)

static void merge_words(const struct ffpf_array *array, uint8_t *into, const uint8_t *from,
                        uint64_t count) {
  static void (*const merges[2][4])(uint8_t *, const uint8_t *, uint64_t, uint32_t) = {
      {merge_u8, merge_u16, merge_u32, merge_u64}, {merge_i8, merge_i16, merge_i32, merge_i64}};
  const int width = __builtin_ctz(array->bits) - 3;
  merges[array->is_signed != 0][width](into, from, count, array->merge);
}

/* Block by block: start values change nothing, and of a large array memory that was never touched
 * must not come into being. */
static void merge_array(const struct ffpf_array *array, uint8_t *into, const uint8_t *from) {
  const uint64_t width = array->bits / 8, size = array->size * width;
  uint8_t block[REPORT_BLOCK];
  report_start_words(array, block);
  for (uint64_t at = 0; at < size; at += REPORT_BLOCK) {
    const uint64_t part = size - at < REPORT_BLOCK ? size - at : REPORT_BLOCK;
    if (memcmp(from + at, block, part) != 0)
      merge_words(array, into + at, from + at, part / width);
  }
}

/* An array is reported at the first node that has it. */
static void report_node_array(struct tree *tree, uint32_t first, const struct ffpf_array *array) {
  for (uint32_t i = 0; i < first; i++) {
    if (array_called(&tree->nodes[i], array->name) != NULL)
      return;
  }
  uint8_t *state = tree->nodes[first].loaded.state;
  for (uint32_t i = first + 1; i < tree->plan.node_count; i++) {
    const struct ffpf_array *other = array_called(&tree->nodes[i], array->name);
    if (other != NULL)
      merge_array(array, state + array->offset, tree->nodes[i].loaded.state + other->offset);
  }
  report_array(tree->engine->results, array, state);
}

/* External functions -------------------------------------------------------------------------- */

/* An instance that has no name of its own is called FUNCTION#NUMBER. */
static bool has_name(const struct ffpf_extern_state *instance) {
  return strchr(instance->name, '#') == NULL;
}

static bool same_instance(const struct ffpf_extern_state *a, const struct ffpf_extern_state *b) {
  bool named = has_name(a) || has_name(b);
  return (!named || strcmp(a->name, b->name) == 0) && strcmp(a->function, b->function) == 0 &&
         strcmp(a->options, b->options) == 0 && strcmp(a->key, b->key) == 0 && a->size == b->size;
}

static bool is_merged(const struct ffpf_extern_state *instance) { return instance->merge != NULL; }

/* The instance of a node that is the same as `instance`. */
static const struct ffpf_extern_state *same_at(const struct node *node,
                                               const struct ffpf_extern_state *instance) {
  const struct ffpf_object *object = node->loaded.object;
  for (uint32_t i = 0; object != NULL && i < object->extern_count; i++) {
    if (same_instance(instance, &object->externs[i]))
      return &object->externs[i];
  }
  return NULL;
}

/* Whether another node reports something under the name of an instance of node `at`. */
static bool name_is_shared(const struct tree *tree, uint32_t at,
                           const struct ffpf_extern_state *instance) {
  for (uint32_t i = 0; i < tree->plan.node_count; i++) {
    const struct ffpf_object *object = tree->nodes[i].loaded.object;
    for (uint32_t j = 0; i != at && object != NULL && j < object->extern_count; j++) {
      const struct ffpf_extern_state *other = &object->externs[j];
      if (strcmp(other->name, instance->name) == 0 &&
          !(is_merged(instance) && same_instance(instance, other)))
        return true;
    }
  }
  return false;
}

/* A state is reported at the first node that has its instance. */
static void report_node_extern(struct tree *tree, uint32_t first,
                               const struct ffpf_extern_state *instance) {
  struct node *node = &tree->nodes[first];
  for (uint32_t i = 0; is_merged(instance) && i < first; i++) {
    if (same_at(&tree->nodes[i], instance) != NULL)
      return;
  }
  for (uint32_t i = first + 1; is_merged(instance) && i < tree->plan.node_count; i++) {
    const struct ffpf_extern_state *other = same_at(&tree->nodes[i], instance);
    if (other != NULL)
      instance->merge(node->loaded.state + instance->offset,
                      tree->nodes[i].loaded.state + other->offset);
  }
  char name[1024];
  snprintf(name, sizeof name, "%s@%s", instance->name, node->plan->name);
  bool shared = name_is_shared(tree, first, instance);
  report_extern(tree->engine->results, instance, shared ? name : instance->name,
                node->loaded.state);
}

/* Nodes --------------------------------------------------------------------------------------- */

static void report_links(const struct tree *tree, uint32_t number) {
  static const char *const losses[] = {[WIRE_TOO_BIG] = "too_big",
                                       [WIRE_TAGGED] = "tagged",
                                       [WIRE_FOREIGN] = "foreign",
                                       [LOSS_LINK] = "link"};
  const struct node *node = &tree->nodes[number];
  FILE *to = tree->engine->results;
  for (uint32_t hop = 0; hop < node->plan->link_count; hop++) {
    const char *receiver = tree->plan.nodes[node->plan->links[hop].to].name;
    const struct link_counts *counts = &node->links[hop];
    fprintf(to, "sent %" PRIu32 " %s %" PRIu64 "\n", number, receiver, counts->sent);
    for (int loss = WIRE_TOO_BIG; loss < LOSSES; loss++) {
      if (counts->lost[loss] != 0)
        fprintf(to, "lost %" PRIu32 " %s %s %" PRIu64 "\n", number, receiver, losses[loss],
                counts->lost[loss]);
    }
  }
}

static bool all_loaded(const struct tree *tree) {
  for (uint32_t i = 0; i < tree->plan.node_count; i++) {
    const struct node *node = &tree->nodes[i];
    if (node->links == NULL || (node->plan->object != NULL && !node->loaded.prepared))
      return false;
  }
  return tree->engine->ledger.alerts != NULL;
}

static void report_state(struct tree *tree) {
  for (uint32_t i = 0; i < tree->plan.node_count; i++) {
    const struct ffpf_object *object = tree->nodes[i].loaded.object;
    for (uint32_t j = 0; object != NULL && j < object->array_count; j++)
      report_node_array(tree, i, &object->arrays[j]);
  }
  for (uint32_t i = 0; i < tree->plan.node_count; i++) {
    const struct ffpf_object *object = tree->nodes[i].loaded.object;
    for (uint32_t j = 0; object != NULL && j < object->extern_count; j++)
      report_node_extern(tree, i, &object->externs[j]);
    if (object != NULL)
      report_rules(tree->engine->results, object,
                   tree->engine->ledger.alerts + tree->nodes[i].first_rule);
  }
}

void tree_report(struct tree *tree) {
  if (tree->nodes == NULL || !all_loaded(tree))
    return;
  report_state(tree);
  /* A live node has the others of its plan only for next hops. */
  const uint32_t shown = plan_is_live(&tree->plan) ? 1 : tree->plan.node_count;
  for (uint32_t i = 0; i < shown; i++) {
    const struct node *node = &tree->nodes[i];
    fprintf(tree->engine->results, "node %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %.9f\n",
            node->plan->name, node->packets, node->runs, node->delivered,
            (double)node->ticks * tree->seconds_per_tick);
    report_links(tree, i);
  }
  if (plan_is_live(&tree->plan))
    live_report(tree);
}
