/* section_matmul.c: the products of a block with its weights, at every height that the sweep gives
 * them, beside OpenBLAS. Weights come from memory, activations from the cache, as in the sweep. */
#include "bench.h"
#include "measure.h"
#include "openblas.h"
#include "tensor/matmul.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* One product, by either library. */
struct product {
    struct executor executor;
    struct openblas blas;
    int rows;
    const float *x;
    float *out;
    struct matrix weight; /* its data: the copy in use */
    const char *copies;   /* as many weights of this size as the cold memory holds */
    size_t n_copies, next;
};

/* Takes the copy that has not been used for longest. */
static void next_copy(struct product *p) {
    const size_t size =
        (size_t)p->weight.n_in * (size_t)p->weight.n_out * dtype_size(p->weight.dtype);
    p->weight.data = p->copies + p->next++ % p->n_copies * size;
}

static void run_ours(void *context) {
    struct product *p = context;
    next_copy(p);
    matmul(&p->executor, p->rows, p->x, row_stride(p->weight.n_in), &p->weight, NULL,
           EPILOGUE_STORE, p->out, (size_t)p->weight.n_out);
}

static void run_openblas(void *context) {
    struct product *p = context;
    next_copy(p);
    openblas_multiply(&p->blas, p->rows, p->weight.n_in, p->weight.n_out, p->x,
                      (int)row_stride(p->weight.n_in), p->weight.data, p->weight.transposed,
                      p->out);
}

/* Ends the program if the two libraries do not compute the same product. */
static void compare_results(struct product *p) {
    const size_t n = (size_t)p->rows * (size_t)p->weight.n_out;
    float *ours = need(n, sizeof *ours), *usual = p->out;
    p->next = 0;
    run_openblas(p);
    p->next = 0;
    p->out = ours;
    run_ours(p);
    p->out = usual;
    for (size_t i = 0; i < n; i++)
        if (!(fabsf(ours[i] - usual[i]) < 1e-3f)) {
            fprintf(stderr, "patchgpt_bench: a product of %d rows is %g, with OpenBLAS %g\n",
                    p->rows, (double)ours[i], (double)usual[i]);
            exit(1);
        }
    free(ours);
}

/* Rounds of some 20 milliseconds, as products follow each other in a sweep. The pause lets the
 * other library's threads stop waiting busily for more work. */
static struct plan plan_of(const struct bench *bench, const struct product *p) {
    const double flop = 2.0 * p->rows * p->weight.n_in * p->weight.n_out;
    const int calls = (int)fmin(fmax(0.02 * 1e11 / flop, 5), MAX_CALLS / 5);
    return (struct plan){bench->quick ? 2 : 5, 1 + calls / 4, calls, 0.04};
}

static void measure_product(const struct bench *bench, struct product *p, cJSON *row) {
    const struct plan plan = plan_of(bench, p);
    const bool both = p->blas.sgemm && p->weight.dtype == DTYPE_F32;
    const double numbers = (double)p->weight.n_in * p->weight.n_out;
    const double flop = 2 * p->rows * numbers;
    struct multiplying registers = {fmax(flop, 2e8), bench->threads};
    struct subject subjects[] = {{.run = run_ours, .context = p},
                                 {.run = multiply_in_registers, .context = &registers},
                                 {.run = run_openblas, .context = p}};
    if (both) compare_results(p);
    time_alternately(&plan, subjects, both ? 3 : 2);

    put(row, "n_in", p->weight.n_in);
    put(row, "n_out", p->weight.n_out);
    put(row, "rows", p->rows);
    put(row, "flop", flop);
    put(row, "weight_bytes", numbers * (double)dtype_size(p->weight.dtype));
    put(row, "seconds", subjects[0].timing.median);
    put(row, "spread", subjects[0].timing.spread);
    put(row, "flop_per_s", flop / subjects[0].timing.median);
    put(row, "peak_flop_per_s", peak_of(&subjects[1]));
    put(row, "share_of_peak", get(row, "flop_per_s") / get(row, "peak_flop_per_s"));
    put(row, "openblas_seconds", both ? subjects[2].timing.median : NAN);
    put(row, "openblas_flop_per_s", both ? flop / subjects[2].timing.median : NAN);
    put(row, "openblas_ratio", both ? subjects[2].timing.median / subjects[0].timing.median : NAN);
}

static void rate_product(const struct bench *bench, cJSON *row) {
    const double reading = get(row, "flop") / get(row, "weight_bytes") * bench->bytes_per_s;
    const double limit = fmin(get(row, "peak_flop_per_s"), reading);
    put(row, "limit_flop_per_s", limit);
    put(row, "share_of_limit", get(row, "flop_per_s") / limit);
}

/* A product with room for the largest shape and cold weights of its size. */
static void product_begin(const struct bench *bench, struct product *p) {
    enum { MAX_ROWS = 605, MAX_IN = 3072, MAX_OUT = 3072 };
    struct pg_error err;
    const size_t numbers = MAX_ROWS * row_stride(MAX_IN);
    float *x = need(numbers, sizeof *x);
    fill_random(x, numbers, 0, 1, 1);
    *p = (struct product){.x = x, .copies = (const char *)bench->cold};
    p->out = need(MAX_ROWS, MAX_OUT * sizeof *p->out);
    p->blas = openblas_load(bench->threads);
    require(executor_init(&p->executor, matmul_scratch(), &err), &err);
}

