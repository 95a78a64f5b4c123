/* mean_npz.c: see mean_npz.h. */
#include "batch/mean_npz.h"

#include "base/memory.h"
#include "batch/average_npz.h"
#include "batch/folder.h"
#include "report/npz_meta.h"
#include "report/result_npz.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct content {
    const struct mean *mean;
    uint32_t batch;
    struct pg_model_info sizes; /* layers, heads and neurons alone: what the cells need */
    size_t n_sources;
    cJSON *arrays; /* what each is of, for meta */
};

/* ---- shapes ---- */

static void grow(int *size, int index) {
    if (index >= *size) *size = index + 1;
}

static void find_sizes(struct content *c) {
    int n_sources = 0;
    for (size_t i = 0; i < c->mean->n_panels; i++)
        for (size_t j = 0; j < c->mean->panels[i].n_cells; j++) {
            const struct mean_cell *cell = &c->mean->panels[i].cells[j];
            grow(&c->sizes.n_layer, cell->layer);
            grow(&c->sizes.n_head, cell->head);
            grow(&c->sizes.n_inner, cell->neuron);
            grow(&n_sources, cell->source);
        }
    c->n_sources = (size_t)n_sources;
}

static bool is_joint(const struct content *c, const struct mean_panel *panel) {
    return c->mean->kinds[panel->kind].intervention.joint;
}

/* Whether the cells of a panel are at labels. */
static bool is_by_label(const struct mean_panel *panel) {
    return panel->n_cells && panel->cells[0].label >= 0;
}

static struct npz_shape shape_of(const struct content *c, const struct mean_panel *panel) {
    if (is_joint(c, panel))
        return panel->n_cells == 1 ? npz_scalar() : npz_list("patch", panel->n_cells);
    const bool labels = is_by_label(panel);
    const size_t n = labels ? c->mean->labels.n : (size_t)panel->n_tokens;
    struct npz_shape shape = site_shape(panel->site, &c->sizes, n);
    for (size_t i = 0; i < shape.n_dims; i++) {
        if (!strcmp(shape.axes[i], "source_position")) shape.dims[i] = c->n_sources;
        if (labels && !strcmp(shape.axes[i], "position")) shape.axes[i] = "label";
    }
    return shape;
}

/* The index of cell j in the arrays of its panel. */
static size_t index_of(const struct content *c, const struct mean_panel *panel,
                       const struct npz_shape *shape, size_t j) {
    const struct mean_cell *cell = &panel->cells[j];
    const struct pg_cell at = {.site = panel->site,
                               .layer = cell->layer,
                               .head = cell->head,
                               .position = cell->label >= 0 ? cell->label : cell->position,
                               .neuron = cell->neuron,
                               .source = cell->source};
    return is_joint(c, panel) ? j : site_index(shape, &at);
}

/* ---- names ---- */

struct array_name {
    char text[640];
};

/* Whether texts of another length have arrays of the same kind and site. */
static bool has_twin(const struct mean *mean, const struct mean_panel *panel) {
    for (size_t i = 0; i < mean->n_panels; i++) {
        const struct mean_panel *other = &mean->panels[i];
        if (other != panel && other->kind == panel->kind && other->site == panel->site &&
            other->n_tokens)
            return true;
    }
    return false;
}

static struct array_name name_of(const struct content *c, const struct mean_panel *panel) {
    struct array_name name;
    char kind[32] = "", part[32] = "";
    const struct words joint = joint_sites(c->mean->kinds[panel->kind].intervention.joint);
    if (panel->kind) snprintf(kind, sizeof kind, "kind%zu_", panel->kind + 1);
    if (is_by_label(panel))
        strcpy(part, "_by_label");
    else if (panel->n_tokens && has_twin(c->mean, panel))
        snprintf(part, sizeof part, "_%d_tokens", panel->n_tokens);
    snprintf(name.text, sizeof name.text, "%s%s%s", kind,
             is_joint(c, panel) ? joint.text : pg_site_name(panel->site), part);
    return name;
}

/* ---- arrays ---- */

/* Adds the arrays of the values of a panel, or of what they recover. */
static bool add_panel(struct npz *npz, const struct content *c, const struct mean_panel *panel,
                      bool recovered, struct pg_error *err) {
    struct array_name name = name_of(c, panel);
    const struct npz_shape shape = shape_of(c, panel);
    struct placed_average *items = allocate(panel->n_cells, sizeof *items, err);
    if (!items) return false;
    for (size_t j = 0; j < panel->n_cells; j++)
        items[j] =
            (struct placed_average){recovered ? &panel->cells[j].recovered : &panel->cells[j].value,
                                    index_of(c, panel, &shape, j)};
    if (recovered) strcat(name.text, "_recovered");
    const bool done = averages_npz(npz, name.text, shape, items, panel->n_cells, err);
    free(items);
    return done;
}

