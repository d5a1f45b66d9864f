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

// The widest instruction set this processor and operating system support.
fk_isa fk_detect_isa(void);
// Whether `isa` can run here.
int fk_isa_supported(fk_isa isa);
// Whether the processor has AVX-512 foundation, bf16 and VNNI (bits 0, 1 and 2).
unsigned fk_avx512_features(void);

// Large blocks go back to the system when they are freed, however often they come and go, and few arenas are kept.
// To be called once, before threads start. Does nothing where the C library has no such settings.
void fk_bound_allocator(void);

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
// Packs weights out x in x kh x kw into blocks; `packed` holds padded_channels * in * kh * kw floats.
void fk_conv_pack(fk_isa isa, const float *weights, int channels_out, int channels_in, int kernel_h, int kernel_w,
                  float *packed);
// Computes output pixels [first, last) of all images (row-major over n, y, x) for channel blocks [block, block_end).
void fk_conv_run(fk_isa isa, const fk_conv *conv, long first, long last, int block, int block_end);

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

// y[i] = (x[i] - mean[c]) * scale[c] for `count` pixels of interleaved 8-bit RGB; `swap` != 0 writes blue first.
// mean and scale are given in the order red, green, blue.
void fk_normalize_rgb8(const uint8_t *pixels, size_t count, const float mean[3], const float scale[3], int swap,
                       float *out);

#endif
