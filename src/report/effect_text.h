/* effect_text.h: the largest effects of an experiment's patches, for people. */
#ifndef REPORT_EFFECT_TEXT_H
#define REPORT_EFFECT_TEXT_H

#include "patchgpt.h"
#include "report/table.h"

/* Writes the value of a joint patch, and how far it is from the run that is patched; the largest
 * effect of an ablation; the 20 largest effects of neurons, edges or paths, as a table. Nothing for
 * others. */
void write_effects(FILE *out, const struct pg_model *model, const struct pg_result *result,
                   enum table_form form);

#endif
