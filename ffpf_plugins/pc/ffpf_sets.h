/*
 * Set membership: one look-up for every kind of plan of fpl3/setplan, each 0 or 1 and safe for
 * every x, without a branch, so that callers may evaluate them beside other conditions. The tables
 * are made by the planner; constants, bounds included, are literals in the generated calls.
 */
#ifndef FFPF_SETS_H
#define FFPF_SETS_H

#include <stdint.h>

#ifndef FFPF_INLINE
#define FFPF_INLINE static inline __attribute__((always_inline, unused))
#endif

#define FFPF_SET_LANES 16
#define FFPF_SET_WIDE_LANES 8
#define FFPF_SET_FAN 17

__extension__ typedef unsigned __int128 ffpf_u128;

/* Vectors are the compilers' own: <immintrin.h> takes gcc longer than the rest of most programs.
 * The built-in functions are those to which gcc and clang expand the header's. */
#if defined(__AVX512F__)
#define FFPF_SET_VECTOR 64
#elif defined(__AVX2__)
#define FFPF_SET_VECTOR 32
#endif
#ifdef FFPF_SET_VECTOR
#define FFPF_SET_OF_LANES __attribute__((vector_size(FFPF_SET_VECTOR), may_alias))
typedef int32_t ffpf_i32s FFPF_SET_OF_LANES;
typedef uint32_t ffpf_u32s FFPF_SET_OF_LANES;
typedef long long ffpf_i64s FFPF_SET_OF_LANES;
typedef unsigned long long ffpf_u64s FFPF_SET_OF_LANES;
typedef char ffpf_bytes FFPF_SET_OF_LANES;

FFPF_INLINE ffpf_i32s ffpf_lanes32(const uint32_t *at) {
  return *(const ffpf_i32s *)__builtin_assume_aligned(at, FFPF_SET_VECTOR);
}

FFPF_INLINE ffpf_i64s ffpf_lanes64(const uint64_t *at) {
  return *(const ffpf_i64s *)__builtin_assume_aligned(at, FFPF_SET_VECTOR);
}
#endif

