static const uint64_t tx_mac[2] = {
  0xe28d6cf9ull, 0x203040506ull,
};
struct state {
  _Alignas(64) int16_t a_least[4];
};
static const char *load(const char **name) {
  const char *failed = NULL;
  (void)name;
  return failed;
}
static void unload(void) {
}
#line 1 "parts.fpl"
FFPF_INLINE void run(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packet, uint32_t number, const uint32_t link) {
  const uint32_t cap = packet->caplen;
  (void)context, (void)state, (void)number, (void)link, (void)cap;
  uint32_t r0 = 0;
  uint32_t v_count = 0;
  uint32_t p1_v_count = 0;
  const uint8_t *data0 = packet->data;
  (void)data0;
  uint8_t *own0 = NULL;
  (void)own0;
  uint32_t verdict0 = 0;
  uint32_t budget0 = 65536u;
  struct ffpf_link link_0 = {0};
  (void)link_0;
  struct ffpf_ip ip_0 = {0};
  (void)ip_0;
  struct ffpf_ip6 ip6_0 = {0};
  (void)ip6_0;
  struct ffpf_l4 l4_0 = {0};
  (void)l4_0;
  if (FFPF_LIKELY(6u <= cap)) {
    v_count = packet->len;
    r0 = 0u;
    for (;;) {
      if (FFPF_UNLIKELY(!((uint64_t)r0 + 1u <= cap)))
        goto out_of_bounds_0_0;
      if (ffpf_load8(data0 + r0) == 0)
        goto rof1;
      if (FFPF_UNLIKELY(!(budget0-- != 0)))
        goto loop_budget_0_0;
      v_count = v_count + r0;
      if (v_count > 5000u)
        goto rof1;
      r0 = r0 + 1u;
    }
  rof1:;
     {
      const uint8_t *data1 = data0;
      (void)data1;
      uint8_t *own1 = NULL;
      (void)own1;
      uint32_t verdict1 = 0;
      context->runs++;
      p1_v_count = v_count;
      p1_v_count = p1_v_count + 1u;
      if (!own1)
        data1 = own1 = ffpf_own(context, data1, cap);
      ffpf_store8(own1 + 0, p1_v_count & 255u);
      state->a_least[p1_v_count & 3u] = (int16_t)ffpf_min_u32((uint32_t)state->a_least[p1_v_count & 3u], 5u - (uint32_t)ffpf_load8(data1 + 1));
      ffpf_raise(context, number, 1u, 0u);
      verdict1 = p1_v_count;
      goto done_1_1;
    done_1_1:;
      ffpf_deliver(context, number, 1u, verdict1, data1);
      goto over_1_1;
    over_1_1:;
    }
    own0 = NULL;
    ffpf_transmit_mac(context, number, data0, cap, tx_mac[v_count & 1u]);
    link_0 = ffpf_locate_link(data0, cap, link);
    ip_0 = ffpf_locate_ip(&link_0, data0, cap);
    ip6_0 = ffpf_locate_ip6(&link_0, data0, cap);
    l4_0 = ffpf_locate_l4(&ip_0, &ip6_0, cap);
    verdict0 = ffpf_flow_hash_crc32c(FFPF_FLOWFIELDS, data0, cap, link, &link_0, &ip_0, &ip6_0, &l4_0) % 3u;
    goto done_0_0;
  }
  v_count = packet->len;
  r0 = 0u;
  for (;;) {
    if (FFPF_UNLIKELY(!((uint64_t)r0 + 1u <= cap)))
      goto out_of_bounds_0_0;
    if (ffpf_load8(data0 + r0) == 0)
      goto rof1_slow;
    if (FFPF_UNLIKELY(!(budget0-- != 0)))
      goto loop_budget_0_0;
    v_count = v_count + r0;
    if (v_count > 5000u)
      goto rof1_slow;
    r0 = r0 + 1u;
  }
rof1_slow:;
   {
    const uint8_t *data1 = data0;
    (void)data1;
    uint8_t *own1 = NULL;
    (void)own1;
    uint32_t verdict1 = 0;
    context->runs++;
    p1_v_count = v_count;
    p1_v_count = p1_v_count + 1u;
    if (!own1)
      data1 = own1 = ffpf_own(context, data1, cap);
    ffpf_store8(own1 + 0, p1_v_count & 255u);
    if (FFPF_UNLIKELY(!(2u <= cap)))
      goto out_of_bounds_1_2;
    state->a_least[p1_v_count & 3u] = (int16_t)ffpf_min_u32((uint32_t)state->a_least[p1_v_count & 3u], 5u - (uint32_t)ffpf_load8(data1 + 1));
    ffpf_raise(context, number, 1u, 0u);
    verdict1 = p1_v_count;
    goto done_1_2;
  done_1_2:;
    ffpf_deliver(context, number, 1u, verdict1, data1);
    goto over_1_2;
  out_of_bounds_1_2:;
    context->aborts[FFPF_OUT_OF_BOUNDS]++;
    goto over_1_2;
  over_1_2:;
  }
  own0 = NULL;
  if (FFPF_UNLIKELY(!(6u <= cap)))
    goto out_of_bounds_0_0;
  ffpf_transmit_mac(context, number, data0, cap, tx_mac[v_count & 1u]);
  link_0 = ffpf_locate_link(data0, cap, link);
  ip_0 = ffpf_locate_ip(&link_0, data0, cap);
  ip6_0 = ffpf_locate_ip6(&link_0, data0, cap);
  l4_0 = ffpf_locate_l4(&ip_0, &ip6_0, cap);
  verdict0 = ffpf_flow_hash_crc32c(FFPF_FLOWFIELDS, data0, cap, link, &link_0, &ip_0, &ip6_0, &l4_0) % 3u;
  goto done_0_0;
done_0_0:;
  ffpf_deliver(context, number, 0u, verdict0, data0);
  return;
loop_budget_0_0:;
  context->aborts[FFPF_LOOP_BUDGET]++;
  return;
out_of_bounds_0_0:;
  context->aborts[FFPF_OUT_OF_BOUNDS]++;
  return;
}
#line 1 "ffpf: generated"
FFPF_INLINE void batch(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packets, uint32_t count, const uint32_t link) {
  context->runs += count;
  const bool sparse = ffpf_is_sparse(packets);
  for (size_t i = 0; i < count; i++) {
    __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 1), 0, 3);
    if (FFPF_UNLIKELY(sparse)) {
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 38), 0, 3);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 1), 0, 2);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 38), 0, 2);
    }
    run(context, state, packets + i, (uint32_t)i, link);
  }
}
static void process(struct ffpf_context *context, void *memory, const struct ffpf_packet *packets, uint32_t count, uint32_t link) {
  struct state *state = memory;
  if (link == FFPF_LINK_EN10MB)
    batch(context, state, packets, count, FFPF_LINK_EN10MB);
  else
    batch(context, state, packets, count, link);
}
static bool init(void *memory) {
  struct state *state = memory;
  bool complete = true;
  (void)state;
  for (uint64_t i = 0; i < 4; i++)
    state->a_least[i] = 32767;
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
  ffpf_merge_i16(a->a_least, b->a_least, 4, FFPF_MIN);
}
static void carry(void *into, const void *from, const struct ffpf_object *old) {
  struct state *state = into;
  (void)state, (void)from, (void)old;
  ffpf_carry_array(state->a_least, "least", 4, 16, 1, from, old);
}
static const struct ffpf_array arrays[] = {
  {"least", offsetof(struct state, a_least), 4, 16, 1, FFPF_MIN},
};
static const struct ffpf_rule rules[] = {
  {"found", "", 1u, 7u, 1u, 3u},
};
__attribute__((visibility("default"))) const struct ffpf_object ffpf_object = {
  .abi = FFPF_ABI_VERSION, .flags = FFPF_OBJECT_WIDE | FFPF_OBJECT_NAMED | FFPF_OBJECT_ETHERNET | FFPF_OBJECT_ORDERED,
  .name = "parts.fpl",
  .state_size = sizeof(struct state),
  .arrays = arrays, .array_count = 1,
  .rules = rules, .rule_count = 1,
  .externs = NULL, .extern_count = 0,
  .part_count = 2,
  .load = load, .unload = unload,
  .init = init, .release = release, .process = process,
  .merge = merge, .carry = carry,
};
