/* logits_report.c: see logits_report.h. */
#include "report/logits_report.h"

#include "base/number.h"
#include "report/tokens.h"

#include <math.h>
#include <string.h>

/* 1245 (" Jones"), or the id alone. */
struct token_words {
    char text[128];
};

static struct token_words words_of(const struct pg_model *model, int token) {
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
                words_of(model, c->token).text, expected, found, apart,
                words_of(model, c->expected_top).text, words_of(model, c->found_top).text);
}

static void write_check(FILE *out, const struct pg_model *model, const struct logits_outcome *o,
                        enum table_form form) {
    const struct pg_logits_check *c = &o->check;
    fprintf(out, "check: %zu %s ", c->n_compared,
            c->n_compared == 1 ? "logit equals" : "logits equal");
    table_write_text(out, o->checked, form);
    fprintf(out, " within %g; the largest difference is %.3g", o->tolerance, c->largest);
    if (c->largest > 0) {
        fprintf(out, ", after position %zu at token ", c->position);
        table_write_text(out, words_of(model, c->token).text, form);
    }
    fputc('\n', out);
}

void write_logits_outcome(FILE *out, const struct pg_model *model, const struct logits_outcome *o,
                          enum table_form form) {
    if (o->written || (o->checked && !o->check.n_differing)) fputc('\n', out);
    if (o->written) {
        fputs("written: ", out);
        table_write_text(out, o->written, form);
        fputc('\n', out);
    }
    if (o->written && o->checked && form == TABLE_MARKDOWN) fputc('\n', out);
    if (o->checked && !o->check.n_differing) write_check(out, model, o, form);
}
