/* spec.c: see spec.h. */
#include "spec/spec.h"

#include "spec/nodes.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define MEMBER(name) offsetof(struct spec, name)

const struct spec_row spec_rows[N_SPEC_FIELDS] = {
    [SPEC_CLEAN] = {"--clean", "clean", KIND_TEXT, MEMBER(clean), OF_LINE},
    [SPEC_CORRUPT] = {"--corrupt", "corrupt", KIND_TEXT, MEMBER(corrupt), OF_LINE},
    [SPEC_TOKENS] = {"--tokens", "tokens", KIND_TEXT_PAIRS, MEMBER(tokens), OF_LINE},
    [SPEC_CLEAN_IDS] = {"--clean-ids", "clean_ids", KIND_IDS, MEMBER(clean_ids), OF_LINE},
    [SPEC_CORRUPT_IDS] = {"--corrupt-ids", "corrupt_ids", KIND_IDS, MEMBER(corrupt_ids), OF_LINE},
    [SPEC_TOKEN_IDS] = {"--token-ids", "token_ids", KIND_ID_PAIRS, MEMBER(token_ids), OF_LINE},
    [SPEC_ANSWERS] = {"--answers", "answers", KIND_TEXTS, MEMBER(answers), OF_LINE},
    [SPEC_WRONG_ANSWERS] = {"--wrong-answers", "wrong_answers", KIND_TEXTS, MEMBER(wrong_answers),
                            OF_LINE},
    [SPEC_ANSWER_IDS] = {"--answer-ids", "answer_ids", KIND_IDS, MEMBER(answer_ids), OF_LINE},
    [SPEC_WRONG_ANSWER_IDS] = {"--wrong-answer-ids", "wrong_answer_ids", KIND_IDS,
                               MEMBER(wrong_answer_ids), OF_LINE},
    [SPEC_PREPEND_BOS] = {"--prepend-bos", "prepend_bos", KIND_FLAG, MEMBER(prepend_bos), OF_BOTH},
    [SPEC_SITE] = {"--site", "site", KIND_SITES, MEMBER(sites), OF_BOTH},
    [SPEC_METRIC] = {"--metric", "metric", KIND_METRIC, MEMBER(metric), OF_BOTH},
    [SPEC_NOISING] = {"--noising", "noising", KIND_FLAG, MEMBER(noising), OF_BOTH},
    [SPEC_NOISE] = {"--corrupt-noise", "corrupt_noise", KIND_SELECTION, MEMBER(noise), OF_LINE},
    [SPEC_NOISE_TEXT] = {"--corrupt-noise-text", "corrupt_noise_text", KIND_TEXT,
                         MEMBER(noise_text), OF_LINE},
    [SPEC_SIGMA] = {"--sigma", "sigma", KIND_SIGMA, MEMBER(sigma), OF_BATCH},
    [SPEC_SAMPLES] = {"--samples", "samples", KIND_SAMPLES, MEMBER(samples), OF_BATCH},
    [SPEC_SEED] = {"--seed", "seed", KIND_NUMBER, MEMBER(seed), OF_BATCH},
    [SPEC_WITH] = {"--with", "with", KIND_WITH, MEMBER(with), OF_BATCH},
    [SPEC_OVER] = {"--over", "over", KIND_TEXT, MEMBER(over), OF_BATCH},
    [SPEC_LAYERS] = {"--layers", "layers", KIND_SELECTION, MEMBER(layers), OF_BOTH},
    [SPEC_HEADS] = {"--heads", "heads", KIND_HEADS, MEMBER(heads), OF_BOTH},
    [SPEC_POSITIONS] = {"--positions", "positions", KIND_POSITIONS, MEMBER(positions), OF_BOTH},
    [SPEC_NEURONS] = {"--neurons", "neurons", KIND_SELECTION, MEMBER(neurons), OF_BOTH},
    [SPEC_FROM] = {"--from", "from", KIND_SENDERS, MEMBER(from), OF_BOTH},
    [SPEC_TO] = {"--to", "to", KIND_RECEIVERS, MEMBER(to), OF_BOTH},
    [SPEC_MLPS] = {"--mlps", "mlps", KIND_FROZEN, MEMBER(frozen_mlps), OF_BOTH},
    [SPEC_WINDOW] = {"--window", "window", KIND_COUNT, MEMBER(window), OF_BATCH},
    [SPEC_JOINT] = {"--joint", "joint", KIND_FLAG, MEMBER(joint), OF_BATCH},
    [SPEC_READ_POSITION] = {"--read-position", "read_position", KIND_POSITION,
                            MEMBER(read_position), OF_BOTH},
};

