/* picture_notes.c: see picture_notes.h. */
#include "report/picture_notes.h"

#include "base/memory.h"
#include "base/text_stream.h"
#include "report/label.h"
#include "report/metric_text.h"
#include "report/tokens.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool notes_add(struct picture_notes *notes, struct pg_error *err, const char *name,
               const char *format, ...) {
    char *text;
    va_list args;
    va_start(args, format);
    const int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) return fail(err, "out of memory: what the picture is cannot be written");
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

const char *direction_text(bool noising) {
    return noising ? "corrupted into clean" : "clean into corrupted";
}

/* ---- the parts of a result ---- */

/* Writes tokens one after the other, with a separator between them. */
typedef void token_printer(FILE *out, const struct pg_model *model, int id);

static void print_id(FILE *out, const struct pg_model *model, int id) {
    (void)model;
    fprintf(out, "%d", id);
}

static void print_bytes(FILE *out, const struct pg_model *model, int id) {
    write_token_bytes(out, model, &id, 1);
}

/* Adds n tokens as one note. */
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
    char *bytes = text_close(&s, &size, "what the picture is", err);
    char *text = bytes ? label_escaped(bytes, size, err) : NULL;
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

/* Adds tokens as their ids and, where they have one, as text. */
static bool add_both(struct picture_notes *notes, const struct pg_model *model, const char *name,
                     const char *ids_name, const int *ids, size_t n, const char *separator,
                     struct pg_error *err) {
    return (!has_texts(model, ids, n) ||
            add_tokens(notes, model, name, ids, n, print_bytes, separator, err)) &&
           add_tokens(notes, model, ids_name, ids, n, print_id, ",", err);
}

/* The tokens of the metric, pair after pair. */
static bool add_pairs(struct picture_notes *notes, const struct pg_model *model,
                      const struct pg_result *r, struct pg_error *err) {
    size_t n = 0;
    if (!r->n_pairs) return true;
    int *ids = allocate(2 * r->n_pairs, sizeof *ids, err);
    if (!ids) return false;
    for (size_t i = 0; i < r->n_pairs; i++) {
        ids[n++] = r->pairs[i].a;
        if (r->pairs[i].b >= 0) ids[n++] = r->pairs[i].b;
    }
    const bool done = add_both(notes, model, "tokens", "token_ids", ids, n, "|", err);
    free(ids);
    return done;
}

bool notes_add_result(struct picture_notes *notes, const struct pg_model *model,
                      const struct pg_result *r, enum pg_show show, struct pg_error *err) {
    const int bos = pg_bos_token(model);
    const bool with_bos = bos >= 0 && r->clean_ids[0] == bos && r->corrupt_ids[0] == bos;
    return notes_add(notes, err, "model", "%s", pg_model_info(model).name) &&
           add_both(notes, model, "clean", "clean_ids", r->clean_ids, r->n_tokens, "", err) &&
           add_both(notes, model, "corrupt", "corrupt_ids", r->corrupt_ids, r->n_tokens, "", err) &&
           notes_add(notes, err, "metric", "%s", pg_metric_name(r->metric)) &&
           add_pairs(notes, model, r, err) &&
           notes_add(notes, err, "read_position", "%d", r->read_position) &&
           notes_add(notes, err, "site", "%s", site_names(r).text) &&
           notes_add(notes, err, "direction", "%s", direction_text(r->noising)) &&
           notes_add(notes, err, "bos", "%s", with_bos ? "yes" : "no") &&
           notes_add(notes, err, "show", "%s", pg_show_name(show));
}
