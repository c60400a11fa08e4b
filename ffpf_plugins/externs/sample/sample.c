/* Systematic and hash-based sampling (RFC 5475). */
#include "ffpf_extern.h"

struct sample_tally {
  uint64_t seen, taken;
};

struct sample {
  struct sample_tally packets, keys;
};

static inline FFPF_UNUSED uint32_t sample_packet(const struct ffpf_frame *frame, void *state,
                                                 uint32_t n) {
  struct sample *sample = state;
  (void)frame;
  const uint32_t taken = sample->packets.seen++ % n == 0;
  sample->packets.taken += taken;
  return taken;
}

/* The number added is this function's own: other functions that mix the same key see numbers that
 * have nothing to do with these. */
static inline FFPF_UNUSED uint32_t sample_key(const struct ffpf_frame *frame, void *state,
                                              uint32_t n, uint64_t key) {
  struct sample *sample = state;
  (void)frame;
  const uint32_t taken = ffpf_mix64(key + 0x5851f42d4c957f2du) <= UINT64_MAX / n;
  sample->keys.seen++;
  sample->keys.taken += taken;
  return taken;
}

static inline FFPF_UNUSED void sample_merge(void *into, const void *from, uint32_t n) {
  struct sample *sum = into;
  const struct sample *other = from;
  (void)n;
  sum->packets.seen += other->packets.seen;
  sum->packets.taken += other->packets.taken;
  sum->keys.seen += other->keys.seen;
  sum->keys.taken += other->keys.taken;
}

static inline FFPF_UNUSED void sample_show_row(struct sample_tally tally, const char *by,
                                               struct ffpf_show *show) {
  if (tally.seen == 0)
    return;
  show->row(show);
  show->text(show, "by", by);
  show->number(show, "seen", tally.seen);
  show->number(show, "taken", tally.taken);
}

static inline FFPF_UNUSED void sample_show(const void *state, uint32_t n, struct ffpf_show *show) {
  const struct sample *sample = state;
  (void)n;
  sample_show_row(sample->packets, "packets", show);
  sample_show_row(sample->keys, "keys", show);
}