const char *const ablation_names[N_ABLATIONS] = {
    [WITH_ZERO] = "zero", [WITH_MEAN] = "mean", [WITH_MEAN_ALL] = "mean-all"};

const char *spec_name(const struct spec *spec, enum spec_field field) {
    return spec->form == SPEC_JSON_LINE ? spec_rows[field].key : spec_rows[field].option;
}

/* ---- making and freeing ---- */

struct spec spec_default(enum spec_form form) {
    return (struct spec){.form = form,
                         .sites = {{PG_RESID_POST}, 1},
                         .window = 1,
                         .sigma = {3, true, false},
                         .samples = 10,
                         .seed = 1,
                         .read_position = -1};
}

bool spec_inherit(const struct spec *defaults, enum spec_form form, struct spec *out,
                  struct pg_error *err) {
    *out = (struct spec){.form = form,
                         .prepend_bos = defaults->prepend_bos,
                         .noising = defaults->noising,
                         .sites = defaults->sites,
                         .metric = defaults->metric,
                         .sigma = defaults->sigma,
                         .samples = defaults->samples,
                         .seed = defaults->seed,
                         .with = defaults->with,
                         .over = defaults->over,
                         .from = defaults->from,
                         .to = defaults->to,
                         .frozen_mlps = defaults->frozen_mlps,
                         .window = defaults->window,
                         .joint = defaults->joint,
                         .read_position = defaults->read_position};
    return selection_copy(&defaults->layers, &out->layers, err) &&
           selection_copy(&defaults->heads, &out->heads, err) &&
           selection_copy(&defaults->positions, &out->positions, err) &&
           selection_copy(&defaults->neurons, &out->neurons, err);
}

void spec_free(struct spec *spec) {
    pg_tokens_free(&spec->clean_ids);
    pg_tokens_free(&spec->corrupt_ids);
    free(spec->tokens.items);
    free(spec->token_ids.items);
    free(spec->answers.items);
    free(spec->wrong_answers.items);
    pg_tokens_free(&spec->answer_ids);
    pg_tokens_free(&spec->wrong_answer_ids);
    selection_free(&spec->layers);
    selection_free(&spec->heads);
    selection_free(&spec->positions);
    selection_free(&spec->neurons);
    selection_free(&spec->noise);
    *spec = spec_default(spec->form);
}

/* ---- reading text ---- */

static bool parse_ablation(const char *name, const char *text, enum ablation *out,
                           struct pg_error *err) {
    for (enum ablation a = WITH_ZERO; a < N_ABLATIONS; a++)
        if (!strcmp(text, ablation_names[a])) {
            *out = a;
            return true;
        }
    return fail_name(name, text, ablation_names + 1, N_ABLATIONS - 1, err);
}

/* 0.3, or 3s: three standard deviations. */
static bool parse_sigma(const char *name, const char *text, struct sigma *out,
                        struct pg_error *err) {
    char digits[64];
    const size_t length = strlen(text);
    const bool s = length && text[length - 1] == 's';
    if (length < sizeof digits) {
        memcpy(digits, text, length - s);
        digits[length - s] = '\0';
        *out = (struct sigma){0, s, true};
        if (parse_real(digits, &out->value) && out->value > 0) return true;
    }
    return fail(err,
                "%s takes a number above 0, such as 0.3, or 3s for three standard deviations of "
                "the embeddings, but found \"%s\"",
                name, text);
}

static bool parse_frozen(const char *name, const char *text, bool *out, struct pg_error *err) {
    static const char *const names[] = {"run", "frozen"};
    for (int i = 0; i < 2; i++)
        if (!strcmp(text, names[i])) {
            *out = i;
            return true;
        }
    return fail_name(name, text, names, 2, err);
}

