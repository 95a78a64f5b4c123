/* fuzz_summary.c: summary.csv and summary_partial.csv as --resume and merge read them
 * (batch/summary.h, batch/resume.h). What is read must be written as it would be read again. */
#include "fuzz.h"

#include "batch/resume.h"
#include "batch/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A summary of the same rows, as text. */
static char *write_summary(const struct summary *s, size_t *size) {
    struct pg_error err;
    size_t n;
    unsigned form = SUMMARY_PLAIN;
    for (size_t i = 0; i < s->n; i++) form |= summary_row_form(&s->rows[i]);
    char *all = NULL, *text = summary_header(form, &n, &err);
    FILE *out = open_memstream(&all, size);
    if (!text || !out) abort();
    fwrite(text, 1, n, out);
    free(text);
    for (size_t i = 0; i < s->n; i++) {
        text = summary_row_text(&s->rows[i], form, &n, &err);
        if (!text) abort();
        fwrite(text, 1, n, out);
        free(text);
    }
    if (fclose(out) != 0) abort();
    return all;
}

static void read_and_write(const char *path) {
    struct summary first = {0}, second = {0};
    struct pg_error err;
    if (summary_read(path, false, &first, &err)) {
        size_t size, again_size;
        char *text = write_summary(&first, &size);
        if (!summary_read(fuzz_file("again.csv", text, size), false, &second, &err))
            __builtin_trap();
        char *again = write_summary(&second, &again_size);
        if (again_size != size || memcmp(again, text, size) != 0) __builtin_trap();
        free(again);
        free(text);
    }
    summary_free(&first);
    summary_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct earlier earlier;
    struct pg_error err;
    char path[256];
    snprintf(path, sizeof path, "%s", fuzz_file("summary.csv", data, size));
    read_and_write(path);
    fuzz_file("summary_partial.csv", data, size);
    (void)earlier_read(fuzz_folder(), &earlier, &err);
    (void)earlier_find(&earlier, "a", 1, false);
    earlier_free(&earlier);
    return 0;
}
