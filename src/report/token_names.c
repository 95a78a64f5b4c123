/* token_names.c: see token_names.h. */
#include "report/token_names.h"

#include "base/memory.h"
#include "base/utf8.h"
#include "report/metric_text.h"
#include "report/tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* ---- text that the font can draw ---- */

/* Scripts whose letters join, stand above or below each other, or change their order: without a
 * shaping engine they would read as another word. Those that run from right to left are found by
 * their direction. */
static const struct {
    int32_t first, last;
} shaped[] = {
    {0x0590, 0x05CF},   /* marks of Hebrew */
    {0x0600, 0x08FF},   /* marks of Arabic, Syriac, N'Ko, Mandaic */
    {0x0900, 0x0DFF},   /* Devanagari to Sinhala */
    {0x0E00, 0x0FFF},   /* Thai, Lao, Tibetan */
    {0x1000, 0x109F},   /* Myanmar */
    {0x1700, 0x18AF},   /* Tagalog to Mongolian */
    {0x1900, 0x1C7F},   /* Limbu to Ol Chiki */
    {0xA800, 0xA82F},   /* Syloti Nagri */
    {0xA840, 0xABFF},   /* Phags-pa to Meetei Mayek */
    {0x11000, 0x11FFF}, /* Brahmi and its like */
};

static bool needs_shaping(int32_t character) {
    const utf8proc_bidi_class_t direction = utf8proc_get_property(character)->bidi_class;
    if (direction == UTF8PROC_BIDI_CLASS_R || direction == UTF8PROC_BIDI_CLASS_AL) return true;
    for (size_t i = 0; i < sizeof shaped / sizeof *shaped; i++)
        if (character >= shaped[i].first && character <= shaped[i].last) return true;
    return false;
}

char *escape_undrawable(const struct font *font, const char *text, struct pg_error *err) {
    const size_t length = strlen(text);
    char *drawable = allocate(length + 1, sizeof "\\U00012345", err), *out = drawable;
    for (size_t i = 0, n; drawable && i < length; i += n) {
        const int32_t character = utf8_next(text + i, length - i, &n);
        if (font_has(font, character) && !needs_shaping(character) && !utf8_is_invisible(character))
            out = mempcpy(out, text + i, n);
        else
            out += sprintf(out, character > 0xffff ? "\\U%08X" : "\\u%04X", (unsigned)character);
    }
    return drawable;
}

/* ---- the tokens of an experiment ---- */

/* A copy that the font, if there is one, can draw. */
static char *drawable(const struct font *font, const char *text, struct pg_error *err) {
    return font ? escape_undrawable(font, text, err) : copy_string(text, err);
}

char **token_name_list(const struct pg_model *model, const struct font *font, const int *ids,
                       size_t n, enum token_style style, struct pg_error *err) {
    char **list = allocate(n + 1, sizeof *list, err);
    for (size_t i = 0; list && i < n; i++) {
        list[i] = drawable(font, show_token(model, ids[i], style).text, err);
        if (list[i]) continue;
        free_strings(list);
        return NULL;
    }
    return list;
}

bool token_names_make(const struct pg_model *model, const struct pg_result *result,
                      const struct font *font, struct token_names *names, struct pg_error *err) {
    *names = (struct token_names){0};
    names->clean =
        token_name_list(model, font, result->clean_ids, result->n_tokens, TOKEN_DOTTED, err);
    if (names->clean && result->corrupt_ids &&
        !(names->corrupt = token_name_list(model, font, result->corrupt_ids, result->n_tokens,
                                           TOKEN_DOTTED, err)))
        return false;
    const struct question question = question_of_result(result);
    const struct formula formula = question_formula(model, &question, "\u2212");
    return names->clean && (names->formula = drawable(font, formula.text, err));
}

void token_names_free(struct token_names *names) {
    free_strings(names->clean);
    free_strings(names->corrupt);
    free(names->formula);
    *names = (struct token_names){0};
}
