/* request.c: see request.h; and pg_request_default. */
#include "patch/request.h"

#include "base/number.h"
#include "gpt2/predict.h"
#include "patch/ablation.h"
#include "patch/graph.h"
#include "patch/noised.h"
#include "patch/question.h"
#include "patch/site.h"

struct pg_request pg_request_default(void) {
    return (struct pg_request){.sites = {PG_RESID_POST},
                               .n_sites = 1,
                               .metric = PG_LOGIT_DIFF,
                               .window = 1,
                               .frozen = PG_FROZEN_ATTENTION,
                               .read_position = -1,
                               .top = 20};
}

/* ---- checking ---- */

static bool check_corrupt(const struct pg_model *model, const struct pg_request *r,
                          struct pg_error *err) {
    if (!check_ids(model, r->corrupt.ids, r->corrupt.count, "the corrupted text", err))
        return false;
    return r->clean.count == r->corrupt.count ||
           fail(err,
                "the clean text has %zu token%s and the corrupted text %zu; patching needs equally "
                "many",
                r->clean.count, plural(r->clean.count), r->corrupt.count);
}

static bool check_ablation(const struct pg_model *model, const struct pg_request *r,
                           struct pg_error *err) {
    if ((unsigned)r->with >= PG_N_WITH)
        return fail(err, "there is no source %d of activations", (int)r->with);
    if (r->with == PG_WITH_TEXT) return true;
    if (r->noise) return fail(err, "ablation is of one text without noise");
    if (r->corrupt.count) return fail(err, "ablation is of one text; there is a corrupted one");
    if (r->noising) return fail(err, "ablation is of one text: it has no direction");
    if (r->with == PG_WITH_ZERO) return true;
    return r->mean ? mean_check(model, r->mean, held_for(r->sites, r->n_sites), r->clean.count, err)
                   : fail(err, "there is no mean to put in");
}

static bool check_texts(const struct pg_model *model, struct pg_request *r, struct pg_error *err) {
    if (!check_ids(model, r->clean.ids, r->clean.count, "the clean text", err)) return false;
    if (r->with == PG_WITH_TEXT && !r->noise && !check_corrupt(model, r, err)) return false;
    const int last = (int)r->clean.count - 1;
    if (r->read_position == -1) r->read_position = last;
    if (r->read_position < 0 || r->read_position > last)
        return fail(err, "the metric is to be read at position %d; there are 0 to %d",
                    r->read_position, last);
    return true;
}

static bool check_metric(const struct pg_model *model, const struct pg_request *r,
                         struct pg_error *err) {
    const struct question question = question_of(r);
    if (!question_check(model, &question, err)) return false;
    if (r->top <= (size_t)model->config.n_vocab) return true;
    return fail(err, "the %zu most probable tokens were asked for; model %s has %d", r->top,
                model->name, model->config.n_vocab);
}

static bool check_list(const char *what, const struct pg_list *list, int count,
                       struct pg_error *err) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i] < 0 || list->items[i] >= count)
            return fail(err, "%s %d was asked for; there are 0 to %d", what, list->items[i],
                        count - 1);
        if (i && list->items[i] <= list->items[i - 1])
            return fail(err, "%ss are not in ascending order: %d after %d", what, list->items[i],
                        list->items[i - 1]);
    }
    return true;
}

static bool check_senders(const struct pg_model *model, const struct pg_request *r,
                          struct pg_error *err) {
    for (size_t i = 0; i < r->n_senders; i++) {
        char name[NODE_NAME_SIZE];
        sender_name(&r->senders[i], name);
        if (!graph_has_sender(&model->config, &r->senders[i]))
            return fail(err, "edges from %s were asked for, which model %s does not have", name,
                        model->name);
        for (size_t j = 0; j < i; j++)
            if (graph_sender_index(&model->config, &r->senders[j]) ==
                graph_sender_index(&model->config, &r->senders[i]))
                return fail(err, "edges from %s were asked for twice", name);
    }
    return true;
}

