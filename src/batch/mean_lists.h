/* mean_lists.h: what the means of all kinds of work are collected in: lists that grow, and the
 * labels of their lines. */
#ifndef BATCH_MEAN_LISTS_H
#define BATCH_MEAN_LISTS_H

#include "base/lookup.h"
#include "batch/summary.h"

/* Inserts a zeroed element at `at` into a list of n, whose memory doubles where n is a power of
 * two. NULL and err when memory is out; the list is unchanged then. */
void *list_insert(void *list, size_t n, size_t size, size_t at, struct pg_error *err);

/* The names of labels, in order of appearance, in each line by position. Begins zeroed. */
struct label_names {
    char **items;
    size_t n;
    struct lookup places;
};

/* The numbers of a row's labels among all, to which new ones are added. Free with free(). NULL and
 * err when memory is out. */
int *label_numbers(struct label_names *names, const struct summary_row *row, struct pg_error *err);

void label_names_free(struct label_names *names);

/* -1, 0 or 1 for the order of two numbers. */
int compare_numbers(long long a, long long b);

#endif
