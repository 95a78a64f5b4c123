/* tokens.c: see tokens.h. */
#include "report/tokens.h"

#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum {
    GAP = 2,                                         /* columns between tokens */
    MOST_COLUMNS = 20,                               /* of a shown token, without quotes */
    MOST_BYTES = 4 * MOST_COLUMNS + sizeof "\u2026", /* with its terminating zero */
};
_Static_assert(MOST_BYTES + 2 <= sizeof((struct shown_token){0}).text, "quotes fit too");

static int larger(int a, int b) {
    return a > b ? a : b;
}

static void pad(FILE *out, int columns) {
    fprintf(out, "%*s", larger(columns, 0), "");
}

/* ---- one token ---- */

/* Whether a terminal shows this character as itself, by itself. */
static bool is_visible(int32_t character) {
    utf8proc_category_t category = utf8proc_category(character);
    return category >= UTF8PROC_CATEGORY_LU && category < UTF8PROC_CATEGORY_ZS &&
           utf8proc_charwidth(character) > 0;
}

/* Writes the character that the n bytes are (-1: the byte is none); returns its columns. */
static int write_character(char out[16], const char *bytes, size_t n, int32_t character,
                           enum token_style style) {
    static const char named[] = "\\\\\nn\tt\rr"; /* pairs: the character, its letter */
    if (character == ' ') {
        strcpy(out, style == TOKEN_DOTTED ? "\u00B7" : " ");
        return 1;
    }
    if (character == '"' && style == TOKEN_QUOTED) return sprintf(out, "\\\"");
    for (const char *pair = named; *pair; pair += 2)
        if (character == *pair) return sprintf(out, "\\%c", pair[1]);
    if (character < 0x20 || character == 0x7f)
        return sprintf(out, "\\x%02X", (unsigned char)bytes[0]);
    if (!is_visible(character))
        return sprintf(out, character > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)character);
    memcpy(out, bytes, n);
    out[n] = '\0';
    return utf8proc_charwidth(character);
}

/* Writes as many of the bytes as have room. */
static struct shown_token show_inside(const char *bytes, size_t length, enum token_style style) {
    struct shown_token all = {0}, short_of_it = {0}; /* the latter leaves room for an ellipsis */
    size_t size = 0;
    for (size_t i = 0, n; i < length; i += n) {
        char text[16];
        const int32_t character = utf8_next(bytes + i, length - i, &n);
        all.width += write_character(text, bytes + i, n, character, style);
        if (all.width > MOST_COLUMNS) {
            strcat(short_of_it.text, "\u2026");
            short_of_it.width++;
            return short_of_it;
        }
        strcpy(all.text + size, text);
        size += strlen(text);
        if (all.width < MOST_COLUMNS) short_of_it = all;
    }
    return all;
}

struct shown_token show_bytes(const char *bytes, size_t length, enum token_style style) {
    struct shown_token inside = show_inside(bytes, length, style);
    if (style == TOKEN_DOTTED) return inside;
    struct shown_token quoted = {.width = inside.width + 2};
    sprintf(quoted.text, "\"%.*s\"", MOST_BYTES, inside.text);
    return quoted;
}

struct shown_token show_token(const struct pg_model *model, int id, enum token_style style) {
    size_t length;
    const char *bytes = pg_token_bytes(model, id, &length);
    if (bytes) return show_bytes(bytes, length, style);
    struct shown_token digits;
    digits.width = sprintf(digits.text, "%d", id);
    return digits;
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
