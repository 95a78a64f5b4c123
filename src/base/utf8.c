/* utf8.c: see utf8.h. utf8proc knows Unicode. */
#include "base/utf8.h"

#include <string.h>
#include <utf8proc.h>

enum { ESCAPE_SIZE = sizeof "\\U000E0001" };

int32_t utf8_next(const char *text, size_t length, size_t *size) {
    utf8proc_int32_t character;
    const utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)length, &character);
    *size = n > 0 ? (size_t)n : 1;
    return n > 0 ? character : -1;
}

bool utf8_is_space(int32_t c) {
    if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
    return c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool utf8_is_invisible(int32_t character) {
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    default:
        return utf8proc_get_property(character)->ignorable;
    }
}

/* The number of bytes of the first character, and what to write instead of it: "" for the character
 * itself. */
static size_t read_character(const char *text, char escape[ESCAPE_SIZE]) {
    size_t size;
    const int32_t character = utf8_next(text, SIZE_MAX, &size);
    *escape = '\0';
    if (character < 0x20 || character == 0x7f)
        strcpy(escape, "?");
    else if (utf8_is_invisible(character))
        snprintf(escape, ESCAPE_SIZE, character > 0xffff ? "\\U%08X" : "\\u%04X",
                 (unsigned)character);
    return size;
}

/* Replaces n bytes by the escape and keeps as much of the rest as there is room for. Returns the
 * end of the escape, or NULL if that does not fit. */
static char *put_escape(char *at, size_t n, const char *escape, size_t room) {
    const size_t length = strlen(escape);
    size_t rest = strlen(at + n);
    if (length >= room) return NULL;
    if (rest > room - length - 1) rest = room - length - 1;
    memmove(at + length, at + n, rest);
    memcpy(at, escape, length);
    at[length + rest] = '\0';
    return at + length;
}

void make_printable(char *text, size_t room) {
    char escape[ESCAPE_SIZE];
    for (char *at = text; *at;) {
        const size_t n = read_character(at, escape);
        char *next = *escape ? put_escape(at, n, escape, room - (size_t)(at - text)) : at + n;
        if (!next)
            *at = '\0';
        else
            at = next;
    }
}

void write_printable(FILE *out, const char *text) {
    char escape[ESCAPE_SIZE];
    for (size_t n; *text; text += n) {
        n = read_character(text, escape);
        if (*escape)
            fputs(escape, out);
        else
            fwrite(text, 1, n, out);
    }
}
