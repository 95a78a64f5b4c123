/* result_map.h: the heatmap of an experiment: which numbers, which words. How it is drawn is
 * heatmap.h's and terminal_map.h's. */
#ifndef REPORT_RESULT_MAP_H
#define REPORT_RESULT_MAP_H

#include "report/panel.h"

/* How the tokens of an experiment are written in its heatmap. */
struct token_names {
    char **clean, **corrupt; /* one for each position */
    char *metric[2];         /* those of the metric's first pair; NULL: there is none */
};

/* A heatmap with all that it points to. */
struct result_map {
    struct heatmap map;
    struct heatmap_panel *panels;
    struct panel_store *stores;
    char *title, *subtitles[2], *value_title;
};

/* Makes the heatmap of a result that has cells, a panel for each site: a row for each layer, or each
 * layer and head, and a column for each position or, where all are patched at once, for each head;
 * those alone that have cells. False and err when memory is out, or nothing is to be recovered. Free with result_map_free, also
 * after failure. */
bool result_map_make(const struct pg_result *result, const struct token_names *names,
                     const struct pg_picture *picture, struct result_map *out,
                     struct pg_error *err);
void result_map_free(struct result_map *made);

#endif
