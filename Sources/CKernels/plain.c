// Vectors of four, which every CPU has. Its shapes are others than the levels': what holds for all of them does not
// rest on one's. Fused, so that its bits are theirs.
#define LANES 4
#define MOST_ROWS 4
#define LEVEL stylevideo_plain
#define INSTRUCTIONS "avx2,fma"
#include "level.h"
