/* result_map.c: see result_map.h. */
#include "report/result_map.h"

#include "base/memory.h"
#include "report/effect.h"
#include "report/graph_cells.h"
#include "report/intervention.h"
#include "report/site_panels.h"

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

static bool add_panels(const struct named_result *named, enum pg_site site, struct cell_map *map,
                       struct pg_error *err) {
    const struct site_cells c = cells_of(named->result, site);
    const struct map_cells from = {
        .site = site,
        .cells = c.cells,
        .n = c.n,
        .columns = pg_site_has_positions(site) ? POSITION_COLUMNS : HEAD_COLUMNS,
        .context = named,
        .shown = shown_value,
        .label = token_label,
        .is_marked = texts_differ,
    };
    const char *title = named->result->n_sites > 1 ? pg_site_name(site) : "";
    return site_panels_add(map, &from, copy_string(title, err), err);
}

bool picture_check(const struct pg_result *r, struct pg_error *err) {
    if (r->joint) return fail(err, "a joint patch has one value, which is not a picture");
    if (is_graph(r)) return true;
    for (size_t i = 0; i < r->n_sites; i++) {
        const struct site_cells c = cells_of(r, r->sites[i]);
        if (!site_panels_fit(r->sites[i], c.cells, c.n, err)) return false;
    }
    return true;
}

/* ---- words ---- */

struct picture_words result_words(const struct pg_result *r, const struct token_names *names,
                                  enum pg_show show) {
    const struct question question = question_of_result(r);
    char mean_of[64] = "";
    if (r->n_pairs > 1)
        snprintf(mean_of, sizeof mean_of, ", \u2026: mean over %zu pairs", r->n_pairs);
    return picture_words(r->metric, metric_tokens(&question), show, names->formula, mean_of);
}

/* "patching resid_post, clean → corrupted"; several sites are titles of their panels. */
static char *subtitle_of(const struct pg_result *r, struct pg_error *err) {
    const struct intervention i = intervention_of(r);
    const char *site = r->n_sites > 1 ? "" : pg_site_name(r->sites[0]);
    return copy_string(intervention_title(&i, site).text, err);
}

char *result_runs(const struct pg_result *r, enum pg_show show, const struct heatmap *map,
                  struct pg_error *err) {
    char position[48] = "";
    const float other = is_ablation(r) ? r->clean_metric : r->corrupt_metric;
    const struct run_metrics m =
        run_metrics(map, show == PG_SHOW_VALUE, (double)r->clean_metric, (double)other);
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
    const struct picture_words words = result_words(result, names, picture->show);
    return cell_map_finish(out, &words, subtitle_of(result, err),
                           result_runs(result, picture->show, &out->map, err), err);
}
