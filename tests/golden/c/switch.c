static const int32_t table_SHIFT[4] = {
  (-1), 2, (-3), 4,
};
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
#line 1 "switch.fpl"
FFPF_INLINE uint32_t run(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packet, uint32_t number, const uint32_t link) {
  const uint32_t cap = packet->caplen;
  (void)context, (void)state, (void)number, (void)link, (void)cap;
  const uint8_t *data0 = packet->data;
  (void)data0;
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
  if (ffpf_has_tcp(&l4_0, data0)) {
    switch (ffpf_load16(data0 + (l4_0.at + 2u))) {
      case 80: {
        return 1u;
      }
      case 22:
      case 23: {
        return 2u;
      }
      case 443: {
        return 3u;
      }
      default: {
        break;
      }
    }
  }
  switch (table_SHIFT[packet->len & 3u]) {
    case (-1): {
      return 4u;
    }
    case 2:
    case 4: {
      return 5u;
    }
    default: {
      return 6u;
    }
  }
  return 0;
}
#line 1 "ffpf: generated"
FFPF_INLINE void batch(struct ffpf_context *context, struct state *state, const struct ffpf_packet *packets, uint32_t count, const uint32_t link) {
  context->runs += count;
  uint64_t wanted = 0;
  const bool sparse = ffpf_is_sparse(packets);
  for (size_t i = 0; i < count; i++) {
    __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 12), 0, 3);
    if (FFPF_UNLIKELY(sparse)) {
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 32].data + 38), 0, 3);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 12), 0, 2);
      __builtin_prefetch((const void *)((uintptr_t)packets[i + 48].data + 38), 0, 2);
    }
    const uint32_t verdict = run(context, state, packets + i, (uint32_t)i, link);
    context->verdicts[i] = verdict;
    wanted |= (uint64_t)(verdict != 0) << i;
  }
  context->wanted = wanted;
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
  .abi = FFPF_ABI_VERSION, .flags = FFPF_OBJECT_NAMED,
  .name = "switch.fpl",
  .state_size = sizeof(struct state),
  .arrays = NULL, .array_count = 0,
  .rules = NULL, .rule_count = 0,
  .externs = NULL, .extern_count = 0,
  .part_count = 1,
  .load = load, .unload = unload,
  .init = init, .release = release, .process = process,
  .merge = merge, .carry = carry,
};
