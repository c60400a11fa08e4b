/* Shannon's entropy of a range of the packet, in integers with 32 bits behind the point. */
#include "ffpf_extern.h"

#define ENTROPY_MOST (1u << 26) /* so that sums of count * log2(count) stay below 2^63 */
#define ENTROPY_SHORT 255u      /* bytes whose counts fit a byte */
#define ENTROPY_SMALL 256u      /* counts whose n * log2(n) is in the table */

/* n * log2(n), made by entropy_log2. */
static const uint64_t entropy_small[ENTROPY_SMALL] = {
    0x0,           0x0,           0x200000000,   0x4c1404eab,   0x800000000,   0xb9c1165eb,
    0xf82809d56,   0x13a6c7af66,  0x1800000000,  0x1c8781d80b,  0x213822cbd6,  0x260dc26a80,
    0x2b05013aac,  0x301b1039ca,  0x354d8f5ecc,  0x3a9a75bb27,  0x4000000000,  0x457ca3669a,
    0x4b0f03b016,  0x50b5eb5f76,  0x56704597ac,  0x5c3d1934f4,  0x621b84d500,  0x680abb988a,
    0x6e0a027558,  0x7418adfb2e,  0x7a36207394,  0x8061c84c3f,  0x869b1ebd98,  0x8ce1a6a1d2,
    0x9334eb764e,  0x9994807dc5,  0xa000000000,  0xa6770aa0fa,  0xacf946cd34,  0xb38660366b,
    0xba1e07602c,  0xc0bff13927,  0xc76bd6beec,  0xce2174ac34,  0xd4e08b2f58,  0xdba8dda7a6,
    0xe27a3269e8,  0xe9545289f4,  0xf03709aa00,  0xf72225cda7,  0xfe15773114,  0x10510d024cc,
    0x10c1404eab0, 0x1131eeb97c5, 0x11a315bf65c, 0x1214b2f6d5c, 0x1286c40e728, 0x12f946cbada,
    0x136c390987e, 0x13df98b75d0, 0x145363d7b30, 0x14c7987f54c, 0x153c34d43a4, 0x15b1370cc4d,
    0x16269d6ec9c, 0x169c664ee35, 0x1712900fb8a, 0x17891921322, 0x18000000000, 0x18774334de1,
    0x18eee1541f4, 0x1966d8fd19d, 0x19df28d9a68, 0x1a57cf9db40, 0x1ad0cc06cd6, 0x1b4a1cdbb5c,
    0x1bc3c0ec058, 0x1c3db70fca0, 0x1cb7fe2724e, 0x1d32951a088, 0x1dad7ad7dd8, 0x1e28ae5732f,
    0x1ea42e95868, 0x1f1ffa96ee6, 0x1f9c1165eb0, 0x20187213117, 0x20951bb4f4c, 0x21120d67c64,
    0x218f464d3d0, 0x220cc58c59d, 0x228a8a513e8, 0x230893ccf2c, 0x2386e135400, 0x240571c48ef,
    0x248444b9b4e, 0x25035957cb4, 0x2582aee6228, 0x260244b0061, 0x26821a04998, 0x27022e36dbf,
    0x2782809d560, 0x28031092335, 0x2883dd72f8a, 0x2904e6a075c, 0x29862b7ecb8, 0x2a07ab75218,
    0x2a8965edab8, 0x2b0b5a55960, 0x2b8d881ce50, 0x2c0feeb650b, 0x2c928d975b4, 0x2d156438103,
    0x2d9872130fc, 0x2e1bb6a5778, 0x2e9f316eba0, 0x2f22e1f0a9b, 0x2fa6c7af660, 0x302ae2313dc,
    0x30af30fea98, 0x3133b3a22cf, 0x31b869a8748, 0x323d52a011e, 0x32c26e1989a, 0x3347bba7473,
    0x33cd3add938, 0x3452eb52779, 0x34d8cc9dc6a, 0x355ede590d0, 0x35e5201f714, 0x366b918dbd9,
    0x36f23242644, 0x377901dd4f5, 0x38000000000, 0x38872c4d516, 0x390e8669bc2, 0x39960dfafbe,
    0x3a1dc2a83e8, 0x3aa5a41a0cc, 0x3b2db1fa33a, 0x3bb5ebf3d8b, 0x3c3e51b34d0, 0x3cc6e2e63de,
    0x3d4f9f3b680, 0x3dd88662d3b, 0x3e61980d9ac, 0x3eead3ee056, 0x3f7439b76b8, 0x3ffdc91e4bd,
    0x408781d80b0, 0x4111639b4b9, 0x419b6e1f940, 0x4225a11d60a, 0x42affc4e49c, 0x433a7f6cb37,
    0x43c52a34110, 0x444ffc60a82, 0x44daf5afbb0, 0x456615df4be, 0x45f15cae65e, 0x467cc9dcc4e,
    0x47085d2b0d0, 0x4794165aacd, 0x481ff52ddcc, 0x48abf967a94, 0x493822cbd60, 0x49c4711ee91,
    0x4a50e42622e, 0x4add7ba7953, 0x4b6a3769e98, 0x4bf7173482d, 0x4c841acf8c8, 0x4d114203b6d,
    0x4d9e8c9a7a0, 0x4e2bfa5de84, 0x4eb98b18b3a, 0x4f473e963f7, 0x4fd514a27d0, 0x50630d09fdb,
    0x50f12799e58, 0x517f641ff38, 0x520dc26a800, 0x529c4248701, 0x532ae3891de, 0x53b9a5fc9a4,
    0x5448897369c, 0x54d78dbe8f2, 0x5566b2af968, 0x55f5f818a15, 0x56855dcc450, 0x5714e39d8ba,
    0x57a489600c2, 0x58344ee7bd9, 0x58c43409330, 0x59543899638, 0x59e45c6db7e, 0x5a749f5c0d4,
    0x5b05013aac0, 0x5b9581e06ef, 0x5c26212466a, 0x5cb6dede3d1, 0x5d47bae5f14, 0x5dd8b513dac,
    0x5e69cd40eb8, 0x5efb0346523, 0x5f8c56fd970, 0x601dc840c61, 0x60af56ea430, 0x614102d4c17,
    0x61d2cbdb570, 0x6264b1d98e1, 0x62f6b4ab2c0, 0x6388d42c6a6, 0x641b1039ca0, 0x64ad68b0192,
    0x653fdd6ca16, 0x65d26e4ce08, 0x66651b2eb68, 0x66f7e3f0456, 0x678ac870206, 0x681dc88d114,
    0x68b0e4261f8, 0x69441b1adbd, 0x69d76d4aef0, 0x6a6ada9657e, 0x6afe62dd740, 0x6b920600d19,
    0x6c25c3e1536, 0x6cb99c602c3, 0x6d4d8f5ecc0, 0x6de19cbee92, 0x6e75c4627b8, 0x6f0a062bc63,
    0x6f9e61fd530, 0x7032d7b9d18, 0x70c7674459e, 0x715c10803e3, 0x71f0d350e90, 0x7285af9a2fc,
    0x731aa54023c, 0x73afb426e21, 0x7444dc33134, 0x74da1d49464, 0x756f774e8e6, 0x7604ea2809a,
    0x769a75bb270, 0x773019ed763, 0x77c5d6a4ef2, 0x785babc7853, 0x78f1993b8d4, 0x79879ee78d4,
    0x7a1dbcb21a0, 0x7ab3f2822fc, 0x7b4a403ee28, 0x7be0a5cf796, 0x7c77231b7b2, 0x7d0db80a9ba,
    0x7da46484c88, 0x7e3b287206b, 0x7ed203ba9ea, 0x7f68f64709d};

