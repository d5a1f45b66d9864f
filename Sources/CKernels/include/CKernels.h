// Kernels of the inference plan. Plain C: pointers and counts in, nothing allocated, nothing kept.
//
// Activations lie channels-last (NHWC) in float32. A view of one is a base pointer and three distances in floats:
// between pixels, rows and images; the channels of a pixel are contiguous. Every kernel has a portable base form;
// those written once as a template (*.inc) are also built for wider vectors and chosen by fk_isa at run time.
#ifndef FK_CKERNELS_H
#define FK_CKERNELS_H

#include <stddef.h>
#include <stdint.h>

// Instruction sets a kernel may be built for. FK_ISA_WIDE_ON_AVX2 is the AVX-512 template compiled for AVX2, so that
// its logic is tested on machines without AVX-512.
typedef enum { FK_ISA_BASE = 0, FK_ISA_AVX2 = 1, FK_ISA_AVX512 = 2, FK_ISA_WIDE_ON_AVX2 = 3 } fk_isa;

// The widest instruction set that this processor and operating system support and that is wanted: by fk_limit_isa, else by the
// variable FACE_WORKER_INSTRUCTION_SET (base, avx2 or avx512; anything else is as if it was not set).
fk_isa fk_detect_isa(void);
// Leaves wider sets than `isa` unused from now on. To be called before anything asks for the set.
void fk_limit_isa(fk_isa isa);
// Whether `isa` can run here.
int fk_isa_supported(fk_isa isa);
// Whether AVX-512 foundation, bf16 and VNNI are there and wanted (bits 0, 1 and 2).
unsigned fk_avx512_features(void);

// Large blocks go back to the system when they are freed, however often they come and go, and few arenas are kept.
// To be called once, before threads start. Does nothing where the C library has no such settings.
void fk_bound_allocator(void);

// Has the kernel kill the calling process when the thread that started it ends; 0 where that is not to be had.
int fk_die_with_parent(void);

// Lets every other process go first, for the calling thread and those it starts; 0 where that is refused.
int fk_lowest_priority(void);

// A channels-last view: `data` is pixel (0,0) of image 0.
typedef struct {
  float *data;
  ptrdiff_t pixel, row, image;  // distances in floats
  int n, h, w, c;
} fk_view;

// What a kernel may do to a value before it writes it.
typedef enum {
  FK_ACT_NONE = 0,
  FK_ACT_RELU = 1,
  FK_ACT_PRELU = 2,         // x > 0 ? x : x * slope[channel]
  FK_ACT_LEAKY = 3,         // x > 0 ? x : x * low
  FK_ACT_CLIP = 4,          // to [low, high]
  FK_ACT_SIGMOID = 5,
  FK_ACT_HARD_SIGMOID = 6,  // x * low + high, to [0, 1]
  FK_ACT_HARD_SWISH = 7     // x * (x / 6 + 1 / 2, to [0, 1])
} fk_activation;

typedef struct {
  fk_activation kind;
  float low, high;
  const float *slope;  // one a channel (fk_conv_run: padded to fk_conv_padded_channels)
} fk_epilogue;

// One convolution with everything fused that follows it: y = act(conv(x, w) + bias + residual).
typedef struct {
  fk_view x;              // already surrounded by its zero border: `data` is the first tap of the first output
  fk_view y;
  fk_view residual;       // data == NULL: none; otherwise the shape of y
  int kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w;
  const float *weights;   // packed by fk_conv_pack or fk_depthwise_pack
  const float *bias;      // fk_conv_run: padded to fk_conv_padded_channels
  fk_epilogue epilogue;
} fk_conv;

