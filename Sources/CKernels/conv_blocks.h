// How output channels are cut into blocks: shared by all kernels that read or write packed weights.
#ifndef FK_CONV_BLOCKS_H
#define FK_CONV_BLOCKS_H

// Vectors of output channels in block `index` and the vector it starts with: as even as whole vectors allow.
static inline int fk_block_vectors(int vector, int most, int channels, int index, int *start) {
  int vectors = (channels + vector - 1) / vector, blocks = (vectors + most - 1) / most;
  int share = vectors / blocks, extra = vectors % blocks;
  *start = index * share + (index < extra ? index : extra);
  return share + (index < extra);
}

#endif
