/* pretokenize.h: GPT-2's pre-tokenizer, which cuts a text into pieces (words with the space before
 * them, numbers, punctuation, white space) that are encoded independently. */
#ifndef TOKENIZER_PRETOKENIZE_H
#define TOKENIZER_PRETOKENIZE_H

#include <stddef.h>

/* The number of bytes of the first piece of a text, at least 1; length is at least 1. Pieces are
 * the matches of
 *     's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
 *
 * with Unicode's letters, numbers and white space, in utf8proc's version of Unicode. A byte that is
 * not valid UTF-8 counts as a character that is neither a letter nor a number nor white space. */
size_t first_piece(const char *text, size_t length);

#endif
