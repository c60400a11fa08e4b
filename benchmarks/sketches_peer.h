/* The sketches that ours are measured against (sketches_peer.cc). */
#ifndef SKETCHES_PEER_H
#define SKETCHES_PEER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
void sketches_peer_start(void); /* all of them empty */
void sketches_peer_distinct(const uint64_t *keys, size_t count);
double sketches_peer_estimate(void);
void sketches_peer_values(const uint64_t *keys, size_t count);
void sketches_peer_often(const uint64_t *keys, size_t count);
#ifdef __cplusplus
}
#endif

#endif
