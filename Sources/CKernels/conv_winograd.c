// Dense 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3): 36 products instead of 144 for 16 outputs.
// Reference: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks" (2015).
//
// Tiles of 4 x 4 outputs are taken in batches whose transformed inputs and sums fit the second-level cache. The 36
// products of a batch are those of 1x1 convolutions, by the tiles of conv_direct.inc.
#include "CKernels.h"
#include "conv_product.h"
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// The points 0, +-a, +-b and infinity at which polynomials are evaluated. With these the error is not larger than that
// of the plain sum (with the usual 1 and 2 it is about twice as large), and all constants below are exact.
#define FK_A 0.6875f
#define FK_B 1.4375f
#define FK_AA (FK_A * FK_A)
#define FK_BB (FK_B * FK_B)

// Where the 4 x 4 outputs of a tile go.
typedef struct {
  float *y;
  const float *residual, *bias;
  ptrdiff_t y_pixel, y_row, residual_pixel, residual_row;
  int rows, columns;  // of them that exist
  const fk_epilogue *epilogue;
  float low, high;
  int has_slopes, is_slow;
} fk_winograd_target;

#define FK_WITH_WIDE
#define FK_TEMPLATE "conv_winograd.inc"
#include "instruction_sets.inc"

#if defined(__x86_64__)
// Half vectors, for the last channels.
#define FK_NAME(x) x##_half
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define FK_VL 8
#define FK_UNIT 256
#include "conv_winograd.inc"
#endif

static void fk_input(fk_isa isa, const float *const *x, int channels, ptrdiff_t ahead, float *to,
                     ptrdiff_t position) {
#if defined(__x86_64__)
  int whole = channels % 16 <= 8 ? channels / 16 * 16 : channels;
  switch (isa) {
    case FK_ISA_AVX512:
      input_avx512(x, 0, whole, ahead, to, position);
      return input_half(x, whole, channels, ahead, to, position);
    case FK_ISA_WIDE_ON_AVX2: return input_wide(x, 0, channels, ahead, to, position);
    case FK_ISA_AVX2: return input_avx2(x, 0, channels, ahead, to, position);
    case FK_ISA_BASE: break;
  }
#endif
  (void)isa;
  input_base(x, 0, channels, ahead, to, position);
}

static void fk_output(fk_isa isa, const float *from, ptrdiff_t position, const fk_winograd_target *target,
                      int channels) {
#if defined(__x86_64__)
  int whole = channels % 16 <= 8 ? channels / 16 * 16 : channels;
  switch (isa) {
    case FK_ISA_AVX512:
      output_avx512(from, position, target, 0, whole);
      return output_half(from, position, target, whole, channels);
    case FK_ISA_WIDE_ON_AVX2: return output_wide(from, position, target, 0, channels);
    case FK_ISA_AVX2: return output_avx2(from, position, target, 0, channels);
    case FK_ISA_BASE: break;
  }
#endif
  (void)isa;
  output_base(from, position, target, 0, channels);
}

enum { FK_POSITIONS = 36, FK_LINE = 16 };

static int fk_rounded(int channels) { return (channels + FK_LINE - 1) / FK_LINE * FK_LINE; }

size_t fk_winograd_packed_size(fk_isa isa, int channels_out, int channels_in) {
  return (size_t)FK_POSITIONS * fk_conv_padded_channels(isa, channels_out) * channels_in;
}

void fk_winograd_pack(fk_isa isa, const float *weights, int channels_out, int channels_in, float *scratch,
                      float *packed) {
  const double a = FK_A, b = FK_B, aa = a * a, bb = b * b;
  const double na = 2 * aa * (aa - bb), nb = 2 * bb * (bb - aa);
  const double g[6][3] = {{1 / (aa * bb), 0, 0},         {1 / na, a / na, aa / na}, {1 / na, -a / na, aa / na},
                          {1 / nb, b / nb, bb / nb},     {1 / nb, -b / nb, bb / nb}, {0, 0, 1}};
  size_t filters = (size_t)channels_out * channels_in;
  size_t section = (size_t)fk_conv_padded_channels(isa, channels_out) * channels_in;
  int blocks = fk_conv_blocks(isa, channels_out);
  for (int row = 0; row < 6; row++) {
    for (size_t i = 0; i < filters; i++) {
      const float *w = weights + i * 9;
      double sums[3];
      for (int x = 0; x < 3; x++) sums[x] = g[row][0] * w[x] + g[row][1] * w[3 + x] + g[row][2] * w[6 + x];
      for (int column = 0; column < 6; column++)
        scratch[column * filters + i] =
            (float)(g[column][0] * sums[0] + g[column][1] * sums[1] + g[column][2] * sums[2]);
    }
    for (int column = 0; column < 6; column++)
      fk_conv_pack_blocks(isa, scratch + column * filters, channels_out, channels_in, 1, 1, 0, blocks,
                          packed + (row * 6 + column) * section);
  }
}

