// A checksum against damage, at the speed of memory; it does not resist somebody who means to deceive.
#include "CKernels.h"
#include <string.h>

static inline uint64_t fk_mix(uint64_t sum, uint64_t word) {
  sum = (sum ^ word) * 0x9E3779B97F4A7C15u;
  return sum ^ (sum >> 29);
}

uint64_t fk_checksum(const void *bytes, size_t count) {
  const unsigned char *from = bytes;
  uint64_t sums[4] = {1, 2, 3, 5};
  size_t at = 0;
  for (; at + 32 <= count; at += 32) {
    uint64_t words[4];
    memcpy(words, from + at, sizeof words);
    for (int i = 0; i < 4; i++) sums[i] = fk_mix(sums[i], words[i]);
  }
  for (; at < count; at++) sums[at & 3] = fk_mix(sums[at & 3], from[at] + 1u);
  uint64_t all = count;
  for (int i = 0; i < 4; i++) all = fk_mix(all, sums[i]);
  return all;
}