/* How much larger that is for n + 1. */
static const uint64_t entropy_step[ENTROPY_SHORT] = {
    0x0,         0x200000000, 0x2c1404eab, 0x33ebfb155, 0x39c1165eb, 0x3e66f376b, 0x424471210,
    0x45938509a, 0x48781d80b, 0x4b0a0f3cb, 0x4d59f9eaa, 0x4f73ed02c, 0x5160eff1e, 0x5327f2502,
    0x54ce65c5b, 0x5658a44d9, 0x57ca3669a, 0x59260497c, 0x5a6e7af60, 0x5ba5a3836, 0x5ccd39d48,
    0x5de6ba00c, 0x5ef36c38a, 0x5ff46dcce, 0x60eab85d6, 0x61d727866, 0x62ba7d8ab, 0x639567159,
    0x64687e43a, 0x65344d47c, 0x65f950777, 0x66b7f823b, 0x6770aa0fa, 0x6823c2c3a, 0x68d196937,
    0x697a729c1, 0x6a1e9d8fb, 0x6abe585c5, 0x6b59ded48, 0x6bf168324, 0x6c852784e, 0x6d154c242,
    0x6da20200c, 0x6e2b7200c, 0x6eb1c23a7, 0x6f351636d, 0x6fb58f3b8, 0x70334c5e4, 0x70ae6ad15,
    0x712705e97, 0x719d37700, 0x7211179cc, 0x7282bd3b2, 0x72f23dda4, 0x735fadd52, 0x73cb20560,
    0x7434a7a1c, 0x749c54e58, 0x7502388a9, 0x75666204f, 0x75c8e0199, 0x7629c0d55, 0x768911798,
    0x76e6decde, 0x774334de1, 0x779e1f413, 0x77f7a8fa9, 0x784fdc8cb, 0x78a6c40d8, 0x78fc69196,
    0x7950d4e86, 0x79a4104fc, 0x79f623c48, 0x7a47175ae, 0x7a96f2e3a, 0x7ae5bdd50, 0x7b337f557,
    0x7b803e539, 0x7bcc0167e, 0x7c16cefca, 0x7c60ad267, 0x7ca9a1e35, 0x7cf1b2d18, 0x7d38e576c,
    0x7d7f3f1cd, 0x7dc4c4e4b, 0x7e097bb44, 0x7e4d684d4, 0x7e908f4ef, 0x7ed2f525f, 0x7f149e166,
    0x7f558e574, 0x7f95c9e39, 0x7fd554937, 0x801432427, 0x8052667a1, 0x808ff4dd5, 0x80cce0c55,
    0x81092d7d2, 0x8144de55c, 0x817ff6560, 0x81ba788a0, 0x81f467ea8, 0x822dc74f0, 0x8266996bb,
    0x829ee10a9, 0x82d6a0b4f, 0x830ddaff9, 0x83449267c, 0x837ac9428, 0x83b081efb, 0x83e5bebc5,
    0x841a81d7c, 0x844ecd6bc, 0x8482a3837, 0x84b606479, 0x84e8f79d6, 0x851b7977c, 0x854d8dbd9,
    0x857f364c5, 0x85b074e41, 0x85e14b4f1, 0x8611bb466, 0x8641c6644, 0x86716e4c5, 0x86a0b4a6b,
    0x86cf9aeb1, 0x86fe22b0b, 0x872c4d516, 0x875a1c6ac, 0x8787913fc, 0x87b4ad42a, 0x87e171ce4,
    0x880de026e, 0x8839f9a51, 0x8865bf745, 0x889132f0e, 0x88bc552a2, 0x88e7276bb, 0x8911aac71,
    0x893be06aa, 0x8965c9662, 0x898f66e05, 0x89b8b9bf3, 0x89e1c3409, 0x8a0a84487, 0x8a32fdcca,
    0x8a5b30e92, 0x8a831e69b, 0x8aaac75d9, 0x8ad22c972, 0x8af94f12e, 0x8b202f90e, 0x8b46cf1a0,
    0x8b6d2e5f0, 0x8b934e482, 0x8bb92f9fd, 0x8bded32ff, 0x8c0439cc8, 0x8c29642cc, 0x8c4e53131,
    0x8c730739d, 0x8c9781725, 0x8cbbc2545, 0x8cdfca995, 0x8d039b09b, 0x8d27342a5, 0x8d4a96c33,
    0x8d6dc36e4, 0x8d90bacb6, 0x8db37d8bd, 0x8dd60c3d9, 0x8df86780b, 0x8e1a8fe7d, 0x8e3c860e0,
    0x8e5e4a8c8, 0x8e7fddf01, 0x8ea140add, 0x8ec2737c6, 0x8ee376cf8, 0x8f044b256, 0x8f24f1076,
    0x8f45690ad, 0x8f65b3a3b, 0x8f85d146a, 0x8fa5c2808, 0x8fc587b17, 0x8fe521757, 0x900490308,
    0x9023d4546, 0x9042ee556, 0x9061de9ec, 0x9080a5c2f, 0x909f43f7b, 0x90bdb9d67, 0x90dc07b43,
    0x90fa2de98, 0x91182d10c, 0x91360566b, 0x9153b744d, 0x9171432f1, 0x918ea97cf, 0x91abea7e7,
    0x91c906959, 0x91e5fe371, 0x9202d19df, 0x921f813e6, 0x923c0d5fa, 0x9258764f2, 0x9274bc884,
    0x9290e03f2, 0x92ace1d60, 0x92c8c18ee, 0x92e47fdb0, 0x93001cf0e, 0x931b990e4, 0x9336f4bc5,
    0x935230133, 0x936d4b68e, 0x9388471c2, 0x93a3235d9, 0x93bde081d, 0x93d87ed8d, 0x93f2fe9fd,
    0x940d601d2, 0x9427a3926, 0x9441c94ab, 0x945bd18cd, 0x9475bc7e8, 0x948f8a886, 0x94a93be45,
    0x94c2d0aad, 0x94dc4946c, 0x94f5a5f40, 0x950ee6be5, 0x95280c313, 0x954116330, 0x955a05482,
    0x9572d97b4, 0x958b931d6, 0x95a4324f3, 0x95bcb778f, 0x95d522961, 0x95ed74081, 0x9605ac000,
    0x961dca8cc, 0x9635d015c, 0x964dbcb2c, 0x96659096e, 0x967d4c01c, 0x9694ef208, 0x96ac7a2ce,
    0x96c3ed3e3, 0x96db4897f, 0x96f28c6b3};