// Output channels rounded up to whole vectors of `isa`.
int fk_conv_padded_channels(fk_isa isa, int channels_out);
// Blocks of output channels that are computed together.
int fk_conv_blocks(fk_isa isa, int channels_out);
// Vectors of output channels in a full block.
int fk_conv_block_vectors(fk_isa isa);
// Packs weights out x in x kh x kw into blocks; `packed` holds padded_channels * in * kh * kw floats.
void fk_conv_pack(fk_isa isa, const float *weights, int channels_out, int channels_in, int kernel_h, int kernel_w,
                  float *packed);
// Computes output pixels [first, last) of all images (row-major over n, y, x) for channel blocks [block, block_end).
void fk_conv_run(fk_isa isa, const fk_conv *conv, long first, long last, int block, int block_end);

// MARK: Gallery search. Rows are embeddings back to back, of any alignment; so are probes.

// The product of two vectors, summed in an order that depends on nothing but `isa` and `dimension`.
float fk_gallery_dot(fk_isa isa, const float *a, const float *b, long dimension);
// As many probes as `probes` must have room for: a whole number of tiles.
long fk_gallery_padded_probes(fk_isa isa, long probes);
// out[probe * stride + row] = row . probe for `probe_count` probes, a number that fk_gallery_padded_probes gave. The sums are
// in another order than fk_gallery_dot's. Memory after the rows is prefetched, never read.
void fk_gallery_dots(fk_isa isa, const float *rows, long count, long dimension, const float *probes, long probe_count,
                     float *out, long stride);

// Writes a vector as bytes q + 128, q from -127 to 127, with the step of q and a number that |x - step q| does not exceed.
void fk_gallery_quantize(fk_isa isa, const float *x, long dimension, uint8_t *to, float *scale, float *residual);
// What a bound takes of a probe: its step, what multiplies a row's residual, and what is added to every row.
typedef struct {
  float scale, length, slack;
} fk_gallery_probe;
// out[probe * stride + row] = (row . probe) scale facts.scale + residual facts.length + facts.slack, the product of bytes being
// exact. Probes are signed bytes without the 128.
void fk_gallery_bounds(fk_isa isa, const uint8_t *rows, const float *scales, const float *residuals, long count,
                       long dimension, const int8_t *probes, const fk_gallery_probe *facts, long probe_count, float *out,
                       long stride);
// The positions of the values that are `least` or more, in order; returns how many. `found` has room for `count`.
long fk_gallery_above(fk_isa isa, const float *values, long count, float least, int32_t *found);

// A checksum of bytes against damage.
uint64_t fk_checksum(const void *bytes, size_t count);

// Dense 3x3 convolutions of stride and dilation 1 by Winograd's F(4x4, 3x3). The sums are rounded differently from those
// of fk_conv_run; their error is about as large.
// Floats of the packed weights; packs weights out x in x 3 x 3, with scratch for 6 * out * in floats.
size_t fk_winograd_packed_size(fk_isa isa, int channels_out, int channels_in);
void fk_winograd_pack(fk_isa isa, const float *weights, int channels_out, int channels_in, float *scratch,
                      float *packed);
// Tiles of 4 x 4 outputs in all images, and the scratch in floats that a call for any number of them needs.
long fk_winograd_tiles(const fk_conv *conv);
size_t fk_winograd_scratch_size(const fk_conv *conv);
// Computes the outputs of tiles [first, last). `conv` as for fk_conv_run, with weights packed by fk_winograd_pack.
void fk_winograd_run(fk_isa isa, const fk_conv *conv, long first, long last, float *scratch);

// MARK: Training. Weights lie as out x in x kh x kw; work is cut into parts that write to places of their own, so that a
// result does not depend on how many threads share it.

// fk_conv_pack for blocks [block, block_end) only, for weights that change at every step.
void fk_conv_pack_blocks(fk_isa isa, const float *weights, int channels_out, int channels_in, int kernel_h,
                         int kernel_w, int block, int block_end, float *packed);
// The inverse: from the packed layout to out x in x kh x kw.
void fk_conv_unpack_blocks(fk_isa isa, const float *packed, int channels_out, int channels_in, int kernel_h,
                           int kernel_w, int block, int block_end, float *weights);
