// Vectors of four, which every CPU has. Its shapes are others than the levels': what holds for all of them does not
// rest on one's. Fused, so that its bits are theirs.
#define LANES 4
#define MOST_ROWS 4
#define LEVEL stylevideo_plain
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#endif
#include "level.h"
#if defined(__x86_64__)
#pragma clang attribute pop
#endif
