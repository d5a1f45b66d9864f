// The pixels of an image that a pooling window covers.
#ifndef FK_POOL_WINDOW_H
#define FK_POOL_WINDOW_H

#include "CKernels.h"

typedef struct {
  int top, bottom, left, right;
} fk_window;

static inline fk_window fk_clip(fk_view x, int row, int column, int kh, int kw, int sh, int sw, int ph, int pw) {
  fk_window window = {row * sh - ph, row * sh - ph + kh, column * sw - pw, column * sw - pw + kw};
  if (window.top < 0) window.top = 0;
  if (window.left < 0) window.left = 0;
  if (window.bottom > x.h) window.bottom = x.h;
  if (window.right > x.w) window.right = x.w;
  return window;
}

#endif
