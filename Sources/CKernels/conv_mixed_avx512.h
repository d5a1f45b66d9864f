// What the AVX-512 tiles of reduced precision share: loading, storing and activating vectors of 16 channels.
#ifndef FK_CONV_MIXED_AVX512_H
#define FK_CONV_MIXED_AVX512_H

#include <immintrin.h>
#include "conv_bf16.h"

#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx512vnni,avx2,fma")))
#define FK_UNROLL _Pragma("clang loop unroll(full)")
#define FK_EACH(P, V) FK_UNROLL for (int p = 0; p < P; p++) FK_UNROLL for (int v = 0; v < V; v++)

FK_TARGET __attribute__((always_inline)) static inline __m512 fk_load_bf16(const void *from, unsigned mask) {
  __m512i wide = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16((__mmask16)mask, from));
  return (__m512)_mm512_slli_epi32(wide, 16);
}

// Activations that cost more than an instruction or two.
FK_TARGET __attribute__((noinline, unused)) static void fk_activate_all(__m512 *sums, int count, const fk_epilogue *epilogue) {
  for (int i = 0; i < count; i++)
    for (int lane = 0; lane < 16; lane++) sums[i][lane] = fk_activated(sums[i][lane], epilogue, 0);
}

// Bytes as the numbers they stand for.
FK_TARGET __attribute__((always_inline)) static inline __m512 fk_load_byte(const void *from, unsigned mask, fk_quant quant) {
  __m512 value = _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8((__mmask16)mask, from)));
  return (value - _mm512_set1_ps((float)quant.zero)) * _mm512_set1_ps(quant.scale);
}

// Numbers as the nearest byte, ties to even; what lies outside becomes 0 or 255.
FK_TARGET __attribute__((always_inline)) static inline void fk_store_byte(void *to, unsigned mask, __m512 value, fk_quant quant) {
  value = _mm512_fmadd_ps(value, _mm512_set1_ps(1 / quant.scale), _mm512_set1_ps((float)quant.zero));
  __m512i whole = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_set1_ps(255), _mm512_max_ps(_mm512_setzero_ps(), value)));
  _mm_mask_storeu_epi8(to, (__mmask16)mask, _mm512_cvtepi32_epi8(whole));
}

#endif
