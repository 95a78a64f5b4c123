/* work_experiment.h: activation patching as a kind of work: the functions of its row in work.c,
 * which says what each does. Results are struct pg_result. */
#ifndef BATCH_WORK_EXPERIMENT_H
#define BATCH_WORK_EXPERIMENT_H

#include "batch/work.h"

bool experiment_check(const struct batch_line *line, struct pg_error *err);
bool experiment_read(const struct work_context *context, const struct batch_line *line,
                     struct task *task, struct summary_row *row, struct pg_error *err);
size_t experiment_run(const struct pg_model *model, const struct task *tasks, size_t n,
                      void **results, struct pg_error *errors);
void experiment_free(void *result);
void experiment_summarize(const void *result, struct summary_row *row);
bool experiment_has_picture(const struct summary_row *row);
bool experiment_check_picture(const void *result, const struct pg_picture *look,
                              struct pg_error *err);
char *experiment_csv(const struct pg_model *model, const void *result, size_t *size,
                     struct pg_error *err);
uint8_t *experiment_png(const struct pg_model *model, const void *result,
                        const struct pg_picture *look, int threads, size_t *size,
                        struct pg_error *err);
bool experiment_compare(const struct pg_model *model, const void *result, const char *path,
                        double tolerance, bool *differs, struct pg_error *err);
bool experiment_write_means(const struct mean_output *output, struct pg_error *err);

#endif
