/* The map that flow_table is measured against (flows_absl.cc), or nothing. */
#ifndef FLOWS_PEER_H
#define FLOWS_PEER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#if defined(FLOWS_ABSL)
#define FLOWS_PEER 1
/* Room for so many flows, as a program would ask for that knows how many there will be. */
void flows_peer_start(uint64_t flows);
/* The sum of the flows' slots; keys are of two words each. */
uint64_t flows_peer_run(const uint64_t *keys, size_t count, uint64_t now);
uint64_t flows_peer_held(void);
#else
#define FLOWS_PEER 0
#define flows_peer_start(flows) (void)(flows)
#define flows_peer_run(keys, count, now) 0
#define flows_peer_held() (uint64_t)0
#endif
#ifdef __cplusplus
}
#endif

#endif
