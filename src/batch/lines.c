/* lines.c: see lines.h. */
#include "batch/lines.h"

#include "base/memory.h"
#include "base/plain_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool lines_open(const char *path, struct line_reader *out, struct pg_error *err) {
    const bool standard = !strcmp(path, "-");
    *out = (struct line_reader){.name = standard ? "standard input" : path};
    out->text = allocate(LONGEST_LINE + 1, 1, err);
    if (!out->text) return false;
    out->file = standard ? stdin : fopen(path, "re");
    return out->file || fail(err, "cannot open %s: %s", path, strerror(errno));
}

/* Reads up to a newline or the end, and keeps what there is room for; of a byte order mark at the start of
 * the file nothing. False at the end of the file, where there is no line. */
static bool read_line(struct line_reader *r, size_t *size, bool *blank) {
    int c;
    *size = 0;
    *blank = true;
    while ((c = getc_unlocked(r->file)) != EOF && c != '\n') {
        if (!strchr(" \t\r", c) || !c) *blank = false;
        if (*size < LONGEST_LINE) r->text[*size] = (char)c;
        ++*size;
        if (r->number > 0 || *size != 3 || !text_mark(r->text, *size)) continue;
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
    if (!found) return true;
    *out = (struct line){.number = r->number, .size = size, .start = r->text};
    out->n_kept = size < LONGEST_LINE ? size : LONGEST_LINE;
    r->text[out->n_kept] = '\0';
    if (size <= LONGEST_LINE) out->text = r->text;
    if (!r->checked && !text_check(r->text, out->n_kept, r->name, err)) return false;
    return r->checked = true;
}

void lines_close(struct line_reader *r) {
    if (r->file && r->file != stdin) fclose(r->file);
    free(r->text);
    *r = (struct line_reader){0};
}
