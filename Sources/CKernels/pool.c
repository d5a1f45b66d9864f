// Pooling over channels-last activations. Windows are clipped to the image.
#include "CKernels.h"

typedef struct {
  int top, bottom, left, right;
} fk_window;

static fk_window fk_clip(fk_view x, int row, int column, int kh, int kw, int sh, int sw, int ph, int pw) {
  fk_window window = {row * sh - ph, row * sh - ph + kh, column * sw - pw, column * sw - pw + kw};
  if (window.top < 0) window.top = 0;
  if (window.left < 0) window.left = 0;
  if (window.bottom > x.h) window.bottom = x.h;
  if (window.right > x.w) window.right = x.w;
  return window;
}

#define FK_NAME(x) x##_one
#define FK_TARGET
#define FK_VL 1
#include "pool_max.inc"

#define FK_NAME(x) x##_base
#define FK_TARGET
#define FK_VL 4
#include "pool_max.inc"

#if defined(__x86_64__)
#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#include "pool_max.inc"
#endif

void fk_max_pool(fk_isa isa, fk_view x, fk_view y, int kh, int kw, int sh, int sw, int ph, int pw, long first,
                 long last) {
#if defined(__x86_64__)
  if (isa != FK_ISA_BASE && x.c >= 8) return max_pool_avx2(x, y, kh, kw, sh, sw, ph, pw, first, last);
#endif
  (void)isa;
  if (x.c >= 4) return max_pool_base(x, y, kh, kw, sh, sw, ph, pw, first, last);
  max_pool_one(x, y, kh, kw, sh, sw, ph, pw, first, last);
}

void fk_average_pool(fk_view x, fk_view y, int kh, int kw, int sh, int sw, int ph, int pw, int count_pad, long first,
                     long last) {
  for (long at = first; at < last; at++) {
    int image = (int)(at / y.h), row = (int)(at % y.h);
    for (int column = 0; column < y.w; column++) {
      fk_window window = fk_clip(x, row, column, kh, kw, sh, sw, ph, pw);
      float *restrict out = y.data + image * y.image + row * y.row + column * y.pixel;
      for (int i = 0; i < x.c; i++) out[i] = 0;
      int count = 0;
      for (int r = window.top; r < window.bottom; r++)
        for (int c = window.left; c < window.right; c++, count++) {
          const float *restrict in = x.data + image * x.image + r * x.row + c * x.pixel;
          for (int i = 0; i < x.c; i++) out[i] += in[i];
        }
      if (count_pad) count = kh * kw;
      float factor = count ? 1.0f / (float)count : 0;
      for (int i = 0; i < x.c; i++) out[i] *= factor;
    }
  }
}
