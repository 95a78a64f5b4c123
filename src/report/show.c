/* show.c: see show.h; and pg_show_name, pg_show_parse, pg_shown and pg_picture_default. */
#include "report/show.h"

#include "base/nearest.h"
#include "report/effect.h"
#include "report/metric_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const names[PG_N_SHOWS] = {
    [PG_SHOW_VALUE] = "value", [PG_SHOW_RECOVERED] = "recovered", [PG_SHOW_CHANGE] = "change",
    [PG_SHOW_GAP] = "gap",     [PG_SHOW_SCORE] = "score",
};

const char *pg_show_name(enum pg_show show) {
    return names[show];
}

bool pg_show_parse(const char *name, enum pg_show *out) {
    const int found = find_name(name, names, PG_N_SHOWS);
    if (found >= 0) *out = (enum pg_show)found;
    return found >= 0;
}

struct pg_picture pg_picture_default(void) {
    return (struct pg_picture){PG_VIRIDIS, NAN, NAN, NAN, PG_SHOW_VALUE};
}

float pg_shown(const struct pg_result *r, enum pg_show show, float value) {
    switch (show) {
    case PG_SHOW_RECOVERED:
        return pg_recovered(value, r->clean_metric, r->corrupt_metric);
    case PG_SHOW_CHANGE:
        return value - base_metric(r);
    case PG_SHOW_GAP:
        return value - r->clean_metric;
    case PG_SHOW_SCORE: /* + 0: never -0 */
        return (patches_clean(r) ? base_metric(r) - value : value - base_metric(r)) + 0.0f;
    case PG_SHOW_VALUE:
    case PG_N_SHOWS:
        break;
    }
    return value;
}

struct pg_picture picture_of(const struct pg_result *r) {
    return picture_of_site(r->sites[0]);
}

struct pg_picture picture_of_site(enum pg_site site) {
    struct pg_picture p = pg_picture_default();
    if (site == PG_EDGES) p.show = PG_SHOW_SCORE;
    if (site == PG_PATHS) p.show = PG_SHOW_CHANGE;
    if (p.show != PG_SHOW_VALUE) p.colormap = PG_RDBU;
    return p;
}

bool show_check(const struct pg_result *r, enum pg_show show, struct pg_error *err) {
    if (show == PG_SHOW_SCORE && r->sites[0] != PG_EDGES)
        return fail(err,
                    "%s has no score, which is what edges have; show value, recovered, change "
                    "or gap",
                    pg_site_name(r->sites[0]));
    if (show != PG_SHOW_RECOVERED) return true;
    if (is_ablation(r))
        return fail(err, "an ablation has no corrupted run, so that nothing can be recovered; show "
                         "value or change");
    if (r->clean_metric != r->corrupt_metric) return true;
    return fail(err,
                "the clean and the corrupted run have the same metric, %g, so that nothing can be "
                "recovered; show value, change or gap",
                (double)r->clean_metric);
}

struct pg_picture show_limits(const struct pg_result *r, const struct pg_picture *picture) {
    struct pg_picture p = *picture;
    if (p.show == PG_SHOW_RECOVERED && isnan(p.low) && isnan(p.high) && isnan(p.center)) {
        p.low = 0;
        p.high = 1;
    } else if (p.colormap == PG_RDBU && isnan(p.center)) {
        p.center = p.show == PG_SHOW_VALUE       ? base_metric(r)
                   : p.show == PG_SHOW_RECOVERED ? 0.5f
                                                 : 0;
    }
    return p;
}

struct picture_words picture_words(enum pg_metric metric, int n_tokens, enum pg_show show,
                                   const char *formula, const char *mean_of) {
    static const struct {
        const char *before, *after;
    } parts[PG_N_SHOWS] = {
        [PG_SHOW_VALUE] = {"", ""},
        [PG_SHOW_RECOVERED] = {"recovered share of ", ""},
        [PG_SHOW_CHANGE] = {"change of ", ""},
        [PG_SHOW_GAP] = {"", " less the clean run's"},
        [PG_SHOW_SCORE] = {"score for ", ""},
    };
    const char *before = parts[show].before, *after = parts[show].after;
    const char *quantity = metric_quantity(metric, n_tokens), *the = *before ? "the " : "";
    struct picture_words w;
    snprintf(w.title, sizeof w.title, "%s%s%s%s%s", before, formula ? "" : the,
             formula ? formula : quantity, after, mean_of);
    if (show == PG_SHOW_RECOVERED)
        snprintf(w.bar, sizeof w.bar, "recovered");
    else
        snprintf(w.bar, sizeof w.bar, "%s%s%s%s", before, the, quantity, after);
    return w;
}
