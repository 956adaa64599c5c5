#if defined(__x86_64__)
#define LANES 16
#define MOST_ROWS 12
#define LEVEL stylevideo_avx512
#define INSTRUCTIONS "avx512f,avx512vl,avx512bw,avx512dq,avx2,fma"
#include "level.h"
#endif
