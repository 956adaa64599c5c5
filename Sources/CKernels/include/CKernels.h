#pragma once

#include <stdbool.h>

/// The highest x86-64 level of this CPU, as the psABI names them ("x86-64-v3"), or the architecture.
const char *_Nonnull stylevideo_cpu_level(void);

/// Ends the program with one sentence on standard error and the status 69 where the CPU is older than the Swift code
/// needs. It is also a constructor of this library, which is C for any x86-64: so it runs before any code that was
/// built for x86-64-v3 and would end in an illegal instruction. Calling it keeps the constructor in the program.
void stylevideo_require_cpu(void);

/// The cores that this process may use, which can be fewer than the machine has (`taskset`, Slurm, containers with sets
/// of cores); at least 1. In C: Swift sees neither the call nor the macros.
int stylevideo_cores(void);

/// The two words that Swift passes for a closure.
typedef struct {
    const void *_Nullable function;
    const void *_Nullable context;
} stylevideo_closure;

/// Calls a closure of two numbers.
void stylevideo_call(stylevideo_closure body, long item, long worker);

/// One pass of a matrix product over its depth, for one register tile: `segments` pieces of `length` floats.
typedef struct {
    long segments, segment_stride, length;
    /// What the sums start from: the bias of the tile's columns, C itself, or (neither) zero.
    const float *_Nullable bias;
    bool continues;
    /// Whether negative sums become 0: in the last pass only.
    bool rectifies;
} stylevideo_pass;

/// C [rows, columns] = [C +] A B for one register tile. B is packed, `columns` floats a row; the rows of A and of C lie
/// `a_stride` and `c_stride` floats apart. A C function for another instruction set has this type too.
typedef void (*stylevideo_tile)(
    const float *_Nonnull a, long a_stride, const float *_Nonnull b, float *_Nonnull c, long c_stride, long rows,
    long columns, const stylevideo_pass *_Nonnull pass);
