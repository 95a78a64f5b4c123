/* mediation.h: what of a sender's effect goes which way: paths to the same readers four times, with
 * nothing, attention, MLPs and both frozen. What is made of the numbers: report/path_split.h. */
#ifndef PATCH_MEDIATION_H
#define PATCH_MEDIATION_H

#include "base/error.h"

enum mediation_part {
    MEDIATION_TOTAL,     /* nothing frozen */
    MEDIATION_MLPS,      /* via MLPs: attention frozen */
    MEDIATION_ATTENTION, /* via attention: MLPs frozen */
    MEDIATION_DIRECT,    /* both frozen */
    N_MEDIATION_PARTS
};

/* The results, whose cells are the same senders in the same order. */
struct mediation {
    struct pg_result *parts[N_MEDIATION_PARTS];
};

/* Runs a request of PG_PATHS four times, whatever it says is frozen. The seconds of the first
 * result are those of all. Warnings are about the first alone: that nothing goes one of the ways is
 * a result. False and err as pg_run; *out is empty then. Free with mediation_free. */
bool mediation_run(const struct pg_model *model, const struct pg_request *request,
                   struct mediation *out, struct pg_error *err);

/* Frees the results; an empty mediation is allowed. */
void mediation_free(struct mediation *mediation);

#endif
