/* label.c: see label.h. */
#include "report/label.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

/* Reads a character, or a byte that is none as -1. Returns the bytes it has. */
static size_t read_character(const char *bytes, size_t length, int32_t *character) {
    utf8proc_ssize_t n =
        utf8proc_iterate((const utf8proc_uint8_t *)bytes, (utf8proc_ssize_t)length, character);
    if (n > 0) return (size_t)n;
    *character = -1;
    return 1;
}

char *label_text(const char *bytes, size_t length, struct pg_error *err) {
    static const char replacement[] = "\uFFFD";
    char *text = allocate(length + 1, sizeof replacement - 1, err), *out = text;
    int32_t character;
    for (size_t i = 0, n; text && i < length; i += n) {
        n = read_character(bytes + i, length - i, &character);
        out = character > 0 ? mempcpy(out, bytes + i, n) : stpcpy(out, replacement);
    }
    return text;
}

char *label_drawable(const struct font *font, const char *text, struct pg_error *err) {
    size_t length = strlen(text);
    char *drawable = allocate(length + 1, sizeof "\\U00012345", err), *out = drawable;
    int32_t character;
    for (size_t i = 0, n; drawable && i < length; i += n) {
        n = read_character(text + i, length - i, &character);
        if (font_has(font, character))
            out = mempcpy(out, text + i, n);
        else
            out += sprintf(out, character > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)character);
    }
    return drawable;
}
