/* prediction_table.c: see prediction_table.h. */
#include "report/prediction_table.h"

#include "base/number.h"
#include "report/tokens.h"

#include <string.h>

enum { DECIMALS = 4 };

/* What a column can hold. */
enum quantity { RUN, RANK, INDEX, TOKEN, LOGIT, PROBABILITY };

static const struct table_column columns[] = {
    [RUN] = {"run", false},     [RANK] = {"rank", true},   [INDEX] = {"token index", true},
    [TOKEN] = {"token", false}, [LOGIT] = {"logit", true}, [PROBABILITY] = {"probability", true},
};
static const enum quantity of_top[] = {RANK, INDEX, TOKEN, PROBABILITY},
                           of_named[] = {RANK, INDEX, TOKEN, LOGIT, PROBABILITY},
                           of_both[] = {TOKEN, INDEX, RUN, RANK, LOGIT, PROBABILITY};

/* The predictions of one run, or in turn of both, n of each. */
struct predictions {
    const struct pg_model *model;
    const enum quantity *quantities;
    const struct pg_prediction *runs[2];
    size_t n;
};

static void write_cell(const struct table *table, size_t row, int column, char out[CELL_SIZE]) {
    const struct predictions *p = table->context;
    const bool corrupt = p->runs[1] && row % 2;
    const struct pg_prediction *at = &p->runs[corrupt][p->runs[1] ? row / 2 : row];
    switch (p->quantities[column]) {
    case RUN:
        strcpy(out, corrupt ? "corrupted" : "clean");
        return;
    case RANK:
        sprintf(out, "%d", at->rank);
        return;
    case INDEX:
        sprintf(out, "%d", at->token);
        return;
    case TOKEN:
        strcpy(out, show_token(p->model, at->token, TOKEN_QUOTED).text);
        return;
    case LOGIT:
        number_plain(at->logit, DECIMALS, out);
        return;
    case PROBABILITY:
        number_plain(at->probability, DECIMALS, out);
        return;
    }
}

static struct table table_of(const struct predictions *p, int n_columns, const char *caption) {
    struct table t = {.caption = caption,
                      .n_columns = n_columns,
                      .n_rows = p->runs[1] ? 2 * p->n : p->n,
                      .write_cell = write_cell,
                      .context = p};
    for (int c = 0; c < n_columns; c++) t.columns[c] = columns[p->quantities[c]];
    return t;
}

enum {
    N_TOP = sizeof of_top / sizeof *of_top,
    N_NAMED = sizeof of_named / sizeof *of_named,
    N_BOTH = sizeof of_both / sizeof *of_both
};

void write_top_table(FILE *out, const struct pg_model *model, const struct pg_prediction *top,
                     size_t n, enum table_form form) {
    const struct predictions p = {model, of_top, {top}, n};
    const struct table t = table_of(&p, N_TOP, NULL);
    table_write(out, &t, form);
}

void write_named_table(FILE *out, const struct pg_model *model, const struct pg_prediction *named,
                       size_t n, enum table_form form) {
    const struct predictions p = {model, of_named, {named}, n};
    const struct table t = table_of(&p, N_NAMED, NULL);
    table_write(out, &t, form);
}

void write_top_tables(FILE *out, const struct pg_model *model, const struct pg_result *r,
                      enum table_form form, int width) {
    char place[48] = "", clean[96], corrupt[96];
    if (r->read_position + 1 < (int)r->n_tokens)
        snprintf(place, sizeof place, "position %d of ", r->read_position);
    snprintf(clean, sizeof clean, "most probable after %sthe clean text", place);
    snprintf(corrupt, sizeof corrupt, "most probable after %sthe corrupted text", place);
    const struct predictions left = {model, of_top, {r->clean_top}, r->n_top},
                             right = {model, of_top, {r->corrupt_top}, r->n_top};
    const struct table l = table_of(&left, N_TOP, clean), c = table_of(&right, N_TOP, corrupt);
    table_write_two(out, &l, &c, form, width);
}

void write_named_tables(FILE *out, const struct pg_model *model, const struct pg_result *r,
                        enum table_form form) {
    const struct predictions p = {model, of_both, {r->clean_named, r->corrupt_named}, r->n_named};
    const struct table t = table_of(&p, N_BOTH, "tokens of the metric");
    if (r->n_named) table_write(out, &t, form);
}
