/* mean_reading_map.c: see mean_reading_map.h. */
#include "batch/mean_reading_map.h"

#include "base/memory.h"
#include "batch/mean_map.h"
#include "model/shown_token.h"
#include "report/metric_text.h"
#include "report/token_names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The picture that is being made. */
struct figure {
    const struct mean_reading *mean;
    size_t group;
    bool grey;
    struct board *board;
    int n_layers, n_heads, n_places; /* of the rows of the group */
    int *columns;                    /* of each label, its column in the panel by label, or -1 */
    int n_labels;                    /* of that panel */
    int n_panels, n_left_out;        /* of lengths of texts */
};

static const struct reading_group *group_of(const struct figure *f) {
    return &f->mean->groups[f->group];
}

static float row_value(const struct figure *f, const struct reading_row *row) {
    return (float)(group_of(f)->measured ? row->value.mean : row->probability.mean);
}

/* Writes the mean of a row into the cell of a panel. */
static void fill_cell(const struct figure *f, const struct reading_row *row, int panel, int cell) {
    const struct interval *i = &row->value.interval;
    f->board->memory[panel].values[cell] = row_value(f, row);
    if (f->grey) f->board->memory[panel].greyed[cell] = !i->known || (i->low <= 0 && 0 <= i->high);
}

static bool is_head(const struct figure *f, const struct reading_row *row) {
    return f->mean->kind == WORK_DIRECT && part_of_item(row->item).component == PG_HEAD;
}

/* ---- what there is ---- */

static int larger(int a, int b) {
    return a > b ? a : b;
}

/* Counts layers, heads, places and labels of the rows. False and err when memory is out. */
static bool measure_figure(struct figure *f, struct pg_error *err) {
    const struct mean_reading *mean = f->mean;
    f->columns = allocate(mean->labels.n, sizeof *f->columns, err);
    if (!f->columns) return false;
    for (size_t i = 0; i < mean->labels.n; i++) f->columns[i] = -1;
    for (size_t i = 0; i < mean->n_rows; i++) {
        const struct reading_row *row = &mean->rows[i];
        if (row->group != f->group) continue;
        if (row->label >= 0) f->columns[row->label] = 0;
        if (mean->kind == WORK_LENS) {
            f->n_places = larger(f->n_places, (int)row->item + 1);
            continue;
        }
        const struct pg_part part = part_of_item(row->item);
        f->n_layers = larger(f->n_layers, part.layer + 1);
        if (part.component == PG_HEAD) f->n_heads = larger(f->n_heads, part.index + 1);
    }
    for (size_t i = 0; i < mean->labels.n; i++)
        if (f->columns[i] == 0) f->columns[i] = f->n_labels++;
    return true;
}

/* Whether a panel is one of a length of texts that is drawn: among the MEAN_MAX_PANELS with the
 * most lines, the first ones if several have equally many. */
static bool is_drawn(const struct figure *f, size_t panel) {
    const struct reading_panel *panels = f->mean->panels;
    int before = 0;
    for (size_t i = 0; i < f->mean->n_panels; i++)
        if (panels[i].group == f->group && panels[i].n_tokens && i != panel)
            before += panels[i].count > panels[panel].count ||
                      (panels[i].count == panels[panel].count && i < panel);
    return before < MEAN_MAX_PANELS;
}

/* The panels of lengths that are drawn, in ascending order of lengths. */
static int choose_panels(struct figure *f, const struct reading_panel *out[MEAN_MAX_PANELS]) {
    for (size_t i = 0; i < f->mean->n_panels; i++) {
        const struct reading_panel *panel = &f->mean->panels[i];
        if (panel->group != f->group || !panel->n_tokens) continue;
        if (!is_drawn(f, i)) {
            f->n_left_out++;
            continue;
        }
        int at = f->n_panels++;
        for (; at > 0 && out[at - 1]->n_tokens > panel->n_tokens; at--) out[at] = out[at - 1];
        out[at] = panel;
    }
    return f->n_panels;
}

/* ---- panels ---- */

