/* reading_npz.h: a lens, a direct attribution and a prediction as NumPy's .npz. Each file has ids,
 * the tokens of its text, and meta (npz_meta.h). False and err if it cannot be written. */
#ifndef REPORT_READING_NPZ_H
#define REPORT_READING_NPZ_H

#include "report/npz.h"

/* [place, position]: value and rank, which are left out without pairs, top_id and top_probability;
 * places, the names of the first dimension. */
bool lens_npz(const struct pg_model *model, const struct pg_lens *lens, const char *path,
              struct pg_error *err);

/* Adds the array places, of n names. */
bool places_npz(struct npz *npz, size_t n, struct pg_error *err);

/* heads [layer, head], by source instead heads_by_source [layer, head, source_position], NaN where
 * a head cannot attend; mlps [layer], with neurons instead neurons [layer, neuron] and mlp_biases
 * [layer]; and numbers: embed, attention_biases, ln_f_bias, sum, metric. */
bool direct_npz(const struct pg_model *model, const struct pg_direct *direct, const char *path,
                struct pg_error *err);

/* The array of a component: its name, its shape, by source with n_sources (else 0), and the index
 * of a part in it. */
const char *component_array(enum pg_component component);
struct npz_shape component_shape(enum pg_component component, const struct pg_model_info *info,
                                 size_t n_sources);
size_t component_index(const struct npz_shape *shape, const struct pg_part *part);

/* What predict says of a text. */
struct text_prediction {
    const struct pg_tokens *text;
    bool all_positions;
    const char *name; /* of the predictions: "top", or "named" */
    const struct pg_prediction *predictions;
    size_t n;
};

/* logits [token_id], or for all positions [position, token_id]; and for the n predictions NAME_id,
 * NAME_rank, NAME_logit and NAME_probability. */
bool prediction_npz(const struct pg_model *model, const struct text_prediction *prediction,
                    const char *path, struct pg_error *err);

#endif
