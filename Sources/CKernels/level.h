// The loops of one CPU level, in vectors of LANES floats. A level's file says what LANES, MOST_ROWS, LEVEL and
// INSTRUCTIONS are, and includes this. Written once for all levels: so the same operations in the same order give the
// same bits on each.

#include "CKernels.h"

#include <string.h>
#if BFLOAT16
#include <immintrin.h>
#endif

#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target(INSTRUCTIONS))), apply_to = function)
#endif

// A product and a sum in one expression are one operation, rounded once, where the level has it.
#pragma clang fp contract(on)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef float unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int mask __attribute__((vector_size(4 * LANES)));
typedef short halves __attribute__((vector_size(2 * LANES)));

INLINE lanes load(const float *from) { return *(const unaligned *)from; }
INLINE void store(lanes value, float *to) { *(unaligned *)to = value; }
INLINE lanes all(float value) { return value - (lanes){0}; }
INLINE lanes rectified(lanes v) { return (lanes)((mask)v & ~(mask)(v < 0)); }

// The first lanes only; the others are 0, and are not stored.
INLINE lanes load_some(const float *from, long count) {
    if (count >= LANES) return load(from);
    lanes value = {0};
    memcpy(&value, from, 4 * count);
    return value;
}

INLINE void store_some(lanes value, float *to, long count) {
    if (count >= LANES) return store(value, to);
    memcpy(to, &value, 4 * count);
}

// MARK: - Pairs of numbers in bfloat16: the first of two is the lower half of a float's word

// To the nearest, halfway to even. AVX-512's instruction makes 0 of what is below 1e-38.
INLINE halves rounded(lanes v) {
#if BFLOAT16
    return (halves)_mm512_cvtneps_pbh((__m512)v);
#else
    mask bits = (mask)v;
    return __builtin_convertvector((bits + 0x7fff + (bits >> 16 & 1)) >> 16, halves);
#endif
}

INLINE void store_pairs(lanes value, float *to, long count) {
    halves pairs = rounded(value);
    memcpy(to, &pairs, count >= LANES ? sizeof pairs : 4 * ((count + 1) / 2));
}

static void pairs(const float *from, long count, bool rectifies, float *to) {
    for (long i = 0; i < count; i += LANES) {
        lanes value = load_some(from + i, count - i);
        store_pairs(rectifies ? rectified(value) : value, to + i / 2, count - i);
    }
}

// Each rounded once, the second of the pair first: so AVX-512's instruction does it.
INLINE lanes add_products(const int PAIRS, lanes left, lanes right, lanes sum) {
    if (!PAIRS) return left * right + sum;
#if BFLOAT16
    return (lanes)_mm512_dpbf16_ps((__m512)sum, (__m512bh)left, (__m512bh)right);
#else
    sum = (lanes)((mask)left & ~0xffff) * (lanes)((mask)right & ~0xffff) + sum;
    return (lanes)((mask)left << 16) * (lanes)((mask)right << 16) + sum;
#endif
}

// MARK: - Products

// R rows by V vectors of columns, all of their sums in registers. Rows are reached from every third: so their addresses
// fit into the registers that are left.
INLINE void rows_by_vectors(
    const int PAIRS, const int R, const int V, const float *a, long a_stride, const float *b, float *c, long c_stride,
    const stylevideo_pass *pass) {
    lanes sums[MOST_ROWS][2];
    if (pass->continues) {
        UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < V; v++) {
            sums[r][v] = load(c + r * c_stride + v * LANES);
        }
    } else {
        UNROLL for (int v = 0; v < V; v++) {
            lanes start = pass->bias ? load(pass->bias + v * LANES) : (lanes){0};
            UNROLL for (int r = 0; r < R; r++) sums[r][v] = start;
        }
    }
    long step = pass->step, b_stride = pass->b_stride;
    for (long segment = 0; segment < pass->segments; segment++, a += pass->segment_stride) {
        const float *from[(MOST_ROWS + 2) / 3];
        UNROLL for (int r = 0; r < R; r += 3) from[r / 3] = a + r * a_stride;
        for (long i = 0; i < pass->length; i++, b += b_stride) {
            lanes right[2];
            UNROLL for (int v = 0; v < V; v++) right[v] = load(b + v * LANES);
            UNROLL for (int r = 0; r < R; r++) {
                lanes left = all(from[r / 3][r % 3 * a_stride]);
                UNROLL for (int v = 0; v < V; v++) sums[r][v] = add_products(PAIRS, left, right[v], sums[r][v]);
            }
            UNROLL for (int r = 0; r < R; r += 3) from[r / 3] += step;
        }
    }
    if (pass->rectifies) {
        UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < V; v++) sums[r][v] = rectified(sums[r][v]);
    }
    UNROLL for (int r = 0; r < R; r++) UNROLL for (int v = 0; v < V; v++) {
        store(sums[r][v], c + r * c_stride + v * LANES);
    }
}

