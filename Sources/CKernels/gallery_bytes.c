// The compressed first pass of a gallery search: rows in bytes, exact integer products, upper bounds of the cosines.
#include "CKernels.h"
#include <math.h>
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// How far ahead rows are fetched, in bytes.
#define FK_AHEAD 4096

// Products are turned into bounds in place.
typedef int32_t __attribute__((may_alias)) fk_any_int;

typedef float fk_eight __attribute__((vector_size(32)));
typedef int32_t fk_eight_ints __attribute__((vector_size(32)));
typedef uint8_t fk_eight_bytes __attribute__((vector_size(8)));
typedef double fk_eight_doubles __attribute__((vector_size(64)));

#define FK_NAME(x) x##_base
#define FK_TARGET
#include "gallery_bytes.inc"

#if defined(__x86_64__)

#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#include "gallery_bytes.inc"

#define FK_NAME(x) x##_avx512
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#include "gallery_bytes.inc"

#define FK_VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx2,fma")))

// The lanes of a part of 64 bytes.
FK_VNNI static inline __mmask64 fk_part(long bytes) {
  return bytes >= 64 ? ~(__mmask64)0 : ((__mmask64)1 << bytes) - 1;
}

// Rows are bytes from 1 to 255 with 128 for zero, as VNNI multiplies unsigned with signed bytes; what the 128 adds to a
// product is 128 times the sum of the probe.
FK_VNNI static int32_t fk_shift(const int8_t *probe, long dimension) {
  int32_t sum = 0;
  for (long k = 0; k < dimension; k++) sum += probe[k];
  return 128 * sum;
}

FK_VNNI static void one_vnni(const uint8_t *rows, long count, long dimension, const int8_t *probe, fk_any_int *out) {
  int32_t shift = fk_shift(probe, dimension);
  for (long row = 0; row < count; row++) {
    const uint8_t *x = rows + row * dimension;
    __m512i a = _mm512_setzero_si512(), b = a;
    long k = 0;
    for (; k + 128 <= dimension; k += 128) {
      _mm_prefetch((const char *)x + k + FK_AHEAD, _MM_HINT_T0);
      _mm_prefetch((const char *)x + k + FK_AHEAD + 64, _MM_HINT_T0);
      a = _mm512_dpbusd_epi32(a, _mm512_loadu_si512(x + k), _mm512_loadu_si512(probe + k));
      b = _mm512_dpbusd_epi32(b, _mm512_loadu_si512(x + k + 64), _mm512_loadu_si512(probe + k + 64));
    }
    for (; k < dimension; k += 64) {
      __mmask64 part = fk_part(dimension - k);
      a = _mm512_dpbusd_epi32(a, _mm512_maskz_loadu_epi8(part, x + k), _mm512_maskz_loadu_epi8(part, probe + k));
    }
    out[row] = _mm512_reduce_add_epi32(_mm512_add_epi32(a, b)) - shift;
  }
}

