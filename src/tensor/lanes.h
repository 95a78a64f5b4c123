/* lanes.h: sixteen floats at a time, the one vector type that all kernels are written in.
 *
 * Every instruction set gets the same sixteen lanes (one AVX-512 register, two AVX2, four NEON, or
 * an array), and every operation here is exactly rounded or exact, so the kernels give the same
 * bits on each of them. This is the only file with intrinsics: compilers have no portable spelling
 * of a vector fma. Only kernels.c includes it, once per instruction set.
 *
 * Each instruction set also says how large its micro-kernel is: MR rows, and PANEL_VECTORS vectors
 * of a panel at a time, whose sums fit its registers. */
#ifndef TENSOR_LANES_H
#define TENSOR_LANES_H

#include <math.h>
#include <stdint.h>
#include <string.h>

enum { LANES = 16 };

#if defined(ISA_avx512)

#include <immintrin.h>

/* 14 x 2 sums, 2 of b, 1 spare: 31 of 32 registers. */
enum { MR = 14, PANEL_VECTORS = 2 };

typedef __m512 lanes;

static inline lanes lanes_set(float x) {
    return _mm512_set1_ps(x);
}
static inline lanes lanes_load(const float *p) {
    return _mm512_loadu_ps(p);
}
static inline void lanes_store(float *p, lanes a) {
    _mm512_storeu_ps(p, a);
}
static inline lanes lanes_add(lanes a, lanes b) {
    return _mm512_add_ps(a, b);
}
static inline lanes lanes_sub(lanes a, lanes b) {
    return _mm512_sub_ps(a, b);
}
static inline lanes lanes_mul(lanes a, lanes b) {
    return _mm512_mul_ps(a, b);
}
static inline lanes lanes_div(lanes a, lanes b) {
    return _mm512_div_ps(a, b);
}
static inline lanes lanes_fma(lanes a, lanes b, lanes c) {
    return _mm512_fmadd_ps(a, b, c);
}

/* x where a < b, else y (also where a or b is NaN). */
static inline lanes lanes_select_less(lanes a, lanes b, lanes x, lanes y) {
    return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_LT_OQ), y, x);
}

/* x * 2^n, where n is the integer in the low bits of the float `shifted` (see exponential()). */
static inline lanes lanes_scale(lanes x, lanes shifted) {
    __m512i n = _mm512_slli_epi32(_mm512_castps_si512(shifted), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), n));
}

static inline lanes lanes_widen_f16(const uint16_t *p) {
    return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)p));
}

static inline lanes lanes_widen_bf16(const uint16_t *p) {
    __m512i wide = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)p));
    return _mm512_castsi512_ps(_mm512_slli_epi32(wide, 16));
}

/* Transposes 16 x 16 numbers: element (i, j) to (j, i). Pairs, then pairs of pairs, of rows are
 * interleaved within 128-bit lanes; then the lanes are. */
static inline void lanes_transpose(lanes a[LANES]) {
    lanes b[LANES];
    for (int i = 0; i < LANES; i += 2) {
        b[i] = _mm512_unpacklo_ps(a[i], a[i + 1]);
        b[i + 1] = _mm512_unpackhi_ps(a[i], a[i + 1]);
    }
    for (int i = 0; i < LANES; i += 4)
        for (int j = 0; j < 2; j++) {
            __m512d low = _mm512_castps_pd(b[i + j]), high = _mm512_castps_pd(b[i + j + 2]);
            a[i + 2 * j] = _mm512_castpd_ps(_mm512_unpacklo_pd(low, high));
            a[i + 2 * j + 1] = _mm512_castpd_ps(_mm512_unpackhi_pd(low, high));
        }
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < LANES; j += 8) {
            b[j + i] = _mm512_shuffle_f32x4(a[j + i], a[j + i + 4], 0x88);
            b[j + i + 4] = _mm512_shuffle_f32x4(a[j + i], a[j + i + 4], 0xdd);
        }
    for (int i = 0; i < 8; i++) {
        a[i] = _mm512_shuffle_f32x4(b[i], b[i + 8], 0x88);
        a[i + 8] = _mm512_shuffle_f32x4(b[i], b[i + 8], 0xdd);
    }
}

#elif defined(ISA_avx2)

#include <immintrin.h>

/* 6 x 2 sums, 2 of b, 1 broadcast: 15 of 16 registers (a vector is two registers). */
enum { MR = 6, PANEL_VECTORS = 1 };

typedef struct {
    __m256 lo, hi;
} lanes;

