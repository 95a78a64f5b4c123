/* merges.h: reads the merges of a vocabulary, from merges.txt or from tokenizer.json. */
#ifndef TOKENIZER_MERGES_H
#define TOKENIZER_MERGES_H

#include "tokenizer/bpe.h"
#include "tokenizer/vocabulary.h"

/* Reads the contents of a merges.txt: an optional first line "#version...", then one merge a line,
 * two spellings with a space between them, best first. Blank lines are skipped, lines may end in
 * CRLF. False and err, which vocabulary the file and the line, for anything else, for tokens that
 * the vocabulary lacks, a repeated merge, and an empty file. Free out with merge_table_free. */
bool merges_read_text(const char *text, size_t size, const char *file,
                      const struct vocabulary *vocabulary, struct merge_table *out,
                      struct pg_error *err);

/* Reads an array of "left right" texts or of ["left", "right"] pairs, which may be empty.
 */
bool merges_read_json(const cJSON *array, const char *file, const struct vocabulary *vocabulary,
                      struct merge_table *out, struct pg_error *err);

#endif
