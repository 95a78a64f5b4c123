/* site_panels.c: see site_panels.h. */
#include "report/site_panels.h"

#include "base/memory.h"

#include <stdlib.h>

/* ---- counting ---- */

/* A number of a cell. */
typedef int number_of(const struct pg_cell *cell);

static int layer_of(const struct pg_cell *cell) {
    return cell->layer;
}

static int head_of(const struct pg_cell *cell) {
    return cell->head;
}

static int position_of(const struct pg_cell *cell) {
    return cell->position;
}

static int source_of(const struct pg_cell *cell) {
    return cell->source;
}

static int zero_of(const struct pg_cell *cell) {
    (void)cell;
    return 0;
}

/* One more than the largest of such numbers. */
static size_t end_of(number_of *number, const struct pg_cell *cells, size_t n) {
    int last = 0;
    for (size_t i = 0; i < n; i++)
        if (number(&cells[i]) > last) last = number(&cells[i]);
    return (size_t)last + 1;
}

/* The pairs of two numbers that cells have. */
struct pairs {
    size_t height, width;
    bool *there; /* height x width */
};

/* Free pairs->there. False and err when memory is out. */
static bool find_pairs(number_of *a, number_of *b, const struct pg_cell *cells, size_t n,
                       struct pairs *out, struct pg_error *err) {
    *out = (struct pairs){end_of(a, cells, n), end_of(b, cells, n), NULL};
    out->there = allocate(out->height * out->width, sizeof *out->there, err);
    for (size_t i = 0; out->there && i < n; i++)
        out->there[(size_t)a(&cells[i]) * out->width + (size_t)b(&cells[i])] = true;
    return out->there;
}

/* The number of positions of neurons, or of pairs of positions of weights of patterns; 1 for other
 * sites. 0 and err when memory is out. */
static size_t count_positions(enum pg_site site, const struct pg_cell *cells, size_t n,
                              struct pg_error *err) {
    struct pairs pairs;
    size_t count = 0;
    if (!pg_site_has_neurons(site) && !pg_site_has_sources(site)) return 1;
    number_of *const second = pg_site_has_sources(site) ? source_of : zero_of;
    if (!find_pairs(position_of, second, cells, n, &pairs, err)) return 0;
    for (size_t i = 0; i < pairs.height * pairs.width; i++) count += pairs.there[i];
    free(pairs.there);
    return count;
}

size_t site_panels_count(enum pg_site site, const struct pg_cell *cells, size_t n,
                         struct pg_error *err) {
    return pg_site_has_neurons(site) ? count_positions(site, cells, n, err) : 1;
}

bool site_panels_fit(enum pg_site site, const struct pg_cell *cells, size_t n,
                     struct pg_error *err) {
    const size_t count = count_positions(site, cells, n, err);
    if (!count) return false;
    if (pg_site_has_neurons(site) && count > MAX_NEURON_PANELS)
        return fail(err,
                    "a picture of neurons has a panel for each position, at most %d, not %zu: "
                    "choose positions, or write a CSV instead",
                    MAX_NEURON_PANELS, count);
    if (!pg_site_has_sources(site) || count <= MAX_PAIR_COLUMNS) return true;
    return fail(err,
                "a picture of %s has a column for each pair of positions, at most %d, not %zu: "
                "choose positions, or write a CSV instead",
                pg_site_name(site), MAX_PAIR_COLUMNS, count);
}

/* ---- heads ---- */

/* Whether all layers that have heads have the same. */
static bool heads_are_grid(const struct pairs *heads) {
    for (size_t head = 0; head < heads->width; head++) {
        bool some = false, all = true;
        for (size_t layer = 0; layer < heads->height; layer++) {
            const bool *row = heads->there + layer * heads->width;
            bool used = false;
            for (size_t i = 0; i < heads->width; i++) used |= row[i];
            some |= row[head];
            all &= row[head] || !used;
        }
        if (some != all) return false;
    }
    return true;
}

/* Sets single_heads: one more than the last head, if the heads are not a grid; else 0. */
static bool choose_heads(struct map_cells *from, struct pg_error *err) {
    struct pairs heads;
    from->single_heads = 0;
    if (!pg_site_has_heads(from->site)) return true;
    if (!find_pairs(layer_of, head_of, from->cells, from->n, &heads, err)) return false;
    if (!heads_are_grid(&heads)) from->single_heads = (int)heads.width;
    free(heads.there);
    return true;
}

/* ---- pairs of positions ---- */

/* Cells whose position is the number of a pair: position x n_sources + source. */
struct pair_cells {
    const struct map_cells *from;
    int n_sources;
};

