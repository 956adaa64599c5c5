#pragma once

/// Calls of malloc, calloc, realloc, posix_memalign, aligned_alloc and memalign by any thread of this program.
long allocation_count(void);

/// Bytes that the program holds on the heap now, and the most that it has held since `allocation_forget_peak`.
long allocation_bytes(void);
long allocation_peak(void);
void allocation_forget_peak(void);