static inline lanes lanes_set(float x) {
    return (lanes){_mm256_set1_ps(x), _mm256_set1_ps(x)};
}
static inline lanes lanes_load(const float *p) {
    return (lanes){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
static inline void lanes_store(float *p, lanes a) {
    _mm256_storeu_ps(p, a.lo);
    _mm256_storeu_ps(p + 8, a.hi);
}
static inline lanes lanes_add(lanes a, lanes b) {
    return (lanes){_mm256_add_ps(a.lo, b.lo), _mm256_add_ps(a.hi, b.hi)};
}
static inline lanes lanes_sub(lanes a, lanes b) {
    return (lanes){_mm256_sub_ps(a.lo, b.lo), _mm256_sub_ps(a.hi, b.hi)};
}
static inline lanes lanes_mul(lanes a, lanes b) {
    return (lanes){_mm256_mul_ps(a.lo, b.lo), _mm256_mul_ps(a.hi, b.hi)};
}
static inline lanes lanes_div(lanes a, lanes b) {
    return (lanes){_mm256_div_ps(a.lo, b.lo), _mm256_div_ps(a.hi, b.hi)};
}
static inline lanes lanes_fma(lanes a, lanes b, lanes c) {
    return (lanes){_mm256_fmadd_ps(a.lo, b.lo, c.lo), _mm256_fmadd_ps(a.hi, b.hi, c.hi)};
}

static inline lanes lanes_select_less(lanes a, lanes b, lanes x, lanes y) {
    return (lanes){_mm256_blendv_ps(y.lo, x.lo, _mm256_cmp_ps(a.lo, b.lo, _CMP_LT_OQ)),
                   _mm256_blendv_ps(y.hi, x.hi, _mm256_cmp_ps(a.hi, b.hi, _CMP_LT_OQ))};
}

static inline __m256 scale_half(__m256 x, __m256 shifted) {
    __m256i n = _mm256_slli_epi32(_mm256_castps_si256(shifted), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), n));
}
static inline lanes lanes_scale(lanes x, lanes shifted) {
    return (lanes){scale_half(x.lo, shifted.lo), scale_half(x.hi, shifted.hi)};
}

static inline lanes lanes_widen_f16(const uint16_t *p) {
    return (lanes){_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)p)),
                   _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(p + 8)))};
}

static inline __m256 widen_bf16_half(const uint16_t *p) {
    __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128((const __m128i *)p));
    return _mm256_castsi256_ps(_mm256_slli_epi32(wide, 16));
}
static inline lanes lanes_widen_bf16(const uint16_t *p) {
    return (lanes){widen_bf16_half(p), widen_bf16_half(p + 8)};
}

#elif defined(ISA_neon)

#include <arm_neon.h>

/* 6 x 4 sums, 4 of b, 1 broadcast: 29 of 32 registers (a vector is four registers). */
enum { MR = 6, PANEL_VECTORS = 1 };

typedef struct {
    float32x4_t v[4];
} lanes;

static inline lanes lanes_set(float x) {
    float32x4_t v = vdupq_n_f32(x);
    return (lanes){{v, v, v, v}};
}
static inline lanes lanes_load(const float *p) {
    return (lanes){{vld1q_f32(p), vld1q_f32(p + 4), vld1q_f32(p + 8), vld1q_f32(p + 12)}};
}
static inline void lanes_store(float *p, lanes a) {
    for (int i = 0; i < 4; i++) vst1q_f32(p + 4 * i, a.v[i]);
}
static inline lanes lanes_add(lanes a, lanes b) {
    for (int i = 0; i < 4; i++) a.v[i] = vaddq_f32(a.v[i], b.v[i]);
    return a;
}
static inline lanes lanes_sub(lanes a, lanes b) {
    for (int i = 0; i < 4; i++) a.v[i] = vsubq_f32(a.v[i], b.v[i]);
    return a;
}
static inline lanes lanes_mul(lanes a, lanes b) {
    for (int i = 0; i < 4; i++) a.v[i] = vmulq_f32(a.v[i], b.v[i]);
    return a;
}
static inline lanes lanes_div(lanes a, lanes b) {
    for (int i = 0; i < 4; i++) a.v[i] = vdivq_f32(a.v[i], b.v[i]);
    return a;
}
static inline lanes lanes_fma(lanes a, lanes b, lanes c) {
    for (int i = 0; i < 4; i++) c.v[i] = vfmaq_f32(c.v[i], a.v[i], b.v[i]);
    return c;
}

static inline lanes lanes_select_less(lanes a, lanes b, lanes x, lanes y) {
    for (int i = 0; i < 4; i++) y.v[i] = vbslq_f32(vcltq_f32(a.v[i], b.v[i]), x.v[i], y.v[i]);
    return y;
}

static inline lanes lanes_scale(lanes x, lanes shifted) {
    for (int i = 0; i < 4; i++) {
        int32x4_t n = vshlq_n_s32(vreinterpretq_s32_f32(shifted.v[i]), 23);
        x.v[i] = vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x.v[i]), n));
    }
    return x;
}

