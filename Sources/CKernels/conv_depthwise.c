// Depthwise convolution on channels-last activations: the template of conv_depthwise.inc for each instruction set.
#include "CKernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define FK_NAME(x) x##_one
#define FK_TARGET
#define FK_VL 1
#define FK_UNIT 0
#include "conv_depthwise.inc"

#define FK_WITH_WIDE
#define FK_TEMPLATE "conv_depthwise.inc"
#include "instruction_sets.inc"

void fk_depthwise_pack(const float *weights, int channels, int kernel_h, int kernel_w, float *packed) {
  int taps = kernel_h * kernel_w;
  for (int tap = 0; tap < taps; tap++)
    for (int c = 0; c < channels; c++) *packed++ = weights[(size_t)c * taps + tap];
}

void fk_depthwise_run(fk_isa isa, const fk_conv *conv, long first, long last) {
  int channels = conv->y.c;
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512 && channels >= 16) return depthwise_avx512(conv, first, last);
  if (isa == FK_ISA_WIDE_ON_AVX2 && channels >= 16) return depthwise_wide(conv, first, last);
  if (isa != FK_ISA_BASE && channels >= 8) return depthwise_avx2(conv, first, last);
#endif
  (void)isa;
  if (channels >= 4) return depthwise_base(conv, first, last);
  depthwise_one(conv, first, last);
}
