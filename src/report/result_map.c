/* result_map.c: see result_map.h. */
#include "report/result_map.h"

#include "base/memory.h"
#include "report/effect.h"
#include "report/intervention.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- panels ---- */

/* An experiment and how it is written. */
struct named_result {
    const struct pg_result *result;
    const struct token_names *names;
    enum pg_show show;
};

static float shown_value(const void *context, float value) {
    const struct named_result *n = context;
    return pg_shown(n->result, n->show, value);
}

static bool texts_differ(const void *context, int position) {
    const struct named_result *n = context;
    const struct pg_result *r = n->result;
    return r->corrupt_ids && r->clean_ids[position] != r->corrupt_ids[position];
}

static char *token_label(const void *context, int position, struct pg_error *err) {
    const struct token_names *names = ((const struct named_result *)context)->names;
    const bool differ = texts_differ(context, position);
    return column_label(names->clean[position], differ ? names->corrupt[position] : NULL, differ,
                        err);
}

/* The label of a pair: "9 ch \u2190 1 Jones". Its number is destination x n_tokens + source. */
static char *pair_label(const void *context, int pair, struct pg_error *err) {
    const int n = (int)((const struct named_result *)context)->result->n_tokens;
    char *destination = token_label(context, pair / n, err);
    char *source = destination ? token_label(context, pair % n, err) : NULL;
    char *label =
        source ? format_string(err, "%d %s \u2190 %d %s", pair / n, destination, pair % n, source)
               : NULL;
    free(destination);
    free(source);
    return label;
}

static bool pair_differs(const void *context, int pair) {
    const int n = (int)((const struct named_result *)context)->result->n_tokens;
    return texts_differ(context, pair / n) || texts_differ(context, pair % n);
}

/* Cells of one site. */
struct site_cells {
    const struct pg_cell *cells;
    size_t n;
};

static struct site_cells cells_of(const struct pg_result *r, enum pg_site site) {
    size_t first = 0, end;
    while (first < r->n_cells && r->cells[first].site != site) first++;
    for (end = first; end < r->n_cells && r->cells[end].site == site;) end++;
    return (struct site_cells){r->cells + first, end - first};
}

/* How many cells each neuron or head of a layer has: they come one after the other. */
static size_t count_inner(struct site_cells c) {
    size_t n = 0;
    while (n < c.n && c.cells[n].layer == c.cells[0].layer && c.cells[n].head == c.cells[0].head &&
           c.cells[n].neuron == c.cells[0].neuron)
        n++;
    return n;
}

/* One more than the last head, if not all layers have the same heads; else 0. */
static int single_heads(struct site_cells c) {
    size_t n_layers = 1;
    int last = 0;
    bool same = true;
    for (size_t i = 1; i < c.n; i++) n_layers += c.cells[i].layer != c.cells[i - 1].layer;
    const size_t of_layer = c.n / n_layers;
    for (size_t i = 0; i < c.n; i++) {
        same &= c.cells[i].head == c.cells[i % of_layer].head &&
                c.cells[i].layer == c.cells[i / of_layer * of_layer].layer;
        if (c.cells[i].head > last) last = c.cells[i].head;
    }
    return !same && c.cells[0].head >= 0 ? last + 1 : 0;
}

static struct map_cells map_cells_of(const struct named_result *named, enum pg_site site,
                                     struct site_cells c) {
    return (struct map_cells){
        .site = site,
        .cells = c.cells,
        .n = c.n,
        .columns = pg_site_has_positions(site) ? POSITION_COLUMNS : HEAD_COLUMNS,
        .single_heads = single_heads(c),
        .context = named,
        .shown = shown_value,
        .label = token_label,
        .is_marked = texts_differ,
    };
}

/* Adds a panel of weights of patterns: a column for each pair of positions. */
static bool add_pairs(const struct named_result *named, struct map_cells from, char *title,
                      struct cell_map *map, struct pg_error *err) {
    struct pg_cell *cells = allocate(from.n, sizeof *cells, err);
    if (!cells) {
        free(title);
        return false;
    }
    for (size_t i = 0; i < from.n; i++) {
        cells[i] = from.cells[i];
        cells[i].position = cells[i].position * (int)named->result->n_tokens + cells[i].source;
    }
    from.cells = cells;
    from.columns = PAIR_COLUMNS;
    from.label = pair_label;
    from.is_marked = pair_differs;
    const bool done = cell_map_add(map, &from, title, err);
    free(cells);
    return done;
}

/* "position 3: Jones", after the site's name if there are several sites. */
static char *neuron_title(const struct named_result *named, int position, struct pg_error *err) {
    char *label = token_label(named, position, err);
    char *title = label
                      ? format_string(err, "%sposition %d: %s",
                                      named->result->n_sites > 1 ? "neuron, " : "", position, label)
                      : NULL;
    free(label);
    return title;
}

