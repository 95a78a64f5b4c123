/* circuit_json.h: the values of circuits as JSON for programs, as result_json.h has the results of
 * other commands. */
#ifndef REPORT_CIRCUIT_JSON_H
#define REPORT_CIRCUIT_JSON_H

#include "circuit/circuit_sizes.h"
#include "report/outcome.h"

/* {"model", "clean": {"tokens", "metric"}, "corrupt", "metric", "pairs", "read_position", "with",
 * "scores", "threshold", "signed", "complement", "edges", "all_edges", "cpr", "cmd", "seconds",
 * "files", "circuits": [{"top", "edges", "value", "faithfulness"}]} and, if it was compared,
 * "check". Of means over experiments, between model and scores: {"over", "experiments", "clean":
 * {"metric"}, "corrupt", "metric"}, and each circuit has "mean_faithfulness". "corrupt" has no
 * tokens in an ablation. scores: the file, null for heads; "edges": of the model; null where there
 * are no areas, where it was not by threshold, and for a faithfulness that is not a number. Free
 * with free(). NULL and err when memory is out. */
char *json_circuits(const struct pg_model *model, const struct pg_request *request,
                    const struct sized_circuits *circuits, const struct outcome *outcome,
                    struct pg_error *err);

#endif
