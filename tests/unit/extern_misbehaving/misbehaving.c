/* Functions that do what the caller says, declared or not. */
#include "ffpf_extern.h"

static inline FFPF_UNUSED uint32_t misbehaving_look(const struct ffpf_frame *frame, void *state,
                                                    uint32_t start, uint32_t length, uint32_t at) {
  (void)state, (void)start, (void)length;
  return frame->data[at];
}

static inline FFPF_UNUSED uint32_t misbehaving_fixed(const struct ffpf_frame *frame, void *state,
                                                     uint32_t at) {
  (void)state;
  return frame->data[at];
}

static inline FFPF_UNUSED uint32_t misbehaving_write(const struct ffpf_frame *frame, void *state,
                                                     uint32_t at) {
  (void)state;
  return ++frame->data[at];
}

static inline FFPF_UNUSED uint32_t misbehaving_none(const struct ffpf_frame *frame, void *state) {
  (void)state;
  return frame->data[0];
}

static inline FFPF_UNUSED uint32_t misbehaving_count(const struct ffpf_frame *frame, void *state) {
  (void)frame;
  return ++*(uint32_t *)state;
}

static inline FFPF_UNUSED uint32_t misbehaving_state(const struct ffpf_frame *frame, void *state,
                                                     uint32_t at) {
  (void)frame;
  return ++((uint8_t *)state)[at];
}

static FFPF_UNUSED void misbehaving_merge(void *into, const void *from) { (void)into, (void)from; }
