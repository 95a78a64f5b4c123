/* reading_png.c: see reading_png.h. */
#include "report/reading_png.h"

#include "base/memory.h"
#include "circuit/lens.h"
#include "report/metric_text.h"
#include "report/result_png.h"
#include "report/token_names.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>

/* ---- a picture and its memory ---- */

enum { MAX_PANELS = 2 };

/* A heatmap of up to two panels with all that it points to. */
struct board {
    struct font *font;
    struct heatmap map;
    struct heatmap_panel panels[MAX_PANELS];
    struct {
        float *values;
        char **row_labels, **column_labels, **texts; /* each list ends with NULL */
        int *row_numbers, *column_numbers;
        bool *marked;
    } memory[MAX_PANELS];
    char *title, *subtitles[2];
};

static void board_free(struct board *b) {
    for (int i = 0; i < MAX_PANELS; i++) {
        free(b->memory[i].values);
        free_strings(b->memory[i].row_labels);
        free_strings(b->memory[i].column_labels);
        free_strings(b->memory[i].texts);
        free(b->memory[i].row_numbers);
        free(b->memory[i].column_numbers);
        free(b->memory[i].marked);
    }
    free(b->title);
    free(b->subtitles[0]);
    free(b->subtitles[1]);
    font_close(b->font);
}

/* Adds a panel of rows in groups, numbered from 0 as its columns are, without labels and with
 * values of 0. False and err when memory is out. */
static bool add_panel(struct board *b, int rows, int group, int columns, struct pg_error *err) {
    const int i = b->map.n_panels++;
    struct heatmap_panel *p = &b->panels[i];
    const size_t n_rows = (size_t)rows, n_columns = (size_t)columns;
    float *values = b->memory[i].values = allocate(n_rows * n_columns, sizeof *values, err);
    b->memory[i].row_labels = allocate(n_rows + 1, sizeof(char *), err);
    b->memory[i].column_labels = allocate(n_columns + 1, sizeof(char *), err);
    int *numbers = b->memory[i].row_numbers = allocate(n_rows, sizeof *numbers, err);
    int *across = b->memory[i].column_numbers = allocate(n_columns, sizeof *across, err);
    bool *marked = b->memory[i].marked = allocate(n_columns, sizeof *marked, err);
    if (!values || !b->memory[i].row_labels || !b->memory[i].column_labels || !numbers || !across ||
        !marked)
        return false;
    for (int k = 0; k < rows; k++) numbers[k] = k;
    for (int k = 0; k < columns; k++) across[k] = k;
    *p = (struct heatmap_panel){.title = "",
                                .values = values,
                                .n_rows = rows,
                                .n_columns = columns,
                                .group = group,
                                .row_numbers = numbers,
                                .row_labels = (const char *const *)b->memory[i].row_labels,
                                .column_labels = (const char *const *)b->memory[i].column_labels,
                                .column_numbers = across,
                                .column_marked = marked};
    return true;
}

/* Labels the columns of a panel with tokens, by position. */
static bool label_positions(struct board *b, int panel, const struct pg_model *model,
                            const int *ids, struct pg_error *err) {
    const size_t n = (size_t)b->panels[panel].n_columns;
    char **labels = token_name_list(model, b->font, ids, n, TOKEN_DOTTED, err);
    if (!labels) return false;
    free_strings(b->memory[panel].column_labels);
    b->memory[panel].column_labels = labels;
    b->panels[panel].column_labels = (const char *const *)labels;
    b->panels[panel].column_title = "position";
    return true;
}

static void set_colours(struct board *b, const struct pg_picture *picture) {
    b->map.panels = b->panels;
    b->map.colormap = picture->colormap;
    b->map.low = picture->low;
    b->map.high = picture->high;
    b->map.center = picture->center;
    if (picture->colormap == PG_RDBU && isnan(picture->center)) b->map.center = 0;
}

/* The metric in words; NULL and err when memory is out. */
static char *metric_title(const struct board *b, const struct pg_model *model,
                          const char *beginning, const struct question *q, struct pg_error *err) {
    char mean_of[64] = "";
    char *formula = escape_undrawable(b->font, question_formula(model, q, "\u2212").text, err);
    if (!formula) return NULL;
    if (q->n_pairs > 1)
        snprintf(mean_of, sizeof mean_of, ", \u2026: mean over %zu pairs", q->n_pairs);
    char *title = format_string(err, "%s%s%s", beginning, formula, mean_of);
    free(formula);
    return title;
}

