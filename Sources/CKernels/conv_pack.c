// Packing of weights that change with every training step, and of their gradients back to where the weights lie.
#include "CKernels.h"
#include "conv_blocks.h"
#include <string.h>

// Rows and columns are turned over four by four, which every processor's vectors can.
typedef float fk_four __attribute__((vector_size(16), aligned(4)));

static inline void fk_turn_four(const float *from, size_t from_row, float *to, size_t to_row) {
  fk_four a = *(const fk_four *)from, b = *(const fk_four *)(from + from_row);
  fk_four c = *(const fk_four *)(from + 2 * from_row), d = *(const fk_four *)(from + 3 * from_row);
  fk_four ab = __builtin_shufflevector(a, b, 0, 4, 1, 5), cd = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  fk_four ef = __builtin_shufflevector(a, b, 2, 6, 3, 7), gh = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  *(fk_four *)to = __builtin_shufflevector(ab, cd, 0, 1, 4, 5);
  *(fk_four *)(to + to_row) = __builtin_shufflevector(ab, cd, 2, 3, 6, 7);
  *(fk_four *)(to + 2 * to_row) = __builtin_shufflevector(ef, gh, 0, 1, 4, 5);
  *(fk_four *)(to + 3 * to_row) = __builtin_shufflevector(ef, gh, 2, 3, 6, 7);
}

// to[column][row] = from[row][column]; rows lie so many floats apart.
static void fk_turn(const float *from, size_t from_row, int rows, int columns, float *to, size_t to_row) {
  int column = 0;
  for (; column + 4 <= columns; column += 4) {
    int row = 0;
    for (; row + 4 <= rows; row += 4)
      fk_turn_four(from + row * from_row + column, from_row, to + column * to_row + row, to_row);
    for (; row < rows; row++)
      for (int i = column; i < column + 4; i++) to[i * to_row + row] = from[row * from_row + i];
  }
  for (; column < columns; column++)
    for (int row = 0; row < rows; row++) to[column * to_row + row] = from[row * from_row + column];
}

// Rows of packed weights that are written together, so that their lines stay in the first-level cache.
enum { FK_PACK_ROWS = 128 };

typedef struct {
  int channel, width, valid;  // first output channel, channels with padding, channels that exist
} fk_pack_block;

static fk_pack_block fk_block_at(fk_isa isa, int channels, int index) {
  int vector = fk_conv_padded_channels(isa, 1), start;
  int width = fk_float_block_vectors(vector, fk_conv_block_vectors(isa), channels, index, &start) * vector;
  fk_pack_block block = {start * vector, width, channels - start * vector};
  if (block.valid > width) block.valid = width;
  return block;
}

void fk_conv_pack_blocks(fk_isa isa, const float *weights, int out, int in, int kh, int kw, int block, int block_end,
                         float *packed) {
  size_t depth = (size_t)in * kh * kw;
  int taps = kh * kw, rows = FK_PACK_ROWS / taps > 0 ? FK_PACK_ROWS / taps : 1;
  for (int index = block; index < block_end; index++) {
    fk_pack_block b = fk_block_at(isa, out, index);
    float *to = packed + b.channel * depth;
    if (taps == 1) fk_turn(weights + b.channel * depth, depth, b.valid, in, to, b.width);
    for (int first = 0; first < in && taps > 1; first += rows) {
      int last = first + rows < in ? first + rows : in;
      for (int o = 0; o < b.valid; o++) {
        const float *from = weights + (b.channel + o) * depth + (size_t)first * taps;
        for (int c = first; c < last; c++)
          for (int tap = 0; tap < taps; tap++) to[((size_t)tap * in + c) * b.width + o] = *from++;
      }
    }
    if (b.valid < b.width)
      for (size_t row = 0; row < depth; row++)
        for (int o = b.valid; o < b.width; o++) to[row * b.width + o] = 0;
  }
}

void fk_conv_unpack_blocks(fk_isa isa, const float *packed, int out, int in, int kh, int kw, int block, int block_end,
                           float *weights) {
  size_t depth = (size_t)in * kh * kw;
  int taps = kh * kw, rows = FK_PACK_ROWS / taps > 0 ? FK_PACK_ROWS / taps : 1;
  for (int index = block; index < block_end; index++) {
    fk_pack_block b = fk_block_at(isa, out, index);
    const float *from = packed + b.channel * depth;
    if (taps == 1) fk_turn(from, b.width, in, b.valid, weights + b.channel * depth, depth);
    for (int first = 0; first < in && taps > 1; first += rows) {
      int last = first + rows < in ? first + rows : in;
      for (int o = 0; o < b.valid; o++) {
        float *to = weights + (b.channel + o) * depth + (size_t)first * taps;
        for (int c = first; c < last; c++)
          for (int tap = 0; tap < taps; tap++) *to++ = from[((size_t)tap * in + c) * b.width + o];
      }
    }
  }
}

void fk_conv_pack_transposed(fk_isa isa, const float *weights, int out, int in, int kh, int kw, fk_taps rows,
                             fk_taps columns, int block, int block_end, float *packed) {
  int taps = kh * kw;
  size_t depth = (size_t)out * rows.count * columns.count;
  for (int index = block; index < block_end; index++) {
    fk_pack_block b = fk_block_at(isa, in, index);
    float *to = packed + b.channel * depth;
    for (int o = 0; o < out; o++) {
      const float *from = weights + ((size_t)o * in + b.channel) * taps;
      for (int y = 0; y < rows.count; y++)
        for (int x = 0; x < columns.count; x++) {
          // Turned around: the last tap of the phase comes first.
          int tap = (rows.first + (rows.count - 1 - y) * rows.step) * kw + columns.first +
                    (columns.count - 1 - x) * columns.step;
          float *line = to + ((size_t)(y * columns.count + x) * out + o) * b.width;
          if (taps == 1) {
            memcpy(line, from, sizeof(float) * (size_t)b.valid);
          } else {
            for (int c = 0; c < b.valid; c++) line[c] = from[(size_t)c * taps + tap];
          }
          for (int c = b.valid; c < b.width; c++) line[c] = 0;
        }
    }
  }
}
