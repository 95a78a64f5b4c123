/* logits_file.h: logits in files, as a NumPy array or as CSV: reading them. Writing them, a
 * position at a time, and comparing a text's logits with a file are pg_write_logits and
 * pg_check_logits of patchgpt.h. */
#ifndef REPORT_LOGITS_FILE_H
#define REPORT_LOGITS_FILE_H

#include "report/npy.h"

/* The logits of the last position, or of all, in the bytes of a file. */
struct logits_file {
    size_t n_rows, n_vocab; /* n_rows: positions, 1 or the number of tokens of the text */
    struct npy array;       /* of an array; its data is NULL for CSV */
    float *values;          /* of CSV, n_rows x n_vocab */
};

/* Reads the bytes of a file called name, size bytes that a NUL byte follows, for a text of
 * n_tokens. CSV is taken apart in place; the bytes of an array must outlive the result. False and
 * err, also if the shape does not fit the text and the vocabulary. Free with logits_file_free, also
 * after failure. */
bool logits_file_parse(char *bytes, size_t size, const char *name, size_t n_tokens, size_t n_vocab,
                       struct logits_file *out, struct pg_error *err);
void logits_file_free(struct logits_file *file);

/* The logit of a token in a row. */
double logits_file_at(const struct logits_file *file, size_t row, size_t token);

#endif
