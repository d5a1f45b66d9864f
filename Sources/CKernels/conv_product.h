// Products of many small matrices by packed weights, as Winograd's convolution needs them.
#ifndef FK_CONV_PRODUCT_H
#define FK_CONV_PRODUCT_H

#include "CKernels.h"

// y = x * weights for `positions` matrices: count x channels_in times channels_in x channels_out.
typedef struct {
  const float *x;
  ptrdiff_t x_row, x_position;  // floats between rows, and between matrices
  float *y;                     // rows may be written up to whole vectors
  ptrdiff_t y_row, y_position;
  const float *weights;         // of one position after the other, each packed by fk_conv_pack as a 1x1 kernel
  const float *zeros;           // fk_conv_padded_channels
  long count;
  int channels_in, channels_out, positions;
} fk_product;

void fk_conv_products(fk_isa isa, const fk_product *product);

#endif