#define BODY(NAME, PAIRS, R, V)                                                                                      \
    static __attribute__((noinline)) void NAME##_##R(                                                                \
        const float *a, long as, const float *b, float *c, long cs, const stylevideo_pass *pass) {                   \
        rows_by_vectors(PAIRS, R, V, a, as, b, c, cs, pass);                                                         \
    }
#define ROWS(R) BODY(wide, 0, R, 2) BODY(narrow, 0, R, 1) BODY(wide_pairs, 1, R, 2) BODY(narrow_pairs, 1, R, 1)
ROWS(1) ROWS(2) ROWS(3) ROWS(4)
#if MOST_ROWS == 4
#define BY_ROWS(K) {K##_1, K##_2, K##_3, K##_4}
#elif MOST_ROWS == 6
ROWS(5) ROWS(6)
#define BY_ROWS(K) {K##_1, K##_2, K##_3, K##_4, K##_5, K##_6}
#else
ROWS(5) ROWS(6) ROWS(7) ROWS(8) ROWS(9) ROWS(10) ROWS(11) ROWS(12)
#define BY_ROWS(K) {K##_1, K##_2, K##_3, K##_4, K##_5, K##_6, K##_7, K##_8, K##_9, K##_10, K##_11, K##_12}
#endif

typedef void (*body)(const float *, long, const float *, float *, long, const stylevideo_pass *);

// The rows are shared out evenly: 14 go as 7 and 7.
INLINE void by_bodies(
    const body *bodies, const float *a, long a_stride, const float *b, float *c, long c_stride, long rows,
    const stylevideo_pass *pass) {
    for (long tiles = (rows + MOST_ROWS - 1) / MOST_ROWS; tiles > 0; tiles--) {
        long count = (rows + tiles - 1) / tiles;
        bodies[count - 1](a, a_stride, b, c, c_stride, pass);
        a += count * a_stride;
        c += count * c_stride;
        rows -= count;
    }
}

#define PRODUCT(NAME, WIDE, NARROW)                                                                                  \
    static void NAME(                                                                                                \
        const float *a, long as, const float *b, float *c, long cs, long rows, long columns,                         \
        const stylevideo_pass *pass) {                                                                               \
        static const body wide[] = BY_ROWS(WIDE), narrow[] = BY_ROWS(NARROW);                                        \
        by_bodies(columns > LANES ? wide : narrow, a, as, b, c, cs, rows, pass);                                     \
    }
PRODUCT(product, wide, narrow)
PRODUCT(product_of_pairs, wide_pairs, narrow_pairs)

// MARK: - Winograd's transforms, F(4x4, 3x3), its points 0, +-3/4, +-3/2 and infinity

typedef struct {
    lanes d[6];
} six;

// Bt d
INLINE six transformed(six s) {
    lanes near_even = s.d[2] * -2.25f + s.d[4], near_odd = s.d[1] * -2.25f + s.d[3];
    lanes far_even = s.d[2] * -0.5625f + s.d[4], far_odd = s.d[1] * -0.5625f + s.d[3];
    lanes first = s.d[0] * 1.265625f + s.d[4], last = s.d[1] * 1.265625f + s.d[5];
    return (six){{s.d[2] * -2.8125f + first, near_odd * 0.75f + near_even, near_odd * -0.75f + near_even,
                  far_odd * 1.5f + far_even, far_odd * -1.5f + far_even, s.d[3] * -2.8125f + last}};
}

// At m, four of them
INLINE six reduced(six s) {
    lanes near = s.d[1] + s.d[2], near_difference = s.d[1] - s.d[2];
    lanes far = s.d[3] + s.d[4], far_difference = s.d[3] - s.d[4];
    return (six){{s.d[0] + near + far, far_difference * 1.5f + near_difference * 0.75f, far * 2.25f + near * 0.5625f,
                  far_difference * 3.375f + (near_difference * 0.421875f + s.d[5])}};
}

