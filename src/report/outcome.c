/* outcome.c: see outcome.h. */
#include "report/outcome.h"

#include "base/number.h"
#include "model/shown_token.h"
#include "report/effect.h"
#include "report/graph_cells.h"
#include "report/intervention.h"

#include <math.h>
#include <string.h>

/* 1245 (" Jones"), or the id alone for a token without text, or "nothing" for -1. */
struct token_words {
    char text[128];
};

static struct token_words token_words(const struct pg_model *model, int token) {
    struct token_words w = {"nothing"};
    size_t length;
    if (token < 0) return w;
    if (pg_token_bytes(model, token, &length))
        snprintf(w.text, sizeof w.text, "%d (%s)", token,
                 show_token(model, token, TOKEN_QUOTED).text);
    else
        snprintf(w.text, sizeof w.text, "%d", token);
    return w;
}

/* ---- lines of a report ---- */

/* In Markdown lines that follow each other are one. */
static void part_lines(FILE *out, enum table_form form) {
    if (form == TABLE_MARKDOWN) fputc('\n', out);
}

size_t outcome_files(const struct outcome *o, const char *out[MAX_WRITTEN]) {
    const char *const all[MAX_WRITTEN] = {o->csv, o->png, o->npz, o->graph, o->dot};
    size_t n = 0;
    for (size_t i = 0; i < MAX_WRITTEN; i++)
        if (all[i]) out[n++] = all[i];
    return n;
}

/* Writes the names of n files. */
static void write_written(FILE *out, const char *const *files, size_t n, enum table_form form) {
    for (size_t i = 0; i < n; i++) {
        fputs(i ? ", " : "written: ", out);
        table_write_text(out, files[i], form);
    }
    fputc('\n', out);
}

static void write_equal(FILE *out, size_t n, const char *noun, const char *file,
                        enum table_form form) {
    fprintf(out, "check: %zu %s%s ", n, noun, n == 1 ? " equals" : "s equal");
    table_write_text(out, file, form);
}

void write_outcome(FILE *out, const struct outcome *o, size_t n_cells, enum table_form form) {
    const char *files[MAX_WRITTEN];
    const size_t n = outcome_files(o, files);
    if (n) {
        part_lines(out, form);
        write_written(out, files, n, form);
    }
    if (o->no_picture) {
        part_lines(out, form);
        fprintf(out, "no picture: %s\n", o->no_picture);
    }
    if (!o->checked || o->check.n_differing) return;
    part_lines(out, form);
    write_equal(out, n_cells, "value", o->checked, form);
    if (o->tolerance > 0) fprintf(out, " within %g", o->tolerance);
    fputc('\n', out);
}

void write_logits_outcome(FILE *out, const struct pg_model *model, const struct logits_outcome *o,
                          enum table_form form) {
    const struct pg_logits_check *c = &o->check;
    const struct outcome both = {.csv = o->written, .npz = o->npz};
    const char *files[MAX_WRITTEN];
    const size_t written = outcome_files(&both, files);
    const bool equal = o->checked && !c->n_differing;
    if (written || equal) fputc('\n', out);
    if (written) write_written(out, files, written, form);
    if (!equal) return;
    if (written) part_lines(out, form);
    write_equal(out, c->n_compared, "logit", o->checked, form);
    fprintf(out, " within %g; the largest difference is %.3g", o->tolerance, c->largest);
    if (c->largest > 0) {
        fprintf(out, ", after position %zu at token ", c->position);
        table_write_text(out, token_words(model, c->token).text, form);
    }
    fputc('\n', out);
}

/* ---- differences ---- */

/* The cell, after the site's name if there are several sites. */
struct cell_words {
    char text[640];
};

static struct cell_words cell_words(const struct pg_result *r, const struct pg_cell *cell) {
    struct cell_words w;
    const struct cell_place place = cell_place_words(cell);
    const struct words joint = joint_sites(intervention_of(r).joint);
    if (r->joint)
        snprintf(w.text, sizeof w.text, "the joint patch of %s", joint.text);
    else if (is_graph(r))
        snprintf(w.text, sizeof w.text, "%s", edge_name(cell).text);
    else
        snprintf(w.text, sizeof w.text, "%s%s%s", r->n_sites > 1 ? pg_site_name(cell->site) : "",
                 r->n_sites > 1 ? ", " : "", place.text);
    return w;
}

bool fail_different(const struct pg_result *result, const struct pg_check *check, const char *file,
                    double tolerance, struct pg_error *err) {
    char more_than[48] = "", expected[NUMBER_SIZE], found[NUMBER_SIZE];
    if (tolerance > 0) snprintf(more_than, sizeof more_than, " by more than %g", tolerance);
    number_format(check->expected, expected);
    number_format(check->cell.value, found);
    return fail(err,
                "%zu of %zu values differ from %s%s, most at %s: %s there, %s here, %.3g apart",
                check->n_differing, result->n_cells, file, more_than,
                cell_words(result, &check->cell).text, expected, found, check->largest);
}

bool fail_logits_differ(const struct pg_model *model, const struct pg_logits_check *c,
                        const char *file, double tolerance, struct pg_error *err) {
    char expected[NUMBER_SIZE], found[NUMBER_SIZE], apart[32] = "";
    if (isnan(c->expected))
        strcpy(expected, "nan"); /* printf also knows "-nan" */
    else
        snprintf(expected, sizeof expected, "%.9g", c->expected);
    number_format(c->found, found);
    if (isfinite(c->largest)) snprintf(apart, sizeof apart, ", %.3g apart", c->largest);
    return fail(err,
                "%zu of %zu logits differ from %s by more than %g, most after position %zu at "
                "token %s: %s there, %s here%s; most probable there is %s, here %s",
                c->n_differing, c->n_compared, file, tolerance, c->position,
                token_words(model, c->token).text, expected, found, apart,
                token_words(model, c->expected_top).text, token_words(model, c->found_top).text);
}
