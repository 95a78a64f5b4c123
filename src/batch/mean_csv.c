/* mean_csv.c: see mean_csv.h. */
#include "batch/mean_csv.h"

#include "base/csv.h"
#include "base/text_stream.h"

#include <stdio.h>

enum mean_csv_column {
    METRIC,
    NOISING,
    WITH,
    NOISE,
    WINDOW,
    JOINT,
    SITE,
    LAYER,
    HEAD,
    N_TOKENS,
    POSITION,
    LABEL,
    NEURON,
    SOURCE,
    COUNT, /* and the other fields of an average */
    RECOVERED_COUNT = COUNT + N_AVERAGE_FIELDS,
    N_COLUMNS = RECOVERED_COUNT + N_AVERAGE_FIELDS
};

static const char *const names[N_COLUMNS] = {
    "metric",    "noising",         "with",          "noise",
    "window",    "joint",           "site",          "layer",
    "head",      "n_tokens",        "position",      "label",
    "neuron",    "source_position", "count",         "value",
    "value_se",  "value_low",       "value_high",    "recovered_count",
    "recovered", "recovered_se",    "recovered_low", "recovered_high"};

/* The columns that the table has: those of plain patching, and what its kinds and sites need. */
struct kept {
    bool columns[N_COLUMNS];
};

static struct kept columns_of(const struct mean *mean) {
    struct kept k;
    bool plain = true, neurons = false, sources = false;
    for (size_t i = 0; i < mean->n_kinds; i++)
        plain &= intervention_is_plain(&mean->kinds[i].intervention);
    for (size_t i = 0; i < mean->n_panels; i++) {
        neurons |= pg_site_has_neurons(mean->panels[i].site);
        sources |= pg_site_has_sources(mean->panels[i].site);
    }
    for (int i = 0; i < N_COLUMNS; i++) k.columns[i] = plain ? i < WITH || i > JOINT : true;
    k.columns[NEURON] = neurons;
    k.columns[SOURCE] = sources;
    return k;
}

static void write_cell(FILE *out, const struct mean *mean, const struct kept *kept,
                       const struct mean_panel *panel, const struct mean_cell *cell) {
    const struct intervention *i = &mean->kinds[panel->kind].intervention;
    const struct words joint = joint_sites(i->joint);
    char numbers[N_COLUMNS][NUMBER_SIZE] = {0};
    const char *fields[N_COLUMNS];
    for (int c = 0; c < N_COLUMNS; c++) fields[c] = numbers[c];
    fields[METRIC] = measure_name(mean->kinds[panel->kind].measure);
    fields[NOISING] = i->noising ? "1" : "0";
    fields[WITH] = with_name(i->with);
    fields[NOISE] = i->noise ? "1" : "0";
    snprintf(numbers[WINDOW], NUMBER_SIZE, "%d", i->window ? i->window : 1);
    fields[JOINT] = joint.text;
    fields[SITE] = i->joint ? joint.text : pg_site_name(panel->site);
    csv_write_index(cell->layer, numbers[LAYER]);
    csv_write_index(cell->head, numbers[HEAD]);
    if (panel->n_tokens) csv_write_index(panel->n_tokens, numbers[N_TOKENS]);
    csv_write_index(cell->position, numbers[POSITION]);
    if (cell->label >= 0) fields[LABEL] = mean->labels.items[cell->label];
    csv_write_index(cell->neuron, numbers[NEURON]);
    csv_write_index(cell->source, numbers[SOURCE]);
    const struct average_texts value = average_texts(&cell->value),
                               recovered = average_texts(&cell->recovered);
    for (int f = 0; f < N_AVERAGE_FIELDS; f++) {
        fields[COUNT + f] = value.of[f];
        fields[RECOVERED_COUNT + f] = recovered.of[f];
    }
    csv_write_kept(out, fields, kept->columns, N_COLUMNS);
}

char *mean_text(const struct mean *mean, size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    const struct kept kept = columns_of(mean);
    csv_write_kept(s.out, names, kept.columns, N_COLUMNS);
    for (size_t i = 0; i < mean->n_panels; i++)
        for (size_t j = 0; j < mean->panels[i].n_cells; j++)
            write_cell(s.out, mean, &kept, &mean->panels[i], &mean->panels[i].cells[j]);
    return text_close(&s, size, "the table of the means", err);
}
