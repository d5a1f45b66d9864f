// Reduced precision without instructions for it: packing, rounding, and plain forms of the bf16 convolutions. Slow, meant
// for tests and as the reference of what the fast forms compute.
#include "conv_bf16.h"

int fk_bf16_supported(fk_isa isa) { return isa == FK_ISA_AVX512 && (fk_avx512_features() & 7) == 7; }

int fk_int8_supported(fk_isa isa) { return isa == FK_ISA_AVX512 && (fk_avx512_features() & 7) == 7; }

uint16_t fk_bf16_from_float(float value) {
  uint32_t bits;
  memcpy(&bits, &value, 4);
  if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)(bits >> 16 | 0x40);
  return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float fk_float_from_bf16(uint16_t value) {
  uint32_t bits = (uint32_t)value << 16;
  float result;
  memcpy(&result, &bits, 4);
  return result;
}

int fk_mixed_padded_channels(int channels_out) {
  return (channels_out + FK_MIXED_VECTOR - 1) / FK_MIXED_VECTOR * FK_MIXED_VECTOR;
}

int fk_mixed_blocks(int channels_out) {
  int vectors = (channels_out + FK_MIXED_VECTOR - 1) / FK_MIXED_VECTOR;
  return (vectors + FK_MIXED_BLOCK - 1) / FK_MIXED_BLOCK;
}

void fk_mixed_pack(fk_format x, const float *weights, int out, int in, int kh, int kw, void *packed) {
  float *floats = packed;
  uint16_t *halves = packed;
  // Neighboring input channels lie together in a word, so that one multiplication takes both.
  int pair = x == FK_BFLOAT16 ? 2 : 1;
  for (int index = 0; index < fk_mixed_blocks(out); index++) {
    int start, vectors = fk_block_vectors(FK_MIXED_VECTOR, FK_MIXED_BLOCK, out, index, &start);
    int first = start * FK_MIXED_VECTOR, width = vectors * FK_MIXED_VECTOR;
    for (int y = 0; y < kh; y++)
      for (int t = 0; t < kw; t++)
        for (int c = 0; c < in; c += pair)
          for (int o = first; o < first + width; o++)
            for (int i = 0; i < pair; i++) {
              float value = o < out ? weights[(((size_t)o * in + c + i) * kh + y) * kw + t] : 0;
              if (x == FK_BFLOAT16) {
                *halves++ = fk_bf16_from_float(value);
              } else {
                *floats++ = value;
              }
            }
  }
}

void fk_int8_pack(const float *weights, int out, int in, int kh, int kw, int8_t *packed, float *scale, float *sum) {
  size_t depth = (size_t)in * kh * kw;
  for (int o = 0; o < fk_mixed_padded_channels(out); o++) {
    float largest = 0;
    for (size_t i = 0; o < out && i < depth; i++) largest = fmaxf(largest, fabsf(weights[o * depth + i]));
    scale[o] = largest > 0 && largest <= 3e38f ? largest / 127 : 1;
    sum[o] = 0;
  }
  for (int index = 0; index < fk_mixed_blocks(out); index++) {
    int start, vectors = fk_block_vectors(FK_MIXED_VECTOR, FK_MIXED_BLOCK, out, index, &start);
    int first = start * FK_MIXED_VECTOR, width = vectors * FK_MIXED_VECTOR;
    for (int y = 0; y < kh; y++)
      for (int t = 0; t < kw; t++)
        for (int c = 0; c < in; c += 4)
          for (int o = first; o < first + width; o++)
            for (int i = 0; i < 4; i++) {
              float value = o < out ? weights[(((size_t)o * in + c + i) * kh + y) * kw + t] / scale[o] : 0;
              // The division may give a little more than 127; what is no number becomes 0.
              float whole = value != value ? 0 : rintf(fminf(127, fmaxf(-127, value)));
              *packed++ = (int8_t)whole;
              sum[o] += whole;
            }
  }
}

static float fk_value(const void *data, fk_format format, ptrdiff_t index) {
  if (format == FK_UINT8) return ((const uint8_t *)data)[index];
  return format == FK_BFLOAT16 ? fk_float_from_bf16(((const uint16_t *)data)[index]) : ((const float *)data)[index];
}