bool spec_read(struct spec *spec, enum spec_field field, const char *text, struct pg_error *err) {
    const struct spec_row *row = &spec_rows[field];
    const char *name = spec_name(spec, field);
    void *member = (char *)spec + row->offset;
    switch (row->kind) {
    case KIND_TEXT:
        *(const char **)member = text;
        return true;
    case KIND_FLAG:
        *(bool *)member = true;
        return true;
    case KIND_POSITION:
        return parse_position(name, text, member, err);
    case KIND_COUNT:
        return parse_integer(text, 1, INT_MAX, member) ||
               fail(err, "%s takes a whole number of at least 1, but found \"%s\"", name, text);
    case KIND_SAMPLES:
        return parse_integer(text, 1, MAX_SAMPLES, member) ||
               fail(err, "%s takes a whole number from 1 to %d, but found \"%s\"", name,
                    MAX_SAMPLES, text);
    case KIND_IDS:
        return parse_ids(name, text, member, err);
    case KIND_SELECTION:
    case KIND_POSITIONS:
        return parse_selection(name, text, row->kind == KIND_POSITIONS, member, err);
    case KIND_HEADS:
        return strchr(text, '.') ? parse_single_heads(name, text, member, err)
                                 : parse_selection(name, text, false, member, err);
    case KIND_SITES:
        return parse_sites(name, text, member, err);
    case KIND_METRIC:
        return parse_metric(name, text, member, err);
    case KIND_NUMBER:
        return parse_integer(text, 0, INT_MAX, member) ||
               fail(err, "%s takes a whole number from 0, but found \"%s\"", name, text);
    case KIND_SIGMA:
        return parse_sigma(name, text, member, err);
    case KIND_WITH:
        return parse_ablation(name, text, member, err);
    case KIND_SENDERS:
        *(const char **)member = text;
        return check_senders_text(name, text, err);
    case KIND_RECEIVERS:
        *(const char **)member = text;
        return check_receivers_text(name, text, err);
    case KIND_FROZEN:
        return parse_frozen(name, text, member, err);
    case KIND_TEXTS:
    case KIND_TEXT_PAIRS:
    case KIND_ID_PAIRS:
        break;
    }
    return fail(err, "%s is a list", name);
}

/* A list of n elements with room for one more. NULL and err when memory is out; the list is still
 * allocated then. */
static void *grow(void *list, size_t n, size_t size, struct pg_error *err) {
    void *larger = reallocarray(list, n + 1, size);
    if (!larger)
        fail(err, "out of memory: a list of %zu texts or pairs cannot be allocated", n + 1);
    return larger;
}

bool spec_add_texts(struct spec *spec, struct token_texts texts, struct pg_error *err) {
    struct text_pair_list *list = &spec->tokens;
    struct token_texts *items = grow(list->items, list->count, sizeof *items, err);
    if (!items) return false;
    list->items = items;
    items[list->count++] = texts;
    return true;
}

bool spec_add_ids(struct spec *spec, struct pg_pair ids, struct pg_error *err) {
    struct id_pair_list *list = &spec->token_ids;
    struct pg_pair *items = grow(list->items, list->count, sizeof *items, err);
    if (!items) return false;
    list->items = items;
    items[list->count++] = ids;
    return true;
}

bool spec_add_text(struct spec *spec, enum spec_field field, const char *text,
                   struct pg_error *err) {
    struct answer_texts *list = (void *)((char *)spec + spec_rows[field].offset);
    const char **items = grow(list->items, list->count, sizeof *items, err);
    if (!items) return false;
    list->items = items;
    items[list->count++] = text;
    return true;
}

/* ---- whether the parts go together ---- */

bool spec_check_input(const struct spec *s, enum spec_field text, bool has_text,
                      enum spec_field ids, bool has_ids, struct pg_error *err) {
    if (has_text && has_ids)
        return fail(err, "%s and %s cannot both be given", spec_name(s, text), spec_name(s, ids));
    if (has_text || has_ids) return true;
    if (spec_is_ablation(s) || spec_has_noise(s))
        return fail(err, "%s is missing: %s needs %s and %s, or as token ids %s and %s",
                    spec_name(s, text), spec_is_ablation(s) ? "an ablation" : "an experiment",
                    spec_name(s, SPEC_CLEAN), spec_name(s, SPEC_TOKENS),
                    spec_name(s, SPEC_CLEAN_IDS), spec_name(s, SPEC_TOKEN_IDS));
    return fail(err,
                "%s is missing: an experiment needs %s, %s and %s, or as token ids %s, %s and %s",
                spec_name(s, text), spec_name(s, SPEC_CLEAN), spec_name(s, SPEC_CORRUPT),
                spec_name(s, SPEC_TOKENS), spec_name(s, SPEC_CLEAN_IDS),
                spec_name(s, SPEC_CORRUPT_IDS), spec_name(s, SPEC_TOKEN_IDS));
}

bool spec_is_ablation(const struct spec *s) {
    return s->with != NO_ABLATION;
}

bool spec_needs_mean(const struct spec *s) {
    return s->with == WITH_MEAN || s->with == WITH_MEAN_ALL;
}

bool spec_has_noise(const struct spec *s) {
    return s->noise.text || s->noise_text;
}

