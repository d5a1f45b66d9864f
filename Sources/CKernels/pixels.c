// From 8-bit pixels to network input: area resize and normalization.
#include "CKernels.h"

void fk_area_resize_rgb8(const uint8_t *pixels, ptrdiff_t stride, int x0, int y0, int w, int h, float *out, int out_w,
                         int out_h, float mean, float scale, int first, int last, float *column_sums) {
  const uint8_t *origin = pixels + y0 * stride + (ptrdiff_t)x0 * 3;
  int values = w * 3;
  for (int row = first; row < last; row++) {
    int top = (int)((int64_t)row * h / out_h);
    int bottom = (int)(((int64_t)(row + 1) * h + out_h - 1) / out_h);
    // Sums of bytes stay exact in float32 up to 2^24, far above any window.
    for (int i = 0; i < values; i++) column_sums[i] = origin[top * stride + i];
    for (int r = top + 1; r < bottom; r++) {
      const uint8_t *restrict line = origin + r * stride;
      for (int i = 0; i < values; i++) column_sums[i] += line[i];
    }
    float *target = out + (ptrdiff_t)(row - first) * out_w * 3;
    for (int column = 0; column < out_w; column++, target += 3) {
      int left = (int)((int64_t)column * w / out_w);
      int right = (int)(((int64_t)(column + 1) * w + out_w - 1) / out_w);
      float red = 0, green = 0, blue = 0;
      for (const float *sum = column_sums + left * 3, *end = column_sums + right * 3; sum < end; sum += 3) {
        red += sum[0];
        green += sum[1];
        blue += sum[2];
      }
      float count = (float)(bottom - top) * (float)(right - left);
      target[0] = (red / count - mean) * scale;
      target[1] = (green / count - mean) * scale;
      target[2] = (blue / count - mean) * scale;
    }
  }
}

void fk_normalize_rgb8(const uint8_t *pixels, size_t count, const float mean[3], const float scale[3], int swap,
                       float *out) {
  for (size_t i = 0; i < count; i++, pixels += 3, out += 3) {
    float red = ((float)pixels[0] - mean[0]) * scale[0];
    float green = ((float)pixels[1] - mean[1]) * scale[1];
    float blue = ((float)pixels[2] - mean[2]) * scale[2];
    out[0] = swap ? blue : red;
    out[1] = green;
    out[2] = swap ? red : blue;
  }
}
