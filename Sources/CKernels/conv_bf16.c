// Direct convolution on channels-last activations in bf16 with sums in float32, for AVX512_BF16; see conv_bf16_plain.c
// for every other machine. Inputs of float32 (first layers, after a step that knows no bf16) are taken too.
#include "conv_bf16.h"
#if defined(__x86_64__)
#include "conv_mixed_avx512.h"

#define FK_NAME(x) fk_bf16_##x
#define FK_ACC __m512
#define FK_START(v) _mm512_loadu_ps(b->bias + v * 16)
#define FK_VALUE(acc, v) (acc)
#define FK_MULTIPLY(acc, taps, weights) _mm512_dpbf16_ps(acc, (__m512bh)(taps), (__m512bh)(weights))
#include "conv_bf16_tile.inc"

#define FK_NAME(x) fk_float_##x
#define FK_ACC __m512
#define FK_START(v) _mm512_loadu_ps(b->bias + v * 16)
#define FK_VALUE(acc, v) (acc)
#define FK_MULTIPLY(acc, taps, weights) _mm512_fmadd_ps(taps, weights, acc)
#include "conv_bf16_tile.inc"

static void fk_tile(const fk_mixed_block *b, fk_format x_format, int count, int vectors, const char *const *x,
                    char *const *y, const char *const *residual) {
  if (x_format == FK_UINT8) {
    fk_int8_tile(count, vectors, x, y, residual, b);
  } else if (x_format == FK_BFLOAT16) {
    fk_bf16_tile(count, vectors, x, y, residual, b);
  } else {
    fk_float_tile(count, vectors, x, y, residual, b);
  }
}

void fk_mixed_run(fk_isa isa, const fk_mixed_conv *mixed, long first, long last, int block, int block_end) {
  if (!(mixed->x == FK_UINT8 ? fk_int8_supported(isa) : fk_bf16_supported(isa))) {
    fk_mixed_run_plain(mixed, first, last, block, block_end);
  } else {
    fk_mixed_block b = {.bias = mixed->conv.bias,
                        .factor = mixed->factor,
                        .y_quant = mixed->y_quant,
                        .residual_quant = mixed->residual_quant};
    fk_mixed_walk(mixed, b, first, last, block, block_end, fk_tile);
  }
}

#else

void fk_mixed_run(fk_isa isa, const fk_mixed_conv *mixed, long first, long last, int block, int block_end) {
  (void)isa;
  fk_mixed_run_plain(mixed, first, last, block, block_end);
}

#endif
