// What the convolutions of reduced precision share: how output pixels are walked, and scalar activations.
#ifndef FK_CONV_BF16_H
#define FK_CONV_BF16_H

#include <math.h>
#include <string.h>
#include "CKernelsReduced.h"
#include "conv_blocks.h"

// Vectors of 16 output channels in a full block.
enum { FK_MIXED_VECTOR = 16, FK_MIXED_BLOCK = 4 };
// Taps of the largest kernel taken, as in conv_direct.c.
enum { FK_MIXED_TAPS = 256 };

// What one block of output channels needs, whatever the tile.
typedef struct {
  const float *weights;      // runs x run_length x vectors x 16 words
  const float *bias;         // vectors x 16
  const float *factor;       // of bytes only: what one unit of the sum is worth, vectors x 16
  const ptrdiff_t *offsets;  // in bytes, of each run of contiguous taps from the pixel's first tap
  long run_length;           // in 32-bit words
  int runs;
  unsigned last_mask;        // lanes of the last vector that exist
  int residual;              // its format, or -1
  fk_format y;
  fk_quant y_quant, residual_quant;
  fk_epilogue epilogue;      // slopes from this block's first channel on
} fk_mixed_block;

typedef void (*fk_mixed_tile)(const fk_mixed_block *, fk_format, int, int, const char *const *, char *const *,
                              const char *const *);

#if defined(__x86_64__)
// The tiles of conv_int8.c.
void fk_int8_tile(int count, int vectors, const char *const *x, char *const *y, const char *const *residual,
                  const fk_mixed_block *b);
#endif

static inline int fk_format_bytes(fk_format format) {
  return format == FK_FLOAT32 ? 4 : format == FK_BFLOAT16 ? 2 : 1;
}

// The activation of one value; `channel` chooses the slope.
static inline float fk_activated(float x, const fk_epilogue *e, int channel) {
  switch (e->kind) {
    case FK_ACT_NONE: return x;
    case FK_ACT_RELU: return x > 0 ? x : x != x ? x : 0;
    case FK_ACT_PRELU: return x > 0 ? x : x * e->slope[channel];
    case FK_ACT_LEAKY: return x > 0 ? x : x * e->low;
    case FK_ACT_CLIP: return x < e->low ? e->low : x > e->high ? e->high : x;
    case FK_ACT_SIGMOID: return 1 / (1 + expf(-x));
    case FK_ACT_HARD_SIGMOID: {
      float y = x * e->low + e->high;
      return y < 0 ? 0 : y > 1 ? 1 : y;
    }
    case FK_ACT_HARD_SWISH: {
      float y = x * (1.0f / 6) + 0.5f;
      return x * (y < 0 ? 0 : y > 1 ? 1 : y);
    }
  }
  return x;
}

// The distances of each run of contiguous taps, in bytes.
static inline int fk_mixed_runs(const fk_conv *conv, int bytes, ptrdiff_t *offsets, long *run_length) {
  const fk_view *in = &conv->x;
  int runs = 0, joined = in->pixel == in->c && conv->dilation_w == 1;
  *run_length = (long)(joined ? in->c * conv->kernel_w : in->c) * bytes / 4;
  for (int y = 0; y < conv->kernel_h; y++) {
    ptrdiff_t row = (ptrdiff_t)y * conv->dilation_h * in->row * bytes;
    if (joined) {
      offsets[runs++] = row;
    } else {
      for (int x = 0; x < conv->kernel_w; x++) offsets[runs++] = row + (ptrdiff_t)x * conv->dilation_w * in->pixel * bytes;
    }
  }
  return runs;
}

// Cuts output pixels [first, last) into tiles and hands them to `tile` block by block of output channels.
static inline void fk_mixed_walk(const fk_mixed_conv *mixed, fk_mixed_block b, long first, long last, int block,
                                 int block_end, fk_mixed_tile tile) {
  enum { TILE = 48 };
  const fk_conv *conv = &mixed->conv;
  const fk_view *in = &conv->x, *out = &conv->y, *res = &conv->residual;
  int in_bytes = fk_format_bytes(mixed->x), out_bytes = fk_format_bytes(mixed->y);
  int res_bytes = fk_format_bytes(mixed->residual);
  ptrdiff_t offsets[FK_MIXED_TAPS];
  b.offsets = offsets;
  b.runs = fk_mixed_runs(conv, in_bytes, offsets, &b.run_length);
  b.residual = res->data ? (int)mixed->residual : -1;
  b.y = mixed->y;
  b.epilogue = conv->epilogue;
  const float *bias = b.bias, *factor = b.factor;
  size_t depth = (size_t)in->c * conv->kernel_h * conv->kernel_w * in_bytes / 4;
  // Pixels whose taps fit the second-level cache beside a block of weights.
  long chunk = (131072 / in_bytes) / ((long)in->c * conv->stride_h * conv->stride_w + 1);
  chunk = (chunk / TILE + 1) * TILE;
  for (long start = first; start < last; start += chunk) {
    long stop = start + chunk < last ? start + chunk : last;
    for (int index = block; index < block_end; index++) {
      int channel, vectors = fk_block_vectors(FK_MIXED_VECTOR, FK_MIXED_BLOCK, out->c, index, &channel);
      channel *= FK_MIXED_VECTOR;
      b.weights = conv->weights + (size_t)channel * depth;
      b.bias = bias + channel;
      if (factor) b.factor = factor + channel;
      b.epilogue.slope = conv->epilogue.slope ? conv->epilogue.slope + channel : 0;
      int lanes = out->c - channel - (vectors - 1) * FK_MIXED_VECTOR;
      b.last_mask = lanes < FK_MIXED_VECTOR ? (1u << lanes) - 1 : 0xffff;
      long column = start % out->w, rest = start / out->w;
      long line = rest % out->h, image = rest / out->h;
      for (long at = start; at < stop;) {
        const char *x[TILE], *residual[TILE];
        char *y[TILE];
        int count = stop - at < TILE ? (int)(stop - at) : TILE;
        for (int p = 0; p < count;) {
          // A run of pixels in one line, stepped without multiplying.
          const char *from = (const char *)in->data + (image * in->image + line * conv->stride_h * in->row +
                                                       column * conv->stride_w * in->pixel) * in_bytes;
          char *to = (char *)out->data +
                     (image * out->image + line * out->row + column * out->pixel + channel) * out_bytes;
          const char *add = res->data ? (const char *)res->data + (image * res->image + line * res->row +
                                                                   column * res->pixel + channel) * res_bytes : 0;
          ptrdiff_t step = conv->stride_w * in->pixel * in_bytes, to_step = out->pixel * out_bytes;
          ptrdiff_t add_step = add ? res->pixel * res_bytes : 0;
          int run = count - p < out->w - column ? count - p : (int)(out->w - column);
          for (int i = 0; i < run; i++, p++, from += step, to += to_step, add += add_step)
            x[p] = from, y[p] = to, residual[p] = add;
          column += run;
          if (column == out->w) {
            column = 0;
            if (++line == out->h) line = 0, image++;
          }
        }
        tile(&b, mixed->x, count, vectors, x, y, residual);
        at += count;
      }
    }
  }
}

// The portable forms of fk_mixed_run and fk_mixed_depthwise_run, which round as the others do.
void fk_mixed_run_plain(const fk_mixed_conv *mixed, long first, long last, int block, int block_end);
void fk_mixed_depthwise_plain(const fk_mixed_conv *mixed, long first, long last);

#endif
