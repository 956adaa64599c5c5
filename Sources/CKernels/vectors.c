// What all of the program is built for: AVX2 and FMA on x86-64, NEON on arm64.
#define LANES 8
#define MOST_ROWS 6
#define LEVEL stylevideo_vectors
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#endif
#include "level.h"
#if defined(__x86_64__)
#pragma clang attribute pop
#endif
