/* text_stream.c: see text_stream.h. */
#include "base/text_stream.h"

#include <stdlib.h>
#include <string.h>

/* Appends bytes, with room for a NUL byte after them. Returning 0 makes an error of the stream. */
static ssize_t add(void *cookie, const char *bytes, size_t size) {
    struct text_stream *s = cookie;
    if (s->room - s->size <= size) {
        const size_t room = 2 * (s->size + size) + 1;
        char *larger = realloc(s->text, room);
        if (!larger) return 0;
        s->text = larger;
        s->room = room;
    }
    memcpy(s->text + s->size, bytes, size);
    s->size += size;
    return (ssize_t)size;
}

bool text_open(struct text_stream *s, struct pg_error *err) {
    *s = (struct text_stream){.text = calloc(1, 1), .room = 1};
    if (s->text) s->out = fopencookie(s, "w", (cookie_io_functions_t){.write = add});
    if (s->out) return true;
    free(s->text);
    return fail(err, "out of memory: a text cannot be written");
}

char *text_close(struct text_stream *s, size_t *size, const char *what, struct pg_error *err) {
    const bool failed = ferror(s->out);
    if (fclose(s->out) == 0 && !failed) {
        s->text[s->size] = '\0';
        *size = s->size;
        return s->text;
    }
    free(s->text);
    fail(err, "out of memory: %s cannot be allocated", what);
    return NULL;
}
