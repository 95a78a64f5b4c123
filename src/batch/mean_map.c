/* mean_map.c: see mean_map.h. */
#include "batch/mean_map.h"

#include "base/memory.h"
#include "model/shown_token.h"
#include "report/metric_text.h"
#include "report/site_panels.h"
#include "report/token_names.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A kind of means, and the panels of its picture. */
struct kind_panels {
    const struct mean *mean;
    size_t kind;
    bool recovered, grey;
    const struct font *font;
    const struct mean_panel *panels[MEAN_MAX_PANELS]; /* in their order in the mean */
    int n_panels, n_left_out;
    size_t n_drawn; /* panels of the picture: neurons have several */
};

/* The mean of a cell, NAN if it has none. */
static float cell_value(const struct kind_panels *f, const struct mean_cell *cell) {
    const struct average *r = f->recovered ? &cell->recovered : &cell->value;
    return r->count ? (float)r->mean : NAN;
}

/* What is recovered where a patch has no effect. */
static float no_effect(const struct kind_panels *f) {
    return f->mean->kinds[f->kind].intervention.noising ? 1 : 0;
}

static const struct interval *interval_of(const struct kind_panels *f,
                                          const struct mean_cell *cell) {
    return f->recovered ? &cell->recovered.interval : &cell->change;
}

/* Whether a patch of the cell may have no effect: it is within the interval, or the interval is not
 * known. */
static bool is_uncertain(const struct kind_panels *f, const struct mean_cell *cell) {
    const struct interval *i = interval_of(f, cell);
    const float none = f->recovered ? no_effect(f) : 0;
    return !i->known || (i->low <= none && none <= i->high);
}

/* ---- cells ---- */

/* The means as cells; the number of a label stands in for a position. */
static struct pg_cell *mean_cells(const struct kind_panels *f, const struct mean_panel *panel,
                                  struct pg_error *err) {
    struct pg_cell *cells = allocate(panel->n_cells, sizeof *cells, err);
    for (size_t i = 0; cells && i < panel->n_cells; i++) {
        const struct mean_cell *cell = &panel->cells[i];
        cells[i] = (struct pg_cell){.layer = cell->layer,
                                    .head = cell->head,
                                    .position = cell->position >= 0 ? cell->position : cell->label,
                                    .value = cell_value(f, cell),
                                    .neuron = cell->neuron,
                                    .source = cell->source};
    }
    return cells;
}

/* ---- which panels ---- */

/* How many panels of the picture a panel of the mean is; 0: it cannot be drawn, since it has too
 * many. False and err when memory is out. */
static bool count_panels(const struct kind_panels *f, const struct mean_panel *panel, size_t *out,
                         struct pg_error *err) {
    struct pg_error why;
    struct pg_cell *cells = mean_cells(f, panel, err);
    *out = 0;
    if (!cells) return false;
    if (site_panels_fit(panel->site, cells, panel->n_cells, &why))
        *out = site_panels_count(panel->site, cells, panel->n_cells, err);
    free(cells);
    return true;
}

/* Whether a panel of the mean is chosen before another: it is of more experiments, or comes
 * first. */
static bool is_before(const struct mean_panel *a, const struct mean_panel *b) {
    return a->count > b->count || (a->count == b->count && a < b);
}

/* The panel of the kind that comes next after one; after NULL the first. NULL after the last. */
static const struct mean_panel *next_panel(const struct kind_panels *f,
                                           const struct mean_panel *after) {
    const struct mean_panel *next = NULL;
    for (size_t i = 0; i < f->mean->n_panels; i++) {
        const struct mean_panel *p = &f->mean->panels[i];
        if (p->kind == f->kind && (!after || is_before(after, p)) && (!next || is_before(p, next)))
            next = p;
    }
    return next;
}

static int compare_addresses(const void *a, const void *b) {
    const struct mean_panel *x = *(const struct mean_panel *const *)a,
                            *y = *(const struct mean_panel *const *)b;
    return (x > y) - (x < y);
}

/* Chooses the panels with the most experiments that have room in the picture. A joint patch has
 * none. */
static bool choose_panels(struct kind_panels *f, struct pg_error *err) {
    const struct mean_panel *p = NULL;
    if (f->mean->kinds[f->kind].intervention.joint) return true;
    while ((p = next_panel(f, p))) {
        size_t n;
        if (!count_panels(f, p, &n, err)) return false;
        if (n && f->n_panels < MEAN_MAX_PANELS && f->n_drawn + n <= MAX_NEURON_PANELS) {
            f->panels[f->n_panels++] = p;
            f->n_drawn += n;
        } else {
            f->n_left_out++;
        }
    }
    qsort(f->panels, (size_t)f->n_panels, sizeof *f->panels, compare_addresses);
    return true;
}

