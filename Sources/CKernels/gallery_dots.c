// Scalar products of gallery rows with probes: gallery_dots.inc for each instruction set.
#include "CKernels.h"

// How far ahead rows are fetched: bytes with one probe, tiles with several.
#define FK_AHEAD 4096
#define FK_TILES_AHEAD 4

#define FK_NAME(x) x##_base
#define FK_TARGET
#define FK_VL 4
#define FK_ROWS 2
#define FK_PROBES 2
#include "gallery_dots.inc"

#if defined(__x86_64__)

#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 8
#define FK_ROWS 4
#define FK_PROBES 2
#include "gallery_dots.inc"

#define FK_NAME(x) x##_avx512
#define FK_TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")))
#define FK_VL 16
#define FK_ROWS 4
#define FK_PROBES 4
#include "gallery_dots.inc"

#define FK_NAME(x) x##_wide
#define FK_TARGET __attribute__((target("avx2,fma")))
#define FK_VL 16
#define FK_ROWS 4
#define FK_PROBES 4
#include "gallery_dots.inc"

#define FK_CHOOSE(name, ...)                                        \
  switch (isa) {                                                    \
    case FK_ISA_AVX512: return name##_avx512(__VA_ARGS__);          \
    case FK_ISA_WIDE_ON_AVX2: return name##_wide(__VA_ARGS__);      \
    case FK_ISA_AVX2: return name##_avx2(__VA_ARGS__);              \
    case FK_ISA_BASE: break;                                        \
  }                                                                 \
  return name##_base(__VA_ARGS__)
#else
#define FK_CHOOSE(name, ...) \
  (void)isa;                 \
  return name##_base(__VA_ARGS__)
#endif

long fk_gallery_padded_probes(fk_isa isa, long probes) {
  long tile = isa == FK_ISA_BASE || isa == FK_ISA_AVX2 ? 2 : 4;
  return probes == 1 ? 1 : (probes + tile - 1) / tile * tile;
}

float fk_gallery_dot(fk_isa isa, const float *a, const float *b, long dimension) {
  FK_CHOOSE(dot, a, b, dimension);
}

static void fk_one(fk_isa isa, const float *rows, long count, long dimension, const float *probe, float *out) {
  FK_CHOOSE(one, rows, count, dimension, probe, out);
}

static void fk_many(fk_isa isa, const float *rows, long count, long dimension, const float *probes, long probe_count,
                    float *out, long stride) {
  FK_CHOOSE(many, rows, count, dimension, probes, probe_count, out, stride);
}

void fk_gallery_dots(fk_isa isa, const float *rows, long count, long dimension, const float *probes, long probe_count,
                     float *out, long stride) {
  if (count <= 0) return;
  if (probe_count == 1) {
    fk_one(isa, rows, count, dimension, probes, out);
  } else {
    fk_many(isa, rows, count, dimension, probes, probe_count, out, stride);
  }
}