/* Adds a panel of neurons for each position. */
static bool add_neurons(const struct named_result *named, struct map_cells from,
                        struct cell_map *map, struct pg_error *err) {
    const struct site_cells all = {from.cells, from.n};
    const size_t n_positions = count_inner(all);
    struct pg_cell *cells = allocate(from.n, sizeof *cells, err);
    bool done = cells;
    from.cells = cells;
    from.n = all.n / n_positions;
    from.columns = NEURON_COLUMNS;
    for (size_t p = 0; done && p < n_positions; p++) {
        for (size_t i = 0; i < from.n; i++) cells[i] = all.cells[i * n_positions + p];
        done = cell_map_add(map, &from, neuron_title(named, cells[0].position, err), err);
    }
    free(cells);
    return done;
}

static bool add_panels(const struct named_result *named, enum pg_site site, struct cell_map *map,
                       struct pg_error *err) {
    const struct map_cells from = map_cells_of(named, site, cells_of(named->result, site));
    if (pg_site_has_neurons(site)) return add_neurons(named, from, map, err);
    char *title = copy_string(named->result->n_sites > 1 ? pg_site_name(site) : "", err);
    return pg_site_has_sources(site) ? title && add_pairs(named, from, title, map, err)
                                     : cell_map_add(map, &from, title, err);
}

bool picture_check(const struct pg_result *r, struct pg_error *err) {
    if (r->joint) return fail(err, "a joint patch has one value, which is not a picture");
    for (size_t i = 0; i < r->n_sites; i++) {
        const enum pg_site site = r->sites[i];
        const size_t n = count_inner(cells_of(r, site));
        if (pg_site_has_neurons(site) && n > MAX_NEURON_PANELS)
            return fail(err,
                        "a picture of neurons has a panel for each position, at most %d, not %zu: "
                        "choose positions",
                        MAX_NEURON_PANELS, n);
        if (pg_site_has_sources(site) && n > MAX_PAIR_COLUMNS)
            return fail(err,
                        "a picture of %s has a column for each pair of positions, at most %d, not "
                        "%zu: choose positions",
                        pg_site_name(site), MAX_PAIR_COLUMNS, n);
    }
    return true;
}

/* ---- words ---- */

static struct picture_words words_of(const struct named_result *named) {
    const struct pg_result *r = named->result;
    const struct question question = question_of_result(r);
    char mean_of[64] = "";
    if (r->n_pairs > 1)
        snprintf(mean_of, sizeof mean_of, ", \u2026: mean over %zu pairs", r->n_pairs);
    return picture_words(r->metric, metric_tokens(&question), named->show, named->names->formula,
                         mean_of);
}

/* "patching resid_post, clean → corrupted"; several sites are titles of their panels. */
static char *subtitle_of(const struct pg_result *r, struct pg_error *err) {
    const struct intervention i = intervention_of(r);
    const char *site = r->n_sites > 1 ? "" : pg_site_name(r->sites[0]);
    return copy_string(intervention_title(&i, site).text, err);
}

/* The metrics of the runs. */
static char *runs_of(const struct named_result *named, const struct heatmap *map,
                     struct pg_error *err) {
    const struct pg_result *r = named->result;
    char position[48] = "";
    const float other = is_ablation(r) ? r->clean_metric : r->corrupt_metric;
    const struct run_metrics m =
        run_metrics(map, named->show == PG_SHOW_VALUE, (double)r->clean_metric, (double)other);
    if (r->read_position + 1 != (int)r->n_tokens)
        snprintf(position, sizeof position, "after position %d: ", r->read_position);
    if (is_ablation(r)) return format_string(err, "%sclean run %s", position, m.clean);
    if (r->n_samples)
        return format_string(err, "%sclean run %s, with noise %s (mean over %zu sample%s)",
                             position, m.clean, m.corrupt, r->n_samples, plural(r->n_samples));
    return format_string(err, "%sclean run %s, corrupted run %s", position, m.clean, m.corrupt);
}

bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     const struct pg_picture *picture, struct cell_map *out, struct pg_error *err) {
    const struct named_result named = {result, names, picture->show};
    const struct pg_picture limits = show_limits(result, picture);
    if (!cell_map_open(out, result->n_sites + MAX_NEURON_PANELS, err) ||
        !show_check(result, picture->show, err) || !picture_check(result, err))
        return false;
    out->map.colormap = limits.colormap;
    out->map.low = limits.low;
    out->map.high = limits.high;
    out->map.center = limits.center;
    for (size_t i = 0; i < result->n_sites; i++)
        if (!add_panels(&named, result->sites[i], out, err)) return false;
    const struct picture_words words = words_of(&named);
    return cell_map_finish(out, &words, subtitle_of(result, err), runs_of(&named, &out->map, err),
                           err);
}
