/* logits_file.h: logits that are stored, as an array of NumPy or as CSV: how they are laid out, and reading
 * them. Knows no models: only how many tokens a text and a vocabulary have. */
#ifndef REPORT_LOGITS_FILE_H
#define REPORT_LOGITS_FILE_H

#include "report/npy.h"

enum { LOGITS_POSITION, LOGITS_TOKEN, LOGITS_LOGIT, LOGITS_COLUMNS };

/* The names of the CSV's columns. */
extern const char *const logits_names[LOGITS_COLUMNS];

/* Whether logits that are written under that name are an array of NumPy: it ends in .npy, in any case. */
bool logits_are_npy(const char *name);

/* The logits of the last position, or of all, in the bytes of a file. */
struct logits_file {
    size_t n_rows, n_vocab; /* a row a position: one, or as many as the text has tokens */
    struct npy array;       /* without data: they are in values */
    float *values;          /* of CSV, row by row */
};

/* Reads the bytes of a file called name, size of them and a zero, of a text of n_tokens. CSV is taken apart in
 * place; of an array the bytes must outlive the result. False and err, also if the shape is another. Free
 * with logits_file_free, also after failure. */
bool logits_file_parse(char *bytes, size_t size, const char *name, size_t n_tokens, size_t n_vocab,
                       struct logits_file *out, struct pg_error *err);
void logits_file_free(struct logits_file *file);

double logits_file_at(const struct logits_file *file, size_t row, size_t token);

#endif
