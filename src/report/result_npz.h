/* result_npz.h: the shapes of a site's cells as an array. The file itself is pg_write_npz. */
#ifndef REPORT_RESULT_NPZ_H
#define REPORT_RESULT_NPZ_H

#include "report/npz.h"

/* The array of a site, in TransformerLens' order, for a model and texts of n_tokens: [layer,
 * position]; heads by position [layer, position, head], all positions at once [layer, head],
 * patterns [layer, head, position]; pattern_dest_src [layer, head, position, source_position];
 * neurons [layer, position, neuron]. */
struct npz_shape site_shape(enum pg_site site, const struct pg_model_info *info, size_t n_tokens);

/* The index of a cell in the array of its site. */
size_t site_index(const struct npz_shape *shape, const struct pg_cell *cell);

#endif
