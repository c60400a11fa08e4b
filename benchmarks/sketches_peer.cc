// Apache DataSketches in C++: the peer of count_distinct, quantile and top_k (sketches_peer.h).
#include "sketches_peer.h"

#include <frequent_items_sketch.hpp>
#include <hll.hpp>
#include <kll_sketch.hpp>

namespace {
datasketches::hll_sketch distinct(12, datasketches::HLL_8);
datasketches::kll_sketch<uint64_t> values;
datasketches::frequent_items_sketch<uint64_t> often(11); // 1,536 counters
} // namespace

void sketches_peer_distinct(const uint64_t *keys, size_t count) {
  for (size_t i = 0; i < count; i++)
    distinct.update(keys[i]);
}

double sketches_peer_estimate(void) { return distinct.get_estimate(); }

void sketches_peer_values(const uint64_t *keys, size_t count) {
  for (size_t i = 0; i < count; i++)
    values.update(keys[i]);
}

void sketches_peer_often(const uint64_t *keys, size_t count) {
  for (size_t i = 0; i < count; i++)
    often.update(keys[i]);
}

void sketches_peer_start(void) {
  distinct = datasketches::hll_sketch(12, datasketches::HLL_8);
  values = datasketches::kll_sketch<uint64_t>();
  often = datasketches::frequent_items_sketch<uint64_t>(11);
}
