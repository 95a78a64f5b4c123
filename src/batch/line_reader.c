/* line_reader.c: see line_reader.h. */
#include "batch/line_reader.h"

#include "base/memory.h"
#include "base/plain_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- the form of the file ---- */

static const char wanted[] = "expected one JSON object a line";

/* Counts the brackets of a line, outside of strings, which end in their line in valid JSON. The
 * form stays undecided while brackets are open and no string is. */
static void count_brackets(struct file_form *form, const char *text, size_t size) {
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

/* Whether a line ends in a bracket that it opens, as a line that was cut short hardly does. */
static bool ends_open(const char *text, size_t size) {
    while (size && strchr(" \t\r", text[size - 1])) size--;
    return size && (text[size - 1] == '{' || text[size - 1] == '[');
}

/* Takes a line into account. False and err if the file is now known to have another form. */
static bool check_line(struct file_form *form, const struct line *line, const char *name,
                       struct pg_error *err) {
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

/* Whether the whole file is not an array on its one line. */
static bool check_end(const struct file_form *form, const char *name, struct pg_error *err) {
    if (!form->array || form->n_lines != 1) return true;
    return fail(err, "%s is one JSON array, %s", name, wanted);
}

/* ---- lines ---- */

bool lines_open(const char *path, struct line_reader *out, struct pg_error *err) {
    const bool standard = !strcmp(path, "-");
    *out = (struct line_reader){.name = standard ? "standard input" : path};
    out->text = allocate(MAX_LINE + 1, 1, err);
    if (!out->text) return false;
    out->file = standard ? stdin : fopen(path, "re");
    return out->file || fail(err, "cannot open %s: %s", path, strerror(errno));
}

/* Reads up to a newline or the end, and keeps at most MAX_LINE bytes, without a byte order mark at
 * the start of the file. False at the end of the file, where there is no line. */
static bool read_line(struct line_reader *r, size_t *size, bool *blank) {
    int c;
    *size = 0;
    *blank = true;
    while ((c = getc_unlocked(r->file)) != EOF && c != '\n') {
        if (!strchr(" \t\r", c) || !c) *blank = false;
        if (*size < MAX_LINE) r->text[*size] = (char)c;
        ++*size;
        if (r->number > 0 || *size != 3 || !text_bom_size(r->text, *size)) continue;
        *size = 0;
        *blank = true;
    }
    return c != EOF || *size > 0;
}

bool lines_next(struct line_reader *r, struct line *out, struct pg_error *err) {
    size_t size;
    bool blank = true, found = true;
    *out = (struct line){0};
    while (blank && (found = read_line(r, &size, &blank))) r->number++;
    if (ferror(r->file)) return fail(err, "cannot read %s: %s", r->name, strerror(errno));
    if (!found) return check_end(&r->form, r->name, err);
    *out = (struct line){.number = r->number, .size = size, .start = r->text};
    out->n_kept = size < MAX_LINE ? size : MAX_LINE;
    r->text[out->n_kept] = '\0';
    if (size <= MAX_LINE) out->text = r->text;
    if (!r->checked && !text_check(r->text, out->n_kept, r->name, err)) return false;
    r->checked = true;
    return check_line(&r->form, out, r->name, err);
}

void lines_close(struct line_reader *r) {
    if (r->file && r->file != stdin) fclose(r->file);
    free(r->text);
    *r = (struct line_reader){0};
}
