/* shown_token.c: see shown_token.h. */
#include "model/shown_token.h"

#include "base/utf8.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

enum {
    MAX_COLUMNS = 20,                              /* of a shown token, without quotes */
    MAX_BYTES = 4 * MAX_COLUMNS + sizeof "\u2026", /* with its terminating zero */
};
_Static_assert(MAX_BYTES + 2 <= sizeof((struct shown_token){0}).text, "quotes fit too");

/* Whether a terminal shows this character as itself, by itself. */
static bool is_visible(int32_t character) {
    utf8proc_category_t category = utf8proc_category(character);
    return category >= UTF8PROC_CATEGORY_LU && category < UTF8PROC_CATEGORY_ZS &&
           utf8proc_charwidth(character) > 0;
}

/* Writes the character of n bytes, -1 for a byte that is not UTF-8; returns its columns. */
static int write_character(char out[16], const char *bytes, size_t n, int32_t character,
                           enum token_style style) {
    static const char named[] = "\\\\\nn\tt\rr"; /* pairs: the character, its letter */
    if (character == ' ') {
        strcpy(out, style == TOKEN_DOTTED ? "\u00B7" : " ");
        return 1;
    }
    if (character == '"' && style == TOKEN_QUOTED) return sprintf(out, "\\\"");
    for (const char *pair = named; *pair; pair += 2)
        if (character == *pair) return sprintf(out, "\\%c", pair[1]);
    if (character < 0x20 || character == 0x7f)
        return sprintf(out, "\\x%02X", (unsigned char)bytes[0]);
    if (!is_visible(character))
        return sprintf(out, character > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)character);
    memcpy(out, bytes, n);
    out[n] = '\0';
    return utf8proc_charwidth(character);
}

/* Writes the bytes, or as many as fit with an ellipsis after them. */
static struct shown_token show_inside(const char *bytes, size_t length, enum token_style style) {
    struct shown_token all = {0}, shorter = {0}; /* shorter leaves room for an ellipsis */
    size_t size = 0;
    for (size_t i = 0, n; i < length; i += n) {
        char text[16];
        const int32_t character = utf8_next(bytes + i, length - i, &n);
        all.width += write_character(text, bytes + i, n, character, style);
        if (all.width > MAX_COLUMNS) {
            strcat(shorter.text, "\u2026");
            shorter.width++;
            return shorter;
        }
        strcpy(all.text + size, text);
        size += strlen(text);
        if (all.width < MAX_COLUMNS) shorter = all;
    }
    return all;
}

struct shown_token show_bytes(const char *bytes, size_t length, enum token_style style) {
    struct shown_token inside = show_inside(bytes, length, style);
    if (style == TOKEN_DOTTED) return inside;
    struct shown_token quoted = {.width = inside.width + 2};
    sprintf(quoted.text, "\"%.*s\"", MAX_BYTES, inside.text);
    return quoted;
}

struct shown_token show_token(const struct pg_model *model, int id, enum token_style style) {
    size_t length;
    const char *bytes = pg_token_bytes(model, id, &length);
    if (bytes) return show_bytes(bytes, length, style);
    struct shown_token digits;
    digits.width = sprintf(digits.text, "%d", id);
    return digits;
}
