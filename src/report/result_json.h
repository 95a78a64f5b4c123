/* result_json.h: results as JSON for programs: one object on one line, without a newline at its
 * end. float32 numbers read back to the same bits; null stands for NaN and infinities. In "text"
 * and "token", bytes that are not UTF-8 are U+FFFD, and null stands for a token that the model has
 * no text for; the id next to them is exact. Every function returns fresh memory (free with
 * free()), or NULL and err when memory is out. */
#ifndef REPORT_RESULT_JSON_H
#define REPORT_RESULT_JSON_H

#include "report/outcome.h"

#include <cjson/cJSON.h>

/* {"model", "text", "tokens": [{"id", "text"}]} */
char *json_text(const struct pg_model *model, const struct pg_tokens *tokens, struct pg_error *err);

/* {"model", "tokens": [{"id", "text"}], "count"} */
char *json_tokens(const struct pg_model *model, const struct pg_tokens *tokens,
                  struct pg_error *err);

/* {"model", "tokens", NAME: [{"rank", "token_id", "token", "logit", "probability"}]}; ranks from 1.
 * NAME is "top" or, for tokens that were asked for, "named". If logits were written, also
 * "files": [...]; if they were compared, "check": {"file", "compared", "differing",
 * "largest_difference", "position", "token_id", "expected", "found", "expected_top", "found_top"}
 */
char *json_prediction(const struct pg_model *model, const struct pg_tokens *tokens,
                      const char *name, const struct pg_prediction *predictions, size_t n,
                      const struct logits_outcome *outcome, struct pg_error *err);

/* {"model", "clean": RUN, "corrupt": RUN, "metric", "pairs": [[{"id", "text"}, ...], ...],
 * "read_position", "site", "noising", "patches", "seconds", "files": [...],
 * "cells": [{"site", "layer", "head", "position", "value", "recovered"}, ...]}
 * RUN is {"tokens", "top", "named", "metric"}, "named" being the tokens of the metric. A pair has
 * one or two tokens; several sites have commas between them; null stands for the head or position
 * that a site does not have, and where nothing can be recovered. Cells have "neuron" and
 * "source_position" where a site has them. Except for plain patching between two texts, after
 * "noising": "with" ("text", "zero" or "mean"), for a mean "over", the file, "noise", with noise
 * "samples", "window", "joint", for a joint patch "patched_cells"; "corrupt" is null for ablation,
 * and for noise it has "metric" alone. If the result was compared, also "check": {"file",
 * "differing", "largest_difference"}. With outcome->split the cells are {"sender", "total",
 * "via_mlps", "via_attention", "direct", "interaction"} and there is no "mlps". */
char *json_experiment(const struct pg_model *model, const struct pg_result *result,
                      const struct outcome *outcome, struct pg_error *err);

/* {"model", "tokens", "metric", "pairs", "read_position", "seconds", "files",
 * "readings": [{"place", "position", "value", "rank", "top_id", "top_token", "top_probability"}]}
 * and, if it was compared, "check"; metric, value and rank are null without pairs. */
char *json_lens(const struct pg_model *model, const struct pg_lens *lens,
                const struct outcome *outcome, struct pg_error *err);

/* {"model", "tokens", "metric", "pairs", "read_position", "sum", "metric_value", "seconds",
 * "files", "parts": [{"component", "value"}]} and, by source, each part's "source_position"; and,
 * if it was compared, "check". */
char *json_direct(const struct pg_model *model, const struct pg_direct *direct,
                  const struct outcome *outcome, struct pg_error *err);

/* What the objects above and the arrays of a .npz file (npz_meta.h) have in common: the objects up
 * to "patches", up to "read_position" and with "sum" and "metric_value", and up to NAME; and the
 * text of all tokens together. Delete with cJSON_Delete. NULL when memory is out. */
cJSON *json_experiment_object(const struct pg_model *model, const struct pg_result *result);
cJSON *json_lens_object(const struct pg_model *model, const struct pg_lens *lens);
cJSON *json_direct_object(const struct pg_model *model, const struct pg_direct *direct);
cJSON *json_prediction_object(const struct pg_model *model, const struct pg_tokens *tokens,
                              const char *name, const struct pg_prediction *predictions, size_t n);
cJSON *json_whole_text(const struct pg_model *model, const int *ids, size_t n);

/* {"model", "path", "n_layer", ...}: the results of pg_model_info, pg_isa and pg_threads. */
char *json_model(const struct pg_model *model, struct pg_error *err);

#endif
