/* work.c: see work.h. */
#include "batch/work.h"

#include "batch/work_experiment.h"
#include "spec/resolve.h"

const struct work works[N_WORK_KINDS] = {
    [WORK_EXPERIMENT] = {.name = "experiment",
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
};

void task_free(struct task *task) {
    spec_request_free(&task->request);
}
