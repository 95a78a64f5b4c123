/* test_kernels.c: every set of kernels that runs here against scalar definitions and double
 * precision, and against each other bit for bit. */
#include "tensor/attention.h"
#include "tensor/kernels.h"
#include "tensor/matmul.h"

#include "unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct kernels *here[4];
static int n_here;

static int find_kernels(void **state) {
    (void)state;
    static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
    for (int i = 0; i < 4; i++) {
        const struct kernels *kernels = kernels_named(names[i]);
        if (kernels) here[n_here++] = kernels;
    }
    return n_here ? 0 : -1;
}

static float random_number(void) {
    static uint32_t state = 12345;
    state = state * 1664525u + 1013904223u;
    return (float)(state >> 8) / 8388608.0f - 1.0f;
}

static float *random_floats(size_t n, float spread) {
    float *x = malloc(n * sizeof *x);
    for (size_t i = 0; i < n; i++) x[i] = spread * random_number();
    return x;
}

static float *copy(const float *x, size_t n) {
    return memcpy(malloc(n * sizeof *x), x, n * sizeof *x);
}

/* ---- products ---- */

static void the_micro_kernel_is_fma_in_order(void **state) {
    (void)state;
    for (int n_in = 0; n_in < 70; n_in += 23)
        for (int s = 0; s < n_here; s++)
            for (int rows = 1; rows <= here[s]->mr; rows++) {
                const size_t lda = (size_t)n_in + 3, ldb = NR + 5, ldc = NR + 3;
                float *a = random_floats((size_t)rows * lda, 1),
                      *b = random_floats((size_t)n_in * ldb + NR, 1);
                float *start = random_floats(NR, 1), *c = random_floats((size_t)rows * ldc, 1);
                float *before = copy(c, (size_t)rows * ldc), packed[70 * NR + 1];
                const int copies = n_in * (rows % 3) / 2; /* none, half of them, all */
                const struct prefetch plan = {c, ldc,    a,        b,     ldb * sizeof *b,
                                              b, packed, n_in / 3, copies};
                for (int go_on = 0; go_on < 2; go_on++) {
                    memcpy(c, before, (size_t)rows * ldc * sizeof *c);
                    packed[copies * NR] = 5;
                    here[s]->micro_kernel(rows, n_in, a, lda, b, ldb, go_on ? NULL : start, c, ldc,
                                          &plan);
                    for (int i = 0; i < rows; i++)
                        for (int j = 0; j < NR; j++) {
                            float acc = go_on ? before[(size_t)i * ldc + (size_t)j] : start[j];
                            for (int k = 0; k < n_in; k++)
                                acc = fmaf(a[(size_t)i * lda + (size_t)k],
                                           b[(size_t)k * ldb + (size_t)j], acc);
                            assert_memory_equal(&c[(size_t)i * ldc + (size_t)j], &acc, sizeof acc);
                        }
                    for (int k = 0; k < copies; k++)
                        assert_memory_equal(&packed[k * NR], &b[(size_t)k * ldb], NR * sizeof *b);
                    assert_true(packed[copies * NR] == 5); /* no more than was asked */
                }
                free(a), free(b), free(start), free(c), free(before);
            }
}

/* Stored as dtype, the high half of a float is a BF16 and any 16 bits with a small exponent are
 * an F16. */
static void *stored(enum dtype dtype, const float *x, size_t n) {
    if (dtype == DTYPE_F32) return copy(x, n);
    uint16_t *half = malloc(n * sizeof *half);
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], 4);
        half[i] = dtype == DTYPE_BF16 ? (uint16_t)(bits >> 16)
                                      : (uint16_t)((bits >> 16 & 0x8000) | (bits >> 8 & 0x3fff));
    }
    return half;
}