// Adds the residual, applies the activation and writes one value.
static void fk_finish(const fk_mixed_conv *mixed, float sum, long image, long line, long column, int channel) {
  const fk_view *out = &mixed->conv.y, *res = &mixed->conv.residual;
  if (res->data) {
    float add =
        fk_value(res->data, mixed->residual, image * res->image + line * res->row + column * res->pixel + channel);
    sum += mixed->residual == FK_UINT8 ? (add - mixed->residual_quant.zero) * mixed->residual_quant.scale : add;
  }
  sum = fk_activated(sum, &mixed->conv.epilogue, channel);
  ptrdiff_t at = image * out->image + line * out->row + column * out->pixel + channel;
  if (mixed->y == FK_UINT8) {
    float byte = rintf(fminf(255, fmaxf(0, fmaf(sum, 1 / mixed->y_quant.scale, mixed->y_quant.zero))));
    ((uint8_t *)out->data)[at] = (uint8_t)byte;
  } else if (mixed->y == FK_BFLOAT16) {
    ((uint16_t *)out->data)[at] = fk_bf16_from_float(sum);
  } else {
    out->data[at] = sum;
  }
}

void fk_mixed_run_plain(const fk_mixed_conv *mixed, long first, long last, int block, int block_end) {
  const fk_conv *conv = &mixed->conv;
  const fk_view *in = &conv->x, *out = &conv->y;
  size_t depth = (size_t)in->c * conv->kernel_h * conv->kernel_w;
  for (int index = block; index < block_end; index++) {
    int start, vectors = fk_block_vectors(FK_MIXED_VECTOR, FK_MIXED_BLOCK, out->c, index, &start);
    int channel = start * FK_MIXED_VECTOR, width = vectors * FK_MIXED_VECTOR;
    int pair = 4 / fk_format_bytes(mixed->x);
    for (long at = first; at < last; at++) {
      long column = at % out->w, line = at / out->w % out->h, image = at / out->w / out->h;
      ptrdiff_t pixel = image * in->image + line * conv->stride_h * in->row + column * conv->stride_w * in->pixel;
      for (int o = channel; o < channel + width && o < out->c; o++) {
        float sum = mixed->x == FK_UINT8 ? 0 : conv->bias[o];
        int32_t whole = 0;
        ptrdiff_t w = (ptrdiff_t)channel * depth;
        for (int y = 0; y < conv->kernel_h; y++)
          for (int x = 0; x < conv->kernel_w; x++) {
            ptrdiff_t tap = pixel + y * conv->dilation_h * in->row + x * conv->dilation_w * in->pixel;
            for (int c = 0; c < in->c; c++) {
              ptrdiff_t at_weight = w + ((c / pair) * width + (o - channel)) * pair + c % pair;
              if (mixed->x == FK_UINT8) {
                whole += ((const uint8_t *)in->data)[tap + c] * ((const int8_t *)conv->weights)[at_weight];
              } else {
                sum += fk_value(in->data, mixed->x, tap + c) * fk_value(conv->weights, mixed->x, at_weight);
              }
            }
            w += (ptrdiff_t)in->c * width;
          }
        if (mixed->x == FK_UINT8) sum = fmaf((float)whole, mixed->factor[o], conv->bias[o]);
        fk_finish(mixed, sum, image, line, column, o);
      }
    }
  }
}

void fk_mixed_depthwise_plain(const fk_mixed_conv *mixed, long first, long last) {
  const fk_conv *conv = &mixed->conv;
  const fk_view *in = &conv->x, *out = &conv->y;
  for (long row = first; row < last; row++)
    for (long column = 0; column < out->w; column++) {
      long line = row % out->h, image = row / out->h;
      ptrdiff_t pixel = image * in->image + line * conv->stride_h * in->row + column * conv->stride_w * in->pixel;
      for (int c = 0; c < out->c; c++) {
        float sum = conv->bias[c];
        for (int y = 0; y < conv->kernel_h; y++)
          for (int x = 0; x < conv->kernel_w; x++)
            sum += fk_value(in->data, mixed->x,
                            pixel + y * conv->dilation_h * in->row + x * conv->dilation_w * in->pixel + c) *
                   conv->weights[((ptrdiff_t)y * conv->kernel_w + x) * out->c + c];
        fk_finish(mixed, sum, image, line, column, c);
      }
    }
}
