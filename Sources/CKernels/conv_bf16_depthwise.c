// Depthwise convolution with activations in bf16, for AVX512_BF16 machines: 16 channels at a time along a line, products
// and sums in float32. 3 x 3 with stride 1 takes two lines at a time and reads every pixel once for both.
#include "conv_bf16.h"

#if defined(__x86_64__)
#include "conv_mixed_avx512.h"

#define FK_INLINE FK_TARGET __attribute__((always_inline)) static inline

// Sixteen channels of one line of outputs and where they come from.
typedef struct {
  const char *x, *residual;
  char *y;
} fk_line;

typedef struct {
  const fk_mixed_conv *mixed;
  ptrdiff_t x_pixel, x_row, y_pixel, residual_pixel;  // in bytes
  long width;
  const float *weights;  // kh x kw x channels, from the first of the sixteen on
  __m512 bias, slope;
  __mmask16 mask;
  int channels;
} fk_strip;

FK_INLINE __m512 fk_load(fk_format format, const char *from, __mmask16 mask) {
  if (format == FK_UINT8) return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(mask, from)));
  if (format != FK_BFLOAT16) return _mm512_maskz_loadu_ps(mask, from);
  return (__m512)_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_maskz_loadu_epi16(mask, from)), 16);
}

FK_TARGET __attribute__((noinline)) static __m512 fk_slow(__m512 value, const fk_epilogue *e) {
  for (int i = 0; i < 16; i++) value[i] = fk_activated(value[i], e, 0);
  return value;
}

FK_INLINE void fk_finish(const fk_strip *s, __m512 sum, const char *residual, char *y) {
  const fk_mixed_conv *mixed = s->mixed;
  const fk_epilogue *e = &mixed->conv.epilogue;
  const __m512 zero = _mm512_setzero_ps();
  if (residual) {
    sum += mixed->residual == FK_UINT8 ? fk_load_byte(residual, s->mask, mixed->residual_quant)
                                       : fk_load(mixed->residual, residual, s->mask);
  }
  switch (e->kind) {
    case FK_ACT_NONE: break;
    case FK_ACT_RELU: sum = _mm512_max_ps(zero, sum); break;
    case FK_ACT_PRELU: sum = _mm512_max_ps(zero, sum) + _mm512_min_ps(zero, sum) * s->slope; break;
    case FK_ACT_CLIP: sum = _mm512_min_ps(_mm512_set1_ps(e->high), _mm512_max_ps(_mm512_set1_ps(e->low), sum)); break;
    default: sum = fk_slow(sum, e);
  }
  if (mixed->y == FK_UINT8) {
    fk_store_byte(y, s->mask, sum, mixed->y_quant);
  } else if (mixed->y == FK_BFLOAT16) {
    _mm256_mask_storeu_epi16(y, s->mask, (__m256i)_mm512_cvtneps_pbh(sum));
  } else {
    _mm512_mask_storeu_ps(y, s->mask, sum);
  }
}

// Two lines (or one) of a 3 x 3 kernel with stride 1.
FK_INLINE void fk_lines_3x3(const fk_strip *s, fk_format format, int lines, fk_line a, fk_line b) {
  __m512 w[9], sum[2][3];
  for (int i = 0; i < 9; i++) w[i] = _mm512_maskz_loadu_ps(s->mask, s->weights + i * s->channels);
  for (int i = 0; i < 3; i++) sum[0][i] = sum[1][i] = s->bias;
  const char *x = a.x;
  for (long column = 0; column < s->width + 2; column++, x += s->x_pixel) {
    __m512 v[4];
#pragma clang loop unroll(full)
    for (int i = 0; i < lines + 2; i++) v[i] = fk_load(format, x + i * s->x_row, s->mask);
#pragma clang loop unroll(full)
    for (int t = 0; t < lines; t++) {
#pragma clang loop unroll(full)
      for (int i = 0; i < 3; i++) {
        sum[t][0] = _mm512_fmadd_ps(v[t + i], w[i * 3 + 2], sum[t][0]);
        sum[t][1] = _mm512_fmadd_ps(v[t + i], w[i * 3 + 1], sum[t][1]);
        sum[t][2] = _mm512_fmadd_ps(v[t + i], w[i * 3], sum[t][2]);
      }
    }
    if (column >= 2) {
      fk_finish(s, sum[0][0], a.residual, a.y);
      a.y += s->y_pixel, a.residual += a.residual ? s->residual_pixel : 0;
      if (lines > 1) {
        fk_finish(s, sum[1][0], b.residual, b.y);
        b.y += s->y_pixel, b.residual += b.residual ? s->residual_pixel : 0;
      }
    }
#pragma clang loop unroll(full)
    for (int t = 0; t < lines; t++) sum[t][0] = sum[t][1], sum[t][1] = sum[t][2], sum[t][2] = s->bias;
  }
}

