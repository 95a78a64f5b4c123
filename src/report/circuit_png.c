/* circuit_png.c: see circuit_png.h. */
#include "report/circuit_png.h"

#include "base/memory.h"
#include "plot/curve.h"
#include "report/circuit_text.h"
#include "report/intervention.h"
#include "report/result_png.h"
#include "report/token_names.h"
#include "report/tokens.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* What was run, and what was measured. */
static bool note_experiment(struct picture_notes *notes, const struct pg_model *model,
                            const struct pg_request *r, const struct sized_circuits *c,
                            struct pg_error *err) {
    const struct question question = question_of(r);
    if (c->over)
        return notes_add(notes, err, "over", "%s", c->over) &&
               notes_add(notes, err, "experiments", "%zu", c->n_experiments) &&
               notes_add(notes, err, "metric", "%s", c->measure);
    const bool bos = begins_with_bos(model, r->clean.ids) &&
                     (!r->corrupt.count || begins_with_bos(model, r->corrupt.ids));
    return notes_add_tokens(notes, model, "clean", "clean_ids", r->clean.ids, r->clean.count, "",
                            err) &&
           (!r->corrupt.count || notes_add_tokens(notes, model, "corrupt", "corrupt_ids",
                                                  r->corrupt.ids, r->corrupt.count, "", err)) &&
           notes_add(notes, err, "metric", "%s", pg_metric_name(r->metric)) &&
           notes_add_question(notes, model, &question, err) &&
           notes_add(notes, err, "read_position", "%d", r->read_position) &&
           notes_add(notes, err, "bos", "%s", bos ? "yes" : "no");
}

static bool add_notes(struct picture_notes *notes, const struct pg_model *model,
                      const struct pg_request *r, const struct sized_circuits *c,
                      struct pg_error *err) {
    return notes_add_program(notes, err) && notes_add(notes, err, "what", "circuit") &&
           notes_add(notes, err, "model", "%s", pg_model_info(model).name) &&
           note_experiment(notes, model, r, c, err) &&
           notes_add(notes, err, "with", "%s", with_name(c->with)) &&
           notes_add(notes, err, "circuits", "%s%s", chosen_edges(&c->choice).text,
                     c->choice.complement ? ", the rest of the edges" : "");
}

/* What the curve points to. */
struct curve_words {
    char *title, *sides;
    char x_title[64], areas[128];
};

/* NULL and err when memory is out. */
static char *make_title(const struct pg_model *model, const struct pg_request *r,
                        const struct sized_circuits *c, const struct font *font,
                        struct pg_error *err) {
    char mean_of[64] = "";
    const struct question q = question_of(r);
    if (c->over)
        return format_string(err, "circuits: %s, mean over %zu experiments", c->measure,
                             c->n_experiments);
    char *formula = escape_undrawable(font, question_formula(model, &q, "\u2212").text, err);
    if (q.n_pairs > 1)
        snprintf(mean_of, sizeof mean_of, ", \u2026: mean over %zu pairs", q.n_pairs);
    char *title = formula ? format_string(err, "circuits: %s%s", formula, mean_of) : NULL;
    free(formula);
    return title;
}

static bool write_words(const struct pg_model *model, const struct pg_request *r,
                        const struct sized_circuits *c, const struct font *font,
                        struct curve_words *w, struct pg_error *err) {
    char cpr[NUMBER_SIZE], cmd[NUMBER_SIZE];
    w->title = make_title(model, r, c, font, err);
    w->sides = format_string(err, "%s%s", c->choice.complement ? "all but " : "",
                             chosen_edges(&c->choice).text);
    snprintf(w->x_title, sizeof w->x_title, "fraction of the model\u2019s %zu edges", c->n_edges);
    number_fixed((float)c->cpr, 4, cpr);
    number_fixed((float)c->cmd, 4, cmd);
    if (c->has_areas)
        snprintf(w->areas, sizeof w->areas, "area under f (CPR) %s, under |1 \u2212 f| (CMD) %s",
                 cpr, cmd);
    return w->title && w->sides;
}

/* The points of circuits that can be drawn; and the lower end of their axis. */
static int list_points(const struct sized_circuits *c, struct curve_point *points, double *low) {
    int n = 0;
    *low = 1e-3;
    for (size_t i = 0; i < c->n; i++) {
        const struct sized_circuit *s = &c->items[i];
        if (s->fraction <= 0 || !isfinite(s->faithfulness)) continue;
        while (*low > s->fraction * 1.000001) *low /= 10;
        points[n++] = (struct curve_point){s->fraction, (double)s->faithfulness};
    }
    return n;
}

static uint8_t *encode(const struct curve *curve, const struct font *font,
                       const struct pg_model *model, const struct pg_request *r,
                       const struct sized_circuits *c, int threads, size_t *size,
                       struct pg_error *err) {
    struct picture_notes notes = {0};
    uint8_t *png = NULL;
    if (add_notes(&notes, model, r, c, err))
        png = curve_png(curve, font, notes.items, notes.n, threads, size, err);
    notes_free(&notes);
    return png;
}

uint8_t *circuit_png(const struct pg_model *model, const struct pg_request *r,
                     const struct sized_circuits *c, int threads, size_t *size,
                     struct pg_error *err) {
    static const struct curve_level levels[] = {{0, "no edge"}, {1, "all edges"}};
    struct font *font = font_open(err);
    struct curve_words words = {0};
    struct curve_point *points = allocate(c->n, sizeof *points, err);
    uint8_t *png = NULL;
    double low;
    const int n = points ? list_points(c, points, &low) : 0;
    bool done = font && points && write_words(model, r, c, font, &words, err);
    if (done && !n)
        done = fail(err, "no circuit has a faithfulness that can be drawn over its size");
    if (done) {
        const struct curve curve = {.title = words.title,
                                    .subtitles = {words.sides, words.areas},
                                    .x_title = words.x_title,
                                    .y_title = "faithfulness f",
                                    .points = points,
                                    .n_points = n,
                                    .x_low = low,
                                    .x_high = 1,
                                    .levels = levels,
                                    .n_levels = 2};
        png = encode(&curve, font, model, r, c, threads, size, err);
    }
    free(words.title);
    free(words.sides);
    free(points);
    font_close(font);
    return png;
}
