#ifndef FK_CKERNELS_H
#define FK_CKERNELS_H
#include <stdint.h>
#include <stddef.h>
#endif
