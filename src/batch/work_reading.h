/* work_reading.h: the logit lens and direct attribution as kinds of work: the functions of their
 * rows in work.c, which says what each does. Results are struct pg_lens and struct pg_direct. */
#ifndef BATCH_WORK_READING_H
#define BATCH_WORK_READING_H

#include "batch/work.h"

bool reading_read(const struct work_context *context, const struct batch_line *line,
                  struct task *task, struct summary_row *row, struct pg_error *err);
bool reading_has_picture(const struct summary_row *row);
bool reading_check_picture(const void *result, const struct pg_picture *look, struct pg_error *err);

size_t lens_run(const struct pg_model *model, const struct task *tasks, size_t n, void **results,
                struct pg_error *errors);
void lens_free(void *result);
void lens_summarize(const void *result, struct summary_row *row);
char *lens_table(const struct pg_model *model, const void *result, size_t *size,
                 struct pg_error *err);
uint8_t *lens_picture(const struct pg_model *model, const void *result,
                      const struct pg_picture *look, int threads, size_t *size,
                      struct pg_error *err);
bool lens_compare(const struct pg_model *model, const void *result, const char *path,
                  double tolerance, bool *differs, struct pg_error *err);
bool lens_write_means(const struct mean_output *output, struct pg_error *err);

size_t direct_run(const struct pg_model *model, const struct task *tasks, size_t n, void **results,
                  struct pg_error *errors);
void direct_free(void *result);
void direct_summarize(const void *result, struct summary_row *row);
char *direct_table(const struct pg_model *model, const void *result, size_t *size,
                   struct pg_error *err);
uint8_t *direct_picture(const struct pg_model *model, const void *result,
                        const struct pg_picture *look, int threads, size_t *size,
                        struct pg_error *err);
bool direct_compare(const struct pg_model *model, const void *result, const char *path,
                    double tolerance, bool *differs, struct pg_error *err);
bool direct_write_means(const struct mean_output *output, struct pg_error *err);

#endif
