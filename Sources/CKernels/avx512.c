#if defined(__x86_64__)
#define LANES 16
#define MOST_ROWS 12
#define LEVEL stylevideo_avx512
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"))), apply_to = function)
#include "level.h"
#pragma clang attribute pop
#endif
