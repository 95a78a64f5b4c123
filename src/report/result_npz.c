/* result_npz.c: see result_npz.h; and pg_write_npz. */
#include "report/result_npz.h"

#include "base/memory.h"
#include "report/effect.h"
#include "report/graph_cells.h"
#include "report/graph_npz.h"
#include "report/intervention.h"
#include "report/npz_meta.h"
#include "report/result_csv.h"

#include <math.h>
#include <stdlib.h>

/* ---- shapes ---- */

/* Dimensions have the names of the table's columns, which are the order of enum axis. */
enum axis { LAYER, HEAD, POSITION, NEURON, SOURCE, N_AXES };

static const char *axis_name(enum axis axis) {
    return csv_names[CSV_LAYER + (int)axis];
}

static size_t axis_size(enum axis axis, const struct pg_model_info *info, size_t n_tokens) {
    const size_t sizes[N_AXES] = {(size_t)info->n_layer, (size_t)info->n_head, n_tokens,
                                  (size_t)info->n_inner, n_tokens};
    return sizes[axis];
}

/* The dimensions of a site after the layer. */
struct axes {
    size_t n;
    enum axis at[N_AXES];
};

static struct axes axes_of(enum pg_site site) {
    if (pg_site_has_neurons(site)) return (struct axes){2, {POSITION, NEURON}};
    if (pg_site_has_sources(site)) return (struct axes){3, {HEAD, POSITION, SOURCE}};
    if (site == PG_PATTERN) return (struct axes){2, {HEAD, POSITION}};
    if (!pg_site_has_heads(site)) return (struct axes){1, {POSITION}};
    if (!pg_site_has_positions(site)) return (struct axes){1, {HEAD}};
    return (struct axes){2, {POSITION, HEAD}};
}

struct npz_shape site_shape(enum pg_site site, const struct pg_model_info *info, size_t n_tokens) {
    const struct axes axes = axes_of(site);
    struct npz_shape shape = npz_list(axis_name(LAYER), (size_t)info->n_layer);
    for (size_t i = 0; i < axes.n; i++)
        npz_add_axis(&shape, axis_name(axes.at[i]), axis_size(axes.at[i], info, n_tokens));
    return shape;
}

size_t site_index(const struct npz_shape *shape, const struct pg_cell *cell) {
    const int at[N_AXES] = {cell->layer, cell->head, cell->position, cell->neuron, cell->source};
    const struct axes axes = axes_of(cell->site);
    size_t index = (size_t)cell->layer;
    for (size_t i = 0; i < axes.n; i++) index = index * shape->dims[i + 1] + (size_t)at[axes.at[i]];
    return index;
}

/* ---- arrays ---- */

struct content {
    const struct pg_model *model;
    const struct pg_result *result;
};

/* The number of a cell: its value, or what it recovers. */
static float number_of(const struct pg_result *r, const struct pg_cell *cell, bool recovered) {
    return recovered ? pg_recovered(cell->value, r->clean_metric, r->corrupt_metric) : cell->value;
}

/* Adds the numbers of a site's cells; the others, which were not patched, are NaN. */
static bool add_cells(struct npz *npz, const struct content *c, enum pg_site site, const char *name,
                      bool recovered, struct pg_error *err) {
    const struct pg_result *r = c->result;
    const struct pg_model_info info = pg_model_info(c->model);
    const struct npz_shape shape = site_shape(site, &info, r->n_tokens);
    size_t n;
    if (!npz_count(shape, &n, err)) return false;
    float *numbers = allocate_unset(n, sizeof *numbers, err);
    if (!numbers) return false;
    for (size_t i = 0; i < n; i++) numbers[i] = NAN;
    for (size_t i = 0; i < r->n_cells; i++)
        if (r->cells[i].site == site)
            numbers[site_index(&shape, &r->cells[i])] = number_of(r, &r->cells[i], recovered);
    const bool done = npz_floats(npz, name, shape, numbers, err);
    free(numbers);
    return done;
}

/* Adds the array of a site, or the one number of a joint patch. */
static bool add_array(struct npz *npz, const struct content *c, enum pg_site site, bool recovered,
                      struct pg_error *err) {
    const struct pg_result *r = c->result;
    const struct words joint = joint_sites(intervention_of(r).joint);
    char name[sizeof joint.text + sizeof "_recovered"];
    snprintf(name, sizeof name, "%s%s", r->joint ? joint.text : pg_site_name(site),
             recovered ? "_recovered" : "");
    if (!r->joint) return add_cells(npz, c, site, name, recovered, err);
    const float number = number_of(r, &r->cells[0], recovered);
    return npz_floats(npz, name, npz_scalar(), &number, err);
}

static bool add_arrays(struct npz *npz, const struct content *c, struct pg_error *err) {
    const struct pg_result *r = c->result;
    const size_t n = r->joint ? 1 : r->n_sites;
    for (size_t i = 0; i < n; i++)
        if (!add_array(npz, c, r->sites[i], false, err) ||
            (!is_ablation(r) && !add_array(npz, c, r->sites[i], true, err)))
            return false;
    return true;
}

/* ---- the file ---- */

static bool write_content(void *context, struct npz *npz, struct pg_error *err) {
    const struct content *c = context;
    if (is_graph(c->result) ? !graph_arrays(npz, c->model, c->result, err)
                            : !add_arrays(npz, c, err))
        return false;
    const struct pg_result *r = c->result;
    const struct npz_shape shape = npz_list(axis_name(POSITION), r->n_tokens);
    return npz_ints(npz, "clean_ids", shape, r->clean_ids, err) &&
           (!r->corrupt_ids || npz_ints(npz, "corrupt_ids", shape, r->corrupt_ids, err)) &&
           npz_add_meta(npz, "experiment", meta_of_experiment(c->model, r), err);
}

bool pg_write_npz(const struct pg_model *model, const struct pg_result *result, const char *path,
                  struct pg_error *err) {
    struct content c = {model, result};
    return npz_write(path, write_content, &c, err);
}