static inline lanes lanes_widen_f16(const uint16_t *p) {
    lanes a;
    for (int i = 0; i < 4; i++) a.v[i] = vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(p + 4 * i)));
    return a;
}
static inline lanes lanes_widen_bf16(const uint16_t *p) {
    lanes a;
    for (int i = 0; i < 4; i++)
        a.v[i] = vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p + 4 * i), 16));
    return a;
}

#else /* portable C: no vector instructions asked for, fmaf exactly rounded by the C library */

enum { MR = 4, PANEL_VECTORS = 1 };

typedef struct {
    float v[LANES];
} lanes;

static inline float float_from_bits(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
static inline uint32_t bits_from_float(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline lanes lanes_set(float x) {
    lanes a;
    for (int i = 0; i < LANES; i++) a.v[i] = x;
    return a;
}
static inline lanes lanes_load(const float *p) {
    lanes a;
    memcpy(a.v, p, sizeof a.v);
    return a;
}
static inline void lanes_store(float *p, lanes a) {
    memcpy(p, a.v, sizeof a.v);
}
static inline lanes lanes_add(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) a.v[i] += b.v[i];
    return a;
}
static inline lanes lanes_sub(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) a.v[i] -= b.v[i];
    return a;
}
static inline lanes lanes_mul(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) a.v[i] *= b.v[i];
    return a;
}
static inline lanes lanes_div(lanes a, lanes b) {
    for (int i = 0; i < LANES; i++) a.v[i] /= b.v[i];
    return a;
}
static inline lanes lanes_fma(lanes a, lanes b, lanes c) {
    for (int i = 0; i < LANES; i++) c.v[i] = fmaf(a.v[i], b.v[i], c.v[i]);
    return c;
}

static inline lanes lanes_select_less(lanes a, lanes b, lanes x, lanes y) {
    for (int i = 0; i < LANES; i++) y.v[i] = a.v[i] < b.v[i] ? x.v[i] : y.v[i];
    return y;
}

static inline lanes lanes_scale(lanes x, lanes shifted) {
    for (int i = 0; i < LANES; i++)
        x.v[i] = float_from_bits(bits_from_float(x.v[i]) + (bits_from_float(shifted.v[i]) << 23));
    return x;
}

/* A half is sign, 5 bits of exponent (bias 15), 10 of fraction. Moved into a float's places it is
 * 2^112 times too small, subnormals included; infinity and NaN keep an exponent of all ones. */
static inline float widen_f16(uint16_t h) {
    float magnitude = float_from_bits((uint32_t)(h & 0x7fff) << 13) * 0x1p112f;
    uint32_t bits = bits_from_float(magnitude) | (uint32_t)(h & 0x8000) << 16;
    if ((h & 0x7c00) == 0x7c00) bits |= 0x7f800000;
    return float_from_bits(bits);
}
static inline lanes lanes_widen_f16(const uint16_t *p) {
    lanes a;
    for (int i = 0; i < LANES; i++) a.v[i] = widen_f16(p[i]);
    return a;
}
static inline lanes lanes_widen_bf16(const uint16_t *p) {
    lanes a;
    for (int i = 0; i < LANES; i++) a.v[i] = float_from_bits((uint32_t)p[i] << 16);
    return a;
}

#endif

#if !defined(ISA_avx512)
/* Transposes 16 x 16 numbers: element (i, j) to (j, i). */
static inline void lanes_transpose(lanes a[LANES]) {
    float rows[LANES][LANES], columns[LANES][LANES];
    for (int i = 0; i < LANES; i++) lanes_store(rows[i], a[i]);
    for (int i = 0; i < LANES; i++)
        for (int j = 0; j < LANES; j++) columns[j][i] = rows[i][j];
    for (int i = 0; i < LANES; i++) a[i] = lanes_load(columns[i]);
}
#endif

static inline lanes lanes_max(lanes a, lanes b) {
    return lanes_select_less(a, b, b, a);
}

/* The first n lanes from memory, the others `rest`. */
static inline lanes lanes_load_part(const float *p, int n, float rest) {
    float part[LANES];
    for (int i = 0; i < LANES; i++) part[i] = i < n ? p[i] : rest;
    return lanes_load(part);
}

static inline void lanes_store_part(float *p, lanes a, int n) {
    float part[LANES];
    lanes_store(part, a);
    memcpy(p, part, (size_t)n * sizeof *p);
}

/* The sum of all lanes, halves added to halves: (l, l+8), (l, l+4), (l, l+2), (0, 1). */
static inline float lanes_reduce_sum(lanes a) {
    float v[LANES];
    lanes_store(v, a);
    for (int half = LANES / 2; half; half /= 2)
        for (int i = 0; i < half; i++) v[i] += v[i + half];
    return v[0];
}

static inline float lanes_reduce_max(lanes a) {
    float v[LANES];
    lanes_store(v, a);
    for (int i = 1; i < LANES; i++) v[0] = v[0] < v[i] ? v[i] : v[0];
    return v[0];
}

#endif
