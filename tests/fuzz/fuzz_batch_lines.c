/* fuzz_batch_lines.c: a file of experiments (batch/line_reader.h, batch/line.h), up to the task
 * that the demo model would do. */
#include "fuzz.h"

#include "batch/line.h"
#include "batch/line_reader.h"

#include <stdlib.h>

static struct pg_model *model;
static struct spec defaults;

static void begin(void) {
    struct pg_error err;
    defaults = spec_default(SPEC_COMMAND_LINE);
    model = pg_model_open("demo", &err);
    if (!model) __builtin_trap();
}

static void read_line(const struct line *line) {
    const struct line_rules rules = {.defaults = &defaults};
    const struct work_context context = {.model = model, .defaults = &defaults};
    struct batch_line read;
    struct summary_row row = {0};
    struct task task = {0};
    struct pg_error err;
    free(batch_line_id(&rules, line->text, line->size, line->number, &err));
    if (batch_line_read(&rules, line->text, line->size, &read, &err))
        (void)works[read.kind].read(&context, &read, &task, &row, &err);
    batch_line_free(&read);
    task_free(&task);
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
