// Direct convolution on channels-last activations in bf16 with sums in float32, for AVX512_BF16; see conv_bf16_plain.c
// for every other machine. Inputs of float32 (first layers, after a step that knows no bf16) are taken too.
#include "conv_bf16.h"
#if defined(__x86_64__)
#include <immintrin.h>

#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma")))
#define FK_UNROLL _Pragma("clang loop unroll(full)")
#define FK_EACH(P, V) FK_UNROLL for (int p = 0; p < P; p++) FK_UNROLL for (int v = 0; v < V; v++)

FK_TARGET __attribute__((always_inline)) static inline __m512 fk_load_bf16(const void *from, unsigned mask) {
  __m512i wide = _mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16((__mmask16)mask, from));
  return (__m512)_mm512_slli_epi32(wide, 16);
}

// Activations that cost more than an instruction or two.
FK_TARGET __attribute__((noinline)) static void fk_activate_all(__m512 *sums, int count, const fk_epilogue *epilogue) {
  for (int i = 0; i < count; i++)
    for (int lane = 0; lane < 16; lane++) sums[i][lane] = fk_activated(sums[i][lane], epilogue, 0);
}

#define FK_NAME(x) fk_bf16_##x
#define FK_MULTIPLY(acc, taps, weights) _mm512_dpbf16_ps(acc, (__m512bh)(taps), (__m512bh)(weights))
#include "conv_bf16_tile.inc"

#define FK_NAME(x) fk_float_##x
#define FK_MULTIPLY(acc, taps, weights) _mm512_fmadd_ps(taps, weights, acc)
#include "conv_bf16_tile.inc"

static void fk_tile(const fk_mixed_block *b, fk_format x_format, int count, int vectors, const char *const *x,
                    char *const *y, const char *const *residual) {
  if (x_format == FK_BFLOAT16) {
    fk_bf16_tile(count, vectors, x, y, residual, b);
  } else {
    fk_float_tile(count, vectors, x, y, residual, b);
  }
}

void fk_mixed_run(fk_isa isa, const fk_mixed_conv *mixed, long first, long last, int block, int block_end) {
  if (!fk_bf16_supported(isa)) {
    fk_mixed_run_plain(mixed, first, last, block, block_end);
  } else {
    fk_mixed_block b = {.bias = mixed->conv.bias};
    fk_mixed_walk(mixed, b, first, last, block, block_end, fk_tile);
  }
}

#else

void fk_mixed_run(fk_isa isa, const fk_mixed_conv *mixed, long first, long last, int block, int block_end) {
  (void)isa;
  fk_mixed_run_plain(mixed, first, last, block, block_end);
}

#endif
