/* token_names.c: see token_names.h. */
#include "report/token_names.h"

#include "base/memory.h"
#include "report/token_list.h"

#include <stdlib.h>

static char *name_of(const struct pg_model *model, const struct font *font, int id,
                     enum token_style style, struct pg_error *err) {
    return font ? token_label(model, font, id, style, err)
                : copy_string(show_token(model, id, style).text, err);
}

/* The names of n tokens, with a NULL behind the last. */
static char **names_of(const struct pg_model *model, const struct font *font, const int *ids,
                       size_t n, struct pg_error *err) {
    char **list = allocate(n + 1, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++) {
        list[i] = name_of(model, font, ids[i], TOKEN_DOTTED, err);
        if (list[i]) continue;
        token_list_free(list);
        return NULL;
    }
    return list;
}

bool token_names_make(const struct pg_model *model, const struct pg_result *result,
                      const struct font *font, struct token_names *names, struct pg_error *err) {
    *names = (struct token_names){0};
    names->clean = names_of(model, font, result->clean_ids, result->n_tokens, err);
    if (names->clean)
        names->corrupt = names_of(model, font, result->corrupt_ids, result->n_tokens, err);
    for (int i = 0; i < 2 && names->corrupt && result->n_pairs; i++) {
        const int id = i ? result->pairs[0].b : result->pairs[0].a;
        if (id < 0) continue;
        names->metric[i] = name_of(model, font, id, TOKEN_QUOTED, err);
        if (!names->metric[i]) return false;
    }
    return names->corrupt;
}

void token_names_free(struct token_names *names) {
    token_list_free(names->clean);
    token_list_free(names->corrupt);
    free(names->metric[0]);
    free(names->metric[1]);
    *names = (struct token_names){0};
}
