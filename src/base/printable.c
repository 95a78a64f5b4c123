/* printable.c: see printable.h. */
#include "base/printable.h"

#include <string.h>
#include <utf8proc.h>

enum { ESCAPE_SIZE = sizeof "\\U000E0001" };

bool is_invisible(int32_t character) {
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

/* How many bytes the character at the start of a text has, and what to write in its place: "" if that is the
 * character itself. */
static size_t read_character(const char *text, char escape[ESCAPE_SIZE]) {
    utf8proc_int32_t code;
    const utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &code);
    if (n < 1 || code < 0x20 || code == 0x7f)
        strcpy(escape, "?");
    else if (is_invisible(code))
        snprintf(escape, ESCAPE_SIZE, code > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)code);
    else
        *escape = '\0';
    return n < 1 ? 1 : (size_t)n;
}

/* Puts the escape in the place of n bytes, with as much of what follows as there is room for. Returns its end,
 * or NULL where the text ends. */
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
