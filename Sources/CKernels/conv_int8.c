// Direct convolution on channels-last activations in bytes with weights in signed bytes and sums in int32, for AVX512_VNNI;
// see conv_bf16_plain.c for every other machine. fk_mixed_run (conv_bf16.c) hands over here.
#include "conv_bf16.h"
#if defined(__x86_64__)
#include "conv_mixed_avx512.h"

#define FK_NAME(x) fk_int8_##x
#define FK_ACC __m512i
#define FK_START(v) _mm512_setzero_si512()
#define FK_MULTIPLY(acc, taps, weights) _mm512_dpbusd_epi32(acc, (__m512i)(taps), (__m512i)(weights))
#define FK_VALUE(acc, v)                                                                    \
  _mm512_fmadd_ps(_mm512_cvtepi32_ps(acc), _mm512_loadu_ps(b->factor + v * 16), _mm512_loadu_ps(b->bias + v * 16))
#define FK_TILE_IS_SHARED
#include "conv_bf16_tile.inc"

#endif
