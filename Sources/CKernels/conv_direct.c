// Direct convolution on channels-last activations: the template of conv_direct.inc for each instruction set.
#include "CKernels.h"
#include "conv_blocks.h"
#include "conv_lines.h"
#include "conv_product.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Taps of the largest kernel taken (15 x 15 and anything with as many); the plan keeps larger ones on the plain path.
#define FK_MAX_TAPS 256

// Tiles for 16 registers and for 32: FK_T(pixels, vectors). The sums leave room for the weights and one value.
#define FK_TILES_16_1                                                                                              \
  FK_T(1, 1) FK_T(2, 1) FK_T(3, 1) FK_T(4, 1) FK_T(5, 1) FK_T(6, 1) FK_T(7, 1) FK_T(8, 1) FK_T(9, 1)
#define FK_TILES_16_2 FK_T(1, 2) FK_T(2, 2) FK_T(3, 2) FK_T(4, 2) FK_T(5, 2) FK_T(6, 2)
#define FK_TILES_16_3 FK_T(1, 3) FK_T(2, 3) FK_T(3, 3)
#define FK_TILES_16 FK_TILES_16_1 FK_T(10, 1) FK_T(11, 1) FK_T(12, 1) FK_TILES_16_2 FK_TILES_16_3
#define FK_SCATTERED_TILES_16 FK_TILES_16_1 FK_TILES_16_2 FK_TILES_16_3
#define FK_MOST_16 12, 6, 3
#define FK_TILES_32_2 FK_TILES_16_2 FK_T(7, 2) FK_T(8, 2) FK_T(9, 2)
#define FK_TILES_32_3 FK_TILES_16_3 FK_T(4, 3) FK_T(5, 3) FK_T(6, 3) FK_T(7, 3) FK_T(8, 3) FK_T(9, 3)
#define FK_TILES_32_4 FK_T(1, 4) FK_T(2, 4) FK_T(3, 4) FK_T(4, 4) FK_T(5, 4) FK_T(6, 4)
#define FK_TILES_32                                                                                                \
  FK_TILES_16_1 FK_T(10, 1) FK_T(11, 1) FK_T(12, 1) FK_T(13, 1) FK_T(14, 1) FK_T(15, 1) FK_T(16, 1)                \
  FK_TILES_32_2 FK_T(10, 2) FK_T(11, 2) FK_T(12, 2) FK_TILES_32_3 FK_TILES_32_4
#define FK_SCATTERED_TILES_32 FK_TILES_16_1 FK_TILES_32_2 FK_TILES_32_3 FK_TILES_32_4
#define FK_MOST_32 16, 12, 9, 6

#define FK_NAME(x) x##_base
#define FK_TARGET
#define FK_VL 4
#if defined(__SSE2__)
#define FK_UNIT 128
#else
#define FK_UNIT 0
#endif
#define FK_BLOCK 2
#define FK_TILES FK_TILES_16
#define FK_SCATTERED_TILES FK_SCATTERED_TILES_16
#define FK_MOST FK_MOST_16
#include "conv_direct.inc"

#if defined(__x86_64__)

#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#define FK_UNIT 256
#define FK_BLOCK 2
#define FK_TILES FK_TILES_16
#define FK_SCATTERED_TILES FK_SCATTERED_TILES_16
#define FK_MOST FK_MOST_16
#include "conv_direct.inc"

#define FK_NAME(x) x##_avx512
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define FK_VL 16
#define FK_UNIT 512
#define FK_BLOCK 3
#define FK_TILES FK_TILES_32
#define FK_SCATTERED_TILES FK_SCATTERED_TILES_32
#define FK_MOST FK_MOST_32
#include "conv_direct.inc"

#define FK_NAME(x) x##_wide
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 16
#define FK_UNIT 0
#define FK_BLOCK 3
#define FK_TILES FK_TILES_32
#define FK_SCATTERED_TILES FK_SCATTERED_TILES_32
#define FK_MOST FK_MOST_32
#include "conv_direct.inc"

#endif

typedef struct {
  int vector, block;
  void (*pack)(const float *, int, int, int, int, float *);
  void (*run)(const fk_conv *, long, long, int, int);
  void (*products)(const fk_product *);
} fk_conv_form;

static fk_conv_form fk_form(fk_isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case FK_ISA_AVX512: return (fk_conv_form){16, 3, pack_avx512, run_avx512, products_avx512};
    case FK_ISA_WIDE_ON_AVX2: return (fk_conv_form){16, 3, pack_wide, run_wide, products_wide};
    case FK_ISA_AVX2: return (fk_conv_form){8, 2, pack_avx2, run_avx2, products_avx2};
    case FK_ISA_BASE: break;
  }
#endif
  (void)isa;
  return (fk_conv_form){4, 2, pack_base, run_base, products_base};
}

int fk_conv_padded_channels(fk_isa isa, int channels_out) {
  int vector = fk_form(isa).vector;
  return (channels_out + vector - 1) / vector * vector;
}

int fk_conv_blocks(fk_isa isa, int channels_out) {
  fk_conv_form form = fk_form(isa);
  return fk_float_block_count(form.vector, form.block, channels_out);
}

int fk_conv_block_vectors(fk_isa isa) { return fk_form(isa).block; }

void fk_conv_pack(fk_isa isa, const float *weights, int channels_out, int channels_in, int kernel_h, int kernel_w,
                  float *packed) {
  fk_form(isa).pack(weights, channels_out, channels_in, kernel_h, kernel_w, packed);
}

void fk_conv_run(fk_isa isa, const fk_conv *conv, long first, long last, int block, int block_end) {
  fk_form(isa).run(conv, first, last, block, block_end);
}

void fk_conv_products(fk_isa isa, const fk_product *product) { fk_form(isa).products(product); }
