/* result_text.c: see result_text.h. */
#include "report/result_text.h"

#include "base/number.h"
#include "base/utf8.h"
#include "model/shown_token.h"
#include "report/effect.h"
#include "report/effect_text.h"
#include "report/graph_cells.h"
#include "report/graph_text.h"
#include "report/intervention.h"
#include "report/path_split.h"
#include "report/token_tables.h"

#include <inttypes.h>
#include <string.h>

/* ---- the model ---- */

/* A number with its noun in singular or plural: "1 layer", "124,439,808 parameters". */
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
    snprintf(a.text + used, sizeof a.text - used, " %s%s", noun, plural(number));
    return a;
}

static struct amount layers(const struct pg_model_info *i) {
    return amount((uint64_t)i->n_layer, "layer");
}

static struct amount heads(const struct pg_model_info *i) {
    return amount((uint64_t)i->n_head, "head");
}

static void write_name(FILE *out, const char *what, const char *name) {
    fputs(what, out);
    write_printable(out, name);
    fputc('\n', out);
}

void write_model(FILE *out, const struct pg_model *model) {
    const struct pg_model_info i = pg_model_info(model);
    write_name(out, "model        ", i.name);
    write_name(out, "checkpoint   ", i.path);
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
            i.has_tokenizer ? "byte-level BPE"
            : i.no_text     ? i.no_text /* a sentence: what it is, and what was expected */
                            : "none: texts are given as token ids");
    fprintf(out, "runs on      %s kernels, %s\n", pg_isa(),
            amount((uint64_t)pg_threads(), "thread").text);
}

static void write_shape(FILE *out, const struct pg_model *model, enum table_form form) {
    const struct pg_model_info i = pg_model_info(model);
    table_write_text(out, i.name, form);
    fprintf(out, ": %s, %s, width %d, %s, %s\n", layers(&i).text, heads(&i).text, i.n_embd,
            amount(i.n_parameters, "parameter").text, i.dtype);
}

void write_model_line(FILE *out, const struct pg_model *model) {
    write_shape(out, model, TABLE_ALIGNED);
}

/* ---- the experiment ---- */

/* Where and how the report of an experiment is written. */
struct page {
    FILE *out;
    const struct pg_model *model;
    const struct pg_result *result;
    enum table_form form;
};

static void write_texts(const struct page *p, int width) {
    const struct pg_result *r = p->result;
    if (p->form == TABLE_MARKDOWN)
        write_text_table(p->out, p->model, r->clean_ids, r->corrupt_ids, r->n_tokens, p->form);
    else
        write_token_lines(p->out, p->model, r->clean_ids, r->corrupt_ids, r->n_tokens, width);
}

/* The pairs that the metric is the mean over, where there are several. */
static void write_pairs(const struct page *p) {
    const struct pg_result *r = p->result;
    if (r->n_pairs < 2) return;
    fprintf(p->out, "mean over %zu pairs\n", r->n_pairs);
    if (p->form == TABLE_MARKDOWN) fputc('\n', p->out);
    for (size_t i = 0; i < r->n_pairs; i++) {
        fputs(p->form == TABLE_MARKDOWN ? "- " : "           ", p->out);
        table_write_text(p->out, pair_formula(p->model, r->metric, &r->pairs[i], "-").text,
                         p->form);
        fputc('\n', p->out);
    }
    fputc('\n', p->out);
}

/* A run: its name, its metric and its most probable token. */
static void write_run_cell(const struct table *table, size_t row, int column, char out[CELL_SIZE]) {
    const struct page *p = table->context;
    const struct pg_result *r = p->result;
    char probability[NUMBER_SIZE];
    if (column == 0)
        strcpy(out, !row ? "clean" : r->n_samples ? "noise" : "corrupted");
    else if (column == 1)
        number_plain(row ? r->corrupt_metric : r->clean_metric, 4, out);
    else if (row && r->n_samples)
        snprintf(out, CELL_SIZE, "mean over %zu sample%s", r->n_samples, plural(r->n_samples));
    else {
        const struct pg_prediction best = row ? r->corrupt_top[0] : r->clean_top[0];
        number_plain(best.probability, 4, probability);
        snprintf(out, CELL_SIZE, "%s (%s)", show_token(p->model, best.token, TOKEN_QUOTED).text,
                 probability);
    }
}

static void write_runs(const struct page *p) {
    const struct pg_result *r = p->result;
    const struct question question = question_of_result(r);
    struct formula head = {.text = "mean"};
    if (r->n_pairs < 2) head = question_formula(p->model, &question, "-");
    const struct table t = {.columns = {{"", false}, {head.text, true}, {"most probable", false}},
                            .n_columns = 3,
                            .n_rows = is_ablation(r) ? 1 : 2,
                            .write_cell = write_run_cell,
                            .context = p};
    table_write(p->out, &t, p->form);
    if (!r->n_samples) return;
    fprintf(p->out, "\nnoise of standard deviation %.6g at position%s %s, seed %u\n", r->sigma,
            plural(r->n_noise_positions), noise_positions(r).text, r->seed);
}

/* What is put in, and where. */
static const char *written_direction(const struct pg_result *r) {
    const struct intervention i = intervention_of(r);
    if (is_ablation(r)) return direction_text(&i);
    if (r->n_samples)
        return r->noising ? "activations under noise into the clean run"
                          : "clean activations into the run under noise";
    return r->noising ? "corrupted activations into the clean run"
                      : "clean activations into the corrupted run";
}

/* The number of patches, and the outcome. */
static void write_summary(const struct page *p, const struct outcome *o) {
    const struct pg_result *r = p->result;
    if (is_graph(r))
        write_graph_count(p->out, r);
    else
        fprintf(p->out, "%zu %s%s of ", r->n_cells, r->joint ? "joint " : "",
                r->n_cells == 1 ? "patch" : "patches");
    if (!is_graph(r)) table_write_text(p->out, site_names(r).text, p->form);
    if (r->joint) fprintf(p->out, ", %zu cell%s", r->n_patched, plural(r->n_patched));
    if (r->window > 1) fprintf(p->out, ", windows of %d layers", r->window);
    fprintf(p->out, ", %s, in %.*f s\n", written_direction(r), r->seconds < 1 ? 3 : 1, r->seconds);
    if (o->split)
        write_path_split(p->out, o->split, p->form);
    else
        write_effects(p->out, p->model, r, p->form);
    write_outcome(p->out, o, (o->split ? N_MEDIATION_PARTS : 1) * r->n_cells, p->form);
}

void write_experiment(FILE *out, const struct pg_model *model, const struct pg_result *r,
                      const struct outcome *outcome, enum table_form form, int width) {
    const struct page page = {out, model, r, form};
    write_shape(out, model, form);
    fputc('\n', out);
    write_texts(&page, width);
    fputc('\n', out);
    write_top_tables(out, model, r, form, width);
    fputc('\n', out);
    write_named_tables(out, model, r, form);
    if (r->n_named) fputc('\n', out);
    write_pairs(&page);
    write_runs(&page);
    fputc('\n', out);
    write_summary(&page, outcome);
}
