// absl::flat_hash_map, the hash table that Google's programs use, as a table of flows.
#include "flows_peer.h"

#include <absl/container/flat_hash_map.h>

namespace {

struct Key {
  uint64_t high, low;
  friend bool operator==(const Key &a, const Key &b) { return a.high == b.high && a.low == b.low; }
  template <typename H> friend H AbslHashValue(H hash, const Key &key) {
    return H::combine(std::move(hash), key.high, key.low);
  }
};

struct Flow {
  uint64_t seen;
  uint32_t slot;
};

absl::flat_hash_map<Key, Flow> flows;

} // namespace

void flows_peer_start(uint64_t count) { flows.reserve(count); }

uint64_t flows_peer_run(const uint64_t *keys, size_t count, uint64_t now) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    const uint32_t next = static_cast<uint32_t>(flows.size());
    auto [found, made] = flows.try_emplace(Key{keys[2 * i], keys[2 * i + 1]}, Flow{now + i, next});
    if (!made)
      found->second.seen = now + i;
    sum += found->second.slot;
  }
  return sum;
}

uint64_t flows_peer_held() { return flows.size(); }
