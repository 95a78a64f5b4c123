/* test_fingerprint.c: checksums of experiments and of files. */
#include "batch/resume.h"

#include "scratch.h"
#include "unit.h"

enum { MOST = 64 };

/* An experiment, with all that its request points to. */
struct experiment {
    uint32_t model;
    int clean[3], corrupt[3], layers[2], heads[2], positions[2];
    struct pg_pair pairs[2];
    struct pg_request request;
    char name[8];
    struct position_label label;
    size_t n_labels;
};

static void make(struct experiment *e) {
    *e = (struct experiment){.model = 7,
                             .clean = {1, 2, 3},
                             .corrupt = {1, 4, 3},
                             .layers = {0, 1},
                             .heads = {0, 1},
                             .positions = {0, 1},
                             .pairs = {{5, 6}, {7, 8}},
                             .name = "IO",
                             .n_labels = 1};
    struct pg_request *r = &e->request;
    *r = pg_request_default();
    r->clean = (struct pg_tokens){e->clean, 3};
    r->corrupt = (struct pg_tokens){e->corrupt, 3};
    r->pairs = e->pairs, r->n_pairs = 2;
    r->sites[0] = PG_Z, r->sites[1] = PG_Q, r->n_sites = 2;
    r->layers = (struct pg_list){e->layers, 2};
    r->heads = (struct pg_list){e->heads, 2};
    r->positions = (struct pg_list){e->positions, 2};
    r->read_position = 2;
    e->label = (struct position_label){e->name, 1};
}

static uint32_t of(const struct experiment *e) {
    return fingerprint(e->model, &e->request, &e->label, e->n_labels);
}

/* Each case changes one thing. False after the last. */
static bool change(struct experiment *e, int which) {
    static const struct pg_sender senders[] = {{PG_EMBED, -1, -1}, {PG_MLP, 1, -1}};
    static const struct pg_receiver receiver = {PG_READER_MLP, 1, -1};
    struct pg_request *r = &e->request;
    switch (which) {
    case 0:
        e->model++;
        return true;
    case 1:
        e->clean[0]++;
        return true;
    case 2:
        e->corrupt[2]++;
        return true;
    case 3:
        r->clean.count = r->corrupt.count = 2;
        return true;
    case 4:
        e->pairs[1].b = -1;
        return true;
    case 5:
        r->n_pairs = 1;
        return true;
    case 6:
        r->sites[0] = PG_K;
        return true;
    case 7:
        r->sites[0] = PG_Q, r->sites[1] = PG_Z;
        return true;
    case 8:
        r->n_sites = 1;
        return true;
    case 9:
        r->metric = PG_LOGPROB;
        return true;
    case 10:
        r->noising = true;
        return true;
    case 11:
        r->layers.count = 1;
        return true;
    case 12:
        r->heads.count = 0;
        return true;
    case 13:
        e->positions[1] = 2;
        return true;
    case 14:
        r->read_position = 1;
        return true;
    case 15:
        e->label.position = 2;
        return true;
    case 16:
        strcpy(e->name, "S1");
        return true;
    case 17:
        e->n_labels = 0;
        return true;
    case 18: /* an item moves from one list to the next */
        r->layers.count = 1, r->heads.count = 3;
        return true;
    case 19:
        r->answers = (struct pg_tokens){e->clean, 2};
        return true;
    case 20:
        r->answers = (struct pg_tokens){e->clean, 3};
        return true;
    case 21:
        r->wrong_answers = (struct pg_tokens){e->clean, 2};
        return true;
    case 22: /* a token moves from one set to the other */
        r->answers = (struct pg_tokens){e->clean, 1};
        r->wrong_answers = (struct pg_tokens){e->clean + 1, 1};
        return true;
    case 23:
        r->senders = senders, r->n_senders = 1;
        return true;
    case 24:
        r->senders = senders, r->n_senders = 2;
        return true;
    case 25:
        r->receivers = &receiver, r->n_receivers = 1;
        return true;
    case 26:
        r->frozen = PG_FROZEN_ATTENTION | PG_FROZEN_MLPS;
        return true;
    default:
        return false;
    }
}

static void every_change_of_an_experiment_changes_the_fingerprint(void **state) {
    (void)state;
    uint32_t found[MOST];
    struct experiment e;
    make(&e);
    found[0] = of(&e);
    size_t n = 1;
    for (int i = 0;; i++) {
        int heads[] = {1, 0, 1};
        make(&e);
        if (i == 18) e.request.heads.items = heads;
        if (!change(&e, i)) break;
        const uint32_t one = of(&e);
        for (size_t j = 0; j < n; j++) assert_int_not_equal(one, found[j]);
        found[n++] = one;
    }
    assert_int_equal(n, 28);
}

static void ignore(void *context, double done) {
    (void)context, (void)done;
}

/* Folders of earlier versions must be read by later ones: the number is part of the format. */
static void the_fingerprint_is_part_of_the_format(void **state) {
    (void)state;
    struct experiment e;
    make(&e);
    const uint32_t expected = of(&e);
    e.request.top = 3;
    e.request.memory = 1;
    e.request.progress = ignore;
    assert_int_equal(of(&e), expected);
    assert_int_equal(expected, 0x91ce7210);
}

static void a_file_has_the_checksum_of_zlib(void **state) {
    (void)state;
    struct scratch scratch;
    struct pg_error err;
    uint32_t crc;
    scratch_open(&scratch);
    assert_true(file_checksum(scratch_text(&scratch, "a", "123456789"), &crc, &err));
    assert_int_equal(crc, 0xcbf43926);
    assert_true(file_checksum(scratch_text(&scratch, "b", ""), &crc, &err));
    assert_int_equal(crc, 0);
    assert_false(file_checksum(scratch_path(&scratch, "none"), &crc, &err));
    assert_non_null(strstr(err.text, "none"));
    scratch_close(&scratch);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change_of_an_experiment_changes_the_fingerprint),
        cmocka_unit_test(the_fingerprint_is_part_of_the_format),
        cmocka_unit_test(a_file_has_the_checksum_of_zlib),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
