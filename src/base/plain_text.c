/* plain_text.c: see plain_text.h. */
#include "base/plain_text.h"

#include "base/file.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 1 << 12 }; /* bytes from which an encoding is guessed */

/* The byte order marks of other encodings, longer ones first. None of them is valid UTF-8. */
static const struct {
    const char *mark;
    size_t size;
    const char *encoding;
} marks[] = {
    {"\xff\xfe\0\0", 4, "UTF-32"},
    {"\0\0\xfe\xff", 4, "UTF-32"},
    {"\xff\xfe", 2, "UTF-16"},
    {"\xfe\xff", 2, "UTF-16"},
};

static bool begins(const char *text, size_t size, const char *start, size_t length) {
    return size >= length && memcmp(text, start, length) == 0;
}

/* Whether most bytes at even indices and none at odd ones are NUL, or the reverse. */
static bool looks_wide(const char *text, size_t size) {
    size_t zeros[2] = {0};
    if (size > SAMPLE) size = SAMPLE;
    for (size_t i = 0; i < size; i++) zeros[i % 2] += text[i] == '\0';
    return size >= 4 && (!zeros[0] || !zeros[1]) && 4 * (zeros[0] + zeros[1]) > size;
}

static const char *wide_encoding(const char *text, size_t size) {
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (begins(text, size, marks[i].mark, marks[i].size)) return marks[i].encoding;
    return looks_wide(text, size) ? "UTF-16" : NULL;
}

bool text_check(const char *text, size_t size, const char *name, struct pg_error *err) {
    const char *encoding = wide_encoding(text, size);
    return !encoding || fail(err, "%s is %s, expected UTF-8", name, encoding);
}

size_t text_bom_size(const char *text, size_t size) {
    static const char mark[] = "\xef\xbb\xbf";
    return begins(text, size, mark, sizeof mark - 1) ? sizeof mark - 1 : 0;
}

size_t text_line_size(const char *line, size_t size) {
    if (!size || line[size - 1] != '\n') return size;
    return size > 1 && line[size - 2] == '\r' ? size - 2 : size - 1;
}

char *text_read(const char *path, size_t limit, size_t *size, struct pg_error *err) {
    char *text = file_read(path, limit, size, err);
    if (!text) return NULL;
    if (!text_check(text, *size, strcmp(path, "-") ? path : "standard input", err)) {
        free(text);
        return NULL;
    }
    const size_t mark = text_bom_size(text, *size);
    *size -= mark;
    if (mark) memmove(text, text + mark, *size + 1);
    return text;
}
