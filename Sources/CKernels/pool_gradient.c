// Gradients of pooling and of depthwise convolution over channels-last activations.
#include "CKernels.h"
#include "pool_window.h"
#include <string.h>

#define FK_NAME(x) x##_base
#define FK_TARGET
#include "pool_gradient.inc"

#if defined(__x86_64__)
#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#include "pool_gradient.inc"
#endif

void fk_max_pool_gradient(fk_isa isa, fk_view x, fk_view y, fk_view gradient, fk_view dx, int kh, int kw, int sh, int sw,
                          int ph, int pw, long image) {
#if defined(__x86_64__)
  if (isa != FK_ISA_BASE) return max_pool_gradient_avx2(x, y, gradient, dx, kh, kw, sh, sw, ph, pw, image);
#endif
  (void)isa;
  max_pool_gradient_base(x, y, gradient, dx, kh, kw, sh, sw, ph, pw, image);
}

void fk_average_pool_gradient(fk_isa isa, fk_view gradient, fk_view dx, int kh, int kw, int sh, int sw, int ph, int pw,
                              int count_pad, long image) {
#if defined(__x86_64__)
  if (isa != FK_ISA_BASE) return average_pool_gradient_avx2(gradient, dx, kh, kw, sh, sw, ph, pw, count_pad, image);
#endif
  (void)isa;
  average_pool_gradient_base(gradient, dx, kh, kw, sh, sw, ph, pw, count_pad, image);
}

void fk_depthwise_weight_gradient(fk_isa isa, const fk_conv *conv, int first, int last, float *weights) {
  enum { PART = 64 };
  int taps = conv->kernel_h * conv->kernel_w;
  for (int channel = first; channel < last; channel += PART) {
    int count = last - channel < PART ? last - channel : PART;
    for (int tap = 0; tap < taps; tap++) {
      double total[PART] = {0};
      for (int image = 0; image < conv->y.n; image++) {
        float sums[PART] = {0};
#if defined(__x86_64__)
        if (isa != FK_ISA_BASE) {
          depthwise_tap_avx2(conv, image, tap / conv->kernel_w, tap % conv->kernel_w, channel, count, sums);
        } else {
          depthwise_tap_base(conv, image, tap / conv->kernel_w, tap % conv->kernel_w, channel, count, sums);
        }
#else
        (void)isa;
        depthwise_tap_base(conv, image, tap / conv->kernel_w, tap % conv->kernel_w, channel, count, sums);
#endif
        for (int i = 0; i < count; i++) total[i] += sums[i];
      }
      for (int i = 0; i < count; i++) weights[(size_t)(channel + i) * taps + tap] = (float)total[i];
    }
  }
}
