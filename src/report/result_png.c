/* result_png.c: see result_png.h; and pg_write_png. */
#include "report/result_png.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text_stream.h"
#include "plot/heatmap.h"
#include "report/graph_cells.h"
#include "report/intervention.h"
#include "report/metric_text.h"
#include "report/result_heatmap.h"
#include "report/show.h"
#include "report/tokens.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- notes ---- */

bool notes_add(struct picture_notes *notes, struct pg_error *err, const char *name,
               const char *format, ...) {
    char *text;
    va_list args;
    va_start(args, format);
    const int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) return fail(err, "out of memory: a note of the picture cannot be written");
    notes->items[notes->n++] = (struct png_note){name, text};
    return true;
}

void notes_free(struct picture_notes *notes) {
    for (int i = 0; i < notes->n; i++) free(notes->items[i].text);
    notes->n = 0;
}

bool notes_add_program(struct picture_notes *notes, struct pg_error *err) {
    return notes_add(notes, err, "Software", "patchgpt") &&
           notes_add(notes, err, "version", "%s", PG_VERSION);
}

/* ---- notes about a result ---- */

/* Writes one token. */
typedef void token_printer(FILE *out, const struct pg_model *model, int id);

static void print_id(FILE *out, const struct pg_model *model, int id) {
    (void)model;
    fprintf(out, "%d", id);
}

static void print_bytes(FILE *out, const struct pg_model *model, int id) {
    write_token_bytes(out, model, &id, 1);
}

/* Adds n tokens as one note, with a separator between them. */
static bool add_tokens(struct picture_notes *notes, const struct pg_model *model, const char *name,
                       const int *ids, size_t n, token_printer *print, const char *separator,
                       struct pg_error *err) {
    size_t size;
    struct text_stream s;
    if (!text_open(&s, err)) return false;
    for (size_t i = 0; i < n; i++) {
        if (i) fputs(separator, s.out);
        print(s.out, model, ids[i]);
    }
    char *bytes = text_close(&s, &size, "a note of the picture", err);
    char *text = bytes ? escape_invalid(bytes, size, err) : NULL;
    bool done = text && notes_add(notes, err, name, "%s", text);
    free(text);
    free(bytes);
    return done;
}

/* Whether the model has text for all n tokens. */
static bool has_texts(const struct pg_model *model, const int *ids, size_t n) {
    size_t length;
    for (size_t i = 0; i < n; i++)
        if (!pg_token_bytes(model, ids[i], &length)) return false;
    return true;
}

bool notes_add_tokens(struct picture_notes *notes, const struct pg_model *model, const char *name,
                      const char *ids_name, const int *ids, size_t n, const char *separator,
                      struct pg_error *err) {
    return (!has_texts(model, ids, n) ||
            add_tokens(notes, model, name, ids, n, print_bytes, separator, err)) &&
           add_tokens(notes, model, ids_name, ids, n, print_id, ",", err);
}

static bool add_pairs(struct picture_notes *notes, const struct pg_model *model,
                      const struct question *question, struct pg_error *err) {
    const size_t n = question_n_tokens(question);
    int *ids = allocate(n, sizeof *ids, err);
    if (!ids) return false;
    question_tokens(question, ids);
    const bool done = notes_add_tokens(notes, model, "tokens", "token_ids", ids, n, "|", err);
    free(ids);
    return done;
}

bool notes_add_question(struct picture_notes *notes, const struct pg_model *model,
                        const struct question *question, struct pg_error *err) {
    const struct pg_tokens *right = &question->answers, *wrong = &question->wrong_answers;
    if (question->n_pairs) return add_pairs(notes, model, question, err);
    return (!right->count || notes_add_tokens(notes, model, "answers", "answer_ids", right->ids,
                                              right->count, "|", err)) &&
           (!wrong->count || notes_add_tokens(notes, model, "wrong_answers", "wrong_answer_ids",
                                              wrong->ids, wrong->count, "|", err));
}

/* The notes about noise, with the names of the options. */
static bool add_noise(struct picture_notes *notes, const struct pg_result *r,
                      struct pg_error *err) {
    return notes_add(notes, err, "corrupt_noise", "%s", noise_positions(r).text) &&
           notes_add(notes, err, "sigma", "%.9g", r->sigma) &&
           notes_add(notes, err, "samples", "%zu", r->n_samples) &&
           notes_add(notes, err, "seed", "%u", r->seed);
}

