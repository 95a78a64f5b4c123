/* joint_text.c: see joint_text.h. */
#include "batch/joint_text.h"

#include "base/text_stream.h"
#include "report/effect.h"

#include <stdio.h>

enum { MAX_LINES = 10, DECIMALS = 4 };

/* " (layer 3, position 15, 16 tokens)", or nothing. */
static void write_place(FILE *out, const struct mean_panel *panel, const struct mean_cell *cell) {
    const struct pg_cell at = {.site = panel->site,
                               .layer = cell->layer,
                               .head = cell->head,
                               .position = cell->position,
                               .neuron = cell->neuron,
                               .source = cell->source};
    const struct cell_place place = cell_place_words(&at);
    if (!*place.text) return;
    fprintf(out, " (%s", place.text);
    if (panel->n_tokens)
        fprintf(out, ", %d token%s", panel->n_tokens, plural((size_t)panel->n_tokens));
    fputc(')', out);
}

/* "2.3101 (95 % interval 1.9012 to 2.6234)". */
static void write_average(FILE *out, const struct average *a, const char *of_interval) {
    char mean[NUMBER_SIZE], low[NUMBER_SIZE], high[NUMBER_SIZE];
    number_plain((float)a->mean, DECIMALS, mean);
    number_plain(a->interval.low, DECIMALS, low);
    number_plain(a->interval.high, DECIMALS, high);
    fputs(mean, out);
    if (a->interval.known) fprintf(out, " (%s%s to %s)", of_interval, low, high);
}

static void write_line(FILE *out, const struct mean_kind *kind, const struct mean_panel *panel,
                       const struct mean_cell *cell) {
    const struct intervention *i = &kind->intervention;
    const size_t n = cell->value.count;
    fprintf(out, "joint patch of %s", joint_sites(i->joint).text);
    write_place(out, panel, cell);
    fprintf(out, ", %s, mean over %zu experiment%s: %s ", direction_text(i), n, plural(n),
            measure_name(kind->measure));
    write_average(out, &cell->value, "95 % interval ");
    if (cell->recovered.count) {
        fputs(", recovered ", out);
        write_average(out, &cell->recovered, "");
    }
    fputc('\n', out);
}

char *joint_text(const struct mean *mean, struct pg_error *err) {
    struct text_stream s;
    size_t n = 0, size;
    if (!text_open(&s, err)) return NULL;
    for (size_t p = 0; p < mean->n_panels; p++) {
        const struct mean_panel *panel = &mean->panels[p];
        const struct mean_kind *kind = &mean->kinds[panel->kind];
        for (size_t c = 0; kind->intervention.joint && c < panel->n_cells; c++)
            if (n++ < MAX_LINES) write_line(s.out, kind, panel, &panel->cells[c]);
    }
    if (n > MAX_LINES)
        fprintf(s.out, "and %zu more means of joint patches in mean.csv\n", n - MAX_LINES);
    return text_close(&s, &size, "the means of joint patches", err);
}
