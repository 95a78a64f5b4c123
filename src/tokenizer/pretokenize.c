/* pretokenize.c: see pretokenize.h. */
#include "tokenizer/pretokenize.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <string.h>
#include <utf8proc.h>

enum kind { LETTER, NUMBER, SPACE, OTHER };

static enum kind kind_of(int32_t c) {
    if (utf8_is_space(c)) return SPACE;
    switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
        return LETTER;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return NUMBER;
    default:
        return OTHER;
    }
}

/* The kind of the first character and, in *size, its number of bytes. */
static enum kind first_character(const char *text, size_t length, size_t *size) {
    const int32_t c = utf8_next(text, length, size);
    return c < 0 ? OTHER : kind_of(c);
}

/* The bytes of the characters of one kind at the start; those before the last one in *but_last. */
static size_t run_length(const char *text, size_t length, enum kind kind, size_t *but_last) {
    size_t end = 0, size;
    *but_last = 0;
    while (end < length && first_character(text + end, length - end, &size) == kind) {
        *but_last = end;
        end += size;
    }
    return end;
}

/* The length of 's, 't, 're, 've, 'm, 'll or 'd at the start, or 0. */
static size_t contraction(const char *text, size_t length) {
    if (length < 2 || text[0] != '\'') return 0;
    if (strchr("stmd", text[1]) && text[1] != '\0') return 2;
    if (length < 3) return 0;
    const char *after = text + 1;
    return memcmp(after, "re", 2) == 0 || memcmp(after, "ve", 2) == 0 || memcmp(after, "ll", 2) == 0
               ? 3
               : 0;
}

size_t first_piece(const char *text, size_t length) {
    size_t short_form = contraction(text, length);
    if (short_form) return short_form;

    size_t lead = text[0] == ' ' && length > 1 ? 1 : 0;
    size_t size, but_last;
    enum kind kind = first_character(text + lead, length - lead, &size);
    if (kind != SPACE) return lead + run_length(text + lead, length - lead, kind, &but_last);

    /* \s+(?!\S): white space before a word excludes its last character, unless that is its only
     * one. */
    size_t end = run_length(text, length, SPACE, &but_last);
    return end < length && but_last > 0 ? but_last : end;
}
