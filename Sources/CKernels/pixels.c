// From 8-bit pixels to network input: area resize with normalization.
#include "CKernels.h"

#define FK_NAME(x) x##_base
#define FK_TARGET
#define FK_VL 4
#include "area_resize.inc"

#if defined(__x86_64__)
#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#include "area_resize.inc"
#endif

void fk_area_resize_rgb8(fk_isa isa, const uint8_t *pixels, ptrdiff_t stride, int x0, int y0, int w, int h, float *out,
                         int out_w, int out_h, float mean, float scale, int first, int last, float *column_sums) {
#if defined(__x86_64__)
  if (isa != FK_ISA_BASE)
    return area_resize_avx2(pixels, stride, x0, y0, w, h, out, out_w, out_h, mean, scale, first, last, column_sums);
#endif
  (void)isa;
  area_resize_base(pixels, stride, x0, y0, w, h, out, out_w, out_h, mean, scale, first, last, column_sums);
}
