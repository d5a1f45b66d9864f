// How the output pixels of a direct convolution lie and are cut into pieces: the same for all instruction sets.
#ifndef FK_CONV_LINES_H
#define FK_CONV_LINES_H

#include "CKernels.h"

// Output pixels in lines of `width`, one step apart in x, y and the residual: a row of the output, or everything where
// rows and images follow each other without gaps (1x1 layers).
typedef struct {
  long width, rows;                          // rows of one image
  ptrdiff_t x_step, y_step, residual_step;   // to the next pixel of a line
  ptrdiff_t x_row, y_row, residual_row;      // to the next line
  ptrdiff_t x_image, y_image, residual_image;
  int runs, run_length;                      // of contiguous taps
  size_t depth;                              // taps x input channels
} fk_line;

// `offsets` receives the distance of each run of contiguous taps from a pixel's first.
static inline fk_line fk_line_of(const fk_conv *conv, ptrdiff_t *offsets) {
  const fk_view *in = &conv->x, *out = &conv->y, *add = &conv->residual;
  int has_add = add->data != 0;
  fk_line line = {.width = out->w, .rows = out->h};
  line.x_step = conv->stride_w * in->pixel, line.x_row = conv->stride_h * in->row, line.x_image = in->image;
  line.y_step = out->pixel, line.y_row = out->row, line.y_image = out->image;
  if (has_add) line.residual_step = add->pixel, line.residual_row = add->row, line.residual_image = add->image;
  if (line.x_row == line.x_step * line.width && line.y_row == line.y_step * line.width &&
      (!has_add || line.residual_row == line.residual_step * line.width)) {
    line.width *= line.rows, line.rows = 1;
    if (line.x_image == line.x_step * line.width && line.y_image == line.y_step * line.width &&
        (!has_add || line.residual_image == line.residual_step * line.width))
      line.width *= out->n;
  }
  int joined = in->pixel == in->c && conv->dilation_w == 1;
  line.run_length = joined ? in->c * conv->kernel_w : in->c;
  line.depth = (size_t)in->c * conv->kernel_h * conv->kernel_w;
  for (int y = 0; y < conv->kernel_h; y++) {
    ptrdiff_t row = (ptrdiff_t)y * conv->dilation_h * in->row;
    for (int x = 0; x < (joined ? 1 : conv->kernel_w); x++)
      offsets[line.runs++] = row + (ptrdiff_t)x * conv->dilation_w * in->pixel;
  }
  return line;
}

// Where pixel `index` of the output lies in each tensor; returns its place in its line.
static inline long fk_pixel_at(const fk_conv *conv, const fk_line *line, long index, ptrdiff_t *x, ptrdiff_t *y,
                               ptrdiff_t *residual) {
  long column = index % line->width, rest = index / line->width;
  long row = rest % line->rows, image = rest / line->rows;
  *x = image * line->x_image + row * line->x_row + column * line->x_step;
  *y = image * line->y_image + row * line->y_row + column * line->y_step;
  *residual = image * line->residual_image + row * line->residual_row + column * line->residual_step;
  return column;
}

// The end of the pixels to be taken together from `start` on: their taps fit the second-level cache beside a block of
// weights. Whole lines where lines are short.
static inline long fk_chunk_end(const fk_conv *conv, const fk_line *line, long start, long last, long most) {
  long chunk = 32768 / (long)((size_t)conv->x.c * conv->stride_h * conv->stride_w + 1);
  chunk = chunk < 72 ? 72 : chunk > most ? most : chunk / 72 * 72;
  long column = start % line->width, stop;
  if (line->width > chunk) {
    // Even shares of what is left of the line.
    long left = line->width - column, parts = (left + chunk - 1) / chunk;
    stop = start + (left + parts - 1) / parts;
  } else {
    stop = start - column + chunk / line->width * line->width;
  }
  return stop < last ? stop : last;
}

// Pixels of the largest tile where each has an address of its own: as many as there are registers.
static inline int fk_most_pixels(int most, int scattered) { return scattered && most > 9 ? 9 : most; }

// Whether lines are so short that tiles across them are clearly fewer.
static inline int fk_scatters(const fk_line *line, long start, long stop, int most) {
  if (stop - start <= line->width - start % line->width) return 0;
  long scattered = fk_most_pixels(most, 1), count = stop - start;
  long tiles = (count + line->width - 1) / line->width * ((line->width + most - 1) / most);
  return 4 * ((count + scattered - 1) / scattered) <= 3 * tiles;
}

#endif
