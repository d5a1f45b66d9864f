#include "CKernels.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

// The widest set to be used, or -1 before the environment was asked.
static atomic_int fk_widest = -1;

static fk_isa fk_widest_wanted(void) {
  int known = atomic_load_explicit(&fk_widest, memory_order_relaxed);
  if (known >= 0) return (fk_isa)known;
  const char *name = getenv("FACE_WORKER_INSTRUCTION_SET");
  fk_isa widest = FK_ISA_AVX512;
  if (name && !strcmp(name, "base")) widest = FK_ISA_BASE;
  if (name && !strcmp(name, "avx2")) widest = FK_ISA_AVX2;
  atomic_store_explicit(&fk_widest, widest, memory_order_relaxed);
  return widest;
}

void fk_limit_isa(fk_isa isa) { atomic_store_explicit(&fk_widest, isa, memory_order_relaxed); }

#if defined(__x86_64__)

fk_isa fk_detect_isa(void) {
  fk_isa widest = fk_widest_wanted();
  if (widest >= FK_ISA_AVX512 && fk_isa_supported(FK_ISA_AVX512)) return FK_ISA_AVX512;
  if (widest >= FK_ISA_AVX2 && fk_isa_supported(FK_ISA_AVX2)) return FK_ISA_AVX2;
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
  if (fk_widest_wanted() < FK_ISA_AVX512) return 0;
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
