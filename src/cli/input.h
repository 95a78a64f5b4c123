/* input.h: from the command line to a model and token ids. All return false (or NULL) and err, a
 * sentence that names the options to use instead. What an experiment reads is spec/resolve.h's. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli/options.h"

/* Sets the number of threads and opens the model. Close with pg_model_close. */
struct pg_model *open_model(const struct options *o, struct pg_error *err);

/* The number of predictions to show: --top, at most the vocabulary. */
bool read_top(const struct pg_model *model, const struct options *o, size_t *out,
              struct pg_error *err);

/* The tokens of predict's text, or its ids. Free with pg_tokens_free. */
bool read_prediction(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                     struct pg_error *err);

/* The tokens that predict is asked about, in their order. Free with pg_tokens_free, also after
 * failure. */
bool read_named(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                struct pg_error *err);

/* What lens and direct read: the text as out->clean, pairs, metric and read position; out begins as
 * pg_request_default(). Free with spec_request_free, also after failure. */
bool read_reading(const struct pg_model *model, const struct options *o, struct pg_request *out,
                  struct pg_error *err);

/* Whether the name of a text or file is that of standard input; false for NULL. */
bool is_stdin(const char *name);

/* Whether an experiment's clean or corrupted text is standard input. */
bool options_read_stdin(const struct options *o);

#endif