/* ---- notes ---- */

/* What was read, as notes. */
struct subject {
    const char *what; /* "lens" or "direct" */
    const int *ids;
    size_t n_tokens;
    struct question question;
    int read_position;
};

static bool add_notes(struct picture_notes *notes, const struct pg_model *model,
                      const struct subject *q, struct pg_error *err) {
    return notes_add_program(notes, err) && notes_add(notes, err, "what", "%s", q->what) &&
           notes_add(notes, err, "model", "%s", pg_model_info(model).name) &&
           notes_add_tokens(notes, model, "text", "text_ids", q->ids, q->n_tokens, "", err) &&
           (!question_has_tokens(&q->question) ||
            notes_add(notes, err, "metric", "%s", pg_metric_name(q->question.metric))) &&
           notes_add_question(notes, model, &q->question, err) &&
           notes_add(notes, err, "read_position", "%d", q->read_position) &&
           notes_add(notes, err, "bos", "%s", begins_with_bos(model, q->ids) ? "yes" : "no");
}

/* The bytes of the picture. */
static uint8_t *encode(const struct board *b, const struct pg_model *model, const struct subject *q,
                       size_t *size, struct pg_error *err) {
    struct picture_notes notes = {0};
    uint8_t *png = NULL;
    if (add_notes(&notes, model, q, err))
        png = heatmap_png(&b->map, b->font, notes.items, notes.n, pg_threads(), size, err);
    notes_free(&notes);
    return png;
}

/* ---- lens ---- */

/* The tokens in the cells. */
static bool add_top_tokens(struct board *b, const struct pg_model *model,
                           const struct pg_lens *lens, struct pg_error *err) {
    const size_t n = lens->n_places * lens->n_tokens;
    int *ids = allocate(n, sizeof *ids, err);
    if (!ids) return false;
    for (size_t i = 0; i < n; i++) ids[i] = lens->readings[i].top;
    b->memory[0].texts = token_name_list(model, b->font, ids, n, TOKEN_DOTTED, err);
    b->panels[0].texts = (const char *const *)b->memory[0].texts;
    free(ids);
    return b->memory[0].texts;
}

static bool fill_lens(struct board *b, const struct pg_model *model, const struct pg_lens *lens,
                      struct pg_error *err) {
    const int n = (int)lens->n_tokens;
    if (!add_panel(b, (int)lens->n_places, 1, n, err) ||
        !label_positions(b, 0, model, lens->ids, err) || !add_top_tokens(b, model, lens, err))
        return false;
    b->panels[0].row_title = "place";
    b->memory[0].marked[lens->read_position] = lens->read_position + 1 != n;
    for (size_t i = 0; i < lens->n_places * lens->n_tokens; i++)
        b->memory[0].values[i] =
            lens->readings[i].rank ? lens->readings[i].value : lens->readings[i].probability;
    for (size_t i = 0; i < lens->n_places; i++) {
        char name[PLACE_SIZE];
        place_name(i, name);
        if (!(b->memory[0].row_labels[i] = copy_string(name, err))) return false;
    }
    return true;
}

static bool title_lens(struct board *b, const struct pg_model *model, const struct question *q,
                       struct pg_error *err) {
    static const char beginning[] = "logit lens: ", probability[] = "probability of the top token";
    const bool tokens = question_has_tokens(q);
    b->title = tokens ? metric_title(b, model, beginning, q, err)
                      : format_string(err, "%s%s", beginning, probability);
    b->map.value_title = tokens ? metric_quantity(q->metric, metric_tokens(q)) : probability;
    b->map.title = b->title;
    b->map.subtitles[0] = "in each cell the most probable next token at that place";
    b->map.subtitles[1] = "";
    return b->title;
}