/* "heads, by source position, 12 tokens, 37 lines". */
static bool title_panel(const struct figure *f, const struct reading_panel *panel,
                        struct pg_error *err) {
    const bool direct = f->mean->kind == WORK_DIRECT;
    const int i = f->board->map.n_panels - 1;
    char lines[48] = "", tokens[112];
    if (panel && panel->count != group_of(f)->count)
        snprintf(lines, sizeof lines, ", %zu line%s", panel->count, plural(panel->count));
    if (panel)
        snprintf(tokens, sizeof tokens, "%d token%s%s", panel->n_tokens,
                 plural((size_t)panel->n_tokens), lines);
    char *title =
        panel ? format_string(err, "%s%s", direct ? "heads, by source position, " : "", tokens)
              : format_string(err, "%sby label", direct ? "heads, " : "");
    f->board->memory[i].title = title;
    if (title) f->board->panels[i].title = title;
    return title;
}

/* Labels a column with a token that all texts have there, or with nothing. */
static char *token_label(const struct figure *f, const char *token, struct pg_error *err) {
    if (!token || !*token) return copy_string("", err);
    const struct shown_token shown = show_bytes(token, strlen(token), TOKEN_DOTTED);
    return escape_undrawable(f->board->font, shown.text, err);
}

/* Labels the columns of the last panel with tokens, or, if panel is NULL, with labels. */
static bool label_columns(const struct figure *f, const struct reading_panel *panel,
                          struct pg_error *err) {
    const int last = f->board->map.n_panels - 1;
    char **out = f->board->memory[last].column_labels;
    f->board->panels[last].column_title = panel ? "position" : "label";
    if (!panel) f->board->panels[last].column_numbers = NULL;
    for (int i = 0; panel && i < panel->n_tokens; i++)
        if (!(out[i] = token_label(f, panel->tokens[i], err))) return false;
    for (size_t i = 0; !panel && i < f->mean->labels.n; i++)
        if (f->columns[i] >= 0 && !(out[f->columns[i]] = escape_undrawable(
                                        f->board->font, f->mean->labels.items[i], err)))
            return false;
    return true;
}

/* Fills the last panel with the rows of a length of texts, or of labels. */
static void fill_panel(const struct figure *f, const struct reading_panel *panel) {
    const int last = f->board->map.n_panels - 1;
    const struct heatmap_panel *to = &f->board->panels[last];
    board_clear(f->board, last);
    for (size_t i = 0; i < f->mean->n_rows; i++) {
        const struct reading_row *row = &f->mean->rows[i];
        const struct pg_part part = part_of_item(row->item);
        const bool here = panel ? row->n_tokens == panel->n_tokens : row->label >= 0;
        if (row->group != f->group || !here) continue;
        const int column = panel ? row->position : f->columns[row->label];
        const int line = is_head(f, row) ? part.layer * f->n_heads + part.index : (int)row->item;
        fill_cell(f, row, last, line * to->n_columns + column);
    }
}

/* Adds a panel by position of texts of one length, or by label. */
static bool add_panel(const struct figure *f, const struct reading_panel *panel,
                      struct pg_error *err) {
    struct board *b = f->board;
    const bool lens = f->mean->kind == WORK_LENS;
    const int rows = lens ? f->n_places : f->n_layers * f->n_heads;
    const int columns = panel ? panel->n_tokens : f->n_labels;
    if (!board_add(b, rows, lens ? 1 : f->n_heads, columns, err)) return false;
    const int last = b->map.n_panels - 1;
    fill_panel(f, panel);
    return label_columns(f, panel, err) && title_panel(f, panel, err) &&
           (lens ? board_label_places(b, last, err) : board_label_layers(b, last, f->n_heads, err));
}

/* Adds layer by head, and the MLPs. */
static bool add_components(const struct figure *f, struct pg_error *err) {
    if (!board_add_components(f->board, larger(f->n_layers, 1), f->n_heads, false, err))
        return false;
    const int columns = f->board->panels[0].n_columns;
    for (size_t i = 0; i < f->mean->n_rows; i++) {
        const struct reading_row *row = &f->mean->rows[i];
        const struct pg_part part = part_of_item(row->item);
        if (row->group != f->group || row->position >= 0 || row->label >= 0) continue;
        if (part.component != PG_HEAD && part.component != PG_MLP) continue;
        fill_cell(
            f, row, 0,
            (int)board_component(columns, f->n_heads, part.component, part.layer, part.index));
    }
    return true;
}

