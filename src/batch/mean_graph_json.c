/* mean_graph_json.c: see mean_graph_json.h. */
#include "batch/mean_graph_json.h"

#include "base/memory.h"
#include "report/graph_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

cJSON *graph_group_object(const struct mean_graph *mean, size_t group) {
    const struct graph_group *g = &mean->groups[group];
    const struct intervention *i = &g->intervention;
    cJSON *o = cJSON_CreateObject();
    if (o && cJSON_AddStringToObject(o, "metric", measure_name(g->measure)) &&
        cJSON_AddStringToObject(o, "direction", direction_text(i)) &&
        cJSON_AddBoolToObject(o, "noising", i->noising) &&
        cJSON_AddStringToObject(o, "with", with_name(i->with)) &&
        cJSON_AddBoolToObject(o, "noise", i->noise) &&
        (mean->kind == WORK_EDGES ||
         (cJSON_AddStringToObject(o, "to", g->graph.readers) &&
          cJSON_AddStringToObject(o, "mlps", g->graph.frozen_mlps ? "frozen" : "run"))) &&
        cJSON_AddNumberToObject(o, "experiments", (double)g->count))
        return o;
    cJSON_Delete(o);
    return NULL;
}

static char *meta_text(const struct mean_graph *mean, uint32_t batch, struct pg_error *err) {
    char checksum[16];
    cJSON *o = graph_group_object(mean, 0);
    snprintf(checksum, sizeof checksum, "%08" PRIx32, batch);
    if (batch && o && !cJSON_AddStringToObject(o, "batch", checksum)) {
        cJSON_Delete(o);
        o = NULL;
    }
    return graph_meta(o, err);
}

char *mean_graph_json(const struct mean_graph *mean, uint32_t batch, size_t *size,
                      struct pg_error *err) {
    const struct config config = graph_config(&mean->groups[0].graph);
    size_t n = 0;
    struct graph_edge *edges = allocate(mean->n_edges, sizeof *edges, err);
    for (; edges && n < mean->n_edges && !mean->edges[n].group; n++)
        edges[n] = (struct graph_edge){graph_sender(&config, mean->edges[n].sender),
                                       graph_receiver(&config, mean->edges[n].receiver),
                                       (float)mean->edges[n].averages[EDGE_SCORE].mean};
    char *meta = edges ? meta_text(mean, batch, err) : NULL;
    char *text = meta ? graph_json_of(&config, edges, n, meta, size, err) : NULL;
    free(meta);
    free(edges);
    return text;
}
