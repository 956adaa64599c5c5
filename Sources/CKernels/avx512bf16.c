#if defined(__x86_64__)
#define LANES 16
#define MOST_ROWS 12
#define BFLOAT16 1
#define LEVEL stylevideo_avx512bf16
#define INSTRUCTIONS "avx512f,avx512vl,avx512bw,avx512dq,avx512bf16,avx2,fma"
#include "level.h"
#endif
