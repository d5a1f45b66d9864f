// Direct convolution on channels-last activations: the template of conv_direct.inc for each instruction set.
#include "CKernels.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Taps of the largest kernel taken (15 x 15 and anything with as many); the plan keeps larger ones on the plain path.
#define FK_MAX_TAPS 256

#define FK_NAME(x) x##_base
#define FK_TARGET
#define FK_VL 4
#if defined(__SSE2__)
#define FK_UNIT 128
#else
#define FK_UNIT 0
#endif
#define FK_BLOCK 2
#define FK_PIXELS 6
#include "conv_direct.inc"

#if defined(__x86_64__)

#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#define FK_UNIT 256
#define FK_BLOCK 2
#define FK_PIXELS 6
#include "conv_direct.inc"

#define FK_NAME(x) x##_avx512
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define FK_VL 16
#define FK_UNIT 512
#define FK_BLOCK 3
#define FK_PIXELS 8
#include "conv_direct.inc"

#define FK_NAME(x) x##_wide
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 16
#define FK_UNIT 0
#define FK_BLOCK 3
#define FK_PIXELS 8
#include "conv_direct.inc"

#endif

typedef struct {
  int vector, block;
  void (*pack)(const float *, int, int, int, int, float *);
  void (*run)(const fk_conv *, long, long, int, int);
} fk_conv_form;

static fk_conv_form fk_form(fk_isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case FK_ISA_AVX512: return (fk_conv_form){16, 3, pack_avx512, run_avx512};
    case FK_ISA_WIDE_ON_AVX2: return (fk_conv_form){16, 3, pack_wide, run_wide};
    case FK_ISA_AVX2: return (fk_conv_form){8, 2, pack_avx2, run_avx2};
    case FK_ISA_BASE: break;
  }
#endif
  (void)isa;
  return (fk_conv_form){4, 2, pack_base, run_base};
}

int fk_conv_padded_channels(fk_isa isa, int channels_out) {
  int vector = fk_form(isa).vector;
  return (channels_out + vector - 1) / vector * vector;
}

int fk_conv_blocks(fk_isa isa, int channels_out) {
  fk_conv_form form = fk_form(isa);
  int width = form.vector * form.block;
  return (channels_out + width - 1) / width;
}

int fk_conv_block_vectors(fk_isa isa) { return fk_form(isa).block; }

void fk_conv_pack(fk_isa isa, const float *weights, int channels_out, int channels_in, int kernel_h, int kernel_w,
                  float *packed) {
  fk_form(isa).pack(weights, channels_out, channels_in, kernel_h, kernel_w, packed);
}

void fk_conv_run(fk_isa isa, const fk_conv *conv, long first, long last, int block, int block_end) {
  fk_form(isa).run(conv, first, last, block, block_end);
}