static bool check_receivers(const struct pg_model *model, const struct pg_request *r,
                            struct pg_error *err) {
    for (size_t i = 0; i < r->n_receivers; i++) {
        char name[NODE_NAME_SIZE];
        receiver_name(&r->receivers[i], name);
        if (!graph_has_receiver(&model->config, &r->receivers[i]))
            return fail(err, "edges to %s were asked for, which model %s does not have", name,
                        model->name);
        for (size_t j = 0; j < i; j++)
            if (graph_receiver_index(&model->config, &r->receivers[j]) ==
                graph_receiver_index(&model->config, &r->receivers[i]))
                return fail(err, "edges to %s were asked for twice", name);
    }
    return true;
}

/* Paths end at the logits, which read what the first pass gives whatever else is read, or at other
 * readers. */
static bool check_ends(const struct pg_request *r, struct pg_error *err) {
    if (r->n_receivers == 0) return fail(err, "paths need readers to end at");
    for (size_t i = 0; i < r->n_receivers && r->n_receivers > 1; i++)
        if (r->receivers[i].reader == PG_READER_LOGITS)
            return fail(err,
                        "paths to the logits pass by all other readers: give the logits alone");
    return !(r->frozen & ~(unsigned)(PG_FROZEN_ATTENTION | PG_FROZEN_MLPS)) ||
           fail(err, "there is nothing %u to freeze", r->frozen);
}

/* Whether the senders and receivers of a request have anything between them. */
static bool check_graph(const struct pg_model *model, const struct pg_request *r,
                        struct pg_error *err) {
    const enum pg_site site = r->sites[0];
    const char *name = pg_site_name(site);
    if (r->n_sites > 1) return fail(err, "%s are patched without another site beside them", name);
    if (r->layers.count || r->heads.count || r->n_single_heads)
        return fail(err, "%s are chosen by sender and receiver, not by layer or head", name);
    if (r->joint || r->window > 1) return fail(err, "%s are patched one at a time", name);
    if (!check_senders(model, r, err) || !check_receivers(model, r, err) ||
        (site == PG_PATHS && !check_ends(r, err)))
        return false;
    return request_patched(model, r, NULL) > 0 ||
           fail(err, "none of these senders writes before one of these receivers reads");
}

/* Edges and paths stand alone; the other sites have neither senders nor receivers. */
static bool check_nodes(const struct pg_model *model, const struct pg_request *r,
                        struct pg_error *err) {
    for (size_t i = 0; i < r->n_sites; i++)
        if (site_is_graph(r->sites[i])) {
            struct pg_request first = *r;
            first.sites[0] = r->sites[i];
            return check_graph(model, &first, err);
        }
    return (!r->n_senders && !r->n_receivers) ||
           fail(err, "senders and receivers are of edges and paths; %s has none",
                pg_site_name(r->sites[0]));
}

/* What the sites of a request have. */
struct traits {
    bool heads, positions, neurons, all_heads, all_layers;
};

static bool check_sites(const struct pg_request *r, struct traits *out, struct pg_error *err) {
    bool seen[PG_N_SITES] = {false};
    *out = (struct traits){.all_heads = true, .all_layers = true};
    if (r->n_sites == 0) return fail(err, "there is no site to patch");
    if (r->n_sites > PG_N_SITES)
        return fail(err, "%zu sites were asked for; there are %d", r->n_sites, PG_N_SITES);
    for (size_t i = 0; i < r->n_sites; i++) {
        const enum pg_site site = r->sites[i];
        if ((unsigned)site >= PG_N_SITES) return fail(err, "there is no site %d", (int)site);
        if (seen[site]) return fail(err, "the site %s is given twice", pg_site_name(site));
        seen[site] = true;
        out->heads |= pg_site_has_heads(site);
        out->positions |= pg_site_has_positions(site);
        out->neurons |= pg_site_has_neurons(site);
        out->all_heads &= pg_site_has_heads(site);
        out->all_layers &= !pg_site_has_heads(site) && !pg_site_has_neurons(site);
    }
    return true;
}

