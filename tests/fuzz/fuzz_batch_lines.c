/* fuzz_batch_lines.c: a file of experiments (batch/lines.h, cli/batch_line.h), up to the request
 * that the demo model would run. */
#include "fuzz.h"

#include "batch/lines.h"
#include "batch/summary.h"
#include "cli/batch_line.h"
#include "cli/input.h"

#include <stdlib.h>

static struct pg_model *model;
static struct options options;

static void begin(void) {
    static char *argv[] = {"patchgpt", "batch", "-", "--model", "demo", "--output", "out", NULL};
    struct pg_error err;
    if (!options_parse(7, argv, &options, &err)) __builtin_trap();
    model = pg_model_open("demo", &err);
    if (!model) __builtin_trap();
}

static void read_line(const struct line *line) {
    struct batch_line read;
    struct summary_row row = {0};
    struct pg_request request = pg_request_default();
    struct pg_error err;
    free(batch_line_id(&options, line->text, line->size, line->number, &err));
    if (batch_line_read(&options, line->text, line->size, &read, &err))
        (void)batch_line_request(model, &read, &request, &row, &err);
    batch_line_free(&read);
    free_experiment(&request);
    summary_row_free(&row);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct line_reader reader = {0};
    struct line line;
    struct pg_error err;
    if (!model) begin();
    if (!lines_open(fuzz_file("lines.jsonl", data, size), &reader, &err)) return 0;
    while (lines_next(&reader, &line, &err) && line.number)
        if (line.text) read_line(&line);
    lines_close(&reader);
    return 0;
}
