/* token_tables.c: see token_tables.h. */
#include "report/token_tables.h"

#include "base/number.h"
#include "model/shown_token.h"

#include <string.h>

/* ---- two texts, token under token ---- */

static const char *const line_names[] = {"", "clean", "corrupted", ""};
enum line { POSITIONS, CLEAN, CORRUPTED, MARKS, N_LINES, NAME_WIDTH = sizeof "corrupted" - 1 };

enum { GAP = 2 }; /* columns between tokens */

static int max(int a, int b) {
    return a > b ? a : b;
}

struct texts {
    const struct pg_model *model;
    const int *clean, *corrupt; /* corrupt is NULL for one text */
};

static int column_width(const struct texts *t, size_t position) {
    int digits = snprintf(NULL, 0, "%zu", position);
    int clean = show_token(t->model, t->clean[position], TOKEN_DOTTED).width;
    if (!t->corrupt) return max(digits, clean);
    int corrupt = show_token(t->model, t->corrupt[position], TOKEN_DOTTED).width;
    return max(digits, max(clean, corrupt));
}

/* The item of a line at a position; its width is 0 for an empty one. */
static struct shown_token line_item(const struct texts *t, enum line line, size_t position) {
    struct shown_token item = {0};
    if (line == CLEAN) return show_token(t->model, t->clean[position], TOKEN_DOTTED);
    if (line == CORRUPTED) return show_token(t->model, t->corrupt[position], TOKEN_DOTTED);
    if (line == POSITIONS) {
        item.width = sprintf(item.text, "%zu", position);
    } else if (t->clean[position] != t->corrupt[position]) {
        item.width = column_width(t, position);
        memset(item.text, '^', (size_t)item.width);
    }
    return item;
}

static void write_line(FILE *out, const struct texts *t, enum line line, size_t first, size_t end) {
    fputs(line_names[line], out);
    int missing = NAME_WIDTH - (int)strlen(line_names[line]);
    for (size_t i = first; i < end; i++) {
        struct shown_token item = line_item(t, line, i);
        missing += GAP;
        if (item.width) {
            fprintf(out, "%*s%s", missing, "", item.text);
            missing = 0;
        }
        missing += column_width(t, i) - item.width;
    }
    fputc('\n', out);
}

/* The end of the block of tokens, at least one, that fits the width. */
static size_t block_end(const struct texts *t, size_t first, size_t n, int width) {
    int used = NAME_WIDTH;
    size_t i = first;
    do used += GAP + column_width(t, i++);
    while (i < n && used + GAP + column_width(t, i) <= width);
    return i;
}

void write_token_lines(FILE *out, const struct pg_model *model, const int *clean,
                       const int *corrupt, size_t n, int width) {
    const struct texts t = {model, clean, corrupt};
    for (size_t first = 0, end; first < n; first = end) {
        end = block_end(&t, first, n, width);
        enum line lines = corrupt ? MARKS : CORRUPTED;
        if (corrupt && memcmp(clean + first, corrupt + first, (end - first) * sizeof *clean) != 0)
            lines = N_LINES;
        if (first > 0) fputc('\n', out);
        for (enum line line = POSITIONS; line < lines; line++)
            write_line(out, &t, line, first, end);
    }
}

/* ---- tables of tokens ---- */

enum { POSITION, CLEAN_ID, CLEAN_TEXT, CORRUPT_ID, CORRUPT_TEXT, DIFFERS, N_TOKEN_COLUMNS };

static void write_token_cell(const struct table *table, size_t row, int column,
                             char out[CELL_SIZE]) {
    const struct texts *c = table->context;
    const int *ids = column < CORRUPT_ID ? c->clean : c->corrupt;
    if (column == POSITION)
        sprintf(out, "%zu", row);
    else if (column == CLEAN_ID || column == CORRUPT_ID)
        sprintf(out, "%d", ids[row]);
    else if (column == DIFFERS)
        strcpy(out, c->clean[row] != c->corrupt[row] ? "yes" : "");
    else
        strcpy(out, show_token(c->model, ids[row], TOKEN_QUOTED).text);
}

void write_token_table(FILE *out, const struct pg_model *model, const int *ids, size_t n,
                       enum table_form form) {
    const struct texts c = {.model = model, .clean = ids};
    const struct table t = {
        .columns = {{"position", true}, {"token index", true}, {"token", false}},
        .n_columns = 3,
        .n_rows = n,
        .write_cell = write_token_cell,
        .context = &c};
    table_write(out, &t, form);
}

void write_text_table(FILE *out, const struct pg_model *model, const int *clean, const int *corrupt,
                      size_t n, enum table_form form) {
    const struct texts c = {model, clean, corrupt};
    if (!corrupt) {
        write_token_table(out, model, clean, n, form);
        return;
    }
    const struct table t = {.columns = {{"position", true},
                                        {"clean index", true},
                                        {"clean token", false},
                                        {"corrupted index", true},
                                        {"corrupted token", false},
                                        {"differ", false}},
                            .n_columns = N_TOKEN_COLUMNS,
                            .n_rows = n,
                            .write_cell = write_token_cell,
                            .context = &c};
    table_write(out, &t, form);
}

/* ---- tables of predictions ---- */

enum { DECIMALS = 4 };

/* What a column holds. */
enum quantity { RUN, RANK, INDEX, TOKEN, LOGIT, PROBABILITY };

static const struct table_column prediction_columns[] = {
    [RUN] = {"run", false},     [RANK] = {"rank", true},   [INDEX] = {"token index", true},
    [TOKEN] = {"token", false}, [LOGIT] = {"logit", true}, [PROBABILITY] = {"probability", true},
};
static const enum quantity of_top[] = {RANK, INDEX, TOKEN, PROBABILITY},
                           of_named[] = {RANK, INDEX, TOKEN, LOGIT, PROBABILITY},
                           of_both[] = {TOKEN, INDEX, RUN, RANK, LOGIT, PROBABILITY};

