/* joint_text.h: the means of joint patches in words: a batch has no picture of them. */
#ifndef BATCH_JOINT_TEXT_H
#define BATCH_JOINT_TEXT_H

#include "batch/mean.h"

/* A line for each mean of a joint patch, at most ten and one that says how many more there are; ""
 * if no experiment is a joint patch. After mean_order. Free with free(). NULL and err when memory
 * is out. */
char *joint_text(const struct mean *mean, struct pg_error *err);

#endif
