// The first network of MTCNN on a picture being resized: the template of proposal_net.inc for each instruction set.
#include "CKernels.h"
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Where things lie in the packed weights, in floats. Weights first, so that whole lines of the cache hold them.
enum {
  FK_FIRST_BIAS = 10 * 27,
  FK_FIRST_SLOPE = FK_FIRST_BIAS + 10,
  FK_SECOND = FK_FIRST_SLOPE + 10,
  FK_SECOND_BIAS = FK_SECOND + 16 * 180,
  FK_SECOND_SLOPE = FK_SECOND_BIAS + 16,
  FK_THIRD = FK_SECOND_SLOPE + 16,
  FK_THIRD_BIAS = FK_THIRD + 32 * 288,
  FK_THIRD_SLOPE = FK_THIRD_BIAS + 32,
  FK_HEADS = FK_THIRD_SLOPE + 32,
  // The heads' weights and bias, then the difference of the two class outputs as one head.
  FK_WEIGHTS = FK_HEADS + 6 * 32 + 6 + 32 + 1,
};

// Everything that one level's rows share. Lines are padded to whole vectors and one more.
typedef struct {
  const float *weights;
  float least;
  int columns;      // of the answer
  int pooled;       // columns after pooling
  int whole;        // of them, those that join two columns and not one
  ptrdiff_t half;   // floats in a line of even or odd columns
  ptrdiff_t pitch;  // floats in a line after pooling
} fk_proposal_plan;

// The windows of an area resize along a row.
typedef struct {
  float *sums;      // scratch for a row's column sums
  int32_t *starts;  // of each window in them
  int32_t *widths;  // in pixels
  float *counts;    // the widths again, those of four even columns and those of four odd ones in turn
} fk_windows;

static size_t fk_windows_scratch(const fk_area *area) {
  size_t columns = ((size_t)area->out_w + 7) / 8 * 8;
  return (size_t)area->w * 3 + 1 + 3 * columns;
}

// Windows [floor(i * w / out_w), ceil((i + 1) * w / out_w)), up to a multiple of eight of them; those too many are one
// pixel wide.
static fk_windows fk_make_windows(const fk_area *area, float *scratch) {
  int columns = (area->out_w + 7) / 8 * 8;
  fk_windows windows = {.counts = scratch, .sums = scratch + 3 * columns};
  windows.starts = (int32_t *)(void *)(scratch + columns);
  windows.widths = windows.starts + columns;
  for (int i = 0; i < columns; i++) {
    int64_t left = 0, right = 1;
    if (i < area->out_w) {
      left = (int64_t)i * area->w / area->out_w;
      right = ((int64_t)(i + 1) * area->w + area->out_w - 1) / area->out_w;
    }
    windows.starts[i] = (int32_t)left * 3;
    windows.widths[i] = (int32_t)(right - left);
    windows.counts[i / 8 * 8 + i % 2 * 4 + i % 8 / 2] = (float)(right - left);
  }
  return windows;
}

#define FK_NAME(x) proposal_##x##_base
#define FK_TARGET
#define FK_VL 4
#if defined(__SSE2__)
#define FK_UNIT 128
#else
#define FK_UNIT 0
#endif
#define FK_PIXELS 2
#define FK_BLOCK 4
#define FK_FIRST 2
#include "proposal_net.inc"

#if defined(__x86_64__)

#define FK_NAME(x) proposal_##x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#define FK_UNIT 256
#define FK_PIXELS 3
#define FK_BLOCK 4
#define FK_FIRST 2
#include "proposal_net.inc"

#define FK_NAME(x) proposal_##x##_avx512
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define FK_VL 16
#define FK_UNIT 512
#define FK_PIXELS 3
#define FK_BLOCK 8
#define FK_FIRST 5
#include "proposal_net.inc"

#define FK_NAME(x) proposal_##x##_wide
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 16
#define FK_UNIT 0
#define FK_PIXELS 3
#define FK_BLOCK 8
#define FK_FIRST 5
#include "proposal_net.inc"

#endif

typedef struct {
  int vector, pixels, block, first;
  long (*run)(const fk_proposal_plan *, const fk_area *, int, int, float *, fk_proposal *);
} fk_proposal_form;

static fk_proposal_form fk_form(fk_isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case FK_ISA_AVX512: return (fk_proposal_form){16, 3, 8, 5, proposal_run_avx512};
    case FK_ISA_WIDE_ON_AVX2: return (fk_proposal_form){16, 3, 8, 5, proposal_run_wide};
    case FK_ISA_AVX2: return (fk_proposal_form){8, 3, 4, 2, proposal_run_avx2};
    case FK_ISA_BASE: break;
  }
