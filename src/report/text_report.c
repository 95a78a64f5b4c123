/* text_report.c: see text_report.h. */
#include "report/text_report.h"

#include "report/tokens.h"

#include <inttypes.h>
#include <string.h>

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

static void write_model_line(FILE *out, const struct pg_model *model) {
    const struct pg_model_info i = pg_model_info(model);
    fprintf(out, "%s: %s, %s, width %d, %s, %s\n", i.name, layers(&i).text, heads(&i).text,
            i.n_embd, amount(i.n_parameters, "parameter").text, i.dtype);
}

/* ---- the experiment ---- */

static void write_run(FILE *out, const struct pg_model *model, const char *name, int width,
                      float metric, struct pg_prediction best) {
    fprintf(out, "%-9s  %*.4f  %s (%.4f)\n", name, width, (double)metric,
            show_token(model, best.token, TOKEN_QUOTED).text, (double)best.probability);
}

/* The metric of both runs, and what they predict. */
static void write_runs(FILE *out, const struct pg_model *model, const struct pg_result *r) {
    struct shown_token a = show_token(model, r->tokens[0], TOKEN_QUOTED);
    struct shown_token b = show_token(model, r->tokens[1], TOKEN_QUOTED);
    const int width = (int)sizeof "logit() - logit()" - 1 + a.width + b.width;
    fprintf(out, "%9s  logit(%s) - logit(%s)  most probable\n", "", a.text, b.text);
    write_run(out, model, "clean", width, r->clean_metric, r->clean_top[0]);
    write_run(out, model, "corrupted", width, r->corrupt_metric, r->corrupt_top[0]);
}

static void write_outcome(FILE *out, const struct pg_result *r, const struct outcome *o) {
    fprintf(out, "%zu %s of %s, %s, in %.*f s\n", r->n_cells, r->n_cells == 1 ? "patch" : "patches",
            pg_site_name(r->site),
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
    fprintf(out, "\nmost probable after the clean text\n");
    write_top_table(out, model, r->clean_top, r->n_top);
    fputc('\n', out);
    write_runs(out, model, r);
    fputc('\n', out);
    write_outcome(out, r, outcome);
}
