#pragma once

#include <stdbool.h>

/// The highest x86-64 level of this CPU, as the psABI names them ("x86-64-v3"), or the architecture.
const char *_Nonnull stylevideo_cpu_level(void);

/// Ends the program with one sentence on standard error and the status 69 where the CPU is older than the Swift code
/// needs. It is also a constructor of this library, which is C for any x86-64: so it runs before any code that was
/// built for x86-64-v3 and would end in an illegal instruction. Calling it keeps the constructor in the program.
void stylevideo_require_cpu(void);

/// Whether it multiplies pairs of numbers in bfloat16 (AVX512_BF16), beside all of x86-64-v4.
bool stylevideo_has_bfloat16(void);

/// The cores that this process may use, which can be fewer than the machine has (`taskset`, Slurm, containers with sets
/// of cores); at least 1. In C: Swift sees neither the call nor the macros.
int stylevideo_cores(void);

/// The file that the function of that name comes from in this process, as the loader names it, or null. In C: Swift
/// does not see what is GNU's own.
const char *_Nullable stylevideo_origin(const char *_Nonnull function);

/// Whether a folder shows what the kernel knows (/proc, /sys), so that no files can be made in it, whatever its mode
/// says. In C: Swift does not see the header.
bool stylevideo_is_kernels(const char *_Nonnull folder);

/// Lets a core's other thread work while this one looks again and again.
static inline void stylevideo_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ __volatile__("yield");
#endif
}

/// The two words that Swift passes for a closure.
typedef struct {
    const void *_Nullable function;
    const void *_Nullable context;
} stylevideo_closure;

/// Calls a closure of two numbers.
void stylevideo_call(stylevideo_closure body, long item, long worker);

/// One pass of a matrix product over its depth, for one panel of columns: `segments` pieces of `length` floats.
typedef struct {
    long segments, segment_stride, length;
    /// From one of A's values to the next in its row; from one row of B to the next.
    long step, b_stride;
    /// What the sums start from: the bias of the tile's columns, C itself, or (neither) zero.
    const float *_Nullable bias;
    bool continues;
    /// Whether negative sums become 0: in the last pass only.
    bool rectifies;
} stylevideo_pass;

/// C [rows, columns] = [C +] A B for one panel of columns: one vector or two. The rows of A and of C lie `a_stride` and
/// `c_stride` floats apart.
typedef void (*stylevideo_product)(
    const float *_Nonnull a, long a_stride, const float *_Nonnull b, float *_Nonnull c, long c_stride, long rows,
    long columns, const stylevideo_pass *_Nonnull pass);

/// Six rows of a convolution's padded input, from the first column on that a tile sees.
typedef struct {
    const float *_Nonnull rows[6];
    long channels;
    bool rectifies;
} stylevideo_patches;

typedef void (*stylevideo_transform)(
    const stylevideo_patches *_Nonnull from, long tiles, float *_Nonnull to, long size);

/// What becomes of the 36 products of tiles that lie side by side.
typedef struct {
    /// The first tile's, of the first matrix; matrices lie `size` floats apart, and a tile's row is `width` long.
    const float *_Nonnull products;
    long size, width, channels;
    const float *_Nonnull bias;
    /// What is added: of the output's shape, from the same place on.
    const float *_Nullable added;
    bool rectifies;
    /// The first tile's first position. It may lie beyond what is asked for, and beyond the tensor.
    float *_Nonnull output;
    /// Floats from one row of the output to the next.
    long row;
    /// The rows and columns that are written, counted from `output`.
    long top, bottom, left, right;
} stylevideo_places;

/// What a head's attention does with its scores, [tokens, positions], each a number of whole vectors of positions.
typedef struct {
    long tokens, positions;
    /// Subtracted from every score; where it is not a number, the position's largest score is.
    float shift;
    /// Of each position, in units of the sum of its attention: what does not exceed it becomes 0. Null: nothing does.
    const float *_Nullable thresholds;
} stylevideo_softmax;

/// A convolution to at most four channels.
typedef struct {
    /// Output channels; rows and columns of the window; the input's channels, padded to whole sixteens; floats from one
    /// line of the input to the next.
    long channels, height, width, depth, line;
    /// [height, width, depth / 16, channels, 16]
    const float *_Nonnull weights;
    /// Each channel's, again and again: 16 in all.
    const float *_Nonnull bias;
} stylevideo_few;

/// The kernels of one CPU level.
typedef struct {
    /// Floats of a vector, and rows of a register tile, which is two vectors wide.
    long lanes, rows;
    /// Of floats; and of words that hold pairs of numbers in bfloat16, along A's rows and B's columns, summed in
    /// floats.
    stylevideo_product _Nonnull product, product_of_pairs;
    /// Bt d B of tiles that lie side by side: 36 matrices [tiles, channels], `size` floats apart; in pairs a tile's row
    /// has half as many words, rounded up.
    stylevideo_transform _Nonnull patches, patches_in_pairs;
    /// Floats to pairs, the last filled up with 0.
    void (*_Nonnull pairs)(const float *_Nonnull from, long count, bool rectifies, float *_Nonnull to);
    /// At m A of tiles that lie side by side, and what is fused into a convolution's end.
    void (*_Nonnull places)(const stylevideo_places *_Nonnull to, long tiles);
    /// Scores become e^(score - shift), gated; the sum of what each position keeps goes to `kept`.
    void (*_Nonnull softmax)(const stylevideo_softmax *_Nonnull how, float *_Nonnull scores, float *_Nonnull kept);
    /// 1 / (1 + e^-scale value), in place.
    void (*_Nonnull sigmoid)(float *_Nonnull values, long count, float scale);
    /// Positions that lie side by side, at stride 1, [positions, channels]. Lines are read as far as 16 positions more.
    void (*_Nonnull few)(
        const stylevideo_few *_Nonnull from, const float *_Nonnull lines, long positions, float *_Nonnull to);
} stylevideo_level;

extern const stylevideo_level stylevideo_plain, stylevideo_vectors;
#if defined(__x86_64__)
extern const stylevideo_level stylevideo_avx512, stylevideo_avx512bf16;
#endif
