// Work on values of any layout: broadcast arithmetic and rearranging copies.
#include "CKernels.h"
#include <string.h>

#define FK_NAME(x) x##_base
#define FK_TARGET
#include "walk.inc"

#if defined(__x86_64__)
#define FK_NAME(x) x##_avx2
#define FK_TARGET __attribute__((target("avx2,fma")))
#include "walk.inc"
#endif

// A single line is split into pieces of so many floats.
enum { LINE_PIECE = 4096 };

void fk_walk_add(fk_walk *walk, ptrdiff_t size, ptrdiff_t a, ptrdiff_t b, ptrdiff_t y) {
  if (size == 1) return;
  if (walk->axes > 0) {
    int last = walk->axes - 1;
    if (walk->a[last] == a * size && walk->b[last] == b * size && walk->y[last] == y * size) {
      walk->size[last] *= size;
      walk->a[last] = a, walk->b[last] = b, walk->y[last] = y;
      return;
    }
  }
  int at = walk->axes++;
  walk->size[at] = size, walk->a[at] = a, walk->b[at] = b, walk->y[at] = y;
}

long fk_walk_pieces(const fk_walk *walk) {
  if (walk->axes == 0) return 1;
  if (walk->axes == 1) return (walk->size[0] + LINE_PIECE - 1) / LINE_PIECE;
  long lines = 1;
  for (int axis = 0; axis + 1 < walk->axes; axis++) lines *= walk->size[axis];
  return walk->size[walk->axes - 1] == 0 ? 0 : lines;
}

typedef struct {
  ptrdiff_t a, b, y, count, sa, sb, sy;
} fk_line;

// The line that `piece` stands for.
static inline fk_line fk_line_at(const fk_walk *walk, long piece) {
  fk_line line = {.count = 1, .sa = 1, .sb = 1, .sy = 1};
  if (walk->axes == 0) return line;
  int inner = walk->axes - 1;
  line.sa = walk->a[inner], line.sb = walk->b[inner], line.sy = walk->y[inner];
  line.count = walk->size[inner];
  if (inner == 0) {
    ptrdiff_t start = piece * LINE_PIECE;
    line.count = line.count - start < LINE_PIECE ? line.count - start : LINE_PIECE;
    line.a = start * line.sa, line.b = start * line.sb, line.y = start * line.sy;
    return line;
  }
  for (int axis = inner - 1; axis >= 0; axis--) {
    ptrdiff_t at = piece % walk->size[axis];
    piece /= walk->size[axis];
    line.a += at * walk->a[axis], line.b += at * walk->b[axis], line.y += at * walk->y[axis];
  }
  return line;
}

void fk_binary(fk_isa isa, fk_binary_kind kind, const fk_walk *walk, const float *a, const float *b, float *y,
               long first, long last) {
  for (long piece = first; piece < last; piece++) {
    fk_line l = fk_line_at(walk, piece);
#if defined(__x86_64__)
    if (isa != FK_ISA_BASE) {
      binary_line_avx2(kind, a + l.a, l.sa, b + l.b, l.sb, y + l.y, l.sy, l.count);
      continue;
    }
#endif
    (void)isa;
    binary_line_base(kind, a + l.a, l.sa, b + l.b, l.sb, y + l.y, l.sy, l.count);
  }
}

void fk_walk_copy(const fk_walk *walk, const float *a, float *y, long first, long last) {
  for (long piece = first; piece < last; piece++) {
    fk_line l = fk_line_at(walk, piece);
    const float *from = a + l.a;
    float *to = y + l.y;
    if (l.sa == 1 && l.sy == 1) {
      memcpy(to, from, sizeof(float) * (size_t)l.count);
    } else {
      for (ptrdiff_t i = 0; i < l.count; i++) to[i * l.sy] = from[i * l.sa];
    }
  }
}
