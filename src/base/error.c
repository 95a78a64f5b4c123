/* error.c: see error.h. */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

void make_printable(char *text) {
    utf8proc_uint8_t *p = (utf8proc_uint8_t *)text;
    while (*p) {
        utf8proc_int32_t code;
        utf8proc_ssize_t n = utf8proc_iterate(p, -1, &code);
        if (n < 1 || code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            *p = '?';
            n = 1;
        }
        p += n;
    }
}

bool fail(struct pg_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    make_printable(err->text);
    return false;
}

bool is_out_of_memory(const struct pg_error *err) {
    static const char words[] = "out of memory";
    return strncmp(err->text, words, sizeof words - 1) == 0;
}
