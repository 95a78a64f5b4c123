/* byte_alphabet.c: see byte_alphabet.h. */
#include "tokenizer/byte_alphabet.h"

#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

/* Bytes without a character of their own: 0-32, 127-160 and 173. Their characters start at 256. */
enum { N_CONTROLS = 33, DELETE = 127, SOFT_HYPHEN = 173, N_MIDDLE = 34, FIRST = 256 };

static int character_of(uint8_t byte) {
    if (byte < N_CONTROLS) return FIRST + byte;
    if (byte >= DELETE && byte < DELETE + N_MIDDLE) return FIRST + N_CONTROLS + (byte - DELETE);
    if (byte == SOFT_HYPHEN) return FIRST + N_CONTROLS + N_MIDDLE;
    return byte;
}

/* The inverse: the byte, or -1 for a character outside the alphabet. */
static int byte_of(int character) {
    if (character < FIRST) return character_of((uint8_t)character) == character ? character : -1;
    int n = character - FIRST;
    if (n < N_CONTROLS) return n;
    if (n < N_CONTROLS + N_MIDDLE) return DELETE + (n - N_CONTROLS);
    return n == N_CONTROLS + N_MIDDLE ? SOFT_HYPHEN : -1;
}

void alphabet_spell(uint8_t byte, char out[3]) {
    out[utf8proc_encode_char(character_of(byte), (utf8proc_uint8_t *)out)] = '\0';
}

size_t alphabet_read(const char *spelling, size_t length, char *out) {
    size_t n = 0;
    for (size_t i = 0, size; i < length; i += size) {
        const int32_t character = utf8_next(spelling + i, length - i, &size);
        const int byte = character < 0 ? -1 : byte_of(character);
        if (byte < 0) {
            memcpy(out, spelling, length);
            return length;
        }
        out[n++] = (char)byte;
    }
    return n;
}
