/* byte_alphabet.h: how GPT-2's vocabulary spells bytes. Its files are text, so each of the 256
 * bytes is written as one printable character: those that are printable in Latin-1 as themselves,
 * the others as U+0100, U+0101, ... in order (a space is "Ġ"). A token's spelling is the characters
 * of its bytes. */
#ifndef TOKENIZER_BYTE_ALPHABET_H
#define TOKENIZER_BYTE_ALPHABET_H

#include <stddef.h>
#include <stdint.h>

/* Writes the character that stands for a byte: one or two bytes of UTF-8 and a terminating zero. */
void alphabet_spell(uint8_t byte, char out[3]);

/* Writes the bytes that a spelling stands for, at most length of them, and returns how many. A
 * spelling with any other character in it stands for itself. */
size_t alphabet_read(const char *spelling, size_t length, char *out);

#endif