long fk_winograd_tiles(const fk_conv *conv) {
  return (long)conv->y.n * ((conv->y.h + 3) / 4) * ((conv->y.w + 3) / 4);
}

// Tiles of a batch: what they need beside a share of the weights fits the second-level cache.
static int fk_batch(const fk_conv *conv) {
  int floats = FK_POSITIONS * (fk_rounded(conv->x.c) + fk_rounded(conv->y.c));
  int tiles = 60000 / floats;
  return tiles < 9 ? 9 : tiles > 96 ? 96 : tiles;
}

size_t fk_winograd_scratch_size(const fk_conv *conv) {
  int in = fk_rounded(conv->x.c), out = fk_rounded(conv->y.c);
  return (size_t)FK_POSITIONS * (fk_batch(conv) * (size_t)(in + out) + 2 * FK_LINE) + in + out;
}

static fk_winograd_target fk_target(const fk_conv *conv) {
  fk_winograd_target target = {.bias = conv->bias, .epilogue = &conv->epilogue};
  target.y_pixel = conv->y.pixel, target.y_row = conv->y.row;
  target.residual_pixel = conv->residual.pixel, target.residual_row = conv->residual.row;
  target.low = -__builtin_inff(), target.high = __builtin_inff();
  switch (conv->epilogue.kind) {
    case FK_ACT_NONE: break;
    case FK_ACT_RELU: target.low = 0; break;
    case FK_ACT_CLIP: target.low = conv->epilogue.low, target.high = conv->epilogue.high; break;
    case FK_ACT_PRELU:
    case FK_ACT_LEAKY: target.has_slopes = 1; break;
    default: target.is_slow = 1;
  }
  return target;
}

void fk_winograd_run(fk_isa isa, const fk_conv *conv, long first, long last, float *scratch) {
  const fk_view *in = &conv->x, *out = &conv->y;
  int across = (out->w + 3) / 4, down = (out->h + 3) / 4;
  int in_row = fk_rounded(in->c), out_row = fk_rounded(out->c);
  long most = fk_batch(conv);
  fk_winograd_target target = fk_target(conv);
  // A line between positions keeps them from all falling into the same sets of a cache.
  float *zeros = scratch, *inputs = zeros + in_row + out_row;
  memset(zeros, 0, sizeof(float) * (size_t)(in_row + out_row));
  long batches = (last - first + most - 1) / most;
  for (long batch = 0; batch < batches; batch++) {
    long start = first + batch * (last - first) / batches, stop = first + (batch + 1) * (last - first) / batches;
    long count = stop - start;
    ptrdiff_t in_position = count * in_row + FK_LINE, out_position = count * out_row + FK_LINE;
    float *sums = inputs + FK_POSITIONS * in_position;
    for (long i = 0; i < count; i++) {
      long tile = start + i, column = tile % across * 4, row = tile / across % down * 4, image = tile / across / down;
      const float *from = in->data + image * in->image + row * in->row + column * in->pixel, *x[FK_POSITIONS];
      // Beyond the border the last outputs need, nothing may be read.
      for (int y = 0; y < 6; y++)
        for (int k = 0; k < 6; k++)
          x[y * 6 + k] = row + y < out->h + 2 && column + k < out->w + 2 ? from + y * in->row + k * in->pixel : zeros;
      fk_input(isa, x, in->c, 2 * 4 * in->pixel, inputs + i * in_row, in_position);
    }
    fk_product product = {inputs, in_row, in_position, sums, out_row, out_position, conv->weights, zeros, count, in->c,
                          out->c, FK_POSITIONS};
    fk_conv_products(isa, &product);
    for (long i = 0; i < count; i++) {
      long tile = start + i, column = tile % across * 4, row = tile / across % down * 4, image = tile / across / down;
      target.y = out->data + image * out->image + row * out->row + column * out->pixel;
      target.residual = conv->residual.data ? conv->residual.data + image * conv->residual.image +
                                                  row * conv->residual.row + column * conv->residual.pixel
                                            : 0;
      target.rows = out->h - row < 4 ? (int)(out->h - row) : 4;
      target.columns = out->w - column < 4 ? (int)(out->w - column) : 4;
      fk_output(isa, sums + i * out_row, out_position, &target, out->c);
    }
  }
}
