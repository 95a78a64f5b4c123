/* work.c: see work.h. */
#include "batch/work.h"

#include "batch/line.h"
#include "batch/work_experiment.h"
#include "batch/work_graph.h"
#include "batch/work_reading.h"
#include "spec/resolve.h"

#include <string.h>

#define BIT(field) (UINT64_C(1) << (field))
#define OF_ALL     (BIT(FIELD_ID) | BIT(FIELD_LABELS) | BIT(FIELD_WHAT))
#define OF_ONE_TEXT                                                                                \
    (OF_ALL | BIT(FIELD_TEXT) | BIT(FIELD_IDS) | BIT(SPEC_CLEAN) | BIT(SPEC_CLEAN_IDS) |           \
     BIT(SPEC_TOKENS) | BIT(SPEC_TOKEN_IDS) | BIT(SPEC_ANSWERS) | BIT(SPEC_WRONG_ANSWERS) |        \
     BIT(SPEC_ANSWER_IDS) | BIT(SPEC_WRONG_ANSWER_IDS) | BIT(SPEC_METRIC) |                        \
     BIT(SPEC_READ_POSITION) | BIT(SPEC_PREPEND_BOS))

const struct work works[N_WORK_KINDS] = {
    [WORK_EXPERIMENT] = {.name = "experiment",
                         .fields = OF_ALL | (BIT(N_SPEC_FIELDS) - 1),
                         .check = experiment_check,
                         .read = experiment_read,
                         .run = experiment_run,
                         .free_result = experiment_free,
                         .summarize = experiment_summarize,
                         .has_picture = experiment_has_picture,
                         .check_picture = experiment_check_picture,
                         .csv = experiment_csv,
                         .png = experiment_png,
                         .compare = experiment_compare,
                         .write_means = experiment_write_means},
    [WORK_LENS] = {.name = "lens",
                   .fields = OF_ONE_TEXT,
                   .check = batch_line_check_one_text,
                   .read = reading_read,
                   .run = lens_run,
                   .free_result = lens_free,
                   .summarize = lens_summarize,
                   .has_picture = reading_has_picture,
                   .check_picture = reading_check_picture,
                   .csv = lens_table,
                   .png = lens_picture,
                   .compare = lens_compare,
                   .write_means = lens_write_means},
    [WORK_DIRECT] = {.name = "direct",
                     .fields = OF_ONE_TEXT | BIT(SPEC_NEURONS) | BIT(FIELD_BY_SOURCE),
                     .check = batch_line_check_one_text,
                     .read = reading_read,
                     .run = direct_run,
                     .free_result = direct_free,
                     .summarize = direct_summarize,
                     .has_picture = reading_has_picture,
                     .check_picture = reading_check_picture,
                     .csv = direct_table,
                     .png = direct_picture,
                     .compare = direct_compare,
                     .write_means = direct_write_means},
    [WORK_EDGES] = {.name = "edges",
                    .fields = OF_ALL | (BIT(N_SPEC_FIELDS) - 1),
                    .check = experiment_check,
                    .read = experiment_read,
                    .run = experiment_run,
                    .free_result = experiment_free,
                    .summarize = experiment_summarize,
                    .has_picture = experiment_has_picture,
                    .check_picture = experiment_check_picture,
                    .csv = experiment_csv,
                    .png = experiment_png,
                    .compare = experiment_compare,
                    .write_means = edges_write_means},
    [WORK_PATHS] = {.name = "paths",
                    .fields = OF_ALL | (BIT(N_SPEC_FIELDS) - 1),
                    .check = experiment_check,
                    .read = experiment_read,
                    .run = experiment_run,
                    .free_result = experiment_free,
                    .summarize = experiment_summarize,
                    .has_picture = experiment_has_picture,
                    .check_picture = experiment_check_picture,
                    .csv = experiment_csv,
                    .png = experiment_png,
                    .compare = experiment_compare,
                    .write_means = paths_write_means},
};

static bool parse(const char *name, int n_kinds, enum work_kind *out) {
    for (int i = 0; i < n_kinds; i++) {
        *out = (enum work_kind)i;
        if (!strcmp(name, works[i].name)) return true;
    }
    return false;
}

bool what_parse(const char *name, enum work_kind *out) {
    return parse(name, N_NAMED_KINDS, out);
}

bool work_parse(const char *name, enum work_kind *out) {
    return parse(name, N_WORK_KINDS, out);
}

bool work_is_graph(enum work_kind kind) {
    return kind == WORK_EDGES || kind == WORK_PATHS;
}

void task_free(struct task *task) {
    spec_request_free(&task->request);
}
