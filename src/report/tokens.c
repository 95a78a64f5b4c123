/* tokens.c: see tokens.h. */
#include "report/tokens.h"

#include <string.h>

enum { GAP = 2 }; /* columns between tokens */

static int larger(int a, int b) {
    return a > b ? a : b;
}

static void pad(FILE *out, int columns) {
    fprintf(out, "%*s", larger(columns, 0), "");
}

void write_token_bytes(FILE *out, const struct pg_model *model, const int *ids, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t length = 0;
        const char *bytes = pg_token_bytes(model, ids[i], &length);
        if (bytes) fwrite(bytes, 1, length, out);
    }
}

/* ---- two texts, token under token ---- */

static const char *const line_names[] = {"", "clean", "corrupted", ""};
enum line { POSITIONS, CLEAN, CORRUPTED, MARKS, N_LINES, NAME_WIDTH = sizeof "corrupted" - 1 };

struct texts {
    const struct pg_model *model;
    const int *clean, *corrupt;
};

static int column_width(const struct texts *t, size_t position) {
    int digits = snprintf(NULL, 0, "%zu", position);
    int clean = show_token(t->model, t->clean[position], TOKEN_DOTTED).width;
    int corrupt = show_token(t->model, t->corrupt[position], TOKEN_DOTTED).width;
    return larger(digits, larger(clean, corrupt));
}

/* What stands in a line at a position. */
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
            pad(out, missing);
            fputs(item.text, out);
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
        bool differ = memcmp(clean + first, corrupt + first, (end - first) * sizeof *clean) != 0;
        if (first > 0) fputc('\n', out);
        for (enum line line = POSITIONS; line < (differ ? N_LINES : MARKS); line++)
            write_line(out, &t, line, first, end);
    }
}

/* ---- tables ---- */

struct columns {
    const struct pg_model *model;
    const int *clean, *corrupt; /* corrupt is NULL for one text */
};

enum { POSITION, CLEAN_ID, CLEAN_TEXT, CORRUPT_ID, CORRUPT_TEXT, DIFFERS, N_COLUMNS };

static void write_cell(const struct table *table, size_t row, int column, char out[CELL_SIZE]) {
    const struct columns *c = table->context;
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
    const struct columns c = {.model = model, .clean = ids};
    const struct table t = {
        .columns = {{"position", true}, {"token index", true}, {"token", false}},
        .n_columns = 3,
        .n_rows = n,
        .write_cell = write_cell,
        .context = &c};
    table_write(out, &t, form);
}

void write_text_table(FILE *out, const struct pg_model *model, const int *clean, const int *corrupt,
                      size_t n, enum table_form form) {
    const struct columns c = {model, clean, corrupt};
    const struct table t = {.columns = {{"position", true},
                                        {"clean index", true},
                                        {"clean token", false},
                                        {"corrupted index", true},
                                        {"corrupted token", false},
                                        {"differ", false}},
                            .n_columns = N_COLUMNS,
                            .n_rows = n,
                            .write_cell = write_cell,
                            .context = &c};
    table_write(out, &t, form);
}
