// Conversion between formats, pooling and borders over activations of any format.
#include "formats.h"

#define FK_NAME(x) fk_##x##_base
#define FK_TARGET
#include "formats.inc"

#if defined(__x86_64__)
#define FK_NAME(x) fk_##x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#include "formats.inc"

#define FK_NAME(x) fk_##x##_avx512
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,prefer-256-bit")))
#include "formats.inc"
#endif

void fk_convert(fk_isa isa, fk_view x, fk_format from, fk_quant from_quant, fk_view y, fk_format to, fk_quant to_quant,
                long first, long last) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512) return fk_convert_avx512(x, from, from_quant, y, to, to_quant, first, last);
  if (isa != FK_ISA_BASE) return fk_convert_avx2(x, from, from_quant, y, to, to_quant, first, last);
#endif
  (void)isa;
  fk_convert_base(x, from, from_quant, y, to, to_quant, first, last);
}

void fk_mixed_pool_run(fk_isa isa, const fk_mixed_pool *pool, long first, long last) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512) return fk_pool_avx512(pool, first, last);
  if (isa != FK_ISA_BASE) return fk_pool_avx2(pool, first, last);
#endif
  (void)isa;
  fk_pool_base(pool, first, last);
}

void fk_format_copy(fk_view x, fk_view y, fk_format format) {
  size_t length = (size_t)y.c * (size_t)fk_bytes_of(format);
  for (int image = 0; image < y.n; image++)
    for (int row = 0; row < y.h; row++)
      for (int column = 0; column < y.w; column++)
        memcpy(fk_pixel_of(y, format, image, row, column), fk_pixel_of(x, format, image, row, column), length);
}

void fk_fill_border(fk_view x, fk_format format, int value, int top, int left, int bottom, int right) {
  size_t pixel = (size_t)x.c * (size_t)fk_bytes_of(format);
  int dense = x.pixel == x.c;
  for (int image = 0; image < x.n; image++)
    for (int row = -top; row < x.h + bottom; row++) {
      int inside = row >= 0 && row < x.h;
      // The pixels left of the interior, then those right of it; a whole line where there is no interior.
      for (int side = 0; side < 2; side++) {
        int from = side ? x.w : -left, to = side ? x.w + right : inside ? 0 : x.w;
        if (dense && to > from) {
          memset(fk_pixel_of(x, format, image, row, from), value, pixel * (size_t)(to - from));
        } else {
          for (int column = from; column < to; column++)
            memset(fk_pixel_of(x, format, image, row, column), value, pixel);
        }
      }
    }
}
