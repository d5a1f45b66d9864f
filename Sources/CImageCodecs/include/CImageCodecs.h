#ifndef FIC_H
#define FIC_H
#include <stdint.h>
#include <stddef.h>
#endif
