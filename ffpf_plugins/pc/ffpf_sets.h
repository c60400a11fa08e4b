/*
 * Set membership: one look-up for every kind of plan of fpl3/setplan, each 0 or 1 and safe for
 * every x, without a branch, so that callers may evaluate them beside other conditions. The tables
 * are made by the planner; constants, bounds included, are literals in the generated calls.
 */
#ifndef FFPF_SETS_H
#define FFPF_SETS_H

#include <stdint.h>

#if defined(__AVX512F__) || defined(__AVX2__)
#include <immintrin.h>
#endif

#ifndef FFPF_INLINE
#define FFPF_INLINE static inline __attribute__((always_inline, unused))
#endif

#define FFPF_SET_LANES 16
#define FFPF_SET_WIDE_LANES 8
#define FFPF_SET_FAN 17

__extension__ typedef unsigned __int128 ffpf_u128;

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
  return _mm512_cmpeq_epi32_mask(_mm512_load_si512(lanes), _mm512_set1_epi32((int)x)) != 0;
#elif defined(__AVX2__)
  __m256i all = _mm256_set1_epi32((int)x);
  __m256i low = _mm256_cmpeq_epi32(_mm256_load_si256((const __m256i *)lanes), all);
  __m256i high = _mm256_cmpeq_epi32(_mm256_load_si256((const __m256i *)(lanes + 8)), all);
  return _mm256_movemask_epi8(_mm256_or_si256(low, high)) != 0;
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
  __m512i all = _mm512_set1_epi64((long long)x);
  return (_mm512_cmpeq_epi64_mask(_mm512_load_si512(lanes), all) |
          _mm512_cmpeq_epi64_mask(_mm512_load_si512(lanes + 8), all)) != 0;
#elif defined(__AVX2__)
  __m256i all = _mm256_set1_epi64x((long long)x), any = _mm256_setzero_si256();
  for (int i = 0; i < FFPF_SET_LANES; i += 4)
    any = _mm256_or_si256(any,
                          _mm256_cmpeq_epi64(_mm256_load_si256((const __m256i *)(lanes + i)), all));
  return _mm256_movemask_epi8(any) != 0;
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
  __m512i high_bits = _mm512_xor_si512(_mm512_load_si512(lane), _mm512_set1_epi64((long long)high));
  __m512i low_bits = _mm512_xor_si512(_mm512_load_si512(lane + FFPF_SET_WIDE_LANES),
                                      _mm512_set1_epi64((long long)low));
  __m512i differ = _mm512_or_si512(high_bits, low_bits);
  return _mm512_testn_epi64_mask(differ, differ) != 0;
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
  __m512i all = _mm512_set1_epi32((int)x);
  count = (uint32_t)__builtin_popcount(_mm512_cmple_epu32_mask(_mm512_load_si512(keys), all));
#elif defined(__AVX2__)
  __m256i all = _mm256_set1_epi32((int)x);
  __m256i low = _mm256_load_si256((const __m256i *)keys);
  __m256i high = _mm256_load_si256((const __m256i *)(keys + 8));
  low = _mm256_cmpeq_epi32(_mm256_max_epu32(low, all), all);
  high = _mm256_cmpeq_epi32(_mm256_max_epu32(high, all), all);
  /* Two bytes of a lane each: 32 bits say it twice. */
  uint32_t twice = (uint32_t)_mm256_movemask_epi8(_mm256_packs_epi32(low, high));
  count = (uint32_t)__builtin_popcount(twice) / 2;
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
  __m512i all = _mm512_set1_epi64((long long)x);
  uint32_t low = _mm512_cmple_epu64_mask(_mm512_load_si512(keys), all);
  uint32_t high = _mm512_cmple_epu64_mask(_mm512_load_si512(keys + 8), all);
  count = (uint64_t)__builtin_popcount(low | high << 8);
#elif defined(__AVX2__)
  const __m256i sign = _mm256_set1_epi64x(INT64_MIN);
  __m256i all = _mm256_xor_si256(_mm256_set1_epi64x((long long)x), sign);
  __m256i greater = _mm256_setzero_si256(); /* in every lane, minus how many keys are */
  for (int i = 0; i < FFPF_SET_LANES; i += 4) {
    __m256i four = _mm256_xor_si256(_mm256_load_si256((const __m256i *)(keys + i)), sign);
    greater = _mm256_add_epi64(greater, _mm256_cmpgt_epi64(four, all));
  }
  __m128i two =
      _mm_add_epi64(_mm256_castsi256_si128(greater), _mm256_extracti128_si256(greater, 1));
  count = FFPF_SET_LANES + (uint64_t)(_mm_cvtsi128_si64(two) + _mm_extract_epi64(two, 1));
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
