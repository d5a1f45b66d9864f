// Bilinear sampling along a path: the template of warp.inc for each instruction set.
#include "CKernels.h"

#define FK_NAME(x) x##_base
#define FK_TARGET
#include "warp.inc"

#if defined(__x86_64__)
#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#include "warp.inc"
#endif

void fk_warp_rgb8(fk_isa isa, const fk_warp *warp, uint8_t *out, int out_w, int out_h) {
#if defined(__x86_64__)
  if (isa != FK_ISA_BASE) return warp_avx2(warp, out, out_w, out_h);
#endif
  (void)isa;
  warp_base(warp, out, out_w, out_h);
}