/* ---- words ---- */

/* Writes the mean of a component that has no cell, or nothing. */
static void write_component(const struct figure *f, enum pg_component component, const char *name,
                            char out[64]) {
    const struct pg_part part = {.component = component, .layer = -1, .index = -1, .source = -1};
    const uint64_t item = item_of_part(&part);
    char number[NUMBER_SIZE];
    *out = '\0';
    for (size_t i = 0; i < f->mean->n_rows; i++) {
        const struct reading_row *row = &f->mean->rows[i];
        if (row->group != f->group || row->item != item) continue;
        heatmap_number(row_value(f, row), 3, number);
        snprintf(out, 64, "%s %s", name, number);
    }
}

/* The mean metric of the runs. */
static char *runs_of(const struct figure *f, struct pg_error *err) {
    char metric[NUMBER_SIZE], left_out[64] = "";
    heatmap_number((float)group_of(f)->metric.mean, 3, metric);
    if (f->n_left_out)
        snprintf(left_out, sizeof left_out, ", %d of %d lengths", f->n_panels,
                 f->n_panels + f->n_left_out);
    if (!group_of(f)->measured) return copy_string(*left_out ? left_out + 2 : "", err);
    return format_string(err, "%s %s%s%s", metric,
                         f->mean->kind == WORK_DIRECT ? "in all" : "at the read position", left_out,
                         f->grey ? ", grey: 95 % interval holds 0" : "");
}

/* The parts of an attribution that have no cell. */
static char *other_parts(const struct figure *f, struct pg_error *err) {
    char parts[3][64];
    if (f->mean->kind != WORK_DIRECT) return copy_string("", err);
    write_component(f, PG_EMBED, "embed", parts[0]);
    write_component(f, PG_ATTENTION_BIASES, ", attention biases", parts[1]);
    write_component(f, PG_LN_F_BIAS, ", ln_f bias", parts[2]);
    return format_string(err, "%s%s%s", parts[0], parts[1], parts[2]);
}

static bool write_words(const struct figure *f, struct pg_error *err) {
    static const char probability[] = "probability of the top token";
    const struct reading_group *g = group_of(f);
    const bool direct = f->mean->kind == WORK_DIRECT;
    const char *quantity =
        g->measured ? metric_quantity(g->measure.metric, g->measure.of_two ? 2 : 1) : probability;
    struct board *b = f->board;
    b->map.title = b->title = format_string(err, "%s: %s, mean over %zu text%s",
                                            direct ? "direct attribution" : "logit lens", quantity,
                                            g->count, plural(g->count));
    b->map.subtitles[0] = b->subtitles[0] = runs_of(f, err);
    b->map.subtitles[1] = b->subtitles[1] = other_parts(f, err);
    b->map.value_title = !direct ? quantity
                         : g->measure.metric == PG_LOGIT_DIFF || g->measure.of_two
                             ? "part of the logit difference"
                             : "part of the logit";
    if (!g->measured && isnan(b->map.low)) b->map.low = 0;
    if (!g->measured && isnan(b->map.high)) b->map.high = 1;
    return b->title && b->subtitles[0] && b->subtitles[1];
}

bool mean_reading_map_make(const struct mean_reading *mean, size_t group, bool grey,
                           const struct pg_picture *look, struct board *out, struct pg_error *err) {
    struct figure f = {.mean = mean, .group = group, .board = out};
    f.grey = grey && group_of(&f)->measured;
    const struct reading_panel *panels[MEAN_MAX_PANELS];
    const bool direct = mean->kind == WORK_DIRECT;
    bool done = board_open(out, MEAN_MAX_PANELS + 2, look, err) && measure_figure(&f, err);
    const int n = done ? choose_panels(&f, panels) : 0;
    done = done && (!direct || add_components(&f, err));
    if (done && f.n_labels) done = add_panel(&f, NULL, err);
    for (int i = 0; done && i < n; i++) done = add_panel(&f, panels[i], err);
    if (done && out->map.n_panels == 1) out->panels[0].title = "";
    if (done && direct && out->map.n_panels > 1) out->panels[0].title = "components";
    done = done && write_words(&f, err);
    free(f.columns);
    return done;
}
