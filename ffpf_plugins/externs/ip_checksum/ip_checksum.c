/* Recomputes the IPv4 header checksum (RFC 791; the sum itself is RFC 1071's). */
#include "ffpf_extern.h"
#include "ffpf_headers.h"

static inline __attribute__((unused)) uint32_t
ffpf_extern_ip_checksum(const struct ffpf_frame *frame) {
  struct ffpf_link ln = ffpf_locate_link(frame->data, frame->caplen, frame->link);
  struct ffpf_ip ip = ffpf_locate_ip(&ln, frame->data, frame->caplen);
  if (!ip.present || ip.l4 > frame->caplen)
    return 0;
  uint32_t sum = 0;
  for (uint32_t at = ln.net; at < ip.l4; at += 2)
    sum += at == ln.net + 10 ? 0 : ffpf_load16(frame->data + at);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  ffpf_store16(frame->data + ln.net + 10, (uint16_t)~sum);
  return 1;
}