/* A product of random numbers, stored and added, is the definition's bit for bit. */
static void check_product(const struct kernels *kernels, int rows, int n_in, int n_out,
                          enum dtype dtype, bool transposed) {
    struct pg_error err;
    float *x = random_floats((size_t)(rows * n_in), 1), *bias = random_floats((size_t)n_out, 1);
    float *w = random_floats((size_t)(n_in * n_out), 1),
          *out = random_floats((size_t)(rows * n_out), 1);
    void *data = stored(dtype, w, (size_t)(n_in * n_out));
    struct matrix m = {data, dtype, transposed, n_in, n_out, (size_t)(transposed ? n_in : n_out)};
    struct executor executor;
    assert_true(executor_init(&executor, matmul_scratch(), &err));
    executor.kernels = kernels;
    float *before = copy(out, (size_t)(rows * n_out));
    for (enum epilogue epilogue = EPILOGUE_STORE; epilogue <= EPILOGUE_ADD; epilogue++) {
        matmul(&executor, rows, x, (size_t)n_in, &m, bias, epilogue, out, (size_t)n_out);
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < n_out; j++) {
                float acc = bias[j], b;
                for (int k = 0; k < n_in; k++) {
                    executor.kernels->widen(dtype, matrix_at(&m, k, j), 1, &b);
                    acc = fmaf(x[i * n_in + k], b, acc);
                }
                if (epilogue == EPILOGUE_ADD) acc = before[i * n_out + j] + acc;
                assert_memory_equal(&out[i * n_out + j], &acc, sizeof acc);
            }
        memcpy(out, before, (size_t)(rows * n_out) * sizeof *out);
    }
    executor_free(&executor);
    free(x), free(bias), free(w), free(out), free(data), free(before);
}

static void matmul_is_fma_in_order(void **state) {
    (void)state;
    static const int sizes[][3] = {{1, 1, 1},     {2, 17, 33},    {15, 40, 64},    {29, 3, 100},
                                   {5, 300, 70},  {30, 1100, 40}, {100, 700, 100}, {40, 1523, 178},
                                   {577, 21, 35}, {1800, 2, 33}};
    for (size_t size = 0; size < sizeof sizes / sizeof *sizes; size++)
        for (enum dtype dtype = DTYPE_F32; dtype <= DTYPE_BF16; dtype++)
            for (int transposed = 0; transposed < 2; transposed++)
                check_product(kernels_default(), sizes[size][0], sizes[size][1], sizes[size][2],
                              dtype, transposed);
}

/* A random whole number from 1 to most. */
static int random_size(int most) {
    return 1 + (int)((random_number() + 1) / 2 * (float)most) % most;
}

static void matmul_of_any_shape(void **state) {
    (void)state;
    for (int i = 0; i < 100; i++) {
        const int kind = random_size(3); /* the third: almost whole strips */
        const int n_in = kind == 1   ? random_size(100)
                         : kind == 2 ? random_size(2500)
                                     : 1024 * random_size(3) - random_size(20);
        const int n_out = random_size(300), rows = 1 + random_size(4000000 / (n_in * n_out)) % 200;
        pg_set_threads(random_size(9));
        check_product(here[i % n_here], rows, n_in, n_out, (enum dtype)(random_size(3) - 1),
                      random_size(2) == 1);
    }
    pg_set_threads(0);
}

/* Rows whose strides are wider than they are: norm(x), a product with an activation, a product that
 * adds. */
