/* result_json.h: results as JSON for programs: one object on one line, without a newline at its
 * end. float32 numbers read back to the same bits, and null stands for what is no number. In
 * "text" and "token" bytes that are not UTF-8 are U+FFFD, and null stands for a token that the
 * model has no text for; the id beside them is exact. Every function returns fresh memory (free
 * with free()), or NULL and err when memory is out. */
#ifndef REPORT_RESULT_JSON_H
#define REPORT_RESULT_JSON_H

#include "report/logits_report.h"
#include "report/outcome.h"

/* {"model", "text", "tokens": [{"id", "text"}]} */
char *json_text(const struct pg_model *model, const struct pg_tokens *tokens, struct pg_error *err);

/* {"model", "tokens": [{"id", "text"}], "count"} */
char *json_tokens(const struct pg_model *model, const struct pg_tokens *tokens,
                  struct pg_error *err);

/* {"model", "tokens", name: [{"rank", "token_id", "token", "logit", "probability"}]}; ranks from 1.
 * The name is "top" or, for tokens that were asked for, "named". With a file of logits that was written
 * "files": [...], with one that was compared "check": {"file", "compared", "differing",
 * "largest_difference", "position", "token_id", "expected", "found", "expected_top", "found_top"}. */
char *json_prediction(const struct pg_model *model, const struct pg_tokens *tokens,
                      const char *name, const struct pg_prediction *predictions, size_t n,
                      const struct logits_outcome *outcome, struct pg_error *err);

/* {"model", "clean": {"tokens", "top", "named": the metric's tokens, "metric"}, "corrupt": the same,
 * "metric", "pairs":
 * [[{"id", "text"}, ...], ...], one or two tokens each, "read_position", "site": several with commas
 * between them, "noising", "patches", "seconds", "files": [...],
 * "cells": [{"site", "layer", "head", "position", "value", "recovered"}, ...]}, null where a cell has no
 * head or position and where nothing can be recovered; and with a comparison
 * "check": {"file", "differing", "largest_difference"}. */
char *json_experiment(const struct pg_model *model, const struct pg_result *result,
                      const struct outcome *outcome, struct pg_error *err);

/* {"model", "path", "n_layer", ...}: what pg_model_info, pg_isa and pg_threads say. */
char *json_model(const struct pg_model *model, struct pg_error *err);

#endif
