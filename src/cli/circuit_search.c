/* circuit_search.c: see circuit_search.h. */
#include "cli/circuit_search.h"

#include "base/clock.h"
#include "batch/resume.h"
#include "circuit/search_state.h"
#include "cli/progress.h"

#include <unistd.h>

static const double SECONDS_BETWEEN_SAVES = 2;

/* A checksum of what is searched. */
static uint32_t checksum_of(const struct reading *r) {
    const double max_loss = r->options->max_loss;
    return checksum(fingerprint(pg_model_fingerprint(r->model), &r->request, NULL, 0), &max_loss,
                    sizeof max_loss);
}

static bool save(const struct reading *r, const struct search *s, struct pg_error *err) {
    const char *state = r->options->state;
    return !state || search_save(s, checksum_of(r), state, err);
}

/* Goes on until all edges have been tried. */
static bool search_all(const struct reading *r, struct search *s, struct pg_error *err) {
    const bool shown = !r->options->quiet && isatty(STDERR_FILENO);
    struct progress progress;
    double saved = seconds_now();
    bool ok = true;
    progress_begin(&progress);
    while (ok && !search_is_done(s)) {
        ok = search_go_on(s, err);
        if (shown) progress_show(&progress, search_part(s));
        if (!ok || seconds_now() - saved < SECONDS_BETWEEN_SAVES) continue;
        ok = save(r, s, err);
        saved = seconds_now();
    }
    progress_end(&progress);
    return ok && save(r, s, err);
}

bool circuit_search(const struct reading *r, struct edge_set *found, struct pg_error *err) {
    struct circuit_base base;
    struct search search = {0};
    const char *state = r->options->state;
    const bool done = circuit_base_make(r->model, &r->request, &base, err) &&
                      search_begin(&base, r->options->max_loss, &search, err) &&
                      (!state || search_load(&search, checksum_of(r), state, err)) &&
                      save(r, &search, err) && search_all(r, &search, err);
    *found = search.circuit;
    circuit_base_free(&base);
    return done;
}
