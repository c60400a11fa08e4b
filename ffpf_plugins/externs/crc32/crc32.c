/* The CRC-32 of a range of the packet, by libdeflate. */
#include "ffpf_extern.h"

#include <libdeflate.h>

static inline FFPF_UNUSED uint32_t crc32_of_range(const struct ffpf_frame *frame, uint32_t start,
                                                  uint32_t length) {
  const struct ffpf_span span = ffpf_span(frame, start, length);
  /* Without bytes there may be no pointer, which libdeflate takes for another question. */
  return span.length ? libdeflate_crc32(0, span.data, span.length) : 0;
}
