/* merges.h: reads the merges of a vocabulary, from merges.txt or from tokenizer.json. */
#ifndef TOKENIZER_MERGES_H
#define TOKENIZER_MERGES_H

#include "tokenizer/bpe.h"
#include "tokenizer/vocabulary.h"

/* Reads the contents of a merges.txt: an optional first line "#version...", then one merge a
 * line, two spellings with a space between them, best first. Blank lines are skipped, lines may
 * end in CRLF. False and err, which names the file and the line, for anything else, for tokens
 * that are not among the names, for a merge given twice, for a file that is empty. Free out with
 * merge_table_free. */
bool merges_read_text(const char *text, size_t size, const char *file, const struct names *names,
                      struct merge_table *out, struct pg_error *err);

/* The same from an array of "left right" texts or of ["left", "right"] pairs, which may be empty.
 */
bool merges_read_json(const cJSON *array, const char *file, const struct names *names,
                      struct merge_table *out, struct pg_error *err);

#endif
