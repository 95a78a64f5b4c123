/* tokens.c: see tokens.h. */
#include "report/tokens.h"

#include "base/memory.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

/* Copies bytes; the format is for each byte that is not part of a character, and each NUL byte. */
static char *copy_text(const char *bytes, size_t length, const char *format, struct pg_error *err) {
    char *text = allocate(length + 1, sizeof "\\xE9" - 1, err), *out = text;
    for (size_t i = 0, n; text && i < length; i += n) {
        if (utf8_next(bytes + i, length - i, &n) > 0)
            out = mempcpy(out, bytes + i, n);
        else
            out += sprintf(out, format, (unsigned char)bytes[i]);
    }
    return text;
}

char *replace_invalid(const char *bytes, size_t length, struct pg_error *err) {
    return copy_text(bytes, length, "\uFFFD", err);
}

char *escape_invalid(const char *bytes, size_t length, struct pg_error *err) {
    return copy_text(bytes, length, "\\x%02X", err);
}

static char *token_text(const struct pg_model *model, int id, bytes_to_text *to_text,
                        struct pg_error *err) {
    size_t length;
    const char *bytes = pg_token_bytes(model, id, &length);
    return bytes ? to_text(bytes, length, err) : format_string(err, "%d", id);
}

char **token_texts(const struct pg_model *model, const int *ids, size_t n, bytes_to_text *to_text,
                   struct pg_error *err) {
    char **list = allocate(n + 1, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++) {
        list[i] = token_text(model, ids[i], to_text, err);
        if (list[i]) continue;
        free_strings(list);
        return NULL;
    }
    return list;
}

void free_strings(char **list) {
    for (char **item = list; item && *item; item++) free(*item);
    free(list);
}

void write_token_bytes(FILE *out, const struct pg_model *model, const int *ids, size_t n) {
    for (size_t i = 0; i < n; i++) {
        size_t length = 0;
        const char *bytes = pg_token_bytes(model, ids[i], &length);
        if (bytes) fwrite(bytes, 1, length, out);
    }
}

bool begins_with_bos(const struct pg_model *model, const int *ids) {
    const int bos = pg_bos_token(model);
    return bos >= 0 && ids[0] == bos;
}
