/* mean_graph_npz.c: see mean_graph_npz.h. */
#include "batch/mean_graph_npz.h"

#include "base/memory.h"
#include "batch/average_npz.h"
#include "batch/folder.h"
#include "batch/mean_graph_json.h"
#include "report/npz_meta.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct content {
    const struct mean_graph *mean;
    uint32_t batch;
};

/* ---- arrays ---- */

/* Adds the arrays of one average of a group, whose edges are those from first to end - 1. */
static bool add_averages(struct npz *npz, const struct mean_graph *mean, size_t first, size_t end,
                         enum edge_average average, struct pg_error *err) {
    static const char *const endings[N_EDGE_AVERAGES] = {
        [EDGE_VALUE] = "", [EDGE_RECOVERED] = "_recovered", [EDGE_SCORE] = "_score"};
    const size_t group = mean->edges[first].group;
    const struct config config = graph_config(&mean->groups[group].graph);
    const bool edges = mean->kind == WORK_EDGES;
    const size_t row = edges ? graph_count_receivers(&config) : 1;
    struct npz_shape shape = npz_list("sender", graph_count_senders(&config));
    char kind[32] = "";
    if (edges) npz_add_axis(&shape, "receiver", row);
    if (group) snprintf(kind, sizeof kind, "kind%zu_", group + 1);
    struct placed_average *items = allocate(end - first, sizeof *items, err);
    char *name = format_string(err, "%s%s%s", kind, works[mean->kind].name, endings[average]);
    for (size_t i = first; items && i < end; i++)
        items[i - first] =
            (struct placed_average){&mean->edges[i].averages[average],
                                    mean->edges[i].sender * row + mean->edges[i].receiver};
    const bool done = items && name && averages_npz(npz, name, shape, items, end - first, err);
    free(items);
    free(name);
    return done;
}

static bool add_groups(struct npz *npz, const struct mean_graph *mean, struct pg_error *err) {
    for (size_t first = 0, end; first < mean->n_edges; first = end) {
        for (end = first + 1;
             end < mean->n_edges && mean->edges[end].group == mean->edges[first].group; end++) {
        }
        if (!add_averages(npz, mean, first, end, EDGE_VALUE, err) ||
            !add_averages(npz, mean, first, end, EDGE_RECOVERED, err) ||
            (mean->kind == WORK_EDGES && !add_averages(npz, mean, first, end, EDGE_SCORE, err)))
            return false;
    }
    return true;
}

/* Adds the names of all components, or of all readers. */
static bool add_names(struct npz *npz, const struct config *config, bool readers,
                      struct pg_error *err) {
    const size_t n = readers ? graph_count_receivers(config) : graph_count_senders(config);
    char(*names)[NODE_NAME_SIZE] = allocate(n, sizeof *names, err);
    const char **list = names ? allocate(n, sizeof *list, err) : NULL;
    for (size_t i = 0; list && i < n; i++) {
        const struct pg_sender sender = graph_sender(config, readers ? 0 : i);
        const struct pg_receiver receiver = graph_receiver(config, readers ? i : 0);
        readers ? receiver_name(&receiver, names[i]) : sender_name(&sender, names[i]);
        list[i] = names[i];
    }
    const bool done = list && npz_texts(npz, readers ? "receivers" : "senders",
                                        npz_list(readers ? "receiver" : "sender", n), list, err);
    free(names);
    free(list);
    return done;
}

/* ---- meta ---- */

static bool note_group(cJSON *list, const struct mean_graph *mean, size_t group) {
    cJSON *o = graph_group_object(mean, group);
    if (o && cJSON_AddItemToArray(list, o)) return true;
    cJSON_Delete(o);
    return false;
}

/* What the arrays are of. NULL when memory is out. */
static cJSON *make_meta(const struct content *c) {
    char batch[16];
    cJSON *meta = cJSON_CreateObject(), *kinds = cJSON_AddArrayToObject(meta, "kinds");
    snprintf(batch, sizeof batch, "%08" PRIx32, c->batch);
    bool done = kinds && (!c->batch || cJSON_AddStringToObject(meta, "batch", batch));
    for (size_t i = 0; done && i < c->mean->n_groups; i++) done = note_group(kinds, c->mean, i);
    if (done) return meta;
    cJSON_Delete(meta);
    return NULL;
}

/* ---- the file ---- */

static bool write_content(void *context, struct npz *npz, struct pg_error *err) {
    const struct content *c = context;
    const bool edges = c->mean->kind == WORK_EDGES;
    const struct config config = graph_config(&c->mean->groups[0].graph);
    return add_groups(npz, c->mean, err) && add_names(npz, &config, false, err) &&
           (!edges || add_names(npz, &config, true, err)) &&
           npz_add_meta(npz, edges ? "mean_edges" : "mean_paths", make_meta(c), err);
}

bool mean_graph_npz_write(const struct mean_graph *mean, uint32_t batch, const char *folder,
                          struct pg_error *err) {
    struct content c = {mean, batch};
    char *path =
        folder_file(folder, mean->kind == WORK_EDGES ? "mean_edges" : "mean_paths", ".npz", err);
    const bool done = path && npz_write(path, write_content, &c, err);
    free(path);
    return done;
}
