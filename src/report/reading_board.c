/* reading_board.c: see reading_board.h. */
#include "report/reading_board.h"

#include "base/memory.h"
#include "circuit/lens.h"
#include "report/token_names.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>

bool board_open(struct board *b, int max_panels, const struct pg_picture *picture,
                struct pg_error *err) {
    *b = (struct board){.font = font_open(err)};
    b->panels = allocate((size_t)max_panels, sizeof *b->panels, err);
    b->memory = allocate((size_t)max_panels, sizeof *b->memory, err);
    b->map.panels = b->panels;
    b->map.colormap = picture->colormap;
    b->map.low = picture->low;
    b->map.high = picture->high;
    b->map.center = picture->center;
    if (picture->colormap == PG_RDBU && isnan(picture->center)) b->map.center = 0;
    return b->font && b->panels && b->memory;
}

static void bands_free(struct board_bands *b) {
    free(b->starts);
    free_strings(b->labels);
}

void board_free(struct board *b) {
    for (int i = 0; i < b->map.n_panels; i++) {
        struct board_memory *m = &b->memory[i];
        free(m->values);
        free_strings(m->row_labels);
        free_strings(m->column_labels);
        free_strings(m->texts);
        free(m->row_numbers);
        free(m->column_numbers);
        free(m->marked);
        free(m->greyed);
        free(m->title);
        bands_free(&m->row_bands);
        bands_free(&m->column_bands);
        bands_free(&m->column_parts);
    }
    free(b->title);
    free(b->value_title);
    free(b->subtitles[0]);
    free(b->subtitles[1]);
    free(b->panels);
    free(b->memory);
    font_close(b->font);
}

bool board_add(struct board *b, int rows, int group, int columns, struct pg_error *err) {
    const int i = b->map.n_panels++;
    const size_t n_rows = (size_t)rows, n_columns = (size_t)columns;
    float *values = b->memory[i].values = allocate(n_rows * n_columns, sizeof *values, err);
    b->memory[i].row_labels = allocate(n_rows + 1, sizeof(char *), err);
    b->memory[i].column_labels = allocate(n_columns + 1, sizeof(char *), err);
    int *numbers = b->memory[i].row_numbers = allocate(n_rows, sizeof *numbers, err);
    int *across = b->memory[i].column_numbers = allocate(n_columns, sizeof *across, err);
    bool *marked = b->memory[i].marked = allocate(n_columns, sizeof *marked, err);
    bool *greyed = b->memory[i].greyed = allocate(n_rows * n_columns, sizeof *greyed, err);
    if (!greyed || !values || !b->memory[i].row_labels || !b->memory[i].column_labels || !numbers ||
        !across || !marked)
        return false;
    for (int k = 0; k < rows; k++) numbers[k] = k;
    for (int k = 0; k < columns; k++) across[k] = k;
    b->panels[i] =
        (struct heatmap_panel){.title = "",
                               .values = values,
                               .n_rows = rows,
                               .n_columns = columns,
                               .group = group,
                               .row_numbers = numbers,
                               .row_labels = (const char *const *)b->memory[i].row_labels,
                               .column_labels = (const char *const *)b->memory[i].column_labels,
                               .column_numbers = across,
                               .column_marked = marked,
                               .greyed = greyed};
    return true;
}

void board_clear(struct board *b, int panel) {
    const int n = b->panels[panel].n_rows * b->panels[panel].n_columns;
    for (int i = 0; i < n; i++) b->memory[panel].values[i] = NAN;
}

bool board_label_positions(struct board *b, int panel, const struct pg_model *model, const int *ids,
                           struct pg_error *err) {
    const size_t n = (size_t)b->panels[panel].n_columns;
    char **labels = token_name_list(model, b->font, ids, n, TOKEN_DOTTED, err);
    if (!labels) return false;
    free_strings(b->memory[panel].column_labels);
    b->memory[panel].column_labels = labels;
    b->panels[panel].column_labels = (const char *const *)labels;
    b->panels[panel].column_title = "position";
    return true;
}

bool board_label_layers(struct board *b, int panel, int heads, struct pg_error *err) {
    char **labels = b->memory[panel].row_labels;
    b->panels[panel].row_title = heads ? "layer.head" : "layer";
    for (int i = 0; i < b->panels[panel].n_rows; i++)
        if (!(labels[i] = heads ? format_string(err, "%d.%d", i / heads, i % heads)
                                : format_string(err, "%d", i)))
            return false;
    return true;
}

static bool label_components(struct board *b, int panel, int n_heads, struct pg_error *err) {
    struct heatmap_panel *p = &b->panels[panel];
    char **labels = b->memory[panel].column_labels;
    p->column_title = "head";
    p->column_numbers = NULL;
    for (int i = 0; i < p->n_columns; i++) {
        labels[i] = i < n_heads ? format_string(err, "%d", i)
                                : copy_string(i == n_heads ? "MLP" : "embed", err);
        if (!labels[i]) return false;
    }
    return true;
}

bool board_add_components(struct board *b, int n_layers, int n_heads, bool with_embed,
                          struct pg_error *err) {
    const int panel = b->map.n_panels, columns = n_heads + 1 + with_embed;
    if (!board_add(b, n_layers, 1, columns, err)) return false;
    board_clear(b, panel);
    return board_label_layers(b, panel, 0, err) && label_components(b, panel, n_heads, err);
}

size_t board_component(int n_columns, int n_heads, enum pg_component component, int layer,
                       int head) {
    if (component == PG_EMBED) return (size_t)n_heads + 1;
    return (size_t)layer * (size_t)n_columns + (size_t)(component == PG_HEAD ? head : n_heads);
}

bool board_bands_open(struct board_bands *b, size_t n, struct pg_error *err) {
    b->starts = allocate(n, sizeof *b->starts, err);
    b->labels = allocate(n + 1, sizeof *b->labels, err);
    b->bands = (struct heatmap_bands){0, b->starts, (const char *const *)b->labels};
    return b->starts && b->labels;
}

bool board_bands_add(struct board_bands *b, int start, char *label) {
    b->starts[b->bands.n] = start;
    b->labels[b->bands.n] = label;
    b->bands.n += label != NULL;
    return label;
}

bool board_label_places(struct board *b, int panel, struct pg_error *err) {
    b->panels[panel].row_title = "place";
    for (int i = 0; i < b->panels[panel].n_rows; i++) {
        char name[PLACE_SIZE];
        place_name((size_t)i, name);
        if (!(b->memory[panel].row_labels[i] = copy_string(name, err))) return false;
    }
    return true;
}
