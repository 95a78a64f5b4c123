/* error.c: see error.h. */
#include "base/error.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool fail(struct pg_error *err, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    make_printable(err->text, sizeof err->text);
    return false;
}

bool is_out_of_memory(const struct pg_error *err) {
    static const char words[] = "out of memory";
    return strncmp(err->text, words, sizeof words - 1) == 0;
}
