/* reading_text.c: see reading_text.h. */
#include "report/reading_text.h"

#include "base/memory.h"
#include "base/number.h"
#include "circuit/direct.h"
#include "circuit/lens.h"
#include "model/shown_token.h"
#include "report/metric_text.h"
#include "report/result_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DECIMALS = 4 };

/* ---- what both have ---- */

/* The metric: of one pair, of sets, or "mean over 3 pairs". */
static struct formula metric_words(const struct pg_model *model, const struct question *q) {
    struct formula w;
    if (q->n_pairs < 2) return question_formula(model, q, "-");
    snprintf(w.text, sizeof w.text, "%s, mean over %zu pairs",
             metric_quantity(q->metric, metric_tokens(q)), q->n_pairs);
    return w;
}

/* "after position 12, "·to"", where something is read. */
static void write_place(FILE *out, const struct pg_model *model, const char *what, const int *ids,
                        int position, enum table_form form) {
    fputs(what, out);
    fprintf(out, " after position %d, ", position);
    table_write_text(out, show_token(model, ids[position], TOKEN_QUOTED).text, form);
    fputs("\n\n", out);
}

static void write_end(FILE *out, const struct outcome *outcome, size_t n_compared,
                      enum table_form form) {
    const bool parted = form == TABLE_MARKDOWN; /* by write_outcome */
    if (!parted && (outcome->csv || outcome->png || outcome->checked)) fputc('\n', out);
    write_outcome(out, outcome, n_compared, form);
}

/* ---- lens ---- */

struct lens_page {
    const struct pg_model *model;
    const struct pg_lens *lens;
    bool tokens; /* there are tokens of a metric */
};

enum { PLACE, VALUE, RANK, TOP, PROBABILITY, N_LENS_COLUMNS };

/* Without tokens there are no values and ranks. */
static int lens_column(bool tokens, int column) {
    return tokens || !column ? column : column + RANK;
}

static void write_lens_cell(const struct table *table, size_t row, int column,
                            char out[CELL_SIZE]) {
    const struct lens_page *p = table->context;
    const struct pg_reading *reading =
        &p->lens->readings[row * p->lens->n_tokens + (size_t)p->lens->read_position];
    char name[PLACE_SIZE];
    switch (lens_column(p->tokens, column)) {
    case PLACE:
        place_name(row, name);
        strcpy(out, name);
        return;
    case VALUE:
        number_plain(reading->value, DECIMALS, out);
        return;
    case RANK:
        sprintf(out, "%d", reading->rank);
        return;
    case TOP:
        strcpy(out, show_token(p->model, reading->top, TOKEN_QUOTED).text);
        return;
    default:
        number_plain(reading->probability, DECIMALS, out);
    }
}

void write_lens(FILE *out, const struct pg_model *model, const struct pg_lens *lens,
                const struct outcome *outcome, size_t n_compared, enum table_form form) {
    const struct question question = question_of_lens(lens);
    const bool tokens = question_has_tokens(&question);
    struct formula metric = {""};
    struct words rank = {""};
    if (tokens) {
        const int first = lens->n_pairs ? lens->pairs->a : lens->answers.ids[0];
        metric = metric_words(model, &question);
        snprintf(rank.text, sizeof rank.text, "rank of %s",
                 show_token(model, first, TOKEN_QUOTED).text);
    }
    const struct table_column all[N_LENS_COLUMNS] = {[PLACE] = {"place", false},
                                                     [VALUE] = {metric.text, true},
                                                     [RANK] = {rank.text, true},
                                                     [TOP] = {"most probable", false},
                                                     [PROBABILITY] = {"probability", true}};
    const struct lens_page page = {model, lens, tokens};
    struct table t = {.n_columns = tokens ? N_LENS_COLUMNS : N_LENS_COLUMNS - RANK,
                      .n_rows = lens->n_places,
                      .write_cell = write_lens_cell,
                      .context = &page};
    for (int i = 0; i < t.n_columns; i++) t.columns[i] = all[lens_column(tokens, i)];
    write_model_line(out, model);
    fputc('\n', out);
    write_place(out, model, "read", lens->ids, lens->read_position, form);
    table_write(out, &t, form);
    write_end(out, outcome, n_compared, form);
}

/* ---- direct ---- */

struct direct_page {
    const struct pg_model *model;
    const struct pg_direct *direct;
    const struct pg_part **by_size; /* the largest first */
};

/* The larger first; parts of one size in their order. */
static int compare_sizes(const void *left, const void *right) {
    const struct pg_part *a = *(const struct pg_part *const *)left,
                         *b = *(const struct pg_part *const *)right;
    const float x = fabsf(a->value), y = fabsf(b->value);
    return x != y ? (x < y) - (x > y) : (a > b) - (a < b);
}

static void write_part_cell(const struct table *table, size_t row, int column,
                            char out[CELL_SIZE]) {
    const struct direct_page *p = table->context;
    const struct pg_part *part = p->by_size[row];
    char name[PART_NAME_SIZE];
    if (column == 0) {
        part_name(part, name);
        strcpy(out, name);
    } else if (column == 1) {
        number_plain(part->value, DECIMALS, out);
    } else if (part->source < 0) {
        *out = '\0';
    } else {
        snprintf(out, CELL_SIZE, "%d, %s", part->source,
                 show_token(p->model, p->direct->ids[part->source], TOKEN_QUOTED).text);
    }
}

/* The identity: what all parts add up to. */
static void write_sum(FILE *out, const struct pg_direct *d) {
    char sum[NUMBER_SIZE], metric[NUMBER_SIZE];
    number_plain((float)d->sum, 6, sum);
    number_plain(d->metric_value, 6, metric);
    fprintf(out, "sum of %zu parts %s, metric %s, difference %.2g\n", d->n_parts, sum, metric,
            fabs(d->sum - (double)d->metric_value));
}

bool write_direct(FILE *out, const struct pg_model *model, const struct pg_direct *d, size_t top,
                  const struct outcome *outcome, size_t n_compared, enum table_form form,
                  struct pg_error *err) {
    struct direct_page page = {model, d, allocate(d->n_parts, sizeof *page.by_size, err)};
    if (!page.by_size) return false;
    for (size_t i = 0; i < d->n_parts; i++) page.by_size[i] = &d->parts[i];
    qsort(page.by_size, d->n_parts, sizeof *page.by_size, compare_sizes);
    const struct question question = question_of_direct(d);
    const struct formula metric = metric_words(model, &question);
    const struct table t = {
        .columns = {{"component", false}, {"adds", true}, {"attending to", false}},
        .n_columns = d->by_source ? 3 : 2,
        .n_rows = top < d->n_parts ? top : d->n_parts,
        .write_cell = write_part_cell,
        .context = &page};
    write_model_line(out, model);
    fputc('\n', out);
    table_write_text(out, metric.text, form);
    write_place(out, model, "", d->ids, d->read_position, form);
    table_write(out, &t, form);
    fputc('\n', out);
    write_sum(out, d);
    write_end(out, outcome, n_compared, form);
    free(page.by_size);
    return true;
}