/* Masks of AVX-512: which lanes of a are in the relation to those of b. */
#if defined(__AVX512F__)
#define FFPF_SET_EQUAL 0
#define FFPF_SET_AT_MOST 2
#define FFPF_SET_MASK32(sign, a, relation, b)                                                      \
  ((uint32_t)__builtin_ia32_##sign##cmpd512_mask(a, b, relation, (unsigned short)-1))
#define FFPF_SET_MASK64(sign, a, relation, b)                                                      \
  ((uint32_t)(uint8_t)__builtin_ia32_##sign##cmpq512_mask(a, b, relation, (unsigned char)-1))
#endif

FFPF_INLINE ffpf_u128 ffpf_join128(uint64_t high, uint64_t low) {
  return (ffpf_u128)high << 64 | low;
}

/* Compares: first <= x <= first + span */

FFPF_INLINE uint32_t ffpf_set_range32(uint32_t first, uint32_t span, uint32_t x) {
  return (uint32_t)(x - first) <= span;
}

FFPF_INLINE uint32_t ffpf_set_range64(uint64_t first, uint64_t span, uint64_t x) {
  return x - first <= span;
}

FFPF_INLINE uint32_t ffpf_set_range128(ffpf_u128 first, ffpf_u128 span, uint64_t high,
                                       uint64_t low) {
  return ffpf_join128(high, low) - first <= span;
}

/* Bitmap: bit x - first; the bit behind the last is 0 and stands for every x outside */

FFPF_INLINE uint32_t ffpf_set_bitmap32(const uint64_t *words, uint32_t first, uint32_t size,
                                       uint32_t x) {
  uint32_t offset = x - first, bit = offset < size ? offset : size;
  return (uint32_t)(words[bit >> 6] >> (bit & 63)) & 1;
}

FFPF_INLINE uint32_t ffpf_set_bitmap64(const uint64_t *words, uint64_t first, uint64_t size,
                                       uint64_t x) {
  uint64_t offset = x - first, bit = offset < size ? offset : size;
  return (uint32_t)(words[bit >> 6] >> (bit & 63)) & 1;
}

/* Perfect hash: the only slot where x could be */

FFPF_INLINE uint32_t ffpf_set_hash32(const uint32_t *slots, uint32_t multiplier, uint32_t shift,
                                     uint32_t x) {
  return slots[(uint32_t)(x * multiplier) >> shift] == x;
}

FFPF_INLINE uint32_t ffpf_set_hash64(const uint64_t *slots, uint64_t multiplier, uint32_t shift,
                                     uint64_t x) {
  return slots[x * multiplier >> shift] == x;
}

/* Buckets: one or two cache lines, all lanes at once */

FFPF_INLINE uint32_t ffpf_lane_equal32(const uint32_t *lanes, uint32_t x) {
#if defined(__AVX512F__)
  return FFPF_SET_MASK32(, ffpf_lanes32(lanes), FFPF_SET_EQUAL, (int32_t)x - (ffpf_i32s){0}) != 0;
#elif defined(__AVX2__)
  ffpf_i32s all = (int32_t)x - (ffpf_i32s){0};
  ffpf_i32s any = (ffpf_lanes32(lanes) == all) | (ffpf_lanes32(lanes + 8) == all);
  return __builtin_ia32_pmovmskb256((ffpf_bytes)any) != 0;
#else
  uint32_t equal = 0;
  for (int i = 0; i < FFPF_SET_LANES; i++)
    equal |= lanes[i] == x;
  return equal;
#endif
}

FFPF_INLINE uint32_t ffpf_set_buckets32(const uint32_t *lanes, uint32_t multiplier, uint32_t shift,
                                        uint32_t x) {
  uint64_t bucket = (uint32_t)(x * multiplier) >> shift;
  return ffpf_lane_equal32(lanes + bucket * FFPF_SET_LANES, x);
}

FFPF_INLINE uint32_t ffpf_lane_equal64(const uint64_t *lanes, uint64_t x) {
#if defined(__AVX512F__)
  ffpf_i64s all = (long long)x - (ffpf_i64s){0};
  return (FFPF_SET_MASK64(, ffpf_lanes64(lanes), FFPF_SET_EQUAL, all) |
          FFPF_SET_MASK64(, ffpf_lanes64(lanes + 8), FFPF_SET_EQUAL, all)) != 0;
#elif defined(__AVX2__)
  ffpf_i64s all = (long long)x - (ffpf_i64s){0}, any = {0};
  for (int i = 0; i < FFPF_SET_LANES; i += 4)
    any |= ffpf_lanes64(lanes + i) == all;
  return __builtin_ia32_pmovmskb256((ffpf_bytes)any) != 0;
#else
  uint32_t equal = 0;
  for (int i = 0; i < FFPF_SET_LANES; i++)
    equal |= lanes[i] == x;
  return equal;
#endif
}

FFPF_INLINE uint32_t ffpf_set_buckets64(const uint64_t *lanes, uint64_t multiplier, uint32_t shift,
                                        uint64_t x) {
  uint64_t bucket = x * multiplier >> shift;
  return ffpf_lane_equal64(lanes + bucket * FFPF_SET_LANES, x);
}

/* A bucket of 128 bits: 8 high halves, then 8 low halves. */
FFPF_INLINE uint32_t ffpf_set_buckets128(const uint64_t *lanes, uint64_t by_high, uint64_t by_low,
                                         uint32_t shift, uint64_t high, uint64_t low) {
  uint64_t bucket = (high * by_high + low * by_low) >> shift;
  const uint64_t *lane = lanes + bucket * 2 * FFPF_SET_WIDE_LANES;
#if defined(__AVX512F__)
  ffpf_i64s differ = (ffpf_lanes64(lane) ^ (long long)high) |
                     (ffpf_lanes64(lane + FFPF_SET_WIDE_LANES) ^ (long long)low);
  return FFPF_SET_MASK64(, differ, FFPF_SET_EQUAL, (ffpf_i64s){0}) != 0;
#else
  uint32_t equal = 0;
  for (int i = 0; i < FFPF_SET_WIDE_LANES; i++)
    equal |= ((lane[i] ^ high) | (lane[i + FFPF_SET_WIDE_LANES] ^ low)) == 0;
  return equal;
#endif
}

/* Tree: how many of the 16 keys of a node are <= x; the look-up goes on in child `count`. The
 * caller never asks for the greatest x, which missing keys equal. */

FFPF_INLINE uint64_t ffpf_set_node32(const uint32_t *level, uint64_t node, uint32_t x) {
  const uint32_t *keys = level + node * FFPF_SET_LANES;
  uint32_t count = 0;
#if defined(__AVX512F__)
  ffpf_i32s all = (int32_t)x - (ffpf_i32s){0};
  count =
      (uint32_t)__builtin_popcount(FFPF_SET_MASK32(u, ffpf_lanes32(keys), FFPF_SET_AT_MOST, all));
#elif defined(__AVX2__)
  ffpf_u32s all = x - (ffpf_u32s){0};
  ffpf_i32s low = (ffpf_u32s)ffpf_lanes32(keys) <= all;
  ffpf_i32s high = (ffpf_u32s)ffpf_lanes32(keys + 8) <= all;
  /* Every key that counts sets four bits of a mask. */
  uint64_t mask = (uint32_t)__builtin_ia32_pmovmskb256((ffpf_bytes)high);
  mask = mask << 32 | (uint32_t)__builtin_ia32_pmovmskb256((ffpf_bytes)low);
  count = (uint32_t)__builtin_popcountll(mask) / 4;
#else
  for (int i = 0; i < FFPF_SET_LANES; i++)
    count += keys[i] <= x;
#endif
  return count;
}

FFPF_INLINE uint64_t ffpf_set_node64(const uint64_t *level, uint64_t node, uint64_t x) {
  const uint64_t *keys = level + node * FFPF_SET_LANES;
  uint64_t count = 0;
#if defined(__AVX512F__)
  ffpf_i64s all = (long long)x - (ffpf_i64s){0};
  uint32_t low = FFPF_SET_MASK64(u, ffpf_lanes64(keys), FFPF_SET_AT_MOST, all);
  uint32_t high = FFPF_SET_MASK64(u, ffpf_lanes64(keys + 8), FFPF_SET_AT_MOST, all);
  count = (uint64_t)__builtin_popcount(low | high << 8);
#elif defined(__AVX2__)
  ffpf_u64s all = x - (ffpf_u64s){0};
  ffpf_i64s fewer = {0}; /* in every lane, minus how many keys count */
  for (int i = 0; i < FFPF_SET_LANES; i += 4)
    fewer += (ffpf_u64s)ffpf_lanes64(keys + i) <= all;
  count = 0 - (uint64_t)(fewer[0] + fewer[1] + fewer[2] + fewer[3]);
#else
  for (int i = 0; i < FFPF_SET_LANES; i++)
    count += keys[i] <= x;
#endif
  return count;
}

/* A node of 128 bits: 16 high halves, then 16 low halves. */
FFPF_INLINE uint64_t ffpf_set_node128(const uint64_t *level, uint64_t node, uint64_t high,
                                      uint64_t low) {
  const uint64_t *keys = level + node * 2 * FFPF_SET_LANES;
  uint64_t count = 0;
  for (int i = 0; i < FFPF_SET_LANES; i++)
    count += (keys[i] < high) | ((keys[i] == high) & (keys[i + FFPF_SET_LANES] <= low));
  return count;
}

/* Trie: 16 bits choose a root word, 8 a block, 8 a bit */

FFPF_INLINE uint32_t ffpf_set_trie32(const uint32_t *root, const uint64_t *nodes,
                                     const uint64_t *leaves, uint32_t x) {
  uint32_t word = root[x >> 16], quarter = x >> 14 & 3, block = x >> 8 & 63;
  uint64_t there = -(uint64_t)(word >> quarter & 1); /* all ones where the quarter has a node */
  uint64_t below = (uint64_t)__builtin_popcount(word & ((1u << quarter) - 1));
  const uint64_t *node = nodes + 4 * (((word >> 4) + below) & there);
  uint64_t mixed = -(node[0] >> block & 1);
  uint64_t before = (uint64_t)__builtin_popcountll(node[0] & ((1ull << block) - 1));
  uint64_t leaf = (node[2] + before) & mixed;
  uint64_t bits = leaves[leaf * 4 + (x >> 6 & 3)] >> (x & 63);
  return (uint32_t)((node[1] >> block | bits) & 1);
}

#endif
