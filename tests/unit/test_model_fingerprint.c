/* test_model_fingerprint.c: whether checksums of models tell them apart. */
#include "model/model.h"

#include "random_model.h"
#include "unit.h"

static const struct shape small = {
    .layers = 2, .heads = 3, .width = 24, .inner = 72, .context = 9, .vocab = 40};

enum { N_MATRICES = 8 };

/* The matrices of the model, those of its last block. */
static void matrices_of(struct pg_model *model, struct matrix *out[N_MATRICES]) {
    struct block *block = &model->blocks[small.layers - 1];
    struct matrix *all[N_MATRICES] = {
        &block->q.weight,  &block->kv.weight,       &block->attn_proj.weight,
        &block->fc.weight, &block->mlp_proj.weight, &model->wte,
        &model->wpe,       &model->unembed};
    memcpy(out, all, sizeof all);
}

/* The checksum with a matrix that is the stored one but for what is left of it: the inputs
 * from..to-1 or, if of_outputs, the outputs are 0. */
static uint32_t without(const struct pg_model *model, struct matrix *m, bool of_outputs, int from,
                        int to) {
    const struct matrix stored = *m;
    float *copy = calloc((size_t)m->n_in * (size_t)m->n_out, sizeof *copy);
    const struct matrix other = {copy,    DTYPE_F32, !m->transposed,
                                 m->n_in, m->n_out,  (size_t)(m->transposed ? m->n_out : m->n_in)};
    for (int k = 0; k < m->n_in; k++)
        for (int j = 0; j < m->n_out; j++) {
            const int i = of_outputs ? j : k;
            if (i < from || i >= to)
                memcpy((void *)matrix_at(&other, k, j), matrix_at(m, k, j), sizeof *copy);
        }
    *m = other;
    const uint32_t crc = pg_model_fingerprint(model);
    *m = stored;
    free(copy);
    return crc;
}

static void weights_that_change(void **state) {
    (void)state;
    struct pg_model *model = random_model(&small, 1);
    struct matrix *matrices[N_MATRICES];
    matrices_of(model, matrices);
    const uint32_t whole = pg_model_fingerprint(model);
    for (int i = 0; i < N_MATRICES; i++) {
        struct matrix *m = matrices[i];
        assert_int_equal(without(model, m, false, 0, 0), whole); /* the other layout */
        assert_int_not_equal(without(model, m, false, 0, m->n_in), whole);
        for (int j = 0; j < m->n_out; j++)
            assert_int_not_equal(without(model, m, true, j, j + 1), whole);
        const int head = small.width / small.heads;
        for (int k = 0; k + head <= m->n_in; k += head)
            assert_int_not_equal(without(model, m, false, k, k + head), whole);
    }
    pg_model_close(model);
}

/* Each number of a vector counts. */
static void change(const struct pg_model *model, const float *vector, int n) {
    float *numbers = (float *)vector;
    const uint32_t whole = pg_model_fingerprint(model);
    for (int i = 0; i < n; i++) {
        const float stored = numbers[i];
        numbers[i] = stored + 1;
        assert_int_not_equal(pg_model_fingerprint(model), whole);
        numbers[i] = stored;
    }
}

static void change_norm(const struct pg_model *model, const struct norm *norm) {
    change(model, norm->gain, small.width);
    change(model, norm->bias, small.width);
}

static void vectors_that_change(void **state) {
    (void)state;
    struct pg_model *model = random_model(&small, 1);
    const uint32_t whole = pg_model_fingerprint(model);
    for (int b = 0; b < small.layers; b++) {
        const struct block *block = &model->blocks[b];
        change_norm(model, &block->ln_1);
        change_norm(model, &block->ln_2);
        change(model, block->q.bias, small.width);
        change(model, block->kv.bias, 2 * small.width);
        change(model, block->attn_proj.bias, small.width);
        change(model, block->fc.bias, small.inner);
        change(model, block->mlp_proj.bias, small.width);
    }
    change_norm(model, &model->ln_f);
    model->config.layer_norm_epsilon *= 2;
    assert_int_not_equal(pg_model_fingerprint(model), whole);
    pg_model_close(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_that_change),
        cmocka_unit_test(vectors_that_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