static void product_end(struct product *p) {
    executor_free(&p->executor);
    free((float *)p->x);
    free(p->out);
}

static void choose_weight(const struct bench *bench, struct product *p, enum dtype dtype,
                          bool transposed, int n_in, int n_out) {
    p->weight = (struct matrix){.dtype = dtype,
                                .transposed = transposed,
                                .n_in = n_in,
                                .n_out = n_out,
                                .stride = (size_t)(transposed ? n_in : n_out)};
    const size_t size = (size_t)n_in * (size_t)n_out * dtype_size(dtype);
    p->n_copies = bench->n_cold * sizeof *bench->cold / size;
    p->next = 0;
}

/* ---- every product of the sweep ---- */

static void run_matmul(struct bench *bench, cJSON *rows) {
    static const struct {
        const char *name;
        int n_in, n_out;
    } shapes[] = {{"q, attn_proj", 768, 768},
                  {"k v", 768, 1536},
                  {"q k v", 768, 2304},
                  {"fc", 768, 3072},
                  {"mlp_proj", 3072, 768}};
    static const int heights[] = {1, 11, 22, 55, 110, 330, 605}, few[] = {11, 110, 605};
    const int *height = bench->quick ? few : heights;
    const size_t n_heights = bench->quick ? 3 : sizeof heights / sizeof *heights;
    struct product p;
    product_begin(bench, &p);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        choose_weight(bench, &p, DTYPE_F32, false, shapes[s].n_in, shapes[s].n_out);
        for (size_t h = 0; h < n_heights; h++) {
            cJSON *row = add_row(rows);
            cJSON_AddStringToObject(row, "product", shapes[s].name);
            p.rows = height[h];
            measure_product(bench, &p, row);
        }
    }
    product_end(&p);
}

/* ---- other ways in which checkpoints store them ---- */

static void run_layouts(struct bench *bench, cJSON *rows) {
    static const struct {
        const char *name;
        enum dtype dtype;
        bool transposed;
    } layouts[] = {{"F32 (in, out)", DTYPE_F32, false},   {"F32 (out, in)", DTYPE_F32, true},
                   {"F16 (in, out)", DTYPE_F16, false},   {"F16 (out, in)", DTYPE_F16, true},
                   {"BF16 (in, out)", DTYPE_BF16, false}, {"BF16 (out, in)", DTYPE_BF16, true}};
    static const int heights[] = {11, 110, 605};
    const size_t n_halves = bench->n_cold; /* half the bytes of the floats */
    uint16_t *halves = need(n_halves, sizeof *halves);
    struct product p;
    product_begin(bench, &p);
    for (size_t l = 0; l < sizeof layouts / sizeof *layouts; l++) {
        choose_weight(bench, &p, layouts[l].dtype, layouts[l].transposed, 768, 3072);
        if (layouts[l].dtype != DTYPE_F32) {
            fill_random_halves(layouts[l].dtype, halves, n_halves, 1);
            p.copies = (const char *)halves;
            p.n_copies = n_halves / (768 * 3072);
        }
        for (size_t h = 0; h < sizeof heights / sizeof *heights; h++) {
            cJSON *row = add_row(rows);
            cJSON_AddStringToObject(row, "product", layouts[l].name);
            p.rows = heights[h];
            measure_product(bench, &p, row);
        }
    }
    product_end(&p);
    free(halves);
}

#define PRODUCT_COLUMNS                                                                            \
    {                                                                                              \
        {"product", "", "product", 16, TEXT, 0}, {"in", "", "n_in", 5, 0, 1},                      \
            {"out", "", "n_out", 6, 0, 1}, {"rows", "", "rows", 6, 0, 1},                          \
            {"patchgpt", "GFLOP/s", "flop_per_s", 10, 1, 1e-9},                                    \
            {"spread", "%", "spread", 8, 0, 100},                                                  \
            {"peak", "GFLOP/s", "peak_flop_per_s", 10, 1, 1e-9},                                   \
            {"of peak", "%", "share_of_peak", 9, 0, 100},                                          \
            {"limit", "GFLOP/s", "limit_flop_per_s", 10, 1, 1e-9},                                 \
            {"of limit", "%", "share_of_limit", 10, 0, 100},                                       \
            {"OpenBLAS", "GFLOP/s", "openblas_flop_per_s", 11, 1, 1e-9}, {                         \
            "faster", "times", "openblas_ratio", 9, 2, 1                                           \
        }                                                                                          \
    }

const struct section matmul_section = {
    .name = "matmul",
    .title = "every product with gpt2's weights that the sweep makes",
    .note =
        "Weights from memory, activations from the cache; medians, spread: between the quartiles.\n"
        "peak: multiply-adds in registers, in turn with the products. limit: the peak, or what "
        "reading\nthe weights allows. faster: OpenBLAS's time / patchgpt's.",
    .columns = PRODUCT_COLUMNS,
    .run = run_matmul,
    .rate = rate_product,
};

const struct section layouts_section = {
    .name = "layouts",
    .title = "the fc product with weights as other checkpoints store them",
    .note = "OpenBLAS multiplies F32 only; (out, in) is its transposed matrix.",
    .columns = PRODUCT_COLUMNS,
    .run = run_layouts,
    .rate = rate_product,
};
