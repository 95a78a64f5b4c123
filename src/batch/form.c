/* form.c: see form.h. */
#include "batch/form.h"

#include "base/error.h"

#include <string.h>

static const char wanted[] = "expected one JSON object a line";

/* Counts the brackets of a line, outside of strings, which end in their line in valid JSON. Undecided it
 * stays while some are open and no string is. */
static void count_brackets(struct form *form, const char *text, size_t size) {
    bool quoted = false;
    for (size_t i = 0; i < size; i++) {
        const char c = text[i];
        if (c == '"') quoted = !quoted;
        if (c == '\\' && quoted) i++;
        if (quoted) continue;
        form->depth += c == '[' || c == '{';
        if (c != ']' && c != '}') continue;
        form->depth -= form->depth > 0;
        if (!form->depth) break;
    }
    form->undecided = form->depth > 0 && !quoted;
}

/* Whether a line ends in a bracket that it opens: no line that was cut short is likely to. */
static bool ends_open(const char *text, size_t size) {
    while (size && strchr(" \t\r", text[size - 1])) size--;
    return size && (text[size - 1] == '{' || text[size - 1] == '[');
}

bool form_add(struct form *form, const struct line *line, const char *name, struct pg_error *err) {
    const bool first = form->n_lines++ == 0;
    if (first) {
        const char c = line->start[strspn(line->start, " \t\r")];
        form->array = c == '[';
        form->undecided = form->array || c == '{';
    }
    if (!form->undecided) return true;
    count_brackets(form, line->start, line->n_kept);
    if (first && form->array && form->depth)
        return fail(err, "%s is one JSON array over several lines, %s", name, wanted);
    if (first ? form->undecided && ends_open(line->start, line->n_kept) : !form->depth)
        return fail(err, "%s has a JSON object over several lines, %s", name, wanted);
    return true;
}

bool form_end(const struct form *form, const char *name, struct pg_error *err) {
    if (!form->array || form->n_lines != 1) return true;
    return fail(err, "%s is one JSON array, %s", name, wanted);
}
