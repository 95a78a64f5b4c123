/* terminal_map.c: see terminal_map.h. */
#include "report/terminal_map.h"

#include "base/number.h"
#include "report/result_heatmap.h"
#include "report/table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    CELL_WIDTH = 2,
    NUMBER_EVERY = 5, /* columns between numbers */
    BAR_CELLS = 16,   /* of the legend */
    GAP = 2           /* columns between tokens */
};

struct screen {
    FILE *out;
    const struct heatmap *map;
    enum terminal_colours colours;
    int width;
    double low, high;
};

/* ---- cells ---- */

/* The nearest colour of the 6 x 6 x 6 cube that is part of the 256 colours. */
static int nearest_of_256(colour c) {
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    int index = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        const int channel = (int)(c >> shift & 0xff);
        int level = 0;
        while (level < 5 && abs(levels[level + 1] - channel) <= abs(levels[level] - channel))
            level++;
        index = 6 * index + level;
    }
    return 16 + index;
}

static void write_cell(const struct screen *s, double value) {
    const colour c = heatmap_colour(s->map, s->low, s->high, value);
    const double tenth = floor((value - s->low) / (s->high - s->low) * 10);
    if (s->colours == COLOURS_24_BIT)
        fprintf(s->out, "\033[48;2;%u;%u;%um  ", c >> 16, c >> 8 & 0xff, c & 0xff);
    else if (s->colours == COLOURS_256)
        fprintf(s->out, "\033[48;5;%dm  ", nearest_of_256(c));
    else if (isfinite(value))
        fprintf(s->out, " %d", (int)fmin(fmax(tenth, 0), 9));
    else
        fputs(" .", s->out);
}

static void end_cells(const struct screen *s) {
    if (s->colours != COLOURS_NONE) fputs("\033[0m", s->out);
}

/* ---- one panel ---- */

/* The width of the row labels and of their title. */
static int margin_of(const struct heatmap_panel *p) {
    int widest = text_columns(p->row_title);
    for (int i = 0; i < p->n_rows; i++)
        if (text_columns(p->row_labels[i]) > widest) widest = text_columns(p->row_labels[i]);
    return widest;
}

/* The number of a column: its position or its head. */
static const char *column_name(const struct heatmap_panel *p, int column, char buffer[16]) {
    if (!p->column_numbers) return p->column_labels[column];
    snprintf(buffer, 16, "%d", p->column_numbers[column]);
    return buffer;
}

/* Writes the numbers above columns first to end - 1: all if they have one digit, else every few. */
static void write_numbers(const struct screen *s, const struct heatmap_panel *p, int first,
                          int end) {
    int missing = 0;
    char buffer[16];
    const int every = strlen(column_name(p, end - 1, buffer)) < CELL_WIDTH ? 1 : NUMBER_EVERY;
    for (int i = first; i < end; i++) {
        missing += CELL_WIDTH;
        const char *name = column_name(p, i, buffer);
        const int length = (int)strlen(name);
        if ((i - first) % every != 0 || missing < length) continue;
        fprintf(s->out, "%*s%s", missing - length, "", name);
        missing = 0;
    }
    fprintf(s->out, "  %s\n", p->column_title);
}

/* Marks the columns where the texts differ, if there are any. */
static void write_marks(const struct screen *s, const struct heatmap_panel *p, int margin,
                        int first, int end) {
    int last = first - 1;
    for (int i = first; i < end; i++)
        if (p->column_marked[i]) last = i;
    if (last < first) return;
    fprintf(s->out, "%*s ", margin, "");
    for (int i = first; i <= last; i++) fputs(p->column_marked[i] ? "^^" : "  ", s->out);
    fputc('\n', s->out);
}

static void write_block(const struct screen *s, const struct heatmap_panel *p, int margin,
                        int first, int end) {
    fprintf(s->out, "%*s ", margin, p->row_title);
    write_numbers(s, p, first, end);
    for (int row = 0; row < p->n_rows; row++) {
        if (p->group > 1 && row > 0 && row % p->group == 0) fputc('\n', s->out);
        fprintf(s->out, "%*s ", margin, p->row_labels[row]);
        for (int column = first; column < end; column++)
            write_cell(s, (double)p->values[(size_t)row * (size_t)p->n_columns + (size_t)column]);
        end_cells(s);
        fputc('\n', s->out);
    }
    write_marks(s, p, margin, first, end);
}

static void write_panel(const struct screen *s, const struct heatmap_panel *p) {
    const int margin = margin_of(p);
    int fit = (s->width - margin - 1 - GAP - (int)strlen(p->column_title)) / CELL_WIDTH;
    if (fit < 1) fit = 1;
    if (*p->title) fprintf(s->out, "%s\n", p->title);
    for (int first = 0; first < p->n_columns; first += fit) {
        const int end = first + fit < p->n_columns ? first + fit : p->n_columns;
        write_block(s, p, margin, first, end);
        fputc('\n', s->out);
    }
}

/* ---- legend and tokens ---- */

static void write_legend(const struct screen *s) {
    char low[NUMBER_SIZE], high[NUMBER_SIZE];
    number_display((float)s->low, low);
    number_display((float)s->high, high);
    if (s->colours == COLOURS_NONE) {
        fprintf(s->out, "%s: 0 is %s, 9 is %s\n", s->map->value_title, low, high);
        return;
    }
    fprintf(s->out, "%s: %s ", s->map->value_title, low);
    for (int i = 0; i < BAR_CELLS; i++)
        write_cell(s, s->low + (i + 0.5) / BAR_CELLS * (s->high - s->low));
    end_cells(s);
    fprintf(s->out, " %s\n", high);
}

/* The first panel whose columns are positions, which have both numbers and labels. */
static const struct heatmap_panel *positions_of(const struct heatmap *map) {
    for (int i = 0; i < map->n_panels; i++)
        if (map->panels[i].column_numbers && map->panels[i].column_labels) return &map->panels[i];
    return NULL;
}

/* Writes each position with its token, wrapped into lines. */
static void write_tokens(const struct screen *s) {
    const struct heatmap_panel *p = positions_of(s->map);
    int used = 0;
    for (int i = 0; p && i < p->n_columns; i++) {
        char number[16];
        const int width = snprintf(number, sizeof number, "%d", p->column_numbers[i]) + 1 +
                          text_columns(p->column_labels[i]);
        if (used && used + GAP + width > s->width) {
            fputc('\n', s->out);
            used = 0;
        }
        fprintf(s->out, "%*s%s %s", used ? GAP : 0, "", number, p->column_labels[i]);
        used += (used ? GAP : 0) + width;
    }
    if (used) fputc('\n', s->out);
}

bool write_terminal_map(FILE *out, const struct pg_model *model, const struct pg_result *result,
                        const struct pg_picture *picture, enum terminal_colours colours, int width,
                        struct pg_error *err) {
    struct token_names names = {0};
    struct result_heatmap made = {0};
    bool done = token_names_make(model, result, NULL, &names, err) &&
                result_heatmap_make(model, result, &names, picture, &made, err);
    if (done) {
        struct screen s = {out, made.map, colours, width, 0, 0};
        heatmap_range(made.map, &s.low, &s.high);
        for (int i = 0; i < made.map->n_panels; i++) write_panel(&s, &made.map->panels[i]);
        write_legend(&s);
        write_tokens(&s);
    }
    result_heatmap_free(&made);
    token_names_free(&names);
    return done;
}
