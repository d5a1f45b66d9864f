// Gradient of a convolution by its weights: the template of conv_gradient.inc for each instruction set.
#include "CKernels.h"
#include "conv_blocks.h"
#include <string.h>

#define FK_NAME(x) x##_base
#define FK_TARGET
#define FK_VL 4
#define FK_BLOCK 2
#define FK_PIXELS 6
#include "conv_gradient.inc"

#if defined(__x86_64__)

#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#define FK_BLOCK 2
#define FK_PIXELS 6
#include "conv_gradient.inc"

#define FK_NAME(x) x##_avx512
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define FK_VL 16
#define FK_BLOCK 3
#define FK_PIXELS 8
#include "conv_gradient.inc"

#define FK_NAME(x) x##_wide
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 16
#define FK_BLOCK 3
#define FK_PIXELS 8
#include "conv_gradient.inc"

#endif

void fk_conv_weight_gradient(fk_isa isa, const fk_conv *conv, int block, long first, long last, float *sums) {
#if defined(__x86_64__)
  switch (isa) {
    case FK_ISA_AVX512: return gradient_avx512(conv, block, first, last, sums);
    case FK_ISA_WIDE_ON_AVX2: return gradient_wide(conv, block, first, last, sums);
    case FK_ISA_AVX2: return gradient_avx2(conv, block, first, last, sums);
    case FK_ISA_BASE: break;
  }
#endif
  (void)isa;
  gradient_base(conv, block, first, last, sums);
}
