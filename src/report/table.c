/* table.c: see table.h. */
#include "report/table.h"

#include "base/utf8.h"

#include <limits.h>
#include <string.h>
#include <utf8proc.h>

enum {
    GAP = 2 /* columns of the terminal between those of a table */,
    WIDE_GAP = 4 /* and tables */
};

int text_columns(const char *text) {
    int width = 0;
    for (size_t n; *text; text += n) {
        const int32_t character = utf8_next(text, SIZE_MAX, &n);
        if (character < 0) return width;
        width += utf8proc_charwidth(character);
    }
    return width;
}

static void pad(FILE *out, int columns) {
    fprintf(out, "%*s", columns > 0 ? columns : 0, "");
}

/* ---- aligned ---- */

/* The widths of the columns, and of the whole table with its caption. */
struct widths {
    int columns[TABLE_MAX_COLUMNS], all;
};

static struct widths measure(const struct table *t) {
    struct widths w = {0};
    char cell[CELL_SIZE];
    for (int c = 0; c < t->n_columns; c++) {
        w.columns[c] = text_columns(t->columns[c].heading);
        for (size_t r = 0; r < t->n_rows; r++) {
            t->write_cell(t, r, c, cell);
            const int width = text_columns(cell);
            if (width > w.columns[c]) w.columns[c] = width;
        }
        w.all += (c ? GAP : 0) + w.columns[c];
    }
    if (t->caption && text_columns(t->caption) > w.all) w.all = text_columns(t->caption);
    return w;
}

enum { CAPTION, HEADINGS, FIRST_ROW }; /* the lines of a table */

static void read_cell(const struct table *t, size_t line, int column, char out[CELL_SIZE]) {
    if (line == HEADINGS)
        snprintf(out, CELL_SIZE, "%s", t->columns[column].heading);
    else
        t->write_cell(t, line - FIRST_ROW, column, out);
}

/* Writes a line, without spaces at its end; returns the columns it takes. */
static int write_line(FILE *out, const struct table *t, const struct widths *w, size_t line) {
    char cell[CELL_SIZE];
    int at = 0, start = 0;
    if (line == CAPTION) {
        fputs(t->caption ? t->caption : "", out);
        return t->caption ? text_columns(t->caption) : 0;
    }
    for (int c = 0; c < t->n_columns; start += w->columns[c++] + GAP) {
        read_cell(t, line, c, cell);
        const int width = text_columns(cell);
        if (!width) continue;
        pad(out, start + (t->columns[c].right ? w->columns[c] - width : 0) - at);
        fputs(cell, out);
        at = start + (t->columns[c].right ? w->columns[c] : width);
    }
    return at;
}

static void write_aligned(FILE *out, const struct table *t) {
    const struct widths w = measure(t);
    for (size_t line = t->caption ? CAPTION : HEADINGS; line < FIRST_ROW + t->n_rows; line++) {
        write_line(out, t, &w, line);
        fputc('\n', out);
    }
}

static void write_beside(FILE *out, const struct table *left, const struct widths *l,
                         const struct table *right, const struct widths *r) {
    const size_t rows = left->n_rows > right->n_rows ? left->n_rows : right->n_rows;
    for (size_t line = CAPTION; line < FIRST_ROW + rows; line++) {
        int at = 0;
        if (line < FIRST_ROW + left->n_rows) at = write_line(out, left, l, line);
        if (line < FIRST_ROW + right->n_rows) {
            pad(out, l->all + WIDE_GAP - at);
            write_line(out, right, r, line);
        }
        fputc('\n', out);
    }
}

/* ---- Markdown ---- */

/* Any punctuation of ASCII may follow a backslash. Repeated spaces would become one. */
static void write_escaped(FILE *out, const char *text) {
    for (const char *c = text; *c; c++) {
        if (*c == ' ' && c > text && c[-1] == ' ') {
            fputs("&nbsp;", out);
            continue;
        }
        if (strchr("\\`*_{}[]<>|~&$#^", *c)) fputc('\\', out);
        fputc(*c, out);
    }
}

static void write_markdown(FILE *out, const struct table *t) {
    char cell[CELL_SIZE];
    if (t->caption) {
        write_escaped(out, t->caption);
        fputs("\n\n", out);
    }
    for (int c = 0; c < t->n_columns; c++) {
        fputs(c ? " | " : "| ", out);
        write_escaped(out, t->columns[c].heading);
    }
    fputs(" |\n", out);
    for (int c = 0; c < t->n_columns; c++) fputs(t->columns[c].right ? "|---:" : "|:---", out);
    fputs("|\n", out);
    for (size_t r = 0; r < t->n_rows; r++) {
        for (int c = 0; c < t->n_columns; c++) {
            t->write_cell(t, r, c, cell);
            fputs(c ? " | " : "| ", out);
            write_escaped(out, cell);
        }
        fputs(" |\n", out);
    }
}

/* ---- either ---- */

void table_write(FILE *out, const struct table *t, enum table_form form) {
    if (form == TABLE_MARKDOWN)
        write_markdown(out, t);
    else
        write_aligned(out, t);
}

void table_write_two(FILE *out, const struct table *left, const struct table *right,
                     enum table_form form, int width) {
    if (form == TABLE_ALIGNED) {
        const struct widths l = measure(left), r = measure(right);
        if (l.all + WIDE_GAP + r.all <= width) {
            write_beside(out, left, &l, right, &r);
            return;
        }
    }
    table_write(out, left, form);
    fputc('\n', out);
    table_write(out, right, form);
}

void table_write_text(FILE *out, const char *text, enum table_form form) {
    char shown[2 * PATH_MAX];
    if (form == TABLE_ALIGNED) {
        write_printable(out, text);
        return;
    }
    snprintf(shown, sizeof shown, "%s", text);
    make_printable(shown, sizeof shown);
    write_escaped(out, shown);
}
