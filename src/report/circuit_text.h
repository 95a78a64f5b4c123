/* circuit_text.h: the values of circuits as text for people, and in words what was kept. */
#ifndef REPORT_CIRCUIT_TEXT_H
#define REPORT_CIRCUIT_TEXT_H

#include "circuit/circuit_sizes.h"
#include "report/metric_text.h"
#include "report/outcome.h"

/* What the circuits are of: "the edges with the largest absolute scores"; "the edges with absolute
 * scores of at least 0.5"; "some heads, all MLPs, the embeddings and the logits". */
struct words chosen_edges(const struct circuit_choice *choice);

/* Writes the report: the model's line, both texts (of means over experiments: their number and
 * file), the metric of their runs, the circuits, the areas, how far the circuits without any edge
 * and with all edges are from these runs, and the outcome. request: what was run; not for means.
 * Texts are laid out for `width` columns. Errors stay in the stream. */
void write_circuits(FILE *out, const struct pg_model *model, const struct pg_request *request,
                    const struct sized_circuits *circuits, const struct outcome *outcome,
                    size_t n_compared, enum table_form form, int width);

#endif
