/* mediation.c: see mediation.h. */
#include "patch/mediation.h"

#include "base/clock.h"

static const unsigned frozen[N_MEDIATION_PARTS] = {[MEDIATION_MLPS] = PG_FROZEN_ATTENTION,
                                                   [MEDIATION_ATTENTION] = PG_FROZEN_MLPS,
                                                   [MEDIATION_DIRECT] =
                                                       PG_FROZEN_ATTENTION | PG_FROZEN_MLPS};

bool mediation_run(const struct pg_model *model, const struct pg_request *request,
                   struct mediation *out, struct pg_error *err) {
    struct pg_request requests[N_MEDIATION_PARTS];
    struct pg_error errors[N_MEDIATION_PARTS];
    const double start = seconds_now();
    *out = (struct mediation){0};
    for (int i = 0; i < N_MEDIATION_PARTS; i++) {
        requests[i] = *request;
        requests[i].frozen = frozen[i];
    }
    if (!(out->parts[0] = pg_run(model, &requests[0], err))) return false;
    const bool were_muted = mute_warnings(true);
    pg_run_many(model, requests + 1, N_MEDIATION_PARTS - 1, out->parts + 1, errors + 1);
    mute_warnings(were_muted);
    for (int i = 1; i < N_MEDIATION_PARTS; i++)
        if (!out->parts[i]) {
            mediation_free(out);
            return fail(err, "%s", errors[i].text);
        }
    out->parts[0]->seconds = seconds_now() - start;
    return true;
}

void mediation_free(struct mediation *mediation) {
    for (int i = 0; i < N_MEDIATION_PARTS; i++) pg_result_free(mediation->parts[i]);
    *mediation = (struct mediation){0};
}