/* Cut, not rounded; a bit of the fraction by each squaring of 1 <= x < 2. */
static FFPF_UNUSED uint64_t entropy_log2(uint32_t n) {
  const uint32_t whole = 31 - (uint32_t)__builtin_clz(n);
  uint64_t x = (uint64_t)n << (62 - whole), fraction = 0;
  for (int i = 0; i < 32; i++) {
    x = (uint64_t)((unsigned __int128)x * x >> 62);
    const uint64_t bit = x >> 63;
    x >>= bit;
    fraction = fraction << 1 | bit;
  }
  return (uint64_t)whole << 32 | fraction;
}

static inline FFPF_UNUSED uint64_t entropy_term(uint32_t n) {
  return n < ENTROPY_SMALL ? entropy_small[n] : n * entropy_log2(n);
}

/* The sum of n * log2(n) over the counts, kept up to date byte by byte: there are fewer bytes than
 * counts. */
static inline FFPF_UNUSED uint64_t entropy_of_few(struct ffpf_span span) {
  uint8_t counts[256] = {0};
  uint64_t sum = 0;
  for (uint32_t i = 0; i < span.length; i++)
    sum += entropy_step[counts[span.data[i]]++];
  return sum;
}

/* Four histograms: the same byte several times in a row does not wait for its own count. */
static inline FFPF_UNUSED uint64_t entropy_of_many(struct ffpf_span span) {
  uint32_t counts[4][256] = {{0}};
  uint32_t i = 0;
  for (; i + 8 <= span.length; i += 8) {
    uint64_t word;
    memcpy(&word, span.data + i, sizeof word);
    for (uint32_t byte = 0; byte < 8; byte++)
      counts[byte % 4][word >> 8 * byte & 0xff]++;
  }
  for (; i < span.length; i++)
    counts[0][span.data[i]]++;
  uint64_t sum = 0;
  for (uint32_t value = 0; value < 256; value++)
    sum += entropy_term(counts[0][value] + counts[1][value] + counts[2][value] + counts[3][value]);
  return sum;
}

static inline FFPF_UNUSED uint32_t entropy_of_range(const struct ffpf_frame *frame, uint32_t start,
                                                    uint32_t length) {
  const struct ffpf_span span =
      ffpf_span(frame, start, length < ENTROPY_MOST ? length : ENTROPY_MOST);
  if (span.length == 0)
    return 0;
  const uint64_t sum = span.length <= ENTROPY_SHORT ? entropy_of_few(span) : entropy_of_many(span);
  /* Never below zero: cut logarithms make the difference wrong by 2^-6 at most, and where not all
   * bytes are equal it is above 1. */
  const uint64_t bits = (entropy_term(span.length) - sum) / span.length;
  return (uint32_t)((bits * 1000 + (1u << 31)) >> 32);
}
