/* one_text.h: what lens and direct take of a spec: one text, and a metric at a position of it. What
 * the commands do with the results is not here. */
#ifndef SPEC_ONE_TEXT_H
#define SPEC_ONE_TEXT_H

#include "spec/spec.h"

enum one_text_reader { READER_LENS, READER_DIRECT };

/* Whether the reader can read such a metric. False and err otherwise. */
bool one_text_check_metric(const struct spec *spec, enum one_text_reader reader,
                           struct pg_error *err);

/* Whether it can, and there are the tokens that it needs; metric_given: the metric was named, so
 * that a lens must have its tokens. False and err otherwise. */
bool one_text_check(const struct spec *spec, enum one_text_reader reader, bool metric_given,
                    struct pg_error *err);

/* Fills the text, which is the spec's clean one or its ids, and the metric of a request that begins
 * as pg_request_default(). Free with spec_request_free, also after failure. False and err as for
 * spec_resolve, or if the text is empty. */
bool one_text_resolve(const struct spec *spec, const struct pg_model *model,
                      struct pg_request *request, struct pg_error *err);

/* What lens and direct are asked for by the text and the metric of a request, which must outlive
 * it. */
struct pg_lens_request lens_request_of(const struct pg_request *request);
struct pg_direct_request direct_request_of(const struct pg_request *request);

#endif
