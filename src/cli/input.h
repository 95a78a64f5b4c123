/* input.h: from what the user wrote to a model and token ids. All return false (or NULL) and err, a
 * sentence that names the options to use instead. */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include "cli/options.h"

/* Sets the threads and opens the model that the options ask for. */
struct pg_model *open_model(const struct options *o, struct pg_error *err);

/* How many predictions to show: what --top says, which must not be more than the vocabulary has. */
bool read_top(const struct pg_model *model, const struct options *o, size_t *out,
              struct pg_error *err);

/* Whether the model has a tokenizer; the sentence says what to do without. */
bool need_tokenizer(const struct pg_model *model, const struct options *o, struct pg_error *err);

/* The tokens of a text, behind <|endoftext|> if the options ask for that. Free with pg_tokens_free. */
bool read_text(const struct pg_model *model, const struct options *o, const char *text,
               size_t length, struct pg_tokens *out, struct pg_error *err);

/* The text or the ids of predict; the text "-" is standard input without a newline at its end. */
bool read_prediction(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                     struct pg_error *err);

/* The tokens that predict is asked for, in their order. Free with pg_tokens_free, also after failure. */
bool read_named(const struct pg_model *model, const struct options *o, struct pg_tokens *out,
                struct pg_error *err);

/* Whether an experiment's clean or corrupted text is "-", which is read as predict's is. */
bool options_read_stdin(const struct options *o);

/* The clean and the corrupted text, which must have equally many tokens; the metric and its tokens, of
 * which two must differ; where it is read; what is patched into what; and which layers, heads and
 * positions. Fills those fields of the request; free them with free_experiment, also after failure. */
bool read_experiment(const struct pg_model *model, const struct options *o,
                     struct pg_request *request, struct pg_error *err);
/* Whether the request can do anything: a patch at one of the positions from the first that differs to the
 * one that is read. Identical texts can be run all the same. */
bool check_effect(const struct options *o, const struct pg_request *request, struct pg_error *err);

void free_experiment(struct pg_request *request);

#endif
