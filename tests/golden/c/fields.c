FFPF_INLINE uint32_t set0_has(uint64_t high, uint64_t low) {
  return ffpf_set_range128(ffpf_join128(0x20010db800000000ull, 0x0ull), ffpf_join128(0xffffffffull, 0xffffffffffffffffull), high, low);
}
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
#line 1 "fields.fpl"
FFPF_INLINE void run(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packet, uint32_t number, const uint32_t link) {
  const uint32_t cap = packet->caplen;
  (void)context, (void)state, (void)number, (void)link, (void)cap;
  uint32_t t1 = 0;
  const uint8_t *data0 = packet->data;
  (void)data0;
  uint8_t *own0 = NULL;
  (void)own0;
  uint32_t verdict0 = 0;
  struct ffpf_link link_0 = {0};
  (void)link_0;
  struct ffpf_ip ip_0 = {0};
  (void)ip_0;
  struct ffpf_ip6 ip6_0 = {0};
  (void)ip6_0;
  struct ffpf_l4 l4_0 = {0};
  (void)l4_0;
  link_0 = ffpf_locate_link(data0, cap, link);
  ip_0 = ffpf_locate_ip(&link_0, data0, cap);
  ip6_0 = ffpf_locate_ip6(&link_0, data0, cap);
  l4_0 = ffpf_locate_l4(&ip_0, &ip6_0, cap);
  if (ffpf_has_tcp(&l4_0, data0) && (ffpf_load16(data0 + (l4_0.at + 2u)) == 80) && ((((uint32_t)ffpf_load8(data0 + (l4_0.at + 13u)) >> 1u) & 1u & 255u) != 0)) {
    if (FFPF_UNLIKELY(!(link_0.vlan != 0)))
      goto absent_field_0_0;
    t1 = link_0.vlan;
    if (!own0)
      data0 = own0 = ffpf_own(context, data0, cap);
    ffpf_store16(own0 + t1, (((uint32_t)ffpf_load16(data0 + t1) & 0xfffff000u) | 7u) & 65535u);
    if (ip6_0.ip.present && set0_has(ffpf_load64(data0 + (link_0.net + 8u)), ffpf_load64(data0 + (link_0.net + 16u)))) {
      verdict0 = 2u;
      goto done_0_0;
    }
    goto end1;
  }
  if (ffpf_has_udp(&l4_0, data0) && ((ffpf_load16(data0 + (l4_0.at + 2u)) == 53) || (ffpf_load16(data0 + l4_0.at) == 53))) {
    if (FFPF_UNLIKELY(!(14u <= cap)))
      goto out_of_bounds_0_0;
    if (!own0)
      data0 = own0 = ffpf_own(context, data0, cap);
    ffpf_store16(own0 + 12, 2048);
    link_0 = ffpf_locate_link(data0, cap, link);
    ip_0 = ffpf_locate_ip(&link_0, data0, cap);
    if (FFPF_UNLIKELY(!ip_0.present))
      goto absent_field_0_0;
    verdict0 = (uint32_t)ffpf_load8(data0 + (link_0.net + 8u));
    goto done_0_0;
  }
end1:;
done_0_0:;
  ffpf_deliver(context, number, 0u, verdict0, data0);
  return;
absent_field_0_0:;
  context->aborts[FFPF_ABSENT_FIELD]++;
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
    __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 12), 0, 3);
    if (FFPF_UNLIKELY(sparse)) {
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 38), 0, 3);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 12), 0, 2);
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
  .abi = FFPF_ABI_VERSION, .flags = FFPF_OBJECT_WIDE | FFPF_OBJECT_NAMED,
  .name = "fields.fpl",
  .state_size = sizeof(struct state),
  .arrays = NULL, .array_count = 0,
  .rules = NULL, .rule_count = 0,
  .externs = NULL, .extern_count = 0,
  .part_count = 1,
  .load = load, .unload = unload,
  .init = init, .release = release, .process = process,
  .merge = merge, .carry = carry,
};
