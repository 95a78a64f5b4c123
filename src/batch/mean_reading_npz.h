/* mean_reading_npz.h: the means over the lenses, or the direct attributions, of a batch as arrays
 * for NumPy: mean_lens.npz, mean_direct.npz. */
#ifndef BATCH_MEAN_READING_NPZ_H
#define BATCH_MEAN_READING_NPZ_H

#include "batch/mean_reading.h"

/* Writes mean_lens.npz or mean_direct.npz into a folder, after mean_reading_order. Of lenses value
 * and top_probability, [place, position], and top1, the fraction of lines in which the metric's
 * first token is the most probable one; places. Of attributions heads [layer, head],
 * heads_by_source [layer, head, source_position], mlps [layer], neurons [layer, neuron], mlp_biases
 * [layer], and numbers: embed, attention_biases, ln_f_bias. Each with _count, _se, _low and _high
 * (average_npz.h). Names have before them, for groups after the first, group2_, group3_, ...; and
 * after them _by_label, whose last dimension is that of labels, or, where texts of several lengths
 * have such arrays, their number of tokens (_13_tokens). meta says what the groups are of, and the
 * checksum of the batch unless it is 0. False and err if it cannot be written. */
bool mean_reading_npz_write(const struct mean_reading *mean, uint32_t batch, const char *folder,
                            struct pg_error *err);

#endif