static void rows_may_lie_apart(void **state) {
    (void)state;
    enum { C = 24, INNER = 75, LDX = 29, LDH = 31, LDI = 80 };
    struct pg_error err;
    struct executor executor;
    assert_true(executor_init(&executor, matmul_scratch(), &err));
    float *gain = random_floats(C, 1), *bias = random_floats(INNER, 1);
    float *w1 = random_floats(C * INNER, 1), *w2 = random_floats(INNER * C, 1);
    const struct norm norm = {gain, bias, 1e-5f};
    const struct matrix in = {w1, DTYPE_F32, false, C, INNER, INNER};
    const struct matrix back = {w2, DTYPE_F32, true, INNER, C, INNER};
    for (int rows = 1; rows <= MC + 60; rows = rows < 40 ? rows + 1 : rows + 300) {
        const size_t n = (size_t)rows;
        float *x = random_floats(n * LDX, 3), *h = random_floats(n * LDH, 1);
        float *hidden = random_floats(n * LDI, 1), *before = copy(x, n * LDX);
        norm_rows(&executor, rows, C, x, LDX, &norm, h, LDH);
        matmul(&executor, rows, h, LDH, &in, bias, EPILOGUE_GELU_TANH, hidden, LDI);
        matmul(&executor, rows, hidden, LDI, &back, NULL, EPILOGUE_ADD, x, LDX);
        for (size_t i = 0; i < n; i++) {
            float *y = before + i * LDX, normed[C], inner[INNER], out[C];
            executor.kernels->layer_norm(C, y, &norm, normed);
            matmul(&executor, 1, normed, C, &in, bias, EPILOGUE_STORE, inner, INNER);
            executor.kernels->gelu_tanh(INNER, inner);
            matmul(&executor, 1, inner, INNER, &back, NULL, EPILOGUE_STORE, out, C);
            for (int j = 0; j < C; j++) y[j] += out[j];
        }
        assert_memory_equal(x, before, n * LDX * sizeof *x);
        free(x), free(h), free(hidden), free(before);
    }
    executor_free(&executor);
    free(gain), free(bias), free(w1), free(w2);
}

static void rows_to_multiply_fall_into_many_sets(void **state) {
    (void)state;
    for (int n = 1; n < 7000; n++) {
        const size_t stride = row_stride(n);
        assert_true(stride >= (size_t)n && stride < (size_t)n + 32 && stride % 16 == 0);
        assert_true(stride % 512 != 0); /* half a page */
    }
}

/* ---- stored numbers ---- */

static double half_value(uint16_t h) {
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    const double sign = h & 0x8000 ? -1 : 1;
    if (exponent == 31) return fraction ? NAN : sign * INFINITY;
    return sign * (exponent ? ldexp(1024 + fraction, exponent - 25) : ldexp(fraction, -24));
}

static void widening_is_exact(void **state) {
    (void)state;
    static uint16_t all[65536];
    static float wide[65536];
    for (int i = 0; i < 65536; i++) all[i] = (uint16_t)i;
    for (int s = 0; s < n_here; s++) {
        here[s]->widen(DTYPE_F16, all, 65536, wide);
        for (int i = 0; i < 65536; i++) {
            const double expected = half_value(all[i]);
            assert_true(isnan(expected)
                            ? isnan(wide[i])
                            : (double)wide[i] == expected && !signbit(wide[i]) == !(i & 0x8000));
        }
        here[s]->widen(DTYPE_BF16, all, 65533, wide);
        for (uint32_t i = 0; i < 65533; i++) {
            const uint32_t bits = i << 16;
            assert_memory_equal(&wide[i], &bits, 4);
        }
    }
}

/* ---- rows ---- */

static void rows_match_double_precision(void **state) {
    (void)state;
    for (int s = 0; s < n_here; s++)
        for (int n = 1; n < 100; n += 7) {
            float *x = random_floats((size_t)n, 3), *gain = random_floats((size_t)n, 1),
                  *bias = random_floats((size_t)n, 1);
            float *out = malloc((size_t)n * sizeof *out);
            double mean = 0, variance = 0, total = 0, largest = -1e30;
            for (int i = 0; i < n; i++) mean += (double)x[i] / n;
            for (int i = 0; i < n; i++)
                variance += ((double)x[i] - mean) * ((double)x[i] - mean) / n;
            here[s]->layer_norm(n, x, &(struct norm){gain, bias, 1e-5f}, out);
            for (int i = 0; i < n; i++)
                assert_true(fabs(((double)x[i] - mean) / sqrt(variance + 1e-5) * (double)gain[i] +
                                 (double)bias[i] - (double)out[i]) < 2e-6);

            memcpy(out, x, (size_t)n * sizeof *out);
            here[s]->softmax(n, out, 2.5f);
            for (int i = 0; i < n; i++)
                if (largest < 2.5 * (double)x[i]) largest = 2.5 * (double)x[i];
            for (int i = 0; i < n; i++) total += exp(2.5 * (double)x[i] - largest);
            for (int i = 0; i < n; i++)
                assert_true(fabs(exp(2.5 * (double)x[i] - largest) / total - (double)out[i]) <
                            1e-6);
            free(x), free(gain), free(bias), free(out);
        }
}