INLINE void patch(const int PAIRS, const stylevideo_patches *from, long place, long count, float *to, long size) {
    six columns[6];
    UNROLL for (int x = 0; x < 6; x++) {
        six s;
        UNROLL for (int y = 0; y < 6; y++) {
            s.d[y] = load_some(from->rows[y] + place + x * from->channels, count);
            if (from->rectifies) s.d[y] = rectified(s.d[y]);
        }
        columns[x] = transformed(s);
    }
    UNROLL for (int u = 0; u < 6; u++) {
        six s;
        UNROLL for (int x = 0; x < 6; x++) s.d[x] = columns[x].d[u];
        s = transformed(s);
        UNROLL for (int v = 0; v < 6; v++) {
            float *place = to + (6 * u + v) * size;
            PAIRS ? store_pairs(s.d[v], place, count) : store_some(s.d[v], place, count);
        }
    }
}

INLINE void all_patches(const int PAIRS, const stylevideo_patches *from, long tiles, float *to, long size) {
    long channels = from->channels, whole = channels / LANES * LANES;
    for (long tile = 0; tile < tiles; tile++) {
        long place = 4 * tile * channels;
        float *out = to + tile * (PAIRS ? (channels + 1) / 2 : channels);
        for (long c = 0; c < whole; c += LANES) patch(PAIRS, from, place + c, LANES, out + (PAIRS ? c / 2 : c), size);
        if (whole == channels) continue;
        patch(PAIRS, from, place + whole, channels - whole, out + (PAIRS ? whole / 2 : whole), size);
    }
}

static void patches(const stylevideo_patches *from, long tiles, float *to, long size) {
    all_patches(0, from, tiles, to, size);
}

static void patches_in_pairs(const stylevideo_patches *from, long tiles, float *to, long size) {
    all_patches(1, from, tiles, to, size);
}

INLINE void place(const stylevideo_places *to, const float *from, long c, long count, long x, float *output) {
    six rows[6];
    UNROLL for (int v = 0; v < 6; v++) {
        six s;
        UNROLL for (int u = 0; u < 6; u++) s.d[u] = load(from + (6 * u + v) * to->size);
        rows[v] = reduced(s);
    }
    lanes bias = load(to->bias + c);
    UNROLL for (int y = 0; y < 4; y++) {
        if (y < to->top || y >= to->bottom) continue;
        six s;
        UNROLL for (int v = 0; v < 6; v++) s.d[v] = rows[v].d[y];
        s = reduced(s);
        UNROLL for (int column = 0; column < 4; column++) {
            if (x + column < to->left || x + column >= to->right) continue;
            long at = y * to->row + (x + column) * to->channels + c;
            lanes value = s.d[column] + bias;
            if (to->added) value += load_some(to->added + at, count);
            store_some(to->rectifies ? rectified(value) : value, output + at, count);
        }
    }
}

static void places(const stylevideo_places *to, long tiles) {
    long channels = to->channels, whole = channels / LANES * LANES;
    for (long tile = 0; tile < tiles; tile++) {
        const float *from = to->products + tile * to->width;
        for (long c = 0; c < whole; c += LANES) place(to, from + c, c, LANES, 4 * tile, to->output);
        if (whole < channels) place(to, from + whole, whole, channels - whole, 4 * tile, to->output);
    }
}

// MARK: - Exponentials

// e^x to about 1e-7 relative, x from -87.3 to 88; beyond these it stays at the bound's value.
//
// x = n ln 2 + r with |r| <= ln 2 / 2; e^r by its Taylor polynomial of degree 7 (the first term left out is under
// 6e-9), ln 2 in two parts so that r keeps its low bits.
INLINE lanes exponential(lanes x) {
    x = (lanes)(((mask)all(-87.3f) & (x < -87.3f)) | ((mask)x & ~(mask)(x < -87.3f)));
    x = (lanes)(((mask)all(88.f) & (x > 88.f)) | ((mask)x & ~(mask)(x > 88.f)));
    // 1.5 * 2^23: adding it rounds to the nearest whole number, which then stands in the low bits.
    lanes biased = x * 1.44269504f + 12582912.f;
    lanes n = biased - 12582912.f;
    lanes r = n * -0.693359375f + x;
    r = n * 2.1219444e-4f + r;
    lanes p = r * (1.f / 5040) + 1.f / 720;
    p = p * r + 1.f / 120;
    p = p * r + 1.f / 24;
    p = p * r + 1.f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.f;
    p = p * r + 1.f;
    return (lanes)((mask)p + ((mask)biased << 23));  // times 2^n
}

static void sigmoid(float *values, long count, float scale) {
    for (long i = 0; i < count; i += LANES) {
        lanes v = load_some(values + i, count - i) * scale;
        store_some(1.f / (1.f + exponential(-v)), values + i, count - i);
    }
}

