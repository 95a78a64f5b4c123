/* text_report.c: see text_report.h. */
#include "report/text_report.h"

#include "report/metric_text.h"
#include "report/tokens.h"

#include <inttypes.h>
#include <string.h>

enum { LEAST_METRIC = 9 }; /* columns of a metric, such as -123.4567 */

/* ---- the model ---- */

/* A number with its noun: "1 layer", "124,439,808 parameters". */
struct amount {
    char text[64];
};

static struct amount amount(uint64_t number, const char *noun) {
    struct amount a = {0};
    char digits[32];
    int n = snprintf(digits, sizeof digits, "%" PRIu64, number);
    size_t used = 0;
    for (int i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) a.text[used++] = ',';
        a.text[used++] = digits[i];
    }
    snprintf(a.text + used, sizeof a.text - used, " %s%s", noun, number == 1 ? "" : "s");
    return a;
}

static struct amount layers(const struct pg_model_info *i) {
    return amount((uint64_t)i->n_layer, "layer");
}

static struct amount heads(const struct pg_model_info *i) {
    return amount((uint64_t)i->n_head, "head");
}

void write_model(FILE *out, const struct pg_model *model) {
    const struct pg_model_info i = pg_model_info(model);
    fprintf(out, "model        %s\n", i.name);
    fprintf(out, "checkpoint   %s\n", i.path);
    fprintf(out, "stored as    %s, matrices %s, %s", i.dtype,
            i.transposed ? "(out, in)" : "(in, out)", amount(i.file_bytes, "byte").text);
    if (i.n_files > 1) fprintf(out, " in %s", amount(i.n_files, "file").text);
    fputc('\n', out);
    fprintf(out, "size         %s, embedding and unembedding %s\n",
            amount(i.n_parameters, "parameter").text, i.tied ? "shared" : "separate");
    fprintf(out, "shape        %s, %s, width %d, MLP width %d\n", layers(&i).text, heads(&i).text,
            i.n_embd, i.n_inner);
    fprintf(out, "activation   %s\n", i.activation);
    fprintf(out, "context      %s\n", amount((uint64_t)i.n_positions, "token").text);
    fprintf(out, "vocabulary   %s\n", amount((uint64_t)i.n_vocab, "token").text);
    fprintf(out, "tokenizer    %s\n",
            i.has_tokenizer ? "byte-level BPE" : "none: texts are given as token ids");
    fprintf(out, "runs on      %s kernels, %s\n", pg_isa(),
            amount((uint64_t)pg_threads(), "thread").text);
}

void write_model_line(FILE *out, const struct pg_model *model) {
    const struct pg_model_info i = pg_model_info(model);
    fprintf(out, "%s: %s, %s, width %d, %s, %s\n", i.name, layers(&i).text, heads(&i).text,
            i.n_embd, amount(i.n_parameters, "parameter").text, i.dtype);
}

/* ---- the experiment ---- */

static void write_run(FILE *out, const struct pg_model *model, const char *name, int width,
                      float metric, struct pg_prediction best) {
    if (metric > -0.00005f && metric < 0) metric = 0; /* "-0.0000" */
    fprintf(out, "%-9s  %*.4f  %s (%.4f)\n", name, width, (double)metric,
            show_token(model, best.token, TOKEN_QUOTED).text, (double)best.probability);
}

/* The metric of one pair of tokens, or of none. */
static struct words formula(const struct pg_model *model, enum pg_metric metric,
                            const struct pg_pair *pair) {
    struct shown_token a = {0}, b = {0};
    if (pair) a = show_token(model, pair->a, TOKEN_QUOTED);
    if (pair && pair->b >= 0) b = show_token(model, pair->b, TOKEN_QUOTED);
    return metric_formula(metric, a.text, b.width ? b.text : NULL, "-");
}

/* The columns of the formula on a terminal. */
static int formula_width(const struct pg_model *model, enum pg_metric metric,
                         const struct pg_pair *pair) {
    const struct words shown = formula(model, metric, pair);
    int width = (int)strlen(shown.text);
    for (int i = 0; pair && i < 2; i++) {
        const int id = i ? pair->b : pair->a;
        if (id < 0) continue;
        const struct shown_token token = show_token(model, id, TOKEN_QUOTED);
        width += token.width - (int)strlen(token.text);
    }
    return width;
}

/* The pairs that the metric is the mean over, where there are several. */
static void write_pairs(FILE *out, const struct pg_model *model, const struct pg_result *r) {
    if (r->n_pairs < 2) return;
    fprintf(out, "mean over %zu pairs\n", r->n_pairs);
    for (size_t i = 0; i < r->n_pairs; i++)
        fprintf(out, "%9s  %s\n", "", formula(model, r->metric, &r->pairs[i]).text);
    fputc('\n', out);
}

/* The metric of both runs, and what they predict. */
static void write_runs(FILE *out, const struct pg_model *model, const struct pg_result *r) {
    const struct pg_pair *pair = r->n_pairs ? r->pairs : NULL;
    struct words head = {.text = "mean"};
    int width = sizeof "mean" - 1;
    if (r->n_pairs < 2) {
        head = formula(model, r->metric, pair);
        width = formula_width(model, r->metric, pair);
    }
    const int room = width < LEAST_METRIC ? LEAST_METRIC : width;
    fprintf(out, "%9s  %*s%s  most probable\n", "", room - width, "", head.text);
    write_run(out, model, "clean", room, r->clean_metric, r->clean_top[0]);
    write_run(out, model, "corrupted", room, r->corrupt_metric, r->corrupt_top[0]);
}

static void write_outcome(FILE *out, const struct pg_result *r, const struct outcome *o) {
    fprintf(out, "%zu %s of %s, %s, in %.*f s\n", r->n_cells, r->n_cells == 1 ? "patch" : "patches",
            site_names(r).text,
            r->noising ? "corrupted activations into the clean run"
                       : "clean activations into the corrupted run",
            r->seconds < 1 ? 3 : 1, r->seconds);
    if (o->csv || o->png)
        fprintf(out, "written: %s%s%s\n", o->csv ? o->csv : "", o->csv && o->png ? ", " : "",
                o->png ? o->png : "");
    if (!o->checked || o->check.n_differing) return;
    fprintf(out, "check: %zu values equal %s", r->n_cells, o->checked);
    if (o->tolerance > 0) fprintf(out, " within %g", o->tolerance);
    fputc('\n', out);
}

void write_experiment(FILE *out, const struct pg_model *model, const struct pg_result *r,
                      const struct outcome *outcome, int width) {
    write_model_line(out, model);
    fputc('\n', out);
    write_token_lines(out, model, r->clean_ids, r->corrupt_ids, r->n_tokens, width);
    if (r->read_position == (int)r->n_tokens - 1)
        fprintf(out, "\nmost probable after the clean text\n");
    else
        fprintf(out, "\nmost probable after position %d of the clean text\n", r->read_position);
    write_top_table(out, model, r->clean_top, r->n_top);
    fputc('\n', out);
    write_pairs(out, model, r);
    write_runs(out, model, r);
    fputc('\n', out);
    write_outcome(out, r, outcome);
}