uint8_t *lens_png(const struct pg_model *model, const struct pg_lens *lens,
                  const struct pg_picture *picture, size_t *size, struct pg_error *err) {
    const struct subject s = {"lens", lens->ids, lens->n_tokens, question_of_lens(lens),
                              lens->read_position};
    const bool tokens = question_has_tokens(&s.question);
    struct board b = {.font = font_open(err)};
    uint8_t *png = NULL;
    set_colours(&b, picture);
    if (!tokens && isnan(picture->low)) b.map.low = 0;
    if (!tokens && isnan(picture->high)) b.map.high = 1;
    if (b.font && fill_lens(&b, model, lens, err) && title_lens(&b, model, &s.question, err))
        png = encode(&b, model, &s, size, err);
    board_free(&b);
    return png;
}

/* ---- direct ---- */

/* Layer by head, and the MLPs. */
static bool fill_heads(struct board *b, const struct pg_model *model, const struct pg_direct *d,
                       struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    const int columns = info.n_head + 1;
    if (!add_panel(b, info.n_layer, 1, columns, err)) return false;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct pg_part *part = &d->parts[i];
        const int column = part->component == PG_HEAD ? part->index : info.n_head;
        if (part->layer >= 0) b->memory[0].values[part->layer * columns + column] += part->value;
    }
    b->panels[0].row_title = "layer";
    b->panels[0].column_title = "head";
    b->panels[0].column_numbers = NULL;
    for (int i = 0; i < info.n_layer; i++)
        if (!(b->memory[0].row_labels[i] = format_string(err, "%d", i))) return false;
    for (int i = 0; i < columns; i++)
        if (!(b->memory[0].column_labels[i] =
                  i < info.n_head ? format_string(err, "%d", i) : copy_string("MLP", err)))
            return false;
    return true;
}

/* Heads by the positions that they attend to. */
static bool fill_sources(struct board *b, const struct pg_model *model, const struct pg_direct *d,
                         struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    const int columns = d->read_position + 1, heads = info.n_head;
    if (!d->by_source) return true;
    if (!add_panel(b, info.n_layer * heads, heads, columns, err) ||
        !label_positions(b, 1, model, d->ids, err))
        return false;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct pg_part *p = &d->parts[i];
        if (p->component == PG_HEAD)
            b->memory[1].values[(p->layer * heads + p->index) * columns + p->source] = p->value;
    }
    for (int i = 0; i < info.n_layer * heads; i++)
        if (!(b->memory[1].row_labels[i] = format_string(err, "%d.%d", i / heads, i % heads)))
            return false;
    b->panels[0].title = "components";
    b->panels[1].title = "heads, by the position that they attend to";
    b->panels[1].row_title = "layer.head";
    return true;
}

/* The parts that have no cell. */
static char *other_parts(const struct pg_direct *d, struct pg_error *err) {
    char numbers[3][NUMBER_SIZE];
    heatmap_number(d->parts[0].value, 3, numbers[0]);
    heatmap_number(d->parts[d->n_parts - 2].value, 3, numbers[1]);
    heatmap_number(d->parts[d->n_parts - 1].value, 3, numbers[2]);
    return format_string(err, "embed %s, attention biases %s, ln_f bias %s", numbers[0], numbers[1],
                         numbers[2]);
}

static bool title_direct(struct board *b, const struct pg_model *model, const struct pg_direct *d,
                         struct pg_error *err) {
    char metric[NUMBER_SIZE];
    heatmap_number(d->metric_value, 3, metric);
    const struct question question = question_of_direct(d);
    b->map.title = b->title = metric_title(b, model, "direct attribution: ", &question, err);
    b->map.subtitles[0] = b->subtitles[0] =
        format_string(err, "after position %d: %s in all", d->read_position, metric);
    b->map.subtitles[1] = b->subtitles[1] = other_parts(d, err);
    b->map.value_title =
        question_is_difference(&question) ? "part of the logit difference" : "part of the logit";
    return b->title && b->subtitles[0] && b->subtitles[1];
}

uint8_t *direct_png(const struct pg_model *model, const struct pg_direct *d,
                    const struct pg_picture *picture, size_t *size, struct pg_error *err) {
    const struct subject s = {"direct", d->ids, d->n_tokens, question_of_direct(d),
                              d->read_position};
    struct board b = {.font = font_open(err)};
    uint8_t *png = NULL;
    set_colours(&b, picture);
    if (b.font && fill_heads(&b, model, d, err) && fill_sources(&b, model, d, err) &&
        title_direct(&b, model, d, err))
        png = encode(&b, model, &s, size, err);
    board_free(&b);
    return png;
}