// Some taps of one axis of a kernel: first, first + step, ...
typedef struct {
  int first, step, count;
} fk_taps;
// Packs the chosen taps, turned around, for the convolution from output to input channels that gives the gradient by the
// input. Blocks are those of `channels_in` channels; in * out * taps floats, in padded.
void fk_conv_pack_transposed(fk_isa isa, const float *weights, int channels_out, int channels_in, int kernel_h,
                             int kernel_w, fk_taps rows, fk_taps columns, int block, int block_end, float *packed);
// The gradient by the weights, in the packed layout: of output-channel block `block` the rows [first, last) of the
// in * kh * kw (kh x kw x in). `conv` has x as for fk_conv_run and, as y, the gradient by the output.
void fk_conv_weight_gradient(fk_isa isa, const fk_conv *conv, int block, long first, long last, float *sums);

// Adds, for each channel, the sums of (x - pivot) and of its square over `pixels` rows, `stride` floats apart.
void fk_channel_sums(fk_isa isa, const float *x, ptrdiff_t stride, long pixels, int channels, const float *pivot,
                     double *sum, double *square);

// What the gradient of y = relu?(x * scale + shift), scale = gamma / deviation, needs: per-channel values, and rows of
// channels with the distances between them.
typedef struct {
  int channels, relu;
  const float *x, *gradient;
  float *result;
  ptrdiff_t x_stride, gradient_stride, result_stride;
  const float *mean, *scale, *shift;              // scale and shift: only with relu
  const float *by_gradient, *by_x, *constant;     // fk_norm_gradient_input only
} fk_norm_gradient;

// Adds, for pixels [first, last), the sums of g and of g * (x - mean), g being the gradient behind the activation.
void fk_norm_gradient_sums(fk_isa isa, const fk_norm_gradient *norm, long first, long last, double *sum,
                           double *product);
// result = g * by_gradient + x * by_x + constant for pixels [first, last).
void fk_norm_gradient_input(fk_isa isa, const fk_norm_gradient *norm, long first, long last);

// x = y > 0 ? gradient : 0.
void fk_relu_gradient(fk_isa isa, const float *y, const float *gradient, float *x, long count);
// dx (dense) = x > 0 ? gradient : gradient * slope; adds the gradients by the slopes to `sums`, one a channel.
void fk_prelu_gradient(fk_isa isa, const float *x, ptrdiff_t x_stride, const float *gradient, ptrdiff_t gradient_stride,
                       const float *slope, float *dx, long pixels, int channels, double *sums);
// y += x.
void fk_accumulate(fk_isa isa, const float *x, float *y, long count);
// y = x * factor.
void fk_scale(fk_isa isa, const float *x, float factor, float *y, long count);

// Adds the gradient by the input of a pooling to `dx`, for one image. Windows are clipped as in fk_max_pool.
void fk_max_pool_gradient(fk_isa isa, fk_view x, fk_view y, fk_view gradient, fk_view dx, int kernel_h, int kernel_w,
                          int stride_h, int stride_w, int pad_h, int pad_w, long image);
void fk_average_pool_gradient(fk_isa isa, fk_view gradient, fk_view dx, int kernel_h, int kernel_w, int stride_h,
                              int stride_w, int pad_h, int pad_w, int count_pad, long image);
// The gradient by the weights of a depthwise convolution for channels [first, last): channels x kh x kw. `conv` as for
// fk_conv_weight_gradient.
void fk_depthwise_weight_gradient(fk_isa isa, const fk_conv *conv, int first, int last, float *weights);