// The sums of four vectors.
FK_VNNI static inline __m128i fk_four(__m512i a, __m512i b, __m512i c, __m512i d) {
  __m512i ab = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
  __m512i cd = _mm512_add_epi32(_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
  __m512i all = _mm512_add_epi32(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
  __m256i half = _mm256_add_epi32(_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64(all, 1));
  return _mm_add_epi32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
}

// Tiles of 4 rows x 4 probes; a tile that reaches over the end repeats the last row or probe.
FK_VNNI static void many_vnni(const uint8_t *rows, long count, long dimension, const int8_t *probes, long probe_count,
                              fk_any_int *out, long stride) {
  for (long probe = 0; probe < probe_count; probe += 4) {
    const int8_t *q[4];
    int32_t shift[4];
    for (int p = 0; p < 4; p++) {
      q[p] = probes + (probe + p < probe_count ? probe + p : probe_count - 1) * dimension;
      shift[p] = fk_shift(q[p], dimension);
    }
    for (long row = 0; row < count; row += 4) {
      const uint8_t *x[4];
      for (int r = 0; r < 4; r++) x[r] = rows + (row + r < count ? row + r : count - 1) * dimension;
      __m512i s[16];
      for (int i = 0; i < 16; i++) s[i] = _mm512_setzero_si512();
      for (long k = 0; k < dimension; k += 64) {
        __m512i a[4], b[4];
        __mmask64 part = fk_part(dimension - k);
        for (int r = 0; r < 4; r++) {
          a[r] = _mm512_maskz_loadu_epi8(part, x[r] + k);
          _mm_prefetch((const char *)x[r] + k + 4 * 4 * dimension, _MM_HINT_T0);
        }
        for (int p = 0; p < 4; p++) b[p] = _mm512_maskz_loadu_epi8(part, q[p] + k);
#pragma clang loop unroll(full)
        for (int p = 0; p < 4; p++) {
#pragma clang loop unroll(full)
          for (int r = 0; r < 4; r++) s[p * 4 + r] = _mm512_dpbusd_epi32(s[p * 4 + r], a[r], b[p]);
        }
      }
      long left = count - row < 4 ? count - row : 4;
      for (int p = 0; p < 4 && probe + p < probe_count; p++) {
        __m128i sums = fk_four(s[p * 4], s[p * 4 + 1], s[p * 4 + 2], s[p * 4 + 3]);
        sums = _mm_sub_epi32(sums, _mm_set1_epi32(shift[p]));
        fk_any_int *to = out + (probe + p) * stride + row;
        if (left == 4) {
          _mm_storeu_si128((__m128i *)to, sums);
        } else {
          _mm_mask_storeu_epi32(to, (__mmask8)((1 << left) - 1), sums);
        }
      }
    }
  }
}

static int fk_has_vnni(void) {
  return (fk_avx512_features() & 4) != 0;
}

#define FK_CHOOSE(name, ...)                                   \
  switch (isa) {                                               \
    case FK_ISA_AVX512: return name##_avx512(__VA_ARGS__);     \
    case FK_ISA_WIDE_ON_AVX2:                                  \
    case FK_ISA_AVX2: return name##_avx2(__VA_ARGS__);         \
    case FK_ISA_BASE: break;                                   \
  }                                                            \
  return name##_base(__VA_ARGS__)
#else
#define FK_CHOOSE(name, ...) \
  (void)isa;                 \
  return name##_base(__VA_ARGS__)
#endif

void fk_gallery_quantize(fk_isa isa, const float *x, long dimension, uint8_t *to, float *scale, float *residual) {
  FK_CHOOSE(quantize, x, dimension, to, scale, residual);
}

static void fk_products(fk_isa isa, const uint8_t *rows, long count, long dimension, const int8_t *probes,
                        long probe_count, fk_any_int *out, long stride) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512 && fk_has_vnni()) {
    if (probe_count == 1) return one_vnni(rows, count, dimension, probes, out);
    return many_vnni(rows, count, dimension, probes, probe_count, out, stride);
  }
#endif
  FK_CHOOSE(products, rows, count, dimension, probes, probe_count, out, stride);
}

static void fk_bound(fk_isa isa, float *values, long count, const float *scales, const float *residuals,
                     fk_gallery_probe probe) {
  FK_CHOOSE(bound, values, count, scales, residuals, probe);
}

void fk_gallery_bounds(fk_isa isa, const uint8_t *rows, const float *scales, const float *residuals, long count,
                       long dimension, const int8_t *probes, const fk_gallery_probe *facts, long probe_count, float *out,
                       long stride) {
  if (count <= 0) return;
  fk_products(isa, rows, count, dimension, probes, probe_count, (fk_any_int *)out, stride);
  for (long p = 0; p < probe_count; p++) fk_bound(isa, out + p * stride, count, scales, residuals, facts[p]);
}

long fk_gallery_above(fk_isa isa, const float *values, long count, float least, int32_t *found) {
  FK_CHOOSE(above, values, count, least, found);
}
