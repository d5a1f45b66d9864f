// Pooling over channels-last activations. Windows are clipped to the image.
#include "CKernels.h"
#include "pool_window.h"
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define FK_NAME(x) x##_one
#define FK_TARGET
#define FK_VL 1
#define FK_UNIT 0
#include "pool_max.inc"

#define FK_TEMPLATE "pool_max.inc"
#include "instruction_sets.inc"

void fk_max_pool(fk_isa isa, fk_view x, fk_view y, int kh, int kw, int sh, int sw, int ph, int pw, long first,
                 long last) {
#if defined(__x86_64__)
  if (isa == FK_ISA_AVX512 && x.c > 8) return max_pool_avx512(x, y, kh, kw, sh, sw, ph, pw, first, last);
  if (isa != FK_ISA_BASE && x.c >= 8) return max_pool_avx2(x, y, kh, kw, sh, sw, ph, pw, first, last);
#endif
  (void)isa;
  if (x.c >= 4) return max_pool_base(x, y, kh, kw, sh, sw, ph, pw, first, last);
  max_pool_one(x, y, kh, kw, sh, sw, ph, pw, first, last);
}

#define FK_NAME(x) x##_base
#define FK_TARGET
#include "pool_average.inc"

#if defined(__x86_64__)
#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#include "pool_average.inc"
#endif

void fk_average_pool(fk_isa isa, fk_view x, fk_view y, int kh, int kw, int sh, int sw, int ph, int pw, int count_pad,
                     long first, long last) {
#if defined(__x86_64__)
  if (isa != FK_ISA_BASE) return average_pool_avx2(x, y, kh, kw, sh, sw, ph, pw, count_pad, first, last);
#endif
  (void)isa;
  average_pool_base(x, y, kh, kw, sh, sw, ph, pw, count_pad, first, last);
}