// One step of Adam: g = gradient * gradient_scale + decay * value moves the moments, first by blend1, second by blend2
// = 1 - keep2; value = value * shrink - rate * first / (sqrt(second) / root + epsilon). Reference: PyTorch Adam, AdamW.
typedef struct {
  float blend1, keep2, blend2, epsilon, rate, root, decay, shrink, gradient_scale;
} fk_adam;
void fk_adam_step(fk_isa isa, const fk_adam *adam, const float *gradient, float *value, float *first, float *second,
                  long count);
// One step of gradient descent with momentum, which may look one gradient ahead. Reference: PyTorch SGD.
typedef struct {
  float rate, keep, decay, gradient_scale;
  int looks_ahead;
} fk_momentum;
void fk_momentum_step(fk_isa isa, const fk_momentum *momentum, const float *gradient, float *value, float *sums,
                      long count);

// The processor that the calling thread runs on now; negative where that cannot be told.
int fk_processor(void);
// The calling thread, as fk_keep_off names it.
int fk_thread(void);
// Lets a thread run wherever the calling thread may, but on this one processor; 0 where there is no other or it is refused.
int fk_keep_off(int thread, int processor);

// Tells the processor that a loop only waits for another thread.
static inline void fk_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// MARK: Depthwise convolution, pooling, element by element

// Packs the weights channels x 1 x kh x kw of a depthwise convolution: kh x kw x channels floats.
void fk_depthwise_pack(const float *weights, int channels, int kernel_h, int kernel_w, float *packed);
// Computes the output rows [first, last) of n * y.h of a convolution whose every channel has one filter of its own.
void fk_depthwise_run(fk_isa isa, const fk_conv *conv, long first, long last);

// Pooling windows are clipped to the image, as PyTorch's ceil_mode does. Rows [first, last) of n * y.h.
void fk_max_pool(fk_isa isa, fk_view x, fk_view y, int kernel_h, int kernel_w, int stride_h, int stride_w, int pad_h,
                 int pad_w, long first, long last);
// `count_pad` != 0 divides by the full window, else by the pixels inside the image.
void fk_average_pool(fk_isa isa, fk_view x, fk_view y, int kernel_h, int kernel_w, int stride_h, int stride_w,
                     int pad_h, int pad_w, int count_pad, long first, long last);

// y = act(x * scale + shift), per channel; scale and shift may be NULL. Rows [first, last) of n * y.h.
void fk_affine(fk_isa isa, fk_view x, fk_view y, const float *scale, const float *shift, const fk_epilogue *epilogue,
               long first, long last);
// y = a + b where a or b may have fewer rows, columns or channels than y: what is missing counts as zero.
void fk_add_padded(fk_view a, fk_view b, fk_view y);

// A walk over one output and one or two inputs of any layout: for each axis, outermost first, its size and the distance
// in floats between neighbors in each. A distance of 0 repeats the value (broadcast).
enum { FK_MAX_AXES = 8 };
typedef struct {
  int axes;
  ptrdiff_t size[FK_MAX_AXES], a[FK_MAX_AXES], b[FK_MAX_AXES], y[FK_MAX_AXES];
} fk_walk;

// Adds the next inner axis. Axes of size 1 vanish, and an axis that continues the one before it is merged with that.
void fk_walk_add(fk_walk *walk, ptrdiff_t size, ptrdiff_t a, ptrdiff_t b, ptrdiff_t y);
// How many pieces the walk may be split into.
long fk_walk_pieces(const fk_walk *walk);

typedef enum { FK_ADD, FK_SUB, FK_MUL, FK_DIV, FK_MAX, FK_MIN } fk_binary_kind;
// y = a (kind) b for pieces [first, last). y must not overlap a or b unless it is the same place.
void fk_binary(fk_isa isa, fk_binary_kind kind, const fk_walk *walk, const float *a, const float *b, float *y,
               long first, long last);
// y = a for pieces [first, last).
void fk_walk_copy(const fk_walk *walk, const float *a, float *y, long first, long last);