/* ---- meta ---- */

/* Notes what the arrays of a panel are of. */
static bool note_panel(const struct content *c, const struct mean_panel *panel) {
    cJSON *o = cJSON_AddObjectToObject(c->arrays, name_of(c, panel).text);
    return o && cJSON_AddNumberToObject(o, "kind", (double)panel->kind + 1) &&
           cJSON_AddStringToObject(o, "site", pg_site_name(panel->site)) &&
           (panel->n_tokens ? cJSON_AddNumberToObject(o, "n_tokens", panel->n_tokens)
                            : cJSON_AddNullToObject(o, "n_tokens")) &&
           cJSON_AddNumberToObject(o, "experiments", (double)panel->count);
}

static bool add_number(cJSON *o, const char *name, const struct average *a) {
    return a->count ? cJSON_AddNumberToObject(o, name, a->mean) : cJSON_AddNullToObject(o, name);
}

static bool note_kind(cJSON *list, const struct mean_kind *kind) {
    const struct intervention *i = &kind->intervention;
    cJSON *o = cJSON_CreateObject();
    if (!o || !cJSON_AddItemToArray(list, o)) {
        cJSON_Delete(o);
        return false;
    }
    return cJSON_AddStringToObject(o, "metric", measure_name(kind->measure)) &&
           cJSON_AddStringToObject(o, "direction", direction_text(i)) &&
           cJSON_AddBoolToObject(o, "noising", i->noising) &&
           cJSON_AddStringToObject(o, "with", with_name(i->with)) &&
           cJSON_AddBoolToObject(o, "noise", i->noise) &&
           cJSON_AddNumberToObject(o, "window", i->window ? i->window : 1) &&
           cJSON_AddBoolToObject(o, "joint", i->joint) &&
           cJSON_AddNumberToObject(o, "experiments", (double)kind->count) &&
           add_number(o, "clean_metric", &kind->clean) &&
           add_number(o, "corrupt_metric", &kind->corrupt);
}

/* What the arrays are of: takes over c->arrays. NULL when memory is out. */
static cJSON *make_meta(struct content *c) {
    char batch[16];
    cJSON *meta = cJSON_CreateObject(), *kinds = cJSON_AddArrayToObject(meta, "kinds");
    snprintf(batch, sizeof batch, "%08" PRIx32, c->batch);
    bool done = kinds && (!c->batch || cJSON_AddStringToObject(meta, "batch", batch));
    for (size_t i = 0; done && i < c->mean->n_kinds; i++)
        done = note_kind(kinds, &c->mean->kinds[i]);
    if (done && cJSON_AddItemToObject(meta, "arrays", c->arrays)) {
        c->arrays = NULL;
        return meta;
    }
    cJSON_Delete(meta);
    return NULL;
}

/* ---- the file ---- */

static bool add_panels(struct npz *npz, struct content *c, struct pg_error *err) {
    const struct mean *mean = c->mean;
    for (size_t i = 0; i < mean->n_panels; i++) {
        const struct mean_panel *panel = &mean->panels[i];
        if (!note_panel(c, panel)) return fail(err, "out of memory writing JSON");
        if (!add_panel(npz, c, panel, false, err) || !add_panel(npz, c, panel, true, err))
            return false;
    }
    return !mean->labels.n || npz_texts(npz, "labels", npz_list("label", mean->labels.n),
                                        (const char *const *)mean->labels.items, err);
}

static bool write_content(void *context, struct npz *npz, struct pg_error *err) {
    struct content *c = context;
    c->arrays = cJSON_CreateObject();
    const bool done = add_panels(npz, c, err) && npz_add_meta(npz, "mean", make_meta(c), err);
    cJSON_Delete(c->arrays);
    return done;
}

bool mean_npz_write(const struct mean *mean, uint32_t batch, const char *folder,
                    struct pg_error *err) {
    struct content c = {.mean = mean, .batch = batch};
    char *path = folder_file(folder, "mean", ".npz", err);
    find_sizes(&c);
    const bool done = path && npz_write(path, write_content, &c, err);
    free(path);
    return done;
}