static double gelu_tanh(double x) {
    return 0.5 * x * (1 + tanh(sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
}
static double gelu_erf(double x) {
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}
static double relu(double x) {
    return x > 0 ? x : 0;
}

static void check_activation(void (*found)(int, float *), double (*expected)(double)) {
    enum { N = 40001 };
    static float x[N], y[N];
    for (int i = 0; i < N; i++) y[i] = x[i] = (float)(i - N / 2) / 1000.0f; /* -20 to 20 */
    found(N, y);
    for (int i = 0; i < N; i++)
        if (!(fabs((double)y[i] - expected((double)x[i])) <= 3e-7 * fmax(1, fabs((double)x[i]))))
            fail_msg("f(%g) = %.9g, expected %.9g", (double)x[i], (double)y[i],
                     expected((double)x[i]));
    float far[2] = {1e30f, -1e30f};
    found(2, far);
    assert_true(far[0] == 1e30f && fabsf(far[1]) < 1e-7f);
}

static void activations_match_double_precision(void **state) {
    (void)state;
    for (int s = 0; s < n_here; s++) {
        check_activation(here[s]->gelu_tanh, gelu_tanh);
        check_activation(here[s]->gelu_erf, gelu_erf);
        check_activation(here[s]->relu, relu);
    }
}

/* ---- the same bits from every set ---- */

static void assert_rows_equal(const struct kernels *a, const struct kernels *b, int n) {
    float *x = random_floats((size_t)n, 20), *gain = random_floats((size_t)n, 1),
          *bias = random_floats((size_t)n, 1);
    float *ya = copy(x, (size_t)n), *yb = copy(x, (size_t)n);
    const size_t size = (size_t)n * sizeof *x;
#define BOTH(call_a, call_b)                                                                       \
    memcpy(ya, x, size), memcpy(yb, x, size), call_a, call_b, assert_memory_equal(ya, yb, size)
    const struct norm norm = {gain, bias, 1e-5f};
    BOTH(a->layer_norm(n, x, &norm, ya), b->layer_norm(n, x, &norm, yb));
    BOTH(a->softmax(n, ya, 0.3f), b->softmax(n, yb, 0.3f));
    BOTH(a->gelu_tanh(n, ya), b->gelu_tanh(n, yb));
    BOTH(a->gelu_erf(n, ya), b->gelu_erf(n, yb));
    BOTH(a->relu(n, ya), b->relu(n, yb));
#undef BOTH
    free(x), free(gain), free(bias), free(ya), free(yb);
}

static void every_set_gives_the_same_bits(void **state) {
    (void)state;
    for (int s = 1; s < n_here; s++)
        for (int n = 1; n < 1100; n += 1 + n / 3) assert_rows_equal(here[0], here[s], n);
}

/* ---- attention ---- */

enum { T = 45, FIRST = 13, D = 20, STRIDE = 50 };

static void attention_is_its_definition(void **state) {
    (void)state;
    const size_t key_stride = (T + NR - 1) / NR * NR;
    float *k = random_floats(T * STRIDE + NR, 1), *v = random_floats(T * STRIDE + NR, 1),
          *q = random_floats(T * STRIDE, 1);
    float *keys = calloc(attention_keys_size(T, D), sizeof *keys), *z = calloc(T * D, sizeof *z);
    float *scratch = malloc(attention_scratch(T, D) * sizeof *scratch);
    for (int d = 0; d < D; d++)
        for (int t = 0; t < T; t++) keys[(size_t)d * key_stride + (size_t)t] = k[t * STRIDE + d];
    for (int s = 0; s < n_here; s++)
        for (int first = 0; first <= FIRST; first += FIRST)
            for (int from = first; from < T; from += 11) {
                struct attention a = {.width = D, .scale = 0.2f, .first = first};
                a.base_keys = keys, a.base_key_stride = a.key_stride = key_stride;
                a.base_values = v, a.base_value_stride = a.value_stride = STRIDE;
                a.keys = keys + first, a.values = v + first * STRIDE;
                attention(here[s], &a, from, T - from, q + from * STRIDE, STRIDE, z, D, scratch);
                for (int t = from; t < T; t++) {
                    float p[T] = {0};
                    for (int j = 0; j <= t; j++)
                        for (int d = 0; d < D; d++)
                            p[j] = fmaf(q[t * STRIDE + d], k[j * STRIDE + d], p[j]);
                    here[s]->softmax(t + 1, p, 0.2f);
                    for (int d = 0; d < D; d++) {
                        float acc = 0;
                        for (int j = 0; j <= t; j++) acc = fmaf(p[j], v[j * STRIDE + d], acc);
                        assert_memory_equal(&acc, &z[(t - from) * D + d], sizeof acc);
                    }
                }
            }
    free(k), free(v), free(q), free(keys), free(z), free(scratch);
}

/* The instruction set that a process chooses in whose environment PATCHGPT_ISA has this value, and
 * has another value after the first call. */
static void assert_chooses(const char *value, const char *expected) {
    const pid_t child = fork();
    if (child == 0) {
        setenv("PATCHGPT_ISA", value, 1);
        const bool right = !strcmp(pg_isa(), expected);
        setenv("PATCHGPT_ISA", "portable", 1);
        _exit(!right || strcmp(pg_isa(), expected) != 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* Comes first: this process must not have chosen yet. */
static void the_environment_chooses_once(void **state) {
    (void)state;
    assert_null(kernels_named("abacus"));
    for (int i = 0; i < n_here; i++) assert_chooses(here[i]->name, here[i]->name);
    assert_chooses("", here[0]->name);
    assert_chooses("abacus", here[0]->name);
}

/* What is set to nothing is not set. */
static void an_environment_that_cannot_be_obeyed_is_refused(void **state) {
    (void)state;
    static const char *const names[] = {"abacus", "AVX2", "portable ", "avx512", "avx2", "neon"};
    struct pg_error err;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv("PATCHGPT_ISA", names[i], 1);
        if (kernels_named(names[i])) {
            assert_true(pg_check_isa(&err));
            continue;
        }
        assert_false(pg_check_isa(&err));
        assert_non_null(strstr(err.text, names[i]));
        assert_non_null(strstr(err.text, "portable"));
        assert_non_null(strstr(err.text, here[0]->name));
        assert_null(pg_model_open("demo", &err));
        assert_non_null(strstr(err.text, "PATCHGPT_ISA"));
    }
    setenv("PATCHGPT_ISA", "", 1);
    assert_true(pg_check_isa(&err));
    unsetenv("PATCHGPT_ISA");
    assert_true(pg_check_isa(&err));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_chooses_once),
        cmocka_unit_test(the_micro_kernel_is_fma_in_order),
        cmocka_unit_test(matmul_is_fma_in_order),
        cmocka_unit_test(matmul_of_any_shape),
        cmocka_unit_test(rows_may_lie_apart),
        cmocka_unit_test(rows_to_multiply_fall_into_many_sets),
        cmocka_unit_test(widening_is_exact),
        cmocka_unit_test(rows_match_double_precision),
        cmocka_unit_test(activations_match_double_precision),
        cmocka_unit_test(every_set_gives_the_same_bits),
        cmocka_unit_test(attention_is_its_definition),
        cmocka_unit_test(an_environment_that_cannot_be_obeyed_is_refused),
    };
    return cmocka_run_group_tests(tests, find_kernels, NULL);
}