void fk_copy(fk_view x, fk_view y);
// Zeroes `top`, `left`, `bottom`, `right` pixels around the interior that `x` describes.
void fk_zero_border(fk_view x, int top, int left, int bottom, int right);
void fk_nchw_to_nhwc(const float *x, fk_view y);
void fk_nhwc_to_nchw(fk_view x, float *y);

// Area (adaptive average) resize of the pixels [x0, x0 + w) x [y0, y0 + h) of an 8-bit RGB image to `out_w` x `out_h`
// floats of three channels, each (value - mean) * scale. Rows [first, last) of the output only. Windows are those of
// PyTorch's interpolate(mode="area"): [floor(i * in / out), ceil((i + 1) * in / out)). `out` is the row `first`.
// `column_sums` is scratch for 3 * w + 1 floats.
void fk_area_resize_rgb8(fk_isa isa, const uint8_t *pixels, ptrdiff_t stride, int x0, int y0, int w, int h, float *out,
                         int out_w, int out_h, float mean, float scale, int first, int last, float *column_sums);

// A part of an 8-bit RGB image, `w` x `h` pixels from `pixels` on, that is resized by area (see above) to `out_w` x
// `out_h`.
typedef struct fk_area {
  const uint8_t *pixels;
  ptrdiff_t stride;  // bytes
  int32_t w, h, out_w, out_h;
  float mean, scale;
} fk_area;

// A 3 x 3 convolution with PReLU: weights out x in x 3 x 3, a bias and a slope for each output.
typedef struct fk_proposal_layer {
  const float *weights, *bias, *slopes;
} fk_proposal_layer;

// What the first network of MTCNN says of one place: its two class outputs and four offsets.
typedef struct fk_proposal {
  int32_t row, column;
  float values[6];
} fk_proposal;

// The first network of MTCNN on the resized image, whose sides must be at least 12: convolution 3 -> 10, pooling 2 x 2
// (ceiling), convolutions 10 -> 16 -> 32, heads 32 -> 6. Reference: Zhang et al. 2016.
// Packed weights, in floats; they belong to one instruction set.
size_t fk_proposal_weight_count(void);
void fk_proposal_pack(fk_isa isa, const fk_proposal_layer layers[3], const float *heads, const float *heads_bias,
                      float *packed);
// Floats of scratch a run needs.
size_t fk_proposal_scratch(fk_isa isa, const fk_area *area);
// Rows [first, last) of the answer, which has (out_h - 1) / 2 - 4 rows of (out_w - 1) / 2 - 4 columns; pieces that
// begin and end at multiples of four rows, or with the last, give to the bit what one run gives. Writes the places
// whose second class output exceeds the first by `least` or more, in an order of its own, and returns their number;
// `found` must have room for all places of the rows.
long fk_proposal_run(fk_isa isa, const float *packed, const fk_area *area, int first, int last, float least,
                     float *scratch, fk_proposal *found);

// How an 8-bit RGB image of `w` x `h` pixels without padding is sampled bilinearly: pixel (x, y) of the result shows
// (path[0] * x + path[1] * y + path[2], path[3] * x + path[4] * y + path[5]), whole numbers being pixels' centers.
// Outside of the image its rim goes on, or else there is `fill`, which blends into the rim. Rounded to the nearest,
// half up.
typedef struct fk_warp {
  const uint8_t *pixels;
  int32_t w, h;
  double path[6];
  int32_t goes_on;
  uint8_t fill;
} fk_warp;

void fk_warp_rgb8(fk_isa isa, const fk_warp *warp, uint8_t *out, int out_w, int out_h);

// y[i] = (x[i] - mean[c]) * scale[c] for `count` pixels of interleaved 8-bit RGB; `swap` != 0 writes blue first.
// mean and scale are given in the order red, green, blue.
void fk_normalize_rgb8(fk_isa isa, const uint8_t *pixels, size_t count, const float mean[3], const float scale[3],
                       int swap, float *out);

#include "CKernelsReduced.h"

#endif