/* "9 Jones", "9" if the position has no text. */
static char *place_text(const struct map_cells *from, int position, struct pg_error *err) {
    char *label = from->label(from->context, position, err), *text = NULL;
    if (label) text = format_string(err, "%d%s%s", position, *label ? " " : "", label);
    free(label);
    return text;
}

/* "9 ch \u2190 1 Jones". */
static char *pair_label(const void *context, int pair, struct pg_error *err) {
    const struct pair_cells *p = context;
    char *destination = place_text(p->from, pair / p->n_sources, err);
    char *source = destination ? place_text(p->from, pair % p->n_sources, err) : NULL;
    char *label = source ? format_string(err, "%s \u2190 %s", destination, source) : NULL;
    free(destination);
    free(source);
    return label;
}

static bool pair_is_marked(const void *context, int pair) {
    const struct pair_cells *p = context;
    const struct map_cells *from = p->from;
    return from->is_marked(from->context, pair / p->n_sources) ||
           from->is_marked(from->context, pair % p->n_sources);
}

/* Without the function `shown`, which has the context of the cells' own. */
static float pair_shown(const void *context, float value) {
    const struct map_cells *from = ((const struct pair_cells *)context)->from;
    return from->shown ? from->shown(from->context, value) : value;
}

/* Adds a panel with a column for each pair. Takes over the title. */
static bool add_pairs(struct cell_map *map, const struct map_cells *from, char *title,
                      struct pg_error *err) {
    struct pg_cell *cells = allocate(from->n, sizeof *cells, err);
    if (!cells) {
        free(title);
        return false;
    }
    const struct pair_cells pairs = {from, (int)end_of(source_of, from->cells, from->n)};
    for (size_t i = 0; i < from->n; i++) {
        cells[i] = from->cells[i];
        cells[i].position = cells[i].position * pairs.n_sources + cells[i].source;
    }
    struct map_cells of_pairs = *from;
    of_pairs.cells = cells;
    of_pairs.columns = PAIR_COLUMNS;
    of_pairs.context = &pairs;
    of_pairs.shown = pair_shown;
    of_pairs.label = pair_label;
    of_pairs.is_marked = pair_is_marked;
    const bool done = cell_map_add(map, &of_pairs, title, err);
    free(cells);
    return done;
}

/* ---- neurons ---- */

/* "position 3: Jones", or a label, after a title that is not empty. */
static char *neuron_title(const struct map_cells *from, const char *title, int number,
                          struct pg_error *err) {
    const char *comma = *title ? ", " : "";
    char *label = from->label(from->context, number, err), *text = NULL;
    if (label && from->columns == LABEL_COLUMNS)
        text = format_string(err, "%s%s%s", title, comma, label);
    else if (label)
        text = format_string(err, "%s%sposition %d%s%s", title, comma, number, *label ? ": " : "",
                             label);
    free(label);
    return text;
}

/* Adds the panel of one position, if it has neurons. cells, greyed: room for all. */
static bool add_position(struct cell_map *map, const struct map_cells *from, const char *title,
                         int position, struct pg_cell *cells, bool *greyed, struct pg_error *err) {
    struct map_cells there = *from;
    there.cells = cells;
    there.greyed = from->greyed ? greyed : NULL;
    there.columns = NEURON_COLUMNS;
    there.n = 0;
    for (size_t i = 0; i < from->n; i++) {
        if (from->cells[i].position != position) continue;
        if (from->greyed) greyed[there.n] = from->greyed[i];
        cells[there.n++] = from->cells[i];
    }
    return !there.n || cell_map_add(map, &there, neuron_title(from, title, position, err), err);
}

/* Adds a panel for each position. */
static bool add_neurons(struct cell_map *map, const struct map_cells *from, const char *title,
                        struct pg_error *err) {
    const int end = (int)end_of(position_of, from->cells, from->n);
    struct pg_cell *cells = allocate(from->n, sizeof *cells, err);
    bool *greyed = allocate(from->n, sizeof *greyed, err);
    bool done = cells && greyed;
    for (int p = 0; done && p < end; p++)
        done = add_position(map, from, title, p, cells, greyed, err);
    free(cells);
    free(greyed);
    return done;
}

/* ---- all sites ---- */

bool site_panels_add(struct cell_map *map, const struct map_cells *from, char *title,
                     struct pg_error *err) {
    struct map_cells chosen = *from;
    if (!title || !choose_heads(&chosen, err)) {
        free(title);
        return false;
    }
    if (pg_site_has_sources(from->site)) return add_pairs(map, &chosen, title, err);
    if (!pg_site_has_neurons(from->site)) return cell_map_add(map, &chosen, title, err);
    const bool done = add_neurons(map, &chosen, title, err);
    free(title);
    return done;
}