// One line of any kernel.
FK_INLINE void fk_line_any(const fk_strip *s, fk_format format, fk_line a) {
  const fk_conv *conv = &s->mixed->conv;
  int kh = conv->kernel_h, kw = conv->kernel_w;
  ptrdiff_t across = s->x_pixel * conv->dilation_w, down = s->x_row * conv->dilation_h;
  for (long column = 0; column < s->width; column++) {
    __m512 sum = s->bias;
    const float *w = s->weights;
    for (int i = 0; i < kh; i++)
      for (int j = 0; j < kw; j++, w += s->channels)
        sum = _mm512_fmadd_ps(fk_load(format, a.x + i * down + j * across, s->mask), _mm512_maskz_loadu_ps(s->mask, w),
                              sum);
    fk_finish(s, sum, a.residual, a.y);
    a.x += s->x_pixel * conv->stride_w, a.y += s->y_pixel;
    if (a.residual) a.residual += s->residual_pixel;
  }
}

// One line of a 3 x 3 kernel with any stride, its weights in registers.
FK_INLINE void fk_line_3x3(const fk_strip *s, fk_format format, fk_line a) {
  __m512 w[9];
  for (int i = 0; i < 9; i++) w[i] = _mm512_maskz_loadu_ps(s->mask, s->weights + i * s->channels);
  for (long column = 0; column < s->width; column++) {
    __m512 sum[3] = {s->bias, _mm512_setzero_ps(), _mm512_setzero_ps()};
#pragma clang loop unroll(full)
    for (int i = 0; i < 9; i++)
      sum[i % 3] = _mm512_fmadd_ps(fk_load(format, a.x + i / 3 * s->x_row + i % 3 * s->x_pixel, s->mask), w[i], sum[i % 3]);
    fk_finish(s, sum[0] + (sum[1] + sum[2]), a.residual, a.y);
    a.x += s->x_pixel * s->mixed->conv.stride_w, a.y += s->y_pixel;
    if (a.residual) a.residual += s->residual_pixel;
  }
}

FK_TARGET __attribute__((noinline)) static void fk_pair_byte(const fk_strip *s, fk_line a, fk_line b) {
  fk_lines_3x3(s, FK_UINT8, 2, a, b);
}
FK_TARGET __attribute__((noinline)) static void fk_pair_bf16(const fk_strip *s, fk_line a, fk_line b) {
  fk_lines_3x3(s, FK_BFLOAT16, 2, a, b);
}
FK_TARGET __attribute__((noinline)) static void fk_pair_float(const fk_strip *s, fk_line a, fk_line b) {
  fk_lines_3x3(s, FK_FLOAT32, 2, a, b);
}
FK_TARGET __attribute__((noinline)) static void fk_single_byte(const fk_strip *s, fk_line a) {
  fk_lines_3x3(s, FK_UINT8, 1, a, a);
}
FK_TARGET __attribute__((noinline)) static void fk_single_bf16(const fk_strip *s, fk_line a) {
  fk_lines_3x3(s, FK_BFLOAT16, 1, a, a);
}
FK_TARGET __attribute__((noinline)) static void fk_single_float(const fk_strip *s, fk_line a) {
  fk_lines_3x3(s, FK_FLOAT32, 1, a, a);
}
FK_TARGET __attribute__((noinline)) static void fk_strided_byte(const fk_strip *s, fk_line a) {
  fk_line_3x3(s, FK_UINT8, a);
}
FK_TARGET __attribute__((noinline)) static void fk_strided_bf16(const fk_strip *s, fk_line a) {
  fk_line_3x3(s, FK_BFLOAT16, a);
}
FK_TARGET __attribute__((noinline)) static void fk_strided_float(const fk_strip *s, fk_line a) {
  fk_line_3x3(s, FK_FLOAT32, a);
}
FK_TARGET __attribute__((noinline)) static void fk_any_byte(const fk_strip *s, fk_line a) {
  fk_line_any(s, FK_UINT8, a);
}
FK_TARGET __attribute__((noinline)) static void fk_any_bf16(const fk_strip *s, fk_line a) {
  fk_line_any(s, FK_BFLOAT16, a);
}
FK_TARGET __attribute__((noinline)) static void fk_any_float(const fk_strip *s, fk_line a) {
  fk_line_any(s, FK_FLOAT32, a);
}

