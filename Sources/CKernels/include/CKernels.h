#pragma once

/// The highest x86-64 level of this CPU, as the psABI names them ("x86-64-v3"), or the architecture.
const char *stylevideo_cpu_level(void);

/// Ends the program with one sentence on standard error and the status 69 where the CPU is older than the Swift code
/// needs. It is also a constructor of this library, which is C for any x86-64: so it runs before any code that was
/// built for x86-64-v3 and would end in an illegal instruction. Calling it keeps the constructor in the program.
void stylevideo_require_cpu(void);

/// The cores that this process may use, which can be fewer than the machine has (`taskset`, Slurm, containers with sets
/// of cores); at least 1. In C: Swift sees neither the call nor the macros.
int stylevideo_cores(void);

/// The two words that Swift passes for a closure.
typedef struct {
    const void *function;
    const void *context;
} stylevideo_closure;

/// Calls a closure of two numbers.
void stylevideo_call(stylevideo_closure body, long item, long worker);
