#include "CKernels.h"

#if defined(__x86_64__)

fk_isa fk_detect_isa(void) {
  if (fk_isa_supported(FK_ISA_AVX512)) return FK_ISA_AVX512;
  if (fk_isa_supported(FK_ISA_AVX2)) return FK_ISA_AVX2;
  return FK_ISA_BASE;
}

int fk_isa_supported(fk_isa isa) {
  __builtin_cpu_init();
  switch (isa) {
    case FK_ISA_BASE: return 1;
    case FK_ISA_AVX2:
    case FK_ISA_WIDE_ON_AVX2: return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    case FK_ISA_AVX512:
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
             __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
             __builtin_cpu_supports("fma");
  }
  return 0;
}

unsigned fk_avx512_features(void) {
  __builtin_cpu_init();
  unsigned bits = 0;
  if (__builtin_cpu_supports("avx512f")) bits |= 1;
  if (__builtin_cpu_supports("avx512bf16")) bits |= 2;
  if (__builtin_cpu_supports("avx512vnni")) bits |= 4;
  return bits;
}

#else

fk_isa fk_detect_isa(void) { return FK_ISA_BASE; }
int fk_isa_supported(fk_isa isa) { return isa == FK_ISA_BASE; }
unsigned fk_avx512_features(void) { return 0; }

#endif
