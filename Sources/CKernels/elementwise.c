// Per-channel and element-wise work on channels-last views, and conversions from and to planes.
#include "CKernels.h"
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define FK_TEMPLATE "elementwise.inc"
#include "instruction_sets.inc"

void fk_affine(fk_isa isa, fk_view x, fk_view y, const float *scale, const float *shift, const fk_epilogue *epilogue,
               long first, long last) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512) return affine_avx512(x, y, scale, shift, epilogue, first, last);
  if (isa != FK_ISA_BASE) return affine_avx2(x, y, scale, shift, epilogue, first, last);
#endif
  (void)isa;
  affine_base(x, y, scale, shift, epilogue, first, last);
}

static inline float *fk_pixel(fk_view x, int image, int row, int column) {
  return x.data + image * x.image + row * x.row + column * x.pixel;
}

#define FK_EACH_PIXEL(view)               \
  for (int image = 0; image < view.n; image++) \
    for (int row = 0; row < view.h; row++)     \
      for (int column = 0; column < view.w; column++)

void fk_add_padded(fk_view a, fk_view b, fk_view y) {
  FK_EACH_PIXEL(y) {
    int has_a = row < a.h && column < a.w, has_b = row < b.h && column < b.w;
    const float *left = has_a ? fk_pixel(a, image, row, column) : 0;
    const float *right = has_b ? fk_pixel(b, image, row, column) : 0;
    float *out = fk_pixel(y, image, row, column);
    for (int i = 0; i < y.c; i++) {
      float value = 0;
      if (left && i < a.c) value += left[i];
      if (right && i < b.c) value += right[i];
      out[i] = value;
    }
  }
}

void fk_copy(fk_view x, fk_view y) {
  FK_EACH_PIXEL(y) {
    memcpy(fk_pixel(y, image, row, column), fk_pixel(x, image, row, column), sizeof(float) * (size_t)y.c);
  }
}

void fk_zero_border(fk_view x, int top, int left, int bottom, int right) {
  size_t pixel = sizeof(float) * (size_t)x.c;
  for (int image = 0; image < x.n; image++)
    for (int row = -top; row < x.h + bottom; row++) {
      int inside = row >= 0 && row < x.h;
      for (int column = -left; column < x.w + right; column++) {
        if (inside && column == 0) column = x.w;
        if (column >= x.w + right) break;
        memset(fk_pixel(x, image, row, column), 0, pixel);
      }
    }
}

void fk_nchw_to_nhwc(const float *x, fk_view y) {
  FK_EACH_PIXEL(y) {
    float *out = fk_pixel(y, image, row, column);
    const float *in = x + (((size_t)image * y.c) * y.h + row) * y.w + column;
    for (int i = 0; i < y.c; i++) out[i] = in[(size_t)i * y.h * y.w];
  }
}

void fk_nhwc_to_nchw(fk_view x, float *y) {
  FK_EACH_PIXEL(x) {
    const float *in = fk_pixel(x, image, row, column);
    float *out = y + (((size_t)image * x.c) * x.h + row) * x.w + column;
    for (int i = 0; i < x.c; i++) out[(size_t)i * x.h * x.w] = in[i];
  }
}
