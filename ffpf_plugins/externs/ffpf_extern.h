/*
 * What an external function is handed: the packet's bytes. Its C file is included into the
 * program's translation unit behind ffpf_program.h, so that gcc can inline it; all its names begin
 * with its own.
 *
 * `data` is a private copy that may be written to if the declaration says packet = "write";
 * otherwise it must not be written to. Bytes data[0] .. data[caplen - 1] are the packet's.
 */
#ifndef FFPF_EXTERN_H
#define FFPF_EXTERN_H

#include <stdint.h>

struct ffpf_frame {
  uint8_t *data;
  uint32_t caplen, len, link;
};

#endif