static bool check_single_heads(const struct pg_model *model, const struct pg_request *r,
                               const struct traits *traits, struct pg_error *err) {
    const struct config *c = &model->config;
    if (r->n_single_heads == 0) return true;
    if (!traits->all_heads)
        return fail(err, "single heads were asked for; not every site is of heads");
    if (r->heads.count || r->layers.count)
        return fail(err, "single heads are given with their layers, so there is nothing to choose "
                         "from by layer or head");
    for (size_t i = 0; i < r->n_single_heads; i++) {
        const struct pg_head *head = &r->single_heads[i];
        if (head->layer < 0 || head->layer >= c->n_layer || head->head < 0 ||
            head->head >= c->n_head)
            return fail(err, "head %d.%d was asked for; there are 0.0 to %d.%d", head->layer,
                        head->head, c->n_layer - 1, c->n_head - 1);
        if (i && (head->layer < head[-1].layer ||
                  (head->layer == head[-1].layer && head->head <= head[-1].head)))
            return fail(err, "heads are not in ascending order: %d.%d after %d.%d", head->layer,
                        head->head, head[-1].layer, head[-1].head);
    }
    return true;
}

static bool check_window(const struct pg_request *r, const struct traits *traits,
                         struct pg_error *err) {
    if (r->window < 1)
        return fail(err, "a window of %d layers was asked for; it has at least 1", r->window);
    if (r->window == 1) return true;
    if (!traits->all_layers)
        return fail(err, "a window of layers is for sites by layer and position");
    return !r->joint || fail(err, "a joint patch has no window: name its layers");
}

static bool check_lists(const struct pg_model *model, const struct pg_request *r,
                        const struct traits *traits, struct pg_error *err) {
    if (r->heads.count && !traits->heads)
        return fail(err, "%s has no heads to choose from", pg_site_name(r->sites[0]));
    if (r->positions.count && !traits->positions)
        return fail(err, "%s patches all positions at once, so there is nothing to choose from",
                    pg_site_name(r->sites[0]));
    if (r->neurons.count && !traits->neurons)
        return fail(err, "%s has no neurons to choose from", pg_site_name(r->sites[0]));
    return check_list("layer", &r->layers, model->config.n_layer, err) &&
           check_list("head", &r->heads, model->config.n_head, err) &&
           check_list("position", &r->positions, (int)r->clean.count, err) &&
           check_list("neuron", &r->neurons, model->config.n_inner, err);
}

/* A joint patch of positions after the read position changes nothing. */
static bool check_joint(const struct pg_request *r, const struct traits *traits,
                        struct pg_error *err) {
    if (!r->joint || r->positions.count == 0 || r->positions.items[0] <= r->read_position)
        return true;
    bool others = false; /* sites at all positions */
    for (size_t i = 0; i < r->n_sites; i++) others |= !pg_site_has_positions(r->sites[i]);
    return !traits->positions || others ||
           fail(err, "the joint patch has no cell up to position %d, where the metric is read",
                r->read_position);
}

static bool check_patches(const struct pg_model *model, const struct pg_request *r,
                          struct pg_error *err) {
    struct traits traits;
    return check_sites(r, &traits, err) && check_nodes(model, r, err) &&
           check_lists(model, r, &traits, err) && check_single_heads(model, r, &traits, err) &&
           check_window(r, &traits, err) && check_joint(r, &traits, err);
}

bool request_check(const struct pg_model *model, struct pg_request *r, struct pg_error *err) {
    return check_texts(model, r, err) && check_metric(model, r, err) &&
           check_patches(model, r, err) && check_ablation(model, r, err) &&
           (!r->noise || noise_check(r, err));
}

/* ---- the cells ---- */

static int list_count(const struct pg_list *list, int all) {
    return list->count ? (int)list->count : all;
}

static int list_item(const struct pg_list *list, int i) {
    return list->count ? list->items[i] : i;
}

/* Numbers of one kind that a site's cells have: those of a list, all, or -1 where it has none. */
struct numbers {
    const struct pg_list *list;
    int count;
    bool has;
};

static struct numbers numbers_of(bool has, const struct pg_list *list, int all) {
    return (struct numbers){list, has ? list_count(list, all) : 1, has};
}

static int number_at(const struct numbers *n, int i) {
    return n->has ? list_item(n->list, i) : -1;
}

/* Appends the cells of one site, layer and head, or counts them where cells is NULL. Source
 * positions go up to the position. */
