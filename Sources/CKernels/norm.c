// Statistics and gradients of batch norm on channels-last activations: norm.inc for each instruction set.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define FK_TEMPLATE "norm.inc"
#include "instruction_sets.inc"

void fk_channel_sums(fk_isa isa, const float *x, ptrdiff_t stride, long pixels, int channels, const float *pivot,
                     double *sum, double *square) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512) return sums_avx512(x, stride, pixels, channels, pivot, sum, square);
  if (isa != FK_ISA_BASE) return sums_avx2(x, stride, pixels, channels, pivot, sum, square);
#endif
  (void)isa;
  sums_base(x, stride, pixels, channels, pivot, sum, square);
}

void fk_norm_gradient_sums(fk_isa isa, const fk_norm_gradient *norm, long first, long last, double *sum,
                           double *product) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512) return gradient_sums_avx512(norm, first, last, sum, product);
  if (isa != FK_ISA_BASE) return gradient_sums_avx2(norm, first, last, sum, product);
#endif
  (void)isa;
  gradient_sums_base(norm, first, last, sum, product);
}

void fk_norm_gradient_input(fk_isa isa, const fk_norm_gradient *norm, long first, long last) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512) return gradient_input_avx512(norm, first, last);
  if (isa != FK_ISA_BASE) return gradient_input_avx2(norm, first, last);
#endif
  (void)isa;
  gradient_input_base(norm, first, last);
}