#endif
  (void)isa;
  return (fk_proposal_form){4, 2, 4, 2, proposal_run_base};
}

size_t fk_proposal_weight_count(void) { return FK_WEIGHTS; }

static void fk_copy_vectors(const fk_proposal_layer *layer, int out, float *bias, float *slopes) {
  memcpy(bias, layer->bias, (size_t)out * sizeof *bias);
  memcpy(slopes, layer->slopes, (size_t)out * sizeof *slopes);
}

// out x in x 3 x 3 to blocks of `width` channels, the channel of the block last.
static void fk_pack_direct(const float *from, int out, int in, int width, float *to) {
  for (int block = 0; block < out; block += width)
    for (int tap = 0; tap < in * 9; tap++)
      for (int v = 0; v < width; v++) *to++ = from[(size_t)(block + v) * in * 9 + tap];
}

// The same as six combinations of the three rows of taps: width / combination / input / column / channel of the block.
static void fk_pack_mixed(const float *from, int out, int in, int width, float *to) {
  static const double mix[6][3] = {{1.0 / 4, 0, 0},
                                   {-1.0 / 6, -1.0 / 6, -1.0 / 6},
                                   {-1.0 / 6, 1.0 / 6, -1.0 / 6},
                                   {1.0 / 24, 1.0 / 12, 1.0 / 6},
                                   {1.0 / 24, -1.0 / 12, 1.0 / 6},
                                   {0, 0, 1}};
  for (int block = 0; block < out; block += width)
    for (int t = 0; t < 6; t++)
      for (int c = 0; c < in; c++)
        for (int kx = 0; kx < 3; kx++)
          for (int v = 0; v < width; v++) {
            const float *taps = from + ((size_t)(block + v) * in + c) * 9 + kx;
            *to++ = (float)(mix[t][0] * taps[0] + mix[t][1] * taps[3] + mix[t][2] * taps[6]);
          }
}

void fk_proposal_pack(fk_isa isa, const fk_proposal_layer layers[3], const float *heads, const float *heads_bias,
                      float *packed) {
  fk_proposal_form form = fk_form(isa);
  fk_pack_direct(layers[0].weights, 10, 3, form.first, packed);
  fk_copy_vectors(&layers[0], 10, packed + FK_FIRST_BIAS, packed + FK_FIRST_SLOPE);
  fk_pack_mixed(layers[1].weights, 16, 10, form.block, packed + FK_SECOND);
  fk_copy_vectors(&layers[1], 16, packed + FK_SECOND_BIAS, packed + FK_SECOND_SLOPE);
  fk_pack_mixed(layers[2].weights, 32, 16, form.block, packed + FK_THIRD);
  fk_copy_vectors(&layers[2], 32, packed + FK_THIRD_BIAS, packed + FK_THIRD_SLOPE);
  float *to = packed + FK_HEADS;
  memcpy(to, heads, 6 * 32 * sizeof *to);
  memcpy(to + 6 * 32, heads_bias, 6 * sizeof *to);
  float *difference = to + 6 * 32 + 6;
  for (int c = 0; c < 32; c++) difference[c] = heads[32 + c] - heads[c];
  difference[32] = heads_bias[1] - heads_bias[0];
}

static fk_proposal_plan fk_plan(fk_proposal_form form, const float *packed, const fk_area *area, float least) {
  int pooled = (area->out_w - 1) / 2;
  ptrdiff_t padded = (pooled + form.vector - 1) / form.vector * form.vector + form.vector;
  return (fk_proposal_plan){
    .weights = packed, .least = least, .columns = pooled - 4, .pooled = pooled, .whole = (area->out_w - 2) / 2,
    .half = padded, .pitch = padded,
  };
}

size_t fk_proposal_scratch(fk_isa isa, const fk_area *area) {
  fk_proposal_form form = fk_form(isa);
  fk_proposal_plan plan = fk_plan(form, 0, area, 0);
  size_t tile = (size_t)(form.pixels * form.vector), wider = tile + (size_t)form.vector + 16;
  return (size_t)(4 * 6 * plan.half + 8 * (10 + 16) * plan.pitch) + 4 * 32 * tile + 6 * 16 * wider +
         6 * (size_t)form.block * tile + fk_windows_scratch(area);
}

long fk_proposal_run(fk_isa isa, const float *packed, const fk_area *area, int first, int last, float least,
                     float *scratch, fk_proposal *found) {
  fk_proposal_form form = fk_form(isa);
  fk_proposal_plan plan = fk_plan(form, packed, area, least);
  return form.run(&plan, area, first, last, scratch, found);
}