static void softmax(const stylevideo_softmax *how, float *scores, float *kept) {
    for (long x = 0; x < how->positions; x += LANES) {
        float *end = scores + how->tokens * how->positions + x;
        lanes shift = all(how->shift);
        if (how->shift != how->shift) {
            shift = load(scores + x);
            for (float *s = scores + x; s < end; s += how->positions) {
                lanes v = load(s);
                shift = (lanes)(((mask)v & (v > shift)) | ((mask)shift & ~(mask)(v > shift)));
            }
        }
        lanes total = {0}, most = {0};
        for (float *s = scores + x; s < end; s += how->positions) {
            lanes e = exponential(load(s) - shift);
            store(e, s);
            total += e;
            most = (lanes)(((mask)e & (e > most)) | ((mask)most & ~(mask)(e > most)));
        }
        if (how->thresholds) {
            lanes limit = load(how->thresholds + x) * total;
            // Where nothing exceeds it (a style of one colour, and rounding), all is kept.
            limit = (lanes)(((mask)limit & (most > limit)) | ((mask)all(-1) & ~(mask)(most > limit)));
            total = (lanes){0};
            for (float *s = scores + x; s < end; s += how->positions) {
                lanes e = load(s);
                e = (lanes)((mask)e & (e > limit));
                store(e, s);
                total += e;
            }
        }
        store(total, kept + x);
    }
}

// MARK: - Convolutions to so few channels that vectors of them would be empty

typedef float sixteen __attribute__((vector_size(64)));
typedef float unaligned_sixteen __attribute__((vector_size(64), aligned(4), may_alias));

// The sums of sixteen vectors' lanes, in their order: in every level as halves, quarters, pairs.
INLINE void add_up(const sixteen *v, sixteen *sums) {
    sixteen a[8], b[4], c[2];
#define SUMS(FROM, ...) __builtin_shufflevector(FROM[2 * i], FROM[2 * i + 1], __VA_ARGS__)
    UNROLL for (int i = 0; i < 8; i++) {
        a[i] = SUMS(v, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23) +
               SUMS(v, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
    }
    UNROLL for (int i = 0; i < 4; i++) {
        b[i] = SUMS(a, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27) +
               SUMS(a, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31);
    }
    UNROLL for (int i = 0; i < 2; i++) {
        c[i] = SUMS(b, 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29) +
               SUMS(b, 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31);
    }
    *sums = __builtin_shufflevector(c[0], c[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30) +
            __builtin_shufflevector(c[0], c[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
}

// As many positions as fill a vector of sums, each lane a channel's; LANES of the sixteen at a time.
INLINE void few_channels(const int O, const stylevideo_few *from, const float *lines, long positions, float *to) {
    const int P = 16 / O;
    long depth = from->depth;
    for (long x = 0; x < positions; x += P, to += O * P) {
        sixteen whole[16] = {{0}};
        for (int part = 0; part < 16; part += LANES) {
            lanes sums[16] = {{0}};
            const float *w = from->weights + part;
            for (long y = 0; y < from->height; y++) {
                const float *in = lines + y * from->line + x * depth + part;
                for (long k = 0; k < from->width * depth; k += 16, w += 16 * O) {
                    lanes weights[O];
                    UNROLL for (int o = 0; o < O; o++) weights[o] = load(w + 16 * o);
                    UNROLL for (int p = 0; p < P; p++) {
                        lanes value = load(in + p * depth + k);
                        UNROLL for (int o = 0; o < O; o++) sums[p * O + o] = value * weights[o] + sums[p * O + o];
                    }
                }
            }
            UNROLL for (int i = 0; i < 16; i++) memcpy((float *)&whole[i] + part, &sums[i], sizeof(lanes));
        }
        sixteen value;
        add_up(whole, &value);
        value += *(const unaligned_sixteen *)from->bias;
        memcpy(to, &value, 4 * O * (positions - x < P ? positions - x : P));
    }
}

static void few(const stylevideo_few *from, const float *lines, long positions, float *to) {
    switch (from->channels) {
    case 1: few_channels(1, from, lines, positions, to); break;
    case 2: few_channels(2, from, lines, positions, to); break;
    case 3: few_channels(3, from, lines, positions, to); break;
    default: few_channels(4, from, lines, positions, to); break;
    }
}

const stylevideo_level LEVEL = {
    .lanes = LANES, .rows = MOST_ROWS, .product = product, .product_of_pairs = product_of_pairs, .patches = patches,
    .patches_in_pairs = patches_in_pairs, .pairs = pairs, .places = places, .softmax = softmax, .sigmoid = sigmoid,
    .few = few};

#if defined(__x86_64__)
#pragma clang attribute pop
#endif
