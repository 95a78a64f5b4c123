/* pretokenize.h: GPT-2's first step: a text is cut into pieces (words with the space before them,
 * numbers, punctuation, white space) that are then encoded each on its own. */
#ifndef TOKENIZER_PRETOKENIZE_H
#define TOKENIZER_PRETOKENIZE_H

#include <stddef.h>

/* The number of bytes of the first piece of a text, at least 1; length is at least 1. Pieces are
 * the matches of
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * with Unicode's letters, numbers and white space (utf8proc's Unicode version decides about code
 * points that were assigned lately). A byte that is not part of valid UTF-8 is a character by
 * itself, neither letter nor number nor space. */
size_t split_piece(const char *text, size_t length);

#endif
