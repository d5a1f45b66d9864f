// From 8-bit pixels to network input: the template of normalize.inc for each instruction set.
#include "CKernels.h"

#define FK_NAME(x) x##_base
#define FK_TARGET
#define FK_VL 4
#include "normalize.inc"

#if defined(__x86_64__)
#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#include "normalize.inc"
#endif

void fk_normalize_rgb8(fk_isa isa, const uint8_t *pixels, size_t count, const float mean[3], const float scale[3],
                       int swap, float *out) {
#if defined(__x86_64__)
  if (isa != FK_ISA_BASE) return normalize_avx2(pixels, count, mean, scale, swap, out);
#endif
  (void)isa;
  normalize_base(pixels, count, mean, scale, swap, out);
}
