/* token_list.c: see token_list.h. */
#include "report/token_list.h"

#include "base/memory.h"
#include "report/label.h"

#include <stdio.h>
#include <stdlib.h>

char *token_label(const struct pg_model *model, const struct font *font, int id,
                  enum token_style style, struct pg_error *err) {
    struct shown_token shown = show_token(model, id, style);
    return label_drawable(font, shown.text, err);
}

static char *token_text(const struct pg_model *model, int id, token_writer *writer,
                        struct pg_error *err) {
    char digits[16];
    size_t length;
    const char *bytes = pg_token_bytes(model, id, &length);
    if (bytes) return writer(bytes, length, err);
    snprintf(digits, sizeof digits, "%d", id);
    return copy_string(digits, err);
}

char **token_list(const struct pg_model *model, const int *ids, size_t n, token_writer *writer,
                  struct pg_error *err) {
    char **list = allocate(n + 1, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++) {
        list[i] = token_text(model, ids[i], writer, err);
        if (list[i]) continue;
        token_list_free(list);
        return NULL;
    }
    return list;
}

void token_list_free(char **list) {
    for (char **item = list; item && *item; item++) free(*item);
    free(list);
}
