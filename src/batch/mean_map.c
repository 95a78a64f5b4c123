/* mean_map.c: see mean_map.h. */
#include "batch/mean_map.h"

#include "base/memory.h"
#include "report/axis.h"
#include "report/label.h"
#include "report/metric_text.h"
#include "report/number.h"
#include "report/token_list.h"
#include "report/tokens.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The printf-formatted text in fresh memory, or NULL and err when memory is out. */
static char *formatted(struct pg_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static char *formatted(struct pg_error *err, const char *format, ...) {
    va_list args;
    char *text;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length >= 0) return text;
    fail(err, "out of memory: a text of the heatmap cannot be allocated");
    return NULL;
}

/* What is drawn. */
struct figure {
    const struct mean *mean;
    size_t kind;
    bool recovered;
    const struct font *font;
    const struct mean_panel *panels[MEAN_MOST_PANELS]; /* in their order in the mean */
    int n_panels, n_left_out;
};

/* The mean of a cell, NaN where there is none. */
static float cell_value(const struct figure *f, const struct mean_cell *cell) {
    const struct running *r = f->recovered ? &cell->recovered : &cell->value;
    return r->count ? (float)r->mean : NAN;
}

/* ---- which panels ---- */

/* Whether a panel of the kind is drawn: fewer than the most have more experiments, or as many and
 * come before it. */
static bool is_drawn(const struct mean *mean, size_t kind, size_t panel) {
    int before = 0;
    const size_t count = mean->panels[panel].count;
    for (size_t i = 0; i < mean->n_panels; i++)
        if (mean->panels[i].kind == kind && i != panel)
            before +=
                mean->panels[i].count > count || (mean->panels[i].count == count && i < panel);
    return before < MEAN_MOST_PANELS;
}

static void choose_panels(struct figure *f) {
    for (size_t i = 0; i < f->mean->n_panels; i++) {
        if (f->mean->panels[i].kind != f->kind) continue;
        if (is_drawn(f->mean, f->kind, i))
            f->panels[f->n_panels++] = &f->mean->panels[i];
        else
            f->n_left_out++;
    }
}

static bool has_numbers(const struct figure *f) {
    for (int i = 0; i < f->n_panels; i++)
        for (size_t j = 0; j < f->panels[i]->n_cells; j++)
            if (isfinite(cell_value(f, &f->panels[i]->cells[j]))) return true;
    return false;
}

/* ---- panels ---- */

/* What a panel's columns are. */
enum columns { HEADS, POSITIONS, LABELS };

/* A panel of the mean, and what the picture's makes of it. */
struct source {
    const struct figure *figure;
    const struct mean_panel *panel;
    enum columns kind;
    struct axis layers, heads, columns; /* heads is empty for sites without, columns for HEADS */
};

/* The number of a cell along its columns. */
static int column_of(const struct mean_cell *cell) {
    return cell->position >= 0 ? cell->position : cell->label;
}

static bool source_open(const struct figure *figure, const struct mean_panel *panel,
                        struct source *out, struct pg_error *err) {
    *out = (struct source){.figure = figure, .panel = panel};
    if (pg_site_has_positions(panel->site)) out->kind = panel->n_tokens ? POSITIONS : LABELS;
    struct pg_cell *cells = allocate(panel->n_cells, sizeof *cells, err);
    for (size_t i = 0; cells && i < panel->n_cells; i++)
        cells[i] = (struct pg_cell){.layer = panel->cells[i].layer,
                                    .head = panel->cells[i].head,
                                    .position = column_of(&panel->cells[i])};
    const size_t n = panel->n_cells;
    bool done = cells && axis_make(cells, n, AXIS_LAYER, &out->layers, err);
    if (done && pg_site_has_heads(panel->site))
        done = axis_make(cells, n, AXIS_HEAD, &out->heads, err);
    if (done && out->kind != HEADS) done = axis_make(cells, n, AXIS_POSITION, &out->columns, err);
    free(cells);
    return done;
}

static void source_close(struct source *source) {
    axis_free(&source->layers);
    axis_free(&source->heads);
    axis_free(&source->columns);
}

static bool fill_values(const struct source *s, struct heatmap_panel *panel,
                        struct panel_store *store, struct pg_error *err) {
    const size_t rows = (size_t)panel->n_rows, columns = (size_t)panel->n_columns;
    panel->values = store->values = allocate(rows * columns, sizeof *store->values, err);
    if (!store->values) return false;
    for (size_t i = 0; i < rows * columns; i++) store->values[i] = NAN;
    for (size_t i = 0; i < s->panel->n_cells; i++) {
        const struct mean_cell *cell = &s->panel->cells[i];
        const int head = s->heads.count ? s->heads.places[cell->head] : 0;
        const int column = s->kind == HEADS ? head : s->columns.places[column_of(cell)];
        const int row =
            s->layers.places[cell->layer] * panel->group + (panel->group > 1 ? head : 0);
        store->values[(size_t)row * columns + (size_t)column] = cell_value(s->figure, cell);
    }
    return true;
}

