// Passes over whole activations and parameters, and optimizer steps: streams.inc for each instruction set.
#include "CKernels.h"

#define FK_NAME(x) x##_base
#define FK_TARGET
#include "streams.inc"

#if defined(__x86_64__)

#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#include "streams.inc"

#define FK_CHOOSE(name, ...) \
  if (isa != FK_ISA_BASE) return name##_avx2(__VA_ARGS__); \
  name##_base(__VA_ARGS__)
#else
#define FK_CHOOSE(name, ...) \
  (void)isa;                 \
  name##_base(__VA_ARGS__)
#endif

void fk_relu_gradient(fk_isa isa, const float *y, const float *gradient, float *x, long count) {
  FK_CHOOSE(relu_gradient, y, gradient, x, count);
}

void fk_prelu_gradient(fk_isa isa, const float *x, ptrdiff_t x_stride, const float *gradient, ptrdiff_t gradient_stride,
                       const float *slope, float *dx, long pixels, int channels, double *sums) {
  FK_CHOOSE(prelu_gradient, x, x_stride, gradient, gradient_stride, slope, dx, pixels, channels, sums);
}

void fk_accumulate(fk_isa isa, const float *x, float *y, long count) { FK_CHOOSE(accumulate, x, y, count); }

void fk_scale(fk_isa isa, const float *x, float factor, float *y, long count) {
  FK_CHOOSE(scale, x, factor, y, count);
}

void fk_adam_step(fk_isa isa, const fk_adam *adam, const float *gradient, float *value, float *first, float *second,
                  long count) {
  FK_CHOOSE(adam, adam, gradient, value, first, second, count);
}

void fk_momentum_step(fk_isa isa, const fk_momentum *momentum, const float *gradient, float *value, float *sums,
                      long count) {
  FK_CHOOSE(momentum, momentum, gradient, value, sums, count);
}
