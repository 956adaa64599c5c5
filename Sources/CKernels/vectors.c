// What all of the program is built for: AVX2 and FMA on x86-64, NEON on arm64.
#define LANES 8
#define MOST_ROWS 6
#define LEVEL stylevideo_vectors
#define INSTRUCTIONS "avx2,fma"
#include "level.h"
