struct state {
  _Alignas(64) uint32_t a_seen[16];
};
static const char *load(const char **name) {
  const char *failed = NULL;
  (void)name;
  return failed;
}
static void unload(void) {
}
#line 1 "guards.fpl"
FFPF_INLINE uint32_t run(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packet, uint32_t number, const uint32_t link) {
  const uint32_t cap = packet->caplen;
  (void)context, (void)state, (void)number, (void)link, (void)cap;
  const uint8_t *data0 = packet->data;
  (void)data0;
  if (FFPF_LIKELY(42u <= cap)) {
    state->a_seen[(uint32_t)ffpf_load16(data0 + 20) & 15u] = state->a_seen[(uint32_t)ffpf_load16(data0 + 20) & 15u] + 1u;
    if (FFPF_UNLIKELY(!(ffpf_load8(data0 + 41) != 0)))
      goto division_0_0;
    return (uint32_t)ffpf_load8(data0 + 40) / (uint32_t)ffpf_load8(data0 + 41) + (uint32_t)ffpf_load8(data0 + 13);
  }
  if (FFPF_UNLIKELY(!(22u <= cap)))
    goto out_of_bounds_0_0;
  state->a_seen[(uint32_t)ffpf_load16(data0 + 20) & 15u] = state->a_seen[(uint32_t)ffpf_load16(data0 + 20) & 15u] + 1u;
  if (FFPF_UNLIKELY(!(42u <= cap)))
    goto out_of_bounds_0_0;
  if (FFPF_UNLIKELY(!(ffpf_load8(data0 + 41) != 0)))
    goto division_0_0;
  return (uint32_t)ffpf_load8(data0 + 40) / (uint32_t)ffpf_load8(data0 + 41) + (uint32_t)ffpf_load8(data0 + 13);
  return 0;
division_0_0:;
  context->aborts[FFPF_DIVISION]++;
  return 0;
out_of_bounds_0_0:;
  context->aborts[FFPF_OUT_OF_BOUNDS]++;
  return 0;
}
#line 1 "ffpf: generated"
FFPF_INLINE void batch(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packets, uint32_t count, const uint32_t link) {
  context->runs += count;
  uint64_t wanted = 0;
  const bool sparse = ffpf_is_sparse(packets);
  #pragma GCC unroll 4
  for (size_t i = 0; i < count; i++) {
    __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 13), 0, 3);
    if (FFPF_UNLIKELY(sparse)) {
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 41), 0, 3);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 13), 0, 2);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 41), 0, 2);
    }
    const uint32_t verdict = run(context, state, packets + i, (uint32_t)i, link);
    context->verdicts[i] = verdict;
    wanted |= (uint64_t)(verdict != 0) << i;
  }
  context->wanted = wanted;
}
static void process(struct ffpf_context *context, void *memory, const struct ffpf_packet *packets, uint32_t count, uint32_t link) {
  struct state *state = memory;
  batch(context, state, packets, count, link);
}
static bool init(void *memory) {
  struct state *state = memory;
  bool complete = true;
  (void)state;
  return complete;
}
static void release(void *memory) {
  struct state *state = memory;
  (void)state;
}
static void merge(void *into, const void *from) {
  struct state *a = into;
  const struct state *b = from;
  (void)a, (void)b;
  ffpf_merge_u32(a->a_seen, b->a_seen, 16, FFPF_SUM);
}
static void carry(void *into, const void *from, const struct ffpf_object *old) {
  struct state *state = into;
  (void)state, (void)from, (void)old;
  ffpf_carry_array(state->a_seen, "seen", 16, 32, 0, from, old);
}
static const struct ffpf_array arrays[] = {
  {"seen", offsetof(struct state, a_seen), 16, 32, 0, FFPF_SUM},
};
__attribute__((visibility("default"))) const struct ffpf_object ffpf_object = {
  .abi = FFPF_ABI_VERSION, .flags = FFPF_OBJECT_ORDERED,
  .name = "guards.fpl",
  .state_size = sizeof(struct state),
  .arrays = arrays, .array_count = 1,
  .rules = NULL, .rule_count = 0,
  .externs = NULL, .extern_count = 0,
  .part_count = 1,
  .load = load, .unload = unload,
  .init = init, .release = release, .process = process,
  .merge = merge, .carry = carry,
};
