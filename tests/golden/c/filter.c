struct state {
  char nothing;
};
static const char *load(const char **name) {
  const char *failed = NULL;
  (void)name;
  return failed;
}
static void unload(void) {
}
#line 1 "filter.fpl"
FFPF_INLINE uint32_t run(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packet, uint32_t number, const uint32_t link) {
  const uint32_t cap = packet->caplen;
  (void)context, (void)state, (void)number, (void)link, (void)cap;
  int32_t c0 = 0;
  const uint8_t *data0 = packet->data;
  (void)data0;
  if (FFPF_LIKELY((uint64_t)(((uint32_t)ffpf_load8(data0 + 14) & 15u) << 2) + 24u <= cap)) {
    return (uint32_t)((ffpf_load16(data0 + 12) == 2048) & (ffpf_load8(data0 + 23) == 6) & (((uint32_t)ffpf_load16(data0 + 20) & 8191u) == 0u) & (ffpf_load16(data0 + ((((uint32_t)ffpf_load8(data0 + 14) & 15u) << 2) + 16u)) == 80));
  }
  else {
    if (FFPF_UNLIKELY(!(14u <= cap)))
      goto out_of_bounds_0_0;
    if (ffpf_load16(data0 + 12) == 2048) {
      if (FFPF_UNLIKELY(!(24u <= cap)))
        goto out_of_bounds_0_0;
      c0 = (ffpf_load8(data0 + 23) == 6) & (((uint32_t)ffpf_load16(data0 + 20) & 8191u) == 0u);
      if (FFPF_UNLIKELY(!((uint64_t)((((uint32_t)ffpf_load8(data0 + 14) & 15u) << 2) + 16u) + 2u <= cap))) {
        if (FFPF_UNLIKELY(!ffpf_flat((!c0) | ((uint64_t)((((uint32_t)ffpf_load8(data0 + 14) & 15u) << 2) + 16u) + 2u <= cap))))
          goto out_of_bounds_0_0;
      }
      if (c0 && (ffpf_load16(data0 + ((((uint32_t)ffpf_load8(data0 + 14) & 15u) << 2) + 16u)) == 80)) {
        return 1u;
      }
    }
  }
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
    __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 12), 0, 3);
    if (FFPF_UNLIKELY(sparse)) {
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 37), 0, 3);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 12), 0, 2);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 37), 0, 2);
    }
    const uint32_t verdict = run(context, state, packets + i, (uint32_t)i, link);
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
}
static void carry(void *into, const void *from, const struct ffpf_object *old) {
  struct state *state = into;
  (void)state, (void)from, (void)old;
}
__attribute__((visibility("default"))) const struct ffpf_object ffpf_object = {
  .abi = FFPF_ABI_VERSION, .flags = 0,
  .name = "filter.fpl",
  .state_size = sizeof(struct state),
  .arrays = NULL, .array_count = 0,
  .rules = NULL, .rule_count = 0,
  .externs = NULL, .extern_count = 0,
  .part_count = 1,
  .verdict = 1u,
  .load = load, .unload = unload,
  .init = init, .release = release, .process = process,
  .merge = merge, .carry = carry,
};