static bool has_numbers(const struct kind_panels *f) {
    for (int i = 0; i < f->n_panels; i++)
        for (size_t j = 0; j < f->panels[i]->n_cells; j++)
            if (isfinite(cell_value(f, &f->panels[i]->cells[j]))) return true;
    return false;
}

/* ---- panels ---- */

/* A panel of the mean. */
struct panel_source {
    const struct kind_panels *figure;
    const struct mean_panel *panel;
};

static bool texts_differ(const void *context, int number) {
    const struct panel_source *s = context;
    return (size_t)number < s->panel->n_columns && s->panel->columns[number].differs;
}

static char *token_name(const struct font *font, const char *text, struct pg_error *err) {
    const struct shown_token shown = show_bytes(text, strlen(text), TOKEN_DOTTED);
    return escape_undrawable(font, shown.text, err);
}

/* The tokens at a position, or nothing if they differ between the experiments, or are not known: of
 * a source whose own position was not patched. */
static char *position_text(const void *context, int position, struct pg_error *err) {
    const struct panel_source *s = context;
    const struct mean_column *column = &s->panel->columns[position];
    if (column->varies || !column->clean) return copy_string("", err);
    char *clean = token_name(s->figure->font, column->clean, err);
    char *corrupt = token_name(s->figure->font, column->corrupt, err);
    char *label = clean && corrupt ? column_label(clean, corrupt, column->differs, err) : NULL;
    free(clean);
    free(corrupt);
    return label;
}

static char *label_text(const void *context, int label, struct pg_error *err) {
    const struct panel_source *s = context;
    return escape_undrawable(s->figure->font, s->figure->mean->labels.items[label], err);
}

static enum map_columns columns_of(const struct mean_panel *panel) {
    if (!pg_site_has_positions(panel->site)) return HEAD_COLUMNS;
    return panel->n_tokens ? POSITION_COLUMNS : LABEL_COLUMNS;
}

/* Which of them are grey. */
static bool *greyed_cells(const struct kind_panels *f, const struct mean_panel *panel,
                          struct pg_error *err) {
    bool *greyed = allocate(panel->n_cells, sizeof *greyed, err);
    for (size_t i = 0; greyed && i < panel->n_cells; i++)
        greyed[i] = is_uncertain(f, &panel->cells[i]);
    return greyed;
}

static bool add_panel(const struct kind_panels *f, const struct mean_panel *panel, char *title,
                      struct cell_map *map, struct pg_error *err) {
    const struct panel_source source = {f, panel};
    struct pg_cell *cells = mean_cells(f, panel, err);
    bool *greyed = cells && f->grey ? greyed_cells(f, panel, err) : NULL;
    const enum map_columns columns = columns_of(panel);
    const struct map_cells from = {
        .site = panel->site,
        .cells = cells,
        .n = panel->n_cells,
        .greyed = greyed,
        .columns = columns,
        .context = &source,
        .label = columns == LABEL_COLUMNS ? label_text : position_text,
        .is_marked = texts_differ,
    };
    const bool ready = cells && (greyed || !f->grey);
    const bool done = ready && site_panels_add(map, &from, title, err);
    if (!ready) free(title);
    free(cells);
    free(greyed);
    return done;
}

/* ---- words ---- */

/* The number of panels of a site. */
static int count_of_site(const struct kind_panels *f, enum pg_site site) {
    int count = 0;
    for (int i = 0; i < f->n_panels; i++) count += f->panels[i]->site == site;
    return count;
}

/* "resid_post, 11 tokens, 37 experiments": the site, and what else differs between panels. */
static char *panel_title(const struct kind_panels *f, const struct mean_panel *panel,
                         struct pg_error *err) {
    char group[48] = "", count[48] = "";
    if (f->n_panels == 1) return copy_string("", err);
    if (count_of_site(f, panel->site) > 1) {
        if (panel->n_tokens)
            snprintf(group, sizeof group, ", %d token%s", panel->n_tokens,
                     plural((size_t)panel->n_tokens));
        else
            strcpy(group, ", by label");
    }
    if (panel->count != f->mean->kinds[f->kind].count)
        snprintf(count, sizeof count, ", %zu experiment%s", panel->count, plural(panel->count));
    return format_string(err, "%s%s%s", pg_site_name(panel->site), group, count);
}