static bool copy_numbers(const struct axis *axis, int **out, struct pg_error *err) {
    *out = allocate((size_t)axis->count, sizeof **out, err);
    for (int i = 0; *out && i < axis->count; i++) (*out)[i] = axis->numbers[i];
    return *out;
}

/* "3", or "3.11" for head 11 of layer 3. */
static bool fill_rows(const struct source *s, struct heatmap_panel *panel,
                      struct panel_store *store, struct pg_error *err) {
    store->row_labels = allocate((size_t)panel->n_rows + 1, sizeof *store->row_labels, err);
    if (!store->row_labels || !copy_numbers(&s->layers, &store->row_numbers, err)) return false;
    const bool heads = s->heads.count && s->kind != HEADS;
    for (int i = 0; i < panel->n_rows; i++) {
        const int layer = s->layers.numbers[i / panel->group];
        store->row_labels[i] =
            heads ? formatted(err, "%d.%d", layer, s->heads.numbers[i % panel->group])
                  : formatted(err, "%d", layer);
        if (!store->row_labels[i]) return false;
    }
    panel->row_numbers = store->row_numbers;
    panel->row_labels = (const char *const *)store->row_labels;
    panel->row_title = heads ? "layer.head" : "layer";
    return true;
}

static char *token_label_of(const struct font *font, const char *text, struct pg_error *err) {
    const struct shown_token shown = show_bytes(text, strlen(text), TOKEN_DOTTED);
    return label_drawable(font, shown.text, err);
}

/* The token, or what it is in the clean and in the corrupted texts, if it is the same in all
 * experiments; else nothing, the column's number being above it. */
static char *position_label(const struct source *s, const struct mean_column *column,
                            struct pg_error *err) {
    if (column->varies) return copy_string("", err);
    char *clean = token_label_of(s->figure->font, column->clean, err);
    char *corrupt = token_label_of(s->figure->font, column->corrupt, err);
    char *label = NULL;
    if (clean && corrupt)
        label = column->differs ? formatted(err, "%s \u2192 %s", clean, corrupt)
                                : copy_string(clean, err);
    free(clean);
    free(corrupt);
    return label;
}

static char *column_label(const struct source *s, int number, struct pg_error *err) {
    if (s->kind == HEADS) return formatted(err, "%d", number);
    if (s->kind == LABELS)
        return label_drawable(s->figure->font, s->figure->mean->labels[number], err);
    return position_label(s, &s->panel->columns[number], err);
}

static bool fill_columns(const struct source *s, struct heatmap_panel *panel,
                         struct panel_store *store, struct pg_error *err) {
    static const char *const titles[] = {"head", "position", "label"};
    const size_t n = (size_t)panel->n_columns;
    const struct axis *axis = s->kind == HEADS ? &s->heads : &s->columns;
    store->column_labels = allocate(n + 1, sizeof *store->column_labels, err);
    store->marked = allocate(n, sizeof *store->marked, err);
    if (!store->column_labels || !store->marked) return false;
    if (s->kind == POSITIONS && !copy_numbers(axis, &store->column_numbers, err)) return false;
    for (size_t i = 0; i < n; i++) {
        const int number = axis->numbers[i];
        store->marked[i] = s->kind != HEADS && s->panel->columns[number].differs;
        if (!(store->column_labels[i] = column_label(s, number, err))) return false;
    }
    panel->column_numbers = store->column_numbers;
    panel->column_labels = (const char *const *)store->column_labels;
    panel->column_marked = store->marked;
    panel->column_title = titles[s->kind];
    return true;
}

static bool fill_panel(const struct figure *f, const struct mean_panel *from,
                       struct heatmap_panel *panel, struct panel_store *store,
                       struct pg_error *err) {
    struct source s;
    bool done = source_open(f, from, &s, err);
    if (done) {
        panel->group = s.heads.count && s.kind != HEADS ? s.heads.count : 1;
        panel->n_rows = s.layers.count * panel->group;
        panel->n_columns = s.kind == HEADS ? s.heads.count : s.columns.count;
        done = fill_values(&s, panel, store, err) && fill_rows(&s, panel, store, err) &&
               fill_columns(&s, panel, store, err);
    }
    source_close(&s);
    return done;
}

/* ---- words ---- */

/* The panels of the figure that are of this one's site. */
static int count_of_site(const struct figure *f, enum pg_site site) {
    int count = 0;
    for (int i = 0; i < f->n_panels; i++) count += f->panels[i]->site == site;
    return count;
}

