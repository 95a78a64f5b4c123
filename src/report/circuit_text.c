/* circuit_text.c: see circuit_text.h. */
#include "report/circuit_text.h"

#include "base/number.h"
#include "report/result_text.h"
#include "report/token_tables.h"

#include <math.h>
#include <string.h>

enum { DECIMALS = 4 };

struct words chosen_edges(const struct circuit_choice *c) {
    struct words w = {"some heads, all MLPs, the embeddings and the logits"};
    if (c->how == CHOOSE_SIZES)
        snprintf(w.text, sizeof w.text, "the edges with the %s scores",
                 c->by_sign ? "highest" : "largest absolute");
    if (c->how == CHOOSE_SEARCH)
        snprintf(w.text, sizeof w.text,
                 "the edges that a search with a loss of at most %g has left", c->threshold);
    if (c->how == CHOOSE_THRESHOLD)
        snprintf(w.text, sizeof w.text, "the edges with %sscores of at least %g",
                 c->by_sign ? "" : "absolute ", c->threshold);
    return w;
}

/* ---- tables ---- */

struct circuit_page {
    const struct sized_circuits *circuits;
    float runs[3]; /* metrics: clean, corrupted, all edges */
};

/* The last column is for means over experiments. */
enum { EDGES, KEPT, VALUE, FAITHFULNESS, MEAN, N_COLUMNS };

static void write_circuit_cell(const struct table *table, size_t row, int column,
                               char out[CELL_SIZE]) {
    const struct circuit_page *p = table->context;
    const struct sized_circuit *c = &p->circuits->items[row];
    *out = '\0';
    if (column == EDGES || column == KEPT)
        snprintf(out, CELL_SIZE, "%zu", column == EDGES ? c->top : c->n_edges);
    else if (column == VALUE)
        number_plain(c->value, DECIMALS, out);
    else if (isfinite(column == MEAN ? c->mean_faithfulness : c->faithfulness))
        number_plain(column == MEAN ? c->mean_faithfulness : c->faithfulness, DECIMALS, out);
}

static void write_run_cell(const struct table *table, size_t row, int column, char out[CELL_SIZE]) {
    static const char *const names[] = {"clean", "corrupted", "all edges"};
    const struct circuit_page *p = table->context;
    if (column == 0)
        strcpy(out, row == 1 && p->circuits->with != PG_WITH_TEXT ? "no edge" : names[row]);
    else
        number_plain(p->runs[row], DECIMALS, out);
}

static void write_runs(FILE *out, const struct pg_model *model, const struct pg_request *r,
                       const struct circuit_page *page, enum table_form form) {
    const struct question q = question_of(r);
    struct formula head;
    if (page->circuits->over)
        snprintf(head.text, sizeof head.text, "mean %s", page->circuits->measure);
    else if (q.n_pairs < 2)
        head = question_formula(model, &q, "-");
    else
        snprintf(head.text, sizeof head.text, "%s, mean over %zu pairs",
                 metric_quantity(q.metric, metric_tokens(&q)), q.n_pairs);
    const struct table t = {.columns = {{"", false}, {head.text, true}},
                            .n_columns = 2,
                            .n_rows = 3,
                            .write_cell = write_run_cell,
                            .context = page};
    table_write(out, &t, form);
}

/* ---- lines ---- */

/* "10 circuits of the edges with the largest absolute scores in edges.csv, in 0.012 s" */
static void write_count(FILE *out, const struct sized_circuits *c, enum table_form form) {
    fprintf(out, "%zu circuit%s of ", c->n, plural(c->n));
    fputs(chosen_edges(&c->choice).text, out);
    if (c->choice.file) {
        fputs(" in ", out);
        table_write_text(out, c->choice.file, form);
    }
    fprintf(out, "%s, in %.*f s\n\n",
            c->choice.complement ? "; what is run is the rest of the edges" : "",
            c->seconds < 1 ? 3 : 1, c->seconds);
}

/* The areas, and the identities: what no edge and all edges give. */
static void write_ends(FILE *out, const struct sized_circuits *c, enum table_form form) {
    char cpr[NUMBER_SIZE], cmd[NUMBER_SIZE];
    const char *parted = form == TABLE_MARKDOWN ? "\n" : "";
    if (c->has_areas) {
        number_plain((float)c->cpr, DECIMALS, cpr);
        number_plain((float)c->cmd, DECIMALS, cmd);
        fprintf(out, "CPR %s, CMD %s: areas under f, the faithfulness, and |1 - f|\n%s", cpr, cmd,
                parted);
    }
    const char *none = c->with == PG_WITH_ZERO   ? "every reader reads zeros"
                       : c->with == PG_WITH_MEAN ? "every reader reads means"
                       : c->none_is_corrupt      ? "the corrupted run, bit for bit"
                                                 : "not the corrupted run";
    fprintf(out, "no edge: %s; all %zu edges: %.2g from the clean run\n", none, c->n_edges,
            fabs((double)c->all - (double)c->clean_metric));
}

void write_circuits(FILE *out, const struct pg_model *model, const struct pg_request *r,
                    const struct sized_circuits *c, const struct outcome *outcome,
                    size_t n_compared, enum table_form form, int width) {
    const struct circuit_page page = {c, {c->clean_metric, c->corrupt_metric, c->all}};
    const struct table t = {.columns = {{"edges", true},
                                        {"after pruning", true},
                                        {c->over ? "mean value" : "value", true},
                                        {c->over ? "f of means" : "faithfulness", true},
                                        {"mean f", true}},
                            .n_columns = c->over ? N_COLUMNS : MEAN,
                            .n_rows = c->n,
                            .write_cell = write_circuit_cell,
                            .context = &page};
    write_model_line(out, model);
    fputc('\n', out);
    if (c->over) {
        fprintf(out, "%zu experiment%s in ", c->n_experiments, plural(c->n_experiments));
        table_write_text(out, c->over, form);
        fputc('\n', out);
    } else if (form == TABLE_MARKDOWN)
        write_text_table(out, model, r->clean.ids, r->corrupt.ids, r->clean.count, form);
    else
        write_token_lines(out, model, r->clean.ids, r->corrupt.ids, r->clean.count, width);
    fputc('\n', out);
    write_runs(out, model, r, &page, form);
    fputc('\n', out);
    write_count(out, c, form);
    table_write(out, &t, form);
    fputc('\n', out);
    write_ends(out, c, form);
    write_outcome(out, outcome, n_compared, form);
}
