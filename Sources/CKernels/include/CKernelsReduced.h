// Kernels of reduced precision: activations in memory as bf16 or as bytes, sums in float32 or int32.
//
// A view's distances count elements of its own format; `data` is then cast to what the format says.
#ifndef FK_CKERNELS_REDUCED_H
#define FK_CKERNELS_REDUCED_H

#include "CKernels.h"

// How the values of an activation lie in memory. A byte q stands for (q - zero) * scale.
typedef enum { FK_FLOAT32 = 0, FK_BFLOAT16 = 1, FK_UINT8 = 2 } fk_format;

// What a byte stands for; read only where a format is FK_UINT8.
typedef struct {
  float scale;
  int zero;
} fk_quant;

// MARK: bf16 and bytes

// A convolution whose views may lie in different formats (float32 or bf16), with everything of fk_conv fused. Taps are
// multiplied as bf16 where x is bf16 (then x.c is even) and as float32 where x is float32; sums and the epilogue are
// float32, rounded once to y's format (to nearest, ties to even).
typedef struct {
  fk_conv conv;  // weights packed by fk_mixed_pack (fk_depthwise_pack for fk_mixed_depthwise_run)
  fk_format x, y, residual;
  // Of bytes: weights are signed bytes with a scale for each output channel; `factor` (padded as the bias) is what one unit of
  // the sum of products of bytes is worth, and the bias has in it what x's zero adds (fk_int8_pack). Borders of x hold its zero.
  fk_quant y_quant, residual_quant;
  const float *factor;
} fk_mixed_conv;

// Whether bytes run here on instructions made for them (AVX512_VNNI besides what bf16 needs).
int fk_int8_supported(fk_isa isa);
// Packs weights out x in x kh x kw as signed bytes, in a multiple of four: padded_channels * in * kh * kw bytes. `scale` gets
// what one unit of each output channel is worth, `sum` the sum of its bytes; both padded.
void fk_int8_pack(const float *weights, int channels_out, int channels_in, int kernel_h, int kernel_w, int8_t *packed,
                  float *scale, float *sum);

// Whether bf16 runs here on instructions made for it (`isa` is AVX-512 and the processor has AVX512_BF16).
int fk_bf16_supported(fk_isa isa);
// Output channels rounded up to whole vectors, and the blocks of output channels that are computed together.
int fk_mixed_padded_channels(int channels_out);
int fk_mixed_blocks(int channels_out);
// Packs weights out x in x kh x kw for inputs of format `x`: padded_channels * in * kh * kw floats, or half of the bytes
// for bf16.
void fk_mixed_pack(fk_format x, const float *weights, int channels_out, int channels_in, int kernel_h, int kernel_w,
                   void *packed);
// Output pixels [first, last) of all images (row-major over n, y, x) for channel blocks [block, block_end). Without
// fk_bf16_supported the plain form runs, which rounds the same way.
void fk_mixed_run(fk_isa isa, const fk_mixed_conv *conv, long first, long last, int block, int block_end);
// Rows [first, last) of n * y.h of a depthwise convolution; multiplied as float32 in every format.
void fk_mixed_depthwise_run(fk_isa isa, const fk_mixed_conv *conv, long first, long last);

// Rounds to the nearest bf16, ties to even; NaN stays NaN.
uint16_t fk_bf16_from_float(float value);
float fk_float_from_bf16(uint16_t value);

// MARK: Any format

// y = x in another format, rows [first, last) of n * h.
void fk_convert(fk_isa isa, fk_view x, fk_format from, fk_quant from_quant, fk_view y, fk_format to, fk_quant to_quant,
                long first, long last);
// y = x, of one format.
void fk_format_copy(fk_view x, fk_view y, fk_format format);

// Pooling from and to any format; windows are clipped as in fk_max_pool.
typedef struct {
  fk_view x, y;
  fk_format from, to;
  fk_quant from_quant, to_quant;
  int is_max, count_pad, kernel_h, kernel_w, stride_h, stride_w, pad_h, pad_w;
} fk_mixed_pool;
// Rows [first, last) of n * y.h.
void fk_mixed_pool_run(fk_isa isa, const fk_mixed_pool *pool, long first, long last);

// Fills `top`, `left`, `bottom`, `right` pixels around the interior with the byte `value` (0 for floats).
void fk_fill_border(fk_view x, fk_format format, int value, int top, int left, int bottom, int right);

#endif