/* "patching resid_post, clean → corrupted", and how many panels are left out. */
static char *subtitle_of(const struct kind_panels *f, struct pg_error *err) {
    const struct intervention *i = &f->mean->kinds[f->kind].intervention;
    const enum pg_site site = f->panels[0]->site;
    const bool one_site = count_of_site(f, site) == f->n_panels;
    const struct words title = intervention_title(i, one_site ? pg_site_name(site) : "");
    char left_out[48] = "";
    if (f->n_left_out)
        snprintf(left_out, sizeof left_out, ", %d of %d panels", f->n_panels,
                 f->n_panels + f->n_left_out);
    return format_string(err, "%s%s", title.text, left_out);
}

static struct picture_words words_of(const struct kind_panels *f) {
    const struct mean_kind *kind = &f->mean->kinds[f->kind];
    char mean_of[64];
    snprintf(mean_of, sizeof mean_of, ": mean over %zu experiment%s", kind->count,
             plural(kind->count));
    return picture_words(kind->measure.metric, kind->measure.of_two ? 2 : 1,
                         f->recovered ? PG_SHOW_RECOVERED : PG_SHOW_VALUE, NULL, mean_of);
}

/* The mean metrics of the runs. */
static char *runs_of(const struct kind_panels *f, const struct heatmap *map, struct pg_error *err) {
    const struct mean_kind *kind = &f->mean->kinds[f->kind];
    const bool ablation = kind->intervention.with != PG_WITH_TEXT;
    const struct run_metrics m = run_metrics(map, !f->recovered, kind->clean.mean,
                                             ablation ? kind->clean.mean : kind->corrupt.mean);
    if (ablation) return format_string(err, "clean runs %s", m.clean);
    if (kind->intervention.noise)
        return format_string(err, "clean runs %s, with noise %s", m.clean, m.corrupt);
    return format_string(err, "clean runs %s, corrupted runs %s", m.clean, m.corrupt);
}

/* What grey cells are. */
static char *note_of(const struct kind_panels *f, struct pg_error *err) {
    bool unknown = false;
    for (int i = 0; i < f->n_panels; i++)
        for (size_t j = 0; j < f->panels[i]->n_cells; j++)
            unknown |= !interval_of(f, &f->panels[i]->cells[j])->known;
    const char *of_one = unknown ? ", or only one experiment" : "";
    if (!f->recovered)
        return format_string(err, "grey: 95 %% interval of the change holds 0%s", of_one);
    return format_string(err, "grey: 95 %% interval holds %g%s%s", (double)no_effect(f),
                         no_effect(f) > 0 ? " (no effect)" : "", of_one);
}

/* ---- the picture ---- */

/* Fills in the colours. The middle of rdbu is the mean of the runs that are patched. */
static void fill_colours(const struct kind_panels *f, const struct pg_picture *look,
                         struct heatmap *map) {
    const struct mean_kind *kind = &f->mean->kinds[f->kind];
    map->colormap = look->colormap;
    map->low = f->recovered ? NAN : look->low;
    map->high = f->recovered ? NAN : look->high;
    map->center = f->recovered ? NAN : look->center;
    if (look->colormap != PG_RDBU || isfinite(map->center)) return;
    if (f->recovered)
        map->center = kind->intervention.noising;
    else
        map->center = (float)(intervention_patches_clean(&kind->intervention) ? kind->clean.mean
                                                                              : kind->corrupt.mean);
}

bool mean_map_make(const struct mean *mean, size_t kind, bool recovered, bool grey,
                   const struct font *font, const struct pg_picture *look, struct cell_map *out,
                   struct pg_error *err) {
    struct kind_panels f = {
        .mean = mean, .kind = kind, .recovered = recovered, .grey = grey, .font = font};
    *out = (struct cell_map){0};
    if (!choose_panels(&f, err)) return false;
    if (!has_numbers(&f)) return true;
    if (!cell_map_open(out, f.n_drawn, err)) return false;
    for (int i = 0; i < f.n_panels; i++)
        if (!add_panel(&f, f.panels[i], panel_title(&f, f.panels[i], err), out, err)) return false;
    if (grey && !cell_map_note(out, note_of(&f, err))) return false;
    fill_colours(&f, look, &out->map);
    const struct picture_words words = words_of(&f);
    return cell_map_finish(out, &words, subtitle_of(&f, err), runs_of(&f, &out->map, err), err);
}