/* "resid_post, 11 tokens, 37 experiments": what tells the panel from the others. */
static char *panel_title(const struct figure *f, const struct mean_panel *panel,
                         struct pg_error *err) {
    char group[48] = "", count[48] = "";
    if (f->n_panels == 1) return copy_string("", err);
    if (count_of_site(f, panel->site) > 1) {
        if (panel->n_tokens)
            snprintf(group, sizeof group, ", %d token%s", panel->n_tokens,
                     panel->n_tokens > 1 ? "s" : "");
        else
            strcpy(group, ", by label");
    }
    if (panel->count != f->mean->kinds[f->kind].count)
        snprintf(count, sizeof count, ", %zu experiment%s", panel->count,
                 panel->count > 1 ? "s" : "");
    return formatted(err, "%s%s%s", pg_site_name(panel->site), group, count);
}

static const char *quantity_of(const struct mean_kind *kind) {
    const struct pg_result result = {.metric = kind->metric};
    return metric_quantity(&result);
}

/* "patching resid_post, clean → corrupted", and how many panels are missing. */
static char *what_is_patched(const struct figure *f, struct pg_error *err) {
    const char *direction =
        f->mean->kinds[f->kind].noising ? "corrupted \u2192 clean" : "clean \u2192 corrupted";
    const enum pg_site site = f->panels[0]->site;
    char site_name[48] = "", left_out[48] = "";
    if (count_of_site(f, site) == f->n_panels)
        snprintf(site_name, sizeof site_name, "%s, ", pg_site_name(site));
    if (f->n_left_out)
        snprintf(left_out, sizeof left_out, ", %d of %d panels", f->n_panels,
                 f->n_panels + f->n_left_out);
    return formatted(err, "patching %s%s%s", site_name, direction, left_out);
}

static bool fill_titles(const struct figure *f, struct result_map *out, struct pg_error *err) {
    const struct mean_kind *kind = &f->mean->kinds[f->kind];
    const char *quantity = quantity_of(kind);
    char clean[NUMBER_SIZE], corrupt[NUMBER_SIZE];
    number_display((float)kind->clean.mean, clean);
    number_display((float)kind->corrupt.mean, corrupt);
    out->title = formatted(err, "%s%s: mean over %zu experiment%s",
                           f->recovered ? "recovered share of the " : "", quantity, kind->count,
                           kind->count > 1 ? "s" : "");
    out->subtitles[0] = what_is_patched(f, err);
    out->subtitles[1] = formatted(err, "clean runs %s, corrupted runs %s", clean, corrupt);
    if (!out->title || !out->subtitles[0] || !out->subtitles[1]) return false;
    out->map.title = out->title;
    out->map.subtitles[0] = out->subtitles[0];
    out->map.subtitles[1] = out->subtitles[1];
    out->map.value_title = f->recovered ? "recovered" : quantity;
    return true;
}

/* ---- the figure ---- */

/* The colours: rdbu shows differences from the runs that are patched. */
static void fill_colours(const struct figure *f, const struct pg_picture *look,
                         struct heatmap *map) {
    const struct mean_kind *kind = &f->mean->kinds[f->kind];
    map->colormap = look->colormap;
    map->low = f->recovered ? NAN : look->low;
    map->high = f->recovered ? NAN : look->high;
    map->centre = f->recovered ? NAN : look->centre;
    if (look->colormap != PG_RDBU || isfinite(map->centre)) return;
    if (f->recovered)
        map->centre = kind->noising;
    else
        map->centre = (float)(kind->noising ? kind->clean.mean : kind->corrupt.mean);
}

bool mean_map_make(const struct mean *mean, size_t kind, bool recovered, const struct font *font,
                   const struct pg_picture *look, struct mean_map *out, struct pg_error *err) {
    struct figure f = {.mean = mean, .kind = kind, .recovered = recovered, .font = font};
    struct result_map *made = &out->made;
    *out = (struct mean_map){0};
    choose_panels(&f);
    if (!has_numbers(&f)) return true;
    const size_t n = (size_t)f.n_panels;
    out->titles = allocate(n + 1, sizeof *out->titles, err);
    made->map.panels = made->panels = allocate(n, sizeof *made->panels, err);
    made->stores = allocate(n, sizeof *made->stores, err);
    if (!out->titles || !made->panels || !made->stores) return false;
    for (int i = 0; i < f.n_panels; i++) {
        made->map.n_panels++;
        if (!(out->titles[i] = panel_title(&f, f.panels[i], err)) ||
            !fill_panel(&f, f.panels[i], &made->panels[i], &made->stores[i], err))
            return false;
        made->panels[i].title = out->titles[i];
    }
    fill_colours(&f, look, &made->map);
    return fill_titles(&f, made, err);
}

void mean_map_free(struct mean_map *map) {
    token_list_free(map->titles);
    result_map_free(&map->made);
}
