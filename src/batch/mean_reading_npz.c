/* mean_reading_npz.c: see mean_reading_npz.h. */
#include "batch/mean_reading_npz.h"

#include "base/memory.h"
#include "batch/average_npz.h"
#include "batch/folder.h"
#include "report/npz_meta.h"
#include "report/reading_npz.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct content {
    const struct mean_reading *mean;
    uint32_t batch;
    size_t n_places;
    struct pg_model_info sizes; /* layers, heads and neurons alone: what the rows need */
};

static bool is_lens(const struct content *c) {
    return c->mean->kind == WORK_LENS;
}

static void grow(int *size, int index) {
    if (index >= *size) *size = index + 1;
}

static void find_sizes(struct content *c) {
    for (size_t i = 0; i < c->mean->n_rows; i++) {
        const uint64_t item = c->mean->rows[i].item;
        const struct pg_part part = part_of_item(item);
        if (is_lens(c) && item >= c->n_places) c->n_places = (size_t)item + 1;
        if (is_lens(c)) continue;
        grow(&c->sizes.n_layer, part.layer);
        grow(part.component == PG_HEAD ? &c->sizes.n_head : &c->sizes.n_inner, part.index);
    }
}

/* ---- families: the rows that are in one array ---- */

/* The component of a row's array; of lenses there is one kind alone. */
static int component_of(const struct content *c, const struct reading_row *row) {
    return is_lens(c) ? 0 : (int)part_of_item(row->item).component;
}

static bool is_family(const struct content *c, const struct reading_row *a,
                      const struct reading_row *b) {
    return a->group == b->group && a->n_tokens == b->n_tokens &&
           (a->label >= 0) == (b->label >= 0) && component_of(c, a) == component_of(c, b);
}

/* Whether a row is the first of its family. start: a row that is not after that one, and whose
 * group, number of tokens and kind of position the row has. */
static bool is_first(const struct content *c, size_t start, size_t at) {
    for (size_t i = start; i < at; i++)
        if (is_family(c, &c->mean->rows[i], &c->mean->rows[at])) return false;
    return true;
}

/* Whether texts of another length have such arrays. */
static bool has_twin(const struct content *c, const struct reading_row *row) {
    for (size_t i = 0; i < c->mean->n_rows; i++) {
        const struct reading_row *r = &c->mean->rows[i];
        if (r->group == row->group && r->n_tokens && r->n_tokens != row->n_tokens &&
            component_of(c, r) == component_of(c, row))
            return true;
    }
    return false;
}

/* The length of the last dimension, where there are positions or labels, else 0. */
static size_t last_size(const struct content *c, const struct reading_row *row) {
    return row->label >= 0 ? c->mean->labels.n : (size_t)row->n_tokens;
}

static struct npz_shape shape_of(const struct content *c, const struct reading_row *row) {
    const size_t last = last_size(c, row);
    struct npz_shape shape;
    if (is_lens(c)) {
        shape = npz_list("place", c->n_places);
        npz_add_axis(&shape, "position", last);
    } else {
        shape = component_shape((enum pg_component)component_of(c, row), &c->sizes, last);
    }
    if (row->label >= 0) shape.axes[shape.n_dims - 1] = "label";
    return shape;
}

static size_t index_of(const struct content *c, const struct npz_shape *shape,
                       const struct reading_row *row) {
    const int last = row->label >= 0 ? row->label : row->position;
    if (is_lens(c)) return (size_t)row->item * shape->dims[1] + (size_t)last;
    struct pg_part part = part_of_item(row->item);
    part.source = last;
    return component_index(shape, &part);
}

/* The name of an array of lenses, or (what is NULL) of attributions. */
static char *name_of(const struct content *c, const struct reading_row *row, const char *what,
                     struct pg_error *err) {
    char group[32] = "", part[32] = "";
    if (row->group) snprintf(group, sizeof group, "group%zu_", row->group + 1);
    if (row->label >= 0)
        strcpy(part, "_by_label");
    else if (row->n_tokens && has_twin(c, row))
        snprintf(part, sizeof part, "_%d_tokens", row->n_tokens);
    if (!what) what = component_array((enum pg_component)component_of(c, row));
    return format_string(err, "%s%s%s%s", group, what,
                         !is_lens(c) && row->n_tokens ? "_by_source" : "", part);
}

/* ---- arrays ---- */

