// How output channels are cut into blocks: shared by all kernels that read or write packed weights.
#ifndef FK_CONV_BLOCKS_H
#define FK_CONV_BLOCKS_H

// Vectors of output channels in block `index` and the vector it starts with: as even as whole vectors allow, none
// larger than `most`.
static inline int fk_block_vectors(int vector, int most, int channels, int index, int *start) {
  int vectors = (channels + vector - 1) / vector, blocks = (vectors + most - 1) / most;
  int share = vectors / blocks, extra = vectors % blocks;
  *start = index * share + (index < extra ? index : extra);
  return share + (index < extra);
}

// Blocks of the float32 kernels: of `usual` vectors, or of one more rather than a small block at the end.
static inline int fk_float_block_count(int vector, int usual, int channels) {
  int vectors = (channels + vector - 1) / vector, blocks = vectors / usual;
  return blocks + (vectors % usual > blocks);
}

// The same as fk_block_vectors for these.
static inline int fk_float_block_vectors(int vector, int usual, int channels, int index, int *start) {
  int vectors = (channels + vector - 1) / vector, blocks = fk_float_block_count(vector, usual, channels);
  int share = vectors / blocks, extra = vectors % blocks;
  *start = index * share + (index < extra ? index : extra);
  return share + (index < extra);
}

#endif