/* The note about what is put in, and what else plain patching does not have. */
static bool add_intervention(struct picture_notes *notes, const struct pg_result *r,
                             struct pg_error *err) {
    const struct intervention i = intervention_of(r);
    return notes_add(notes, err, "direction", "%s", direction_text(&i)) &&
           (!r->over || notes_add(notes, err, "over", "%s", r->over)) &&
           (!r->n_samples || add_noise(notes, r, err)) &&
           (!i.window || notes_add(notes, err, "window", "%d", i.window));
}

/* The notes about edges and paths, with the names of the options: which there are if not all, where
 * paths end, and what they do not go through. */
static bool add_graph(struct picture_notes *notes, const struct pg_model *model,
                      const struct pg_result *r, struct pg_error *err) {
    char *senders = NULL, *readers = NULL;
    bool done =
        node_lists(model, r, &senders, &readers, err) &&
        (!senders || notes_add(notes, err, "from", "%s", senders)) &&
        (!readers || notes_add(notes, err, "to", "%s", readers)) &&
        (r->sites[0] == PG_EDGES ||
         notes_add(notes, err, "mlps", "%s", r->frozen & PG_FROZEN_MLPS ? "frozen" : "run"));
    free(senders);
    free(readers);
    return done;
}

static bool add_result(struct picture_notes *notes, const struct pg_model *model,
                       const struct pg_result *r, enum pg_show show, struct pg_error *err) {
    const bool bos = begins_with_bos(model, r->clean_ids) &&
                     (!r->corrupt_ids || begins_with_bos(model, r->corrupt_ids));
    const struct question question = question_of_result(r);
    return notes_add(notes, err, "model", "%s", pg_model_info(model).name) &&
           notes_add_tokens(notes, model, "clean", "clean_ids", r->clean_ids, r->n_tokens, "",
                            err) &&
           (!r->corrupt_ids || notes_add_tokens(notes, model, "corrupt", "corrupt_ids",
                                                r->corrupt_ids, r->n_tokens, "", err)) &&
           notes_add(notes, err, "metric", "%s", pg_metric_name(r->metric)) &&
           notes_add_question(notes, model, &question, err) &&
           notes_add(notes, err, "read_position", "%d", r->read_position) &&
           notes_add(notes, err, "site", "%s", site_names(r).text) &&
           (!is_graph(r) || add_graph(notes, model, r, err)) && add_intervention(notes, r, err) &&
           notes_add(notes, err, "bos", "%s", bos ? "yes" : "no") &&
           notes_add(notes, err, "show", "%s", pg_show_name(show));
}

/* ---- the picture ---- */

/* Checks that the limits of the colours are in order and leave room for the center. */
static bool check_picture(const struct pg_picture *p, struct pg_error *err) {
    if (p->low >= p->high || p->low >= p->center || p->center >= p->high)
        return fail(err, "the colours from %g over %g to %g are not in ascending order",
                    (double)p->low, (double)p->center, (double)p->high);
    if (isnan(p->low) || isnan(p->high) || isnan(p->center)) return true;
    return fail(err, "low, high and center of a picture are all given; one has to be NAN");
}

uint8_t *result_png(const struct pg_model *model, const struct pg_result *result,
                    const struct pg_picture *picture, int threads, size_t *size,
                    struct pg_error *err) {
    if (!check_picture(picture, err)) return NULL;
    struct font *font = font_open(err);
    struct token_names names = {0};
    struct result_heatmap made = {0};
    struct picture_notes notes = {0};
    uint8_t *png = NULL;
    if (font && notes_add_program(&notes, err) &&
        add_result(&notes, model, result, picture->show, err) &&
        token_names_make(model, result, font, &names, err) &&
        result_heatmap_make(model, result, &names, picture, &made, err))
        png = heatmap_png(made.map, font, notes.items, notes.n, threads, size, err);
    notes_free(&notes);
    result_heatmap_free(&made);
    token_names_free(&names);
    font_close(font);
    return png;
}

bool pg_write_png(const struct pg_model *model, const struct pg_result *result,
                  const struct pg_picture *picture, const char *path, struct pg_error *err) {
    size_t size;
    const struct pg_picture usual = picture_of(result);
    uint8_t *png = result_png(model, result, picture ? picture : &usual, pg_threads(), &size, err);
    bool ok = png && file_replace(path, png, size, err);
    free(png);
    return ok;
}
