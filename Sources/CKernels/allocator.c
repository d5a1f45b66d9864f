// What the C library's allocator keeps: pictures and workspaces come and go, and must not pile up.
#include "CKernels.h"

#if defined(__GLIBC__)
#include <malloc.h>

void fk_bound_allocator(void) {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_ARENA_MAX, 2);
}

#else
void fk_bound_allocator(void) {}
#endif