/* What is given of a second text or run, or NULL. */
static const char *second_of(const struct spec *s) {
    return s->corrupt           ? spec_name(s, SPEC_CORRUPT)
           : s->corrupt_ids.ids ? spec_name(s, SPEC_CORRUPT_IDS)
                                : NULL;
}

/* Whether noise stands in for the corrupted text. In a batch noise is that of all lines. */
static bool check_noise(const struct spec *s, struct pg_error *err) {
    const char *name = spec_name(s, s->noise_text ? SPEC_NOISE_TEXT : SPEC_NOISE);
    if (s->noise.text && s->noise_text)
        return fail(err, "%s and %s cannot both be given", spec_name(s, SPEC_NOISE),
                    spec_name(s, SPEC_NOISE_TEXT));
    if (second_of(s))
        return fail(err,
                    "%s adds noise to the text of %s in place of a second text, so %s does "
                    "not go with it",
                    name, spec_name(s, SPEC_CLEAN), second_of(s));
    return s->form != SPEC_JSON_LINE || s->sigma.given ||
           fail(err, "%s is for a batch with noise in all lines: give --sigma on its command line",
                name);
}

/* Whether there is a mean where a file of its texts is given. */
static bool check_over(const struct spec *s, struct pg_error *err) {
    return !s->over || spec_needs_mean(s) ||
           fail(err, "%s is for %s mean and %s mean-all", spec_name(s, SPEC_OVER),
                spec_name(s, SPEC_WITH), spec_name(s, SPEC_WITH));
}

/* Whether an ablation has one text and one run. */
static bool check_one_run(const struct spec *s, struct pg_error *err) {
    const char *other = second_of(s);
    if (s->noising) other = spec_name(s, SPEC_NOISING);
    if (s->noise_text) other = spec_name(s, SPEC_NOISE_TEXT);
    if (s->noise.text) other = spec_name(s, SPEC_NOISE);
    return !spec_is_ablation(s) || !other ||
           fail(err, "%s %s ablates one text, that of %s, so %s does not go with it",
                spec_name(s, SPEC_WITH), ablation_names[s->with], spec_name(s, SPEC_CLEAN), other);
}

/* Whether the texts are those of a patch, or the one of an ablation. */
static bool check_texts(const struct spec *s, struct pg_error *err) {
    if (!spec_check_input(s, SPEC_CLEAN, s->clean, SPEC_CLEAN_IDS, s->clean_ids.ids, err) ||
        !check_over(s, err))
        return false;
    if (spec_is_ablation(s)) return check_one_run(s, err);
    if (spec_has_noise(s)) return check_noise(s, err);
    if (s->form == SPEC_JSON_LINE && s->sigma.given)
        return fail(err, "%s is missing: with --sigma every line of the batch has noise",
                    spec_name(s, SPEC_NOISE));
    return spec_check_input(s, SPEC_CORRUPT, s->corrupt, SPEC_CORRUPT_IDS, s->corrupt_ids.ids, err);
}

/* What of a list of layers, heads, positions or neurons, or of patches at once, is given; or NULL.
 */
static const char *chosen_otherwise(const struct spec *s) {
    return s->layers.text      ? spec_name(s, SPEC_LAYERS)
           : s->heads.text     ? spec_name(s, SPEC_HEADS)
           : s->positions.text ? spec_name(s, SPEC_POSITIONS)
           : s->neurons.text   ? spec_name(s, SPEC_NEURONS)
           : s->window != 1    ? spec_name(s, SPEC_WINDOW)
           : s->joint          ? spec_name(s, SPEC_JOINT)
                               : NULL;
}

/* Whether edges and paths stand alone, and have ends. */
static bool check_graph(const struct spec *s, struct pg_error *err) {
    const char *site = spec_name(s, SPEC_SITE);
    bool edges = false, paths = false;
    for (size_t i = 0; i < s->sites.count; i++) {
        edges |= s->sites.items[i] == PG_EDGES;
        paths |= s->sites.items[i] == PG_PATHS;
    }
    const char *name = edges ? "edges" : "paths", *other = chosen_otherwise(s);
    if (s->frozen_mlps && !paths)
        return fail(err, "%s is for %s paths", spec_name(s, SPEC_MLPS), site);
    if (!edges && !paths && (s->from || s->to))
        return fail(err, "%s is for %s edges and %s paths",
                    spec_name(s, s->from ? SPEC_FROM : SPEC_TO), site, site);
    if (!edges && !paths) return true;
    if (s->sites.count > 1) return fail(err, "%s %s has no other site beside it", site, name);
    if (other)
        return fail(err,
                    "%s %s is of all positions, chosen with %s and %s, so %s does not go with it",
                    site, name, spec_name(s, SPEC_FROM), spec_name(s, SPEC_TO), other);
    return !paths || s->to ||
           fail(err,
                "%s paths needs %s: the readers that the paths lead to, such as logits or 9.9.q",
                site, spec_name(s, SPEC_TO));
}