/* Adds the arrays of the values of a row's family, or of its probabilities. */
static bool add_averages(struct npz *npz, const struct content *c, const struct reading_row *first,
                         bool probability, struct pg_error *err) {
    const struct mean_reading *mean = c->mean;
    const struct npz_shape shape = shape_of(c, first);
    struct placed_average *items = allocate(mean->n_rows, sizeof *items, err);
    const char *what = probability ? "top_probability" : "value";
    char *name = name_of(c, first, is_lens(c) ? what : NULL, err);
    size_t n = 0;
    for (size_t i = 0; items && i < mean->n_rows; i++) {
        const struct reading_row *row = &mean->rows[i];
        if (is_family(c, first, row))
            items[n++] = (struct placed_average){probability ? &row->probability : &row->value,
                                                 index_of(c, &shape, row)};
    }
    const bool done = items && name && averages_npz(npz, name, shape, items, n, err);
    free(items);
    free(name);
    return done;
}

/* Adds the array top1 of a row's family. */
static bool add_top1(struct npz *npz, const struct content *c, const struct reading_row *first,
                     struct pg_error *err) {
    const struct npz_shape shape = shape_of(c, first);
    size_t n;
    float *fractions = npz_count(shape, &n, err) ? allocate(n, sizeof *fractions, err) : NULL;
    char *name = name_of(c, first, "top1", err);
    for (size_t i = 0; fractions && i < n; i++) fractions[i] = NAN;
    for (size_t i = 0; fractions && i < c->mean->n_rows; i++) {
        const struct reading_row *row = &c->mean->rows[i];
        if (is_family(c, first, row))
            fractions[index_of(c, &shape, row)] =
                (float)((double)row->n_first / (double)row->count);
    }
    const bool done = fractions && name && npz_floats(npz, name, shape, fractions, err);
    free(fractions);
    free(name);
    return done;
}

static bool add_family(struct npz *npz, const struct content *c, const struct reading_row *first,
                       struct pg_error *err) {
    const bool measured = c->mean->groups[first->group].measured;
    if (!add_averages(npz, c, first, false, err)) return false;
    return !is_lens(c) ||
           (add_averages(npz, c, first, true, err) && (!measured || add_top1(npz, c, first, err)));
}

static bool add_arrays(struct npz *npz, const struct content *c, struct pg_error *err) {
    const struct mean_reading *mean = c->mean;
    size_t start = 0;
    for (size_t i = 0; i < mean->n_rows; i++) {
        const struct reading_row *a = &mean->rows[start], *b = &mean->rows[i];
        if (a->group != b->group || a->n_tokens != b->n_tokens || (a->label < 0) != (b->label < 0))
            start = i;
        if (is_first(c, start, i) && !add_family(npz, c, b, err)) return false;
    }
    return (!is_lens(c) || places_npz(npz, c->n_places, err)) &&
           (!mean->labels.n || npz_texts(npz, "labels", npz_list("label", mean->labels.n),
                                         (const char *const *)mean->labels.items, err));
}

/* ---- meta ---- */

static bool note_group(cJSON *list, const struct reading_group *g) {
    cJSON *o = cJSON_CreateObject();
    if (!o || !cJSON_AddItemToArray(list, o)) {
        cJSON_Delete(o);
        return false;
    }
    if (!cJSON_AddNumberToObject(o, "lines", (double)g->count)) return false;
    if (!g->measured) return cJSON_AddNullToObject(o, "metric");
    return cJSON_AddStringToObject(o, "metric", measure_name(g->measure)) &&
           cJSON_AddNumberToObject(o, "metric_value", g->metric.mean);
}

/* What the arrays are of. NULL when memory is out. */
static cJSON *make_meta(const struct content *c) {
    char batch[16];
    cJSON *meta = cJSON_CreateObject(), *groups = cJSON_AddArrayToObject(meta, "groups");
    snprintf(batch, sizeof batch, "%08" PRIx32, c->batch);
    bool done = groups && (!c->batch || cJSON_AddStringToObject(meta, "batch", batch));
    for (size_t i = 0; done && i < c->mean->n_groups; i++)
        done = note_group(groups, &c->mean->groups[i]);
    if (done) return meta;
    cJSON_Delete(meta);
    return NULL;
}

/* ---- the file ---- */

static bool write_content(void *context, struct npz *npz, struct pg_error *err) {
    const struct content *c = context;
    const char *what = is_lens(c) ? "mean_lens" : "mean_direct";
    return add_arrays(npz, c, err) && npz_add_meta(npz, what, make_meta(c), err);
}

bool mean_reading_npz_write(const struct mean_reading *mean, uint32_t batch, const char *folder,
                            struct pg_error *err) {
    struct content c = {.mean = mean, .batch = batch};
    char *path =
        folder_file(folder, mean->kind == WORK_LENS ? "mean_lens" : "mean_direct", ".npz", err);
    find_sizes(&c);
    const bool done = path && npz_write(path, write_content, &c, err);
    free(path);
    return done;
}