FK_TARGET static void fk_depthwise_fast(const fk_mixed_conv *mixed, long first, long last) {
  const fk_conv *conv = &mixed->conv;
  const fk_view *in = &conv->x, *out = &conv->y, *res = &conv->residual;
  int xb = fk_format_bytes(mixed->x), yb = fk_format_bytes(mixed->y), rb = fk_format_bytes(mixed->residual);
  int bf16 = mixed->x == FK_BFLOAT16, byte = mixed->x == FK_UINT8;
  int small = conv->kernel_h == 3 && conv->kernel_w == 3 && conv->dilation_h == 1 && conv->dilation_w == 1;
  int unit = small && conv->stride_w == 1;
  fk_strip s = {.mixed = mixed,
                .x_pixel = in->pixel * xb, .x_row = in->row * xb, .y_pixel = out->pixel * yb,
                .residual_pixel = res->pixel * rb, .width = out->w, .channels = out->c};
  for (long row = first; row < last;) {
    long line = row % out->h, image = row / out->h;
    int lines = unit && conv->stride_h == 1 && row + 1 < last && line + 1 < out->h ? 2 : 1;
    for (int channel = 0; channel < out->c; channel += 16) {
      int left = out->c - channel;
      s.mask = (__mmask16)(left < 16 ? (1u << left) - 1 : 0xffff);
      s.weights = conv->weights + channel;
      s.bias = _mm512_maskz_loadu_ps(s.mask, conv->bias + channel);
      s.slope = conv->epilogue.slope ? _mm512_maskz_loadu_ps(s.mask, conv->epilogue.slope + channel)
                                     : _mm512_setzero_ps();
      fk_line at[2];
      for (int t = 0; t < lines; t++) {
        at[t].x = (const char *)in->data + (image * in->image + (line + t) * conv->stride_h * in->row + channel) * xb;
        at[t].y = (char *)out->data + (image * out->image + (line + t) * out->row + channel) * yb;
        at[t].residual =
            res->data ? (const char *)res->data + (image * res->image + (line + t) * res->row + channel) * rb : 0;
      }
      if (lines == 2) {
        (byte ? fk_pair_byte : bf16 ? fk_pair_bf16 : fk_pair_float)(&s, at[0], at[1]);
      } else if (unit) {
        (byte ? fk_single_byte : bf16 ? fk_single_bf16 : fk_single_float)(&s, at[0]);
      } else if (small) {
        (byte ? fk_strided_byte : bf16 ? fk_strided_bf16 : fk_strided_float)(&s, at[0]);
      } else {
        (byte ? fk_any_byte : bf16 ? fk_any_bf16 : fk_any_float)(&s, at[0]);
      }
    }
    row += lines;
  }
}

void fk_mixed_depthwise_run(fk_isa isa, const fk_mixed_conv *mixed, long first, long last) {
  if (fk_int8_supported(isa)) {
    fk_depthwise_fast(mixed, first, last);
  } else {
    fk_mixed_depthwise_plain(mixed, first, last);
  }
}

#else

void fk_mixed_depthwise_run(fk_isa isa, const fk_mixed_conv *mixed, long first, long last) {
  (void)isa;
  fk_mixed_depthwise_plain(mixed, first, last);
}

#endif