/* How many sites have heads, positions, neurons, and are patterns or weights of them. */
struct site_counts {
    size_t heads, positions, neurons, patterns;
};

static struct site_counts count_sites(const struct spec *s) {
    struct site_counts n = {0};
    for (size_t i = 0; i < s->sites.count; i++) {
        n.heads += pg_site_has_heads(s->sites.items[i]);
        n.positions += pg_site_has_positions(s->sites.items[i]);
        n.neurons += pg_site_has_neurons(s->sites.items[i]);
        n.patterns += !strncmp(pg_site_name(s->sites.items[i]), "pattern", 7);
    }
    return n;
}

/* Whether there is something to choose from where heads, positions or neurons are selected. */
static bool check_sites(const struct spec *s, struct pg_error *err) {
    const struct site_counts n = count_sites(s);
    if (s->heads.text && !n.heads)
        return fail(err, "%s is for sites that have heads, such as z or z_all, and none is in %s",
                    spec_name(s, SPEC_HEADS), spec_name(s, SPEC_SITE));
    if (s->positions.text && !n.positions)
        return fail(err,
                    "%s is for sites that are patched one position at a time, such as z, and none "
                    "is in %s",
                    spec_name(s, SPEC_POSITIONS), spec_name(s, SPEC_SITE));
    if (s->positions.differing && (spec_is_ablation(s) || spec_has_noise(s)))
        return fail(err, "%s %s: there is one text, so no positions differ",
                    spec_name(s, SPEC_POSITIONS), s->positions.text);
    if (s->with == WITH_MEAN_ALL && n.patterns)
        return fail(err, "%s mean-all is not for patterns, whose rows have different lengths",
                    spec_name(s, SPEC_WITH));
    if (s->neurons.text && !n.neurons)
        return fail(err, "%s is for the site neuron, which is not in %s",
                    spec_name(s, SPEC_NEURONS), spec_name(s, SPEC_SITE));
    if (!s->heads.n_heads) return true;
    if (n.heads < s->sites.count)
        return fail(err, "%s %s names single heads, but not every site in %s has heads",
                    spec_name(s, SPEC_HEADS), s->heads.text, spec_name(s, SPEC_SITE));
    return !s->layers.text ||
           fail(err, "%s %s names single heads with their layers, so %s does not go with it",
                spec_name(s, SPEC_HEADS), s->heads.text, spec_name(s, SPEC_LAYERS));
}

/* Whether layers are patched at once by a window or by a joint patch, not by both. */
static bool check_window_alone(const struct spec *s, struct pg_error *err) {
    return s->window == 1 || !s->joint ||
           fail(err, "%s patches all layers that %s names at once, so %s does not go with it",
                spec_name(s, SPEC_JOINT), spec_name(s, SPEC_LAYERS), spec_name(s, SPEC_WINDOW));
}

bool spec_check_shared(const struct spec *s, struct pg_error *err) {
    return check_over(s, err) && check_one_run(s, err) && check_window_alone(s, err);
}

/* Whether what is patched at once can be. */
static bool check_sets(const struct spec *s, struct pg_error *err) {
    const struct site_counts n = count_sites(s);
    if (s->window == 1) return true;
    if (n.heads || n.neurons)
        return fail(err,
                    "%s is for sites by layer and position, such as resid_post or mlp_out; %s has "
                    "%s: several of those are patched at once with %s",
                    spec_name(s, SPEC_WINDOW), spec_name(s, SPEC_SITE),
                    n.heads ? "heads" : "neurons", spec_name(s, SPEC_JOINT));
    return check_window_alone(s, err);
}

bool spec_check(const struct spec *s, struct pg_error *err) {
    if (!check_texts(s, err) || !spec_check_metric(s, err) || !check_graph(s, err) ||
        !check_sites(s, err) || !check_sets(s, err))
        return false;
    if (s->prepend_bos && (s->clean_ids.ids || s->corrupt_ids.ids))
        return fail(err,
                    "%s goes with texts; put the id of <|endoftext|> in front of the ids instead",
                    spec_name(s, SPEC_PREPEND_BOS));
    return true;
}