/* n predictions of one run or of both, which take turns. */
struct predictions {
    const struct pg_model *model;
    const enum quantity *quantities;
    const struct pg_prediction *runs[2];
    size_t n;
};

static void write_prediction_cell(const struct table *table, size_t row, int column,
                                  char out[CELL_SIZE]) {
    const struct predictions *p = table->context;
    const bool corrupt = p->runs[1] && row % 2;
    const struct pg_prediction *at = &p->runs[corrupt][p->runs[1] ? row / 2 : row];
    switch (p->quantities[column]) {
    case RUN:
        strcpy(out, corrupt ? "corrupted" : "clean");
        return;
    case RANK:
        sprintf(out, "%d", at->rank);
        return;
    case INDEX:
        sprintf(out, "%d", at->token);
        return;
    case TOKEN:
        strcpy(out, show_token(p->model, at->token, TOKEN_QUOTED).text);
        return;
    case LOGIT:
        number_plain(at->logit, DECIMALS, out);
        return;
    case PROBABILITY:
        number_plain(at->probability, DECIMALS, out);
        return;
    }
}

static struct table table_of(const struct predictions *p, int n_columns, const char *caption) {
    struct table t = {.caption = caption,
                      .n_columns = n_columns,
                      .n_rows = p->runs[1] ? 2 * p->n : p->n,
                      .write_cell = write_prediction_cell,
                      .context = p};
    for (int c = 0; c < n_columns; c++) t.columns[c] = prediction_columns[p->quantities[c]];
    return t;
}

enum {
    N_TOP = sizeof of_top / sizeof *of_top,
    N_NAMED = sizeof of_named / sizeof *of_named,
    N_BOTH = sizeof of_both / sizeof *of_both
};

static void write_predictions(FILE *out, const struct predictions *p, int n_columns,
                              const char *caption, enum table_form form) {
    const struct table t = table_of(p, n_columns, caption);
    table_write(out, &t, form);
}

void write_top_table(FILE *out, const struct pg_model *model, const struct pg_prediction *top,
                     size_t n, enum table_form form) {
    const struct predictions p = {model, of_top, {top}, n};
    write_predictions(out, &p, N_TOP, NULL, form);
}

void write_named_table(FILE *out, const struct pg_model *model, const struct pg_prediction *named,
                       size_t n, enum table_form form) {
    const struct predictions p = {model, of_named, {named}, n};
    write_predictions(out, &p, N_NAMED, NULL, form);
}

void write_top_tables(FILE *out, const struct pg_model *model, const struct pg_result *r,
                      enum table_form form, int width) {
    char place[48] = "", clean[96], corrupt[96];
    if (r->read_position + 1 < (int)r->n_tokens)
        snprintf(place, sizeof place, "position %d of ", r->read_position);
    snprintf(clean, sizeof clean, "most probable after %sthe clean text", place);
    snprintf(corrupt, sizeof corrupt, "most probable after %sthe corrupted text", place);
    const struct predictions left = {model, of_top, {r->clean_top}, r->n_top},
                             right = {model, of_top, {r->corrupt_top}, r->n_top};
    const struct table l = table_of(&left, N_TOP, clean), c = table_of(&right, N_TOP, corrupt);
    if (r->corrupt_ids)
        table_write_two(out, &l, &c, form, width);
    else
        table_write(out, &l, form);
}

/* The tokens of large sets that are listed. */
enum { MAX_LISTED = 10 };

struct listed {
    struct pg_prediction clean[MAX_LISTED], corrupt[MAX_LISTED];
};

/* The tokens that are most probable in the clean run, by rank; a result has more of them. */
static struct listed most_probable(const struct pg_result *r) {
    struct listed out = {0};
    for (int n = 0, last = 0; n < MAX_LISTED; last = out.clean[n++].rank) {
        size_t next = r->n_named;
        for (size_t i = 0; i < r->n_named; i++)
            if (r->clean_named[i].rank > last &&
                (next == r->n_named || r->clean_named[i].rank < r->clean_named[next].rank))
                next = i;
        out.clean[n] = r->clean_named[next];
        if (r->corrupt_ids) out.corrupt[n] = r->corrupt_named[next];
    }
    return out;
}

/* A table of n named tokens, of one run or of both. */
static void write_named(FILE *out, const struct pg_model *model,
                        const struct pg_prediction *const runs[2], size_t n, const char *caption,
                        enum table_form form) {
    const struct predictions p = {model, runs[1] ? of_both : of_named, {runs[0], runs[1]}, n};
    write_predictions(out, &p, runs[1] ? N_BOTH : N_NAMED, caption, form);
}

void write_named_tables(FILE *out, const struct pg_model *model, const struct pg_result *r,
                        enum table_form form) {
    const bool both = r->corrupt_ids;
    char caption[96];
    if (!r->n_named) return;
    if (!r->answers.count || r->n_named <= MAX_LISTED) {
        const struct pg_prediction *const runs[] = {r->clean_named, both ? r->corrupt_named : NULL};
        write_named(out, model, runs, r->n_named, "tokens of the metric", form);
        return;
    }
    const struct listed listed = most_probable(r);
    const struct pg_prediction *const runs[] = {listed.clean, both ? listed.corrupt : NULL};
    snprintf(caption, sizeof caption,
             "tokens of the metric: the %d of %zu most probable after the clean text", MAX_LISTED,
             r->n_named);
    write_named(out, model, runs, MAX_LISTED, caption, form);
}
