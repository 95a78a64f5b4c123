/* all_lines.c: see all_lines.h. */
#include "batch/all_lines.h"

#include "batch/line_reader.h"
#include "spec/resolve.h"

#include <stdlib.h>
#include <string.h>

/* Reads one line; one that cannot be used, or is not an experiment, is left out. */
static bool read_line(const struct line_rules *rules, const struct pg_model *model,
                      const struct line *line, take_line *take, void *context,
                      struct pg_error *err) {
    struct batch_line read = {0};
    struct pg_request request = pg_request_default();
    struct pg_error why;
    bool done = true;
    if (!line->text) return true;
    if (batch_line_read(rules, line->text, line->size, &read, &why) &&
        read.kind == WORK_EXPERIMENT && spec_resolve_texts(&read.spec, model, &request, &why))
        done = take(context, &read, &request, err);
    spec_request_free(&request);
    batch_line_free(&read);
    return done;
}

bool all_lines_read(const struct line_rules *rules, const struct pg_model *model, const char *file,
                    const char *why, take_line *take, void *context, struct pg_error *err) {
    struct line_reader reader = {0};
    struct line line;
    if (!strcmp(file, "-"))
        return fail(err, "%s, which standard input cannot be read twice for", why);
    bool done = lines_open(file, &reader, err);
    while (done && (done = lines_next(&reader, &line, err)) && line.number)
        done = read_line(rules, model, &line, take, context, err);
    lines_close(&reader);
    return done;
}

/* ---- noise ---- */

/* The tokens that get noise. */
struct noised_tokens {
    int *ids;
    size_t n;
};

static bool take_noised(void *context, const struct batch_line *line, struct pg_request *request,
                        struct pg_error *err) {
    struct noised_tokens *tokens = context;
    const struct pg_noise *noise = request->noise;
    (void)line;
    if (!noise) return true;
    int *larger = reallocarray(tokens->ids, tokens->n + noise->n_positions, sizeof *larger);
    if (!larger) return fail(err, "out of memory: %zu tokens cannot be listed", tokens->n);
    tokens->ids = larger;
    for (size_t i = 0; i < noise->n_positions; i++)
        larger[tokens->n++] = request->clean.ids[noise->positions[i]];
    return true;
}

bool all_lines_deviation(const struct line_rules *rules, const struct pg_model *model,
                         const char *file, double *out, struct pg_error *err) {
    static const char why[] = "--sigma in standard deviations takes those of the tokens in all "
                              "lines";
    struct noised_tokens tokens = {0};
    bool done = all_lines_read(rules, model, file, why, take_noised, &tokens, err);
    if (done && !tokens.n) done = fail(err, "no line of %s has noise", file);
    done = done && pg_embedding_deviation(model, tokens.ids, tokens.n, out, err);
    free(tokens.ids);
    return done;
}
