/* reading_png.c: see reading_png.h. */
#include "report/reading_png.h"

#include "base/memory.h"
#include "report/metric_text.h"
#include "report/reading_board.h"
#include "report/result_png.h"
#include "report/token_names.h"
#include "report/tokens.h"

#include <math.h>
#include <stdlib.h>

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
                       int threads, size_t *size, struct pg_error *err) {
    struct picture_notes notes = {0};
    uint8_t *png = NULL;
    if (add_notes(&notes, model, q, err))
        png = heatmap_png(&b->map, b->font, notes.items, notes.n, threads, size, err);
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
    if (!board_add(b, (int)lens->n_places, 1, n, err) ||
        !board_label_positions(b, 0, model, lens->ids, err) || !add_top_tokens(b, model, lens, err))
        return false;
    b->memory[0].marked[lens->read_position] = lens->read_position + 1 != n;
    for (size_t i = 0; i < lens->n_places * lens->n_tokens; i++)
        b->memory[0].values[i] =
            lens->readings[i].rank ? lens->readings[i].value : lens->readings[i].probability;
    return board_label_places(b, 0, err);
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
                  const struct pg_picture *picture, int threads, size_t *size,
                  struct pg_error *err) {
    const struct subject s = {"lens", lens->ids, lens->n_tokens, question_of_lens(lens),
                              lens->read_position};
    const bool tokens = question_has_tokens(&s.question);
    struct board b;
    uint8_t *png = NULL;
    const bool open = board_open(&b, 1, picture, err);
    if (!tokens && isnan(picture->low)) b.map.low = 0;
    if (!tokens && isnan(picture->high)) b.map.high = 1;
    if (open && fill_lens(&b, model, lens, err) && title_lens(&b, model, &s.question, err))
        png = encode(&b, model, &s, threads, size, err);
    board_free(&b);
    return png;
}

/* ---- direct ---- */

/* Layer by head, and the MLPs. */
static bool fill_heads(struct board *b, const struct pg_model *model, const struct pg_direct *d,
                       struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    if (!board_add_components(b, info.n_layer, info.n_head, false, err)) return false;
    float *values = b->memory[0].values;
    const int columns = b->panels[0].n_columns;
    for (int i = 0; i < info.n_layer * columns; i++) values[i] = 0;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct pg_part *part = &d->parts[i];
        if (part->layer >= 0)
            values[board_component(columns, info.n_head, part->component, part->layer,
                                   part->index)] += part->value;
    }
    return true;
}

/* Heads by the positions that they attend to. */
static bool fill_sources(struct board *b, const struct pg_model *model, const struct pg_direct *d,
                         struct pg_error *err) {
    const struct pg_model_info info = pg_model_info(model);
    const int columns = d->read_position + 1, heads = info.n_head;
    if (!d->by_source) return true;
    if (!board_add(b, info.n_layer * heads, heads, columns, err) ||
        !board_label_positions(b, 1, model, d->ids, err))
        return false;
    for (size_t i = 0; i < d->n_parts; i++) {
        const struct pg_part *p = &d->parts[i];
        if (p->component == PG_HEAD)
            b->memory[1].values[(p->layer * heads + p->index) * columns + p->source] = p->value;
    }
    b->panels[0].title = "components";
    b->panels[1].title = "heads, by the position that they attend to";
    return board_label_layers(b, 1, heads, err);
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
                    const struct pg_picture *picture, int threads, size_t *size,
                    struct pg_error *err) {
    const struct subject s = {"direct", d->ids, d->n_tokens, question_of_direct(d),
                              d->read_position};
    struct board b;
    uint8_t *png = NULL;
    if (board_open(&b, 2, picture, err) && fill_heads(&b, model, d, err) &&
        fill_sources(&b, model, d, err) && title_direct(&b, model, d, err))
        png = encode(&b, model, &s, threads, size, err);
    board_free(&b);
    return png;
}
