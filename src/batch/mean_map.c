/* mean_map.c: see mean_map.h. */
#include "batch/mean_map.h"

#include "base/memory.h"
#include "report/label.h"
#include "report/metric_text.h"
#include "report/token_list.h"
#include "report/tokens.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    struct pg_cell *means; /* whose positions are the numbers of the columns, labels or not */
    struct panel_cells cells;
};

static bool source_open(const struct figure *figure, const struct mean_panel *panel,
                        struct source *out, struct pg_error *err) {
    *out = (struct source){.figure = figure, .panel = panel};
    if (pg_site_has_positions(panel->site)) out->kind = panel->n_tokens ? POSITIONS : LABELS;
    out->means = allocate(panel->n_cells, sizeof *out->means, err);
    if (!out->means) return false;
    for (size_t i = 0; i < panel->n_cells; i++) {
        const struct mean_cell *cell = &panel->cells[i];
        out->means[i] =
            (struct pg_cell){.layer = cell->layer,
                             .head = cell->head,
                             .position = cell->position >= 0 ? cell->position : cell->label,
                             .value = cell_value(figure, cell)};
    }
    return panel_cells_open(out->means, panel->n_cells, panel->site, &out->cells, err);
}

static void source_close(struct source *source) {
    panel_cells_close(&source->cells);
    free(source->means);
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
        label = column->differs ? format_string(err, "%s \u2192 %s", clean, corrupt)
                                : copy_string(clean, err);
    free(clean);
    free(corrupt);
    return label;
}

static char *column_label(const struct source *s, int number, struct pg_error *err) {
    if (s->kind == HEADS) return format_string(err, "%d", number);
    if (s->kind == LABELS)
        return label_drawable(s->figure->font, s->figure->mean->labels[number], err);
    return position_label(s, &s->panel->columns[number], err);
}

static bool fill_columns(const struct source *s, struct heatmap_panel *panel,
                         struct panel_store *store, struct pg_error *err) {
    static const char *const titles[] = {"head", "position", "label"};
    const struct axis *axis = panel_columns(&s->cells);
    if (!panel_add_columns(panel, store, err)) return false;
    if (s->kind == POSITIONS && !(store->column_numbers = axis_copy_numbers(axis, err)))
        return false;
    for (int i = 0; i < panel->n_columns; i++) {
        const int number = axis->numbers[i];
        store->marked[i] = s->kind != HEADS && s->panel->columns[number].differs;
        if (!(store->column_labels[i] = column_label(s, number, err))) return false;
    }
    panel->column_numbers = store->column_numbers;
    panel->column_title = titles[s->kind];
    return true;
}

static bool add_panel(const struct figure *f, const struct mean_panel *from,
                      struct heatmap_panel *panel, struct panel_store *store,
                      struct pg_error *err) {
    struct source s;
    bool done = source_open(f, from, &s, err) && panel_fill(&s.cells, panel, store, err) &&
                fill_columns(&s, panel, store, err);
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
    return format_string(err, "%s%s%s", pg_site_name(panel->site), group, count);
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
    return format_string(err, "patching %s%s%s", site_name, direction, left_out);
}

/* Writes the mean metric of a run as the cells write theirs. */
static void write_metric(const struct figure *f, const struct heatmap *map, double metric,
                         char out[NUMBER_SIZE]) {
    const struct mean_kind *kind = &f->mean->kinds[f->kind];
    double low = kind->clean.mean, high = kind->corrupt.mean;
    if (!f->recovered) heatmap_range(map, &low, &high);
    heatmap_number((float)metric, heatmap_decimals(low, high), out);
}

static bool fill_titles(const struct figure *f, struct result_map *out, struct pg_error *err) {
    const struct mean_kind *kind = &f->mean->kinds[f->kind];
    char of[64], clean[NUMBER_SIZE], corrupt[NUMBER_SIZE];
    snprintf(of, sizeof of, ": mean over %zu experiment%s", kind->count,
             kind->count > 1 ? "s" : "");
    const struct picture_words words =
        picture_words(kind->measure.metric, kind->measure.of_two ? 2 : 1,
                      f->recovered ? PG_SHOW_RECOVERED : PG_SHOW_VALUE, NULL, of);
    write_metric(f, &out->map, kind->clean.mean, clean);
    write_metric(f, &out->map, kind->corrupt.mean, corrupt);
    out->title = copy_string(words.title, err);
    out->value_title = copy_string(words.bar, err);
    out->subtitles[0] = what_is_patched(f, err);
    out->subtitles[1] = format_string(err, "clean runs %s, corrupted runs %s", clean, corrupt);
    if (!out->title || !out->value_title || !out->subtitles[0] || !out->subtitles[1]) return false;
    out->map.title = out->title;
    out->map.value_title = out->value_title;
    out->map.subtitles[0] = out->subtitles[0];
    out->map.subtitles[1] = out->subtitles[1];
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
    map->center = f->recovered ? NAN : look->center;
    if (look->colormap != PG_RDBU || isfinite(map->center)) return;
    if (f->recovered)
        map->center = kind->noising;
    else
        map->center = (float)(kind->noising ? kind->clean.mean : kind->corrupt.mean);
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
            !add_panel(&f, f.panels[i], &made->panels[i], &made->stores[i], err))
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
