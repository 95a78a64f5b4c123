/* show.h: what a picture shows of each patch: the words and the colours for it. The numbers are
 * pg_shown of patchgpt.h. */
#ifndef REPORT_SHOW_H
#define REPORT_SHOW_H

#include "base/error.h"

/* How a result is shown where nothing else is asked for: edges by their score and paths by the
 * change, in rdbu; others by pg_picture_default. */
struct pg_picture picture_of(const struct pg_result *result);
struct pg_picture picture_of_site(enum pg_site site);

/* Fails if that cannot be shown of the result: nothing is recovered if both runs have the same
 * metric, or there is only one, and only edges have a score. */
bool show_check(const struct pg_result *result, enum pg_show show, struct pg_error *err);

/* The picture with those limits that have a default other than the range of the numbers: recovered
 * goes from 0 to 1, and PG_RDBU has its middle where a patch changes nothing. */
struct pg_picture show_limits(const struct pg_result *result, const struct pg_picture *picture);

/* The words above a picture and beside its colour bar. */
struct picture_words {
    char title[1024], bar[128];
};

/* For a metric with n_tokens tokens. formula: from metric_formula, or NULL to write the quantity
 * instead; mean_of: which mean it is, or "". */
struct picture_words picture_words(enum pg_metric metric, int n_tokens, enum pg_show show,
                                   const char *formula, const char *mean_of);

#endif
