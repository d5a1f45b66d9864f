// Loading and storing values of any format for kernels that are written once in plain C and compiled for several
// instruction sets; a loop over channels around these becomes vector instructions.
#ifndef FK_FORMATS_H
#define FK_FORMATS_H

#include <string.h>
#include "CKernelsReduced.h"

#define FK_FORMAT_INLINE __attribute__((always_inline)) static inline

FK_FORMAT_INLINE int fk_bytes_of(fk_format format) {
  return format == FK_FLOAT32 ? 4 : format == FK_BFLOAT16 ? 2 : 1;
}

FK_FORMAT_INLINE char *fk_pixel_of(fk_view x, fk_format format, ptrdiff_t image, ptrdiff_t row, ptrdiff_t column) {
  return (char *)x.data + (image * x.image + row * x.row + column * x.pixel) * fk_bytes_of(format);
}

// Channels [0, count) as float32.
FK_FORMAT_INLINE void fk_load_floats(const void *from, fk_format format, fk_quant quant, int count, float *to) {
  if (format == FK_UINT8) {
    const uint8_t *bytes = from;
    for (int i = 0; i < count; i++) to[i] = (float)(bytes[i] - quant.zero) * quant.scale;
  } else if (format == FK_BFLOAT16) {
    const uint16_t *halves = from;
    for (int i = 0; i < count; i++) {
      uint32_t bits = (uint32_t)halves[i] << 16;
      memcpy(&to[i], &bits, 4);
    }
  } else {
    memcpy(to, from, sizeof(float) * (size_t)count);
  }
}

FK_FORMAT_INLINE void fk_store_floats(void *to, fk_format format, fk_quant quant, int count, const float *from) {
  if (format == FK_UINT8) {
    uint8_t *bytes = to;
    float inverse = 1 / quant.scale;
    for (int i = 0; i < count; i++) {
      float value = from[i] * inverse + (float)quant.zero;
      value = value > 0 ? value : 0;
      // Adding 2^23 rounds to a whole number, ties to even.
      bytes[i] = (uint8_t)((value < 255 ? value : 255) + 8388608.0f - 8388608.0f);
    }
  } else if (format == FK_BFLOAT16) {
    uint16_t *halves = to;
    for (int i = 0; i < count; i++) {
      uint32_t bits;
      memcpy(&bits, &from[i], 4);
      uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16, broken = bits >> 16 | 0x40;
      halves[i] = (uint16_t)((bits & 0x7fffffff) > 0x7f800000 ? broken : rounded);
    }
  } else {
    memcpy(to, from, sizeof(float) * (size_t)count);
  }
}

#endif