static void list_places(const struct numbers *positions, const struct numbers *neurons,
                        struct pg_cell cell, struct pg_cell *cells, size_t *n) {
    const bool sources = pg_site_has_sources(cell.site);
    for (int i = 0; i < neurons->count; i++)
        for (int p = 0; p < positions->count; p++) {
            cell.neuron = number_at(neurons, i);
            cell.position = number_at(positions, p);
            for (cell.source = sources ? 0 : -1; cell.source <= (sources ? cell.position : -1);
                 cell.source++, ++*n)
                if (cells) cells[*n] = cell;
        }
}

/* Whether single heads leave out this one. */
static bool left_out(const struct pg_request *r, int layer, int head) {
    for (size_t i = 0; i < r->n_single_heads; i++)
        if (r->single_heads[i].layer == layer && r->single_heads[i].head == head) return false;
    return r->n_single_heads > 0;
}

/* Writes the cells of one site, by layer, head or neuron, position, source position, and returns
 * how many there are. cells may be NULL. */
static size_t list_site(const struct pg_model *model, const struct pg_request *r, enum pg_site site,
                        struct pg_cell *cells) {
    const struct config *c = &model->config;
    const struct numbers layers = numbers_of(true, &r->layers, c->n_layer),
                         heads = numbers_of(pg_site_has_heads(site), &r->heads, c->n_head),
                         positions = numbers_of(pg_site_has_positions(site), &r->positions,
                                                (int)r->clean.count),
                         neurons = numbers_of(pg_site_has_neurons(site), &r->neurons, c->n_inner);
    size_t n = 0;
    for (int l = 0; l < layers.count; l++)
        for (int h = 0; h < heads.count; h++) {
            const struct pg_cell cell = {
                .site = site, .layer = number_at(&layers, l), .head = number_at(&heads, h)};
            if (!left_out(r, cell.layer, cell.head))
                list_places(&positions, &neurons, cell, cells, &n);
        }
    return n;
}

size_t request_patched(const struct pg_model *model, const struct pg_request *r,
                       struct pg_cell *cells) {
    size_t n = 0;
    if (r->sites[0] == PG_EDGES) return graph_list_edges(&model->config, r, cells);
    if (r->sites[0] == PG_PATHS) return graph_list_paths(&model->config, r, cells);
    for (size_t i = 0; i < r->n_sites; i++)
        n += list_site(model, r, r->sites[i], cells ? cells + n : NULL);
    return n;
}

/* The number that a list names; -1 if it names several, or all of several. */
static int only_number(const struct pg_list *list, int all) {
    if (list->count == 0) return all == 1 ? 0 : -1;
    return list->count == 1 ? list->items[0] : -1;
}

/* The one cell of a joint patch: the numbers that all cells it patches share, else -1. */
static struct pg_cell joint_cell(const struct pg_model *model, const struct pg_request *r) {
    const struct config *c = &model->config;
    struct pg_cell cell = {.site = r->sites[0],
                           .layer = only_number(&r->layers, c->n_layer),
                           .head = only_number(&r->heads, c->n_head),
                           .position = only_number(&r->positions, (int)r->clean.count),
                           .neuron = only_number(&r->neurons, c->n_inner),
                           .source = -1};
    for (size_t i = 0; i < r->n_sites; i++) {
        if (!pg_site_has_heads(r->sites[i])) cell.head = -1;
        if (!pg_site_has_positions(r->sites[i])) cell.position = -1;
        if (!pg_site_has_neurons(r->sites[i])) cell.neuron = -1;
    }
    if (r->n_single_heads) cell.layer = r->single_heads[0].layer;
    if (r->n_single_heads) cell.head = r->single_heads[0].head;
    for (size_t i = 1; i < r->n_single_heads; i++) {
        if (r->single_heads[i].layer != cell.layer) cell.layer = -1;
        if (r->single_heads[i].head != cell.head) cell.head = -1;
    }
    return cell;
}

size_t request_cells(const struct pg_model *model, const struct pg_request *r,
                     struct pg_cell *cells) {
    if (!r->joint) return request_patched(model, r, cells);
    if (cells) *cells = joint_cell(model, r);
    return 1;
}
