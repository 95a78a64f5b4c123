/* option_values.h: the values of options that do not describe an experiment, from text. All return
 * false and err, which uses the option's name, if the text is anything else. */
#ifndef CLI_OPTION_VALUES_H
#define CLI_OPTION_VALUES_H

#include "cli/options.h"

/* The name of a colour map, or of what a picture shows. */
bool parse_colormap(const char *name, const char *value, enum pg_colormap *out,
                    struct pg_error *err);
bool parse_show(const char *name, const char *value, enum pg_show *out, struct pg_error *err);

/* The name of a kind of work. */
bool parse_work(const char *name, const char *value, enum work_kind *out, struct pg_error *err);

/* A whole number from 1 to high, which is INT_MAX for no limit. */
bool parse_count(const char *name, const char *value, int high, int *out, struct pg_error *err);

/* A whole number from 0 to high. */
bool parse_whole(const char *name, const char *value, int high, int *out, struct pg_error *err);

/* I/N: the I-th of N shards. */
bool parse_shard(const char *name, const char *value, struct shard *out, struct pg_error *err);

/* Whole numbers with commas between them, ascending. Frees what *out had; free out->items. */
bool parse_sizes(const char *name, const char *value, struct size_list *out, struct pg_error *err);

/* A finite number; a finite number of 0 or more. */
bool parse_number(const char *name, const char *value, double *out, struct pg_error *err);
bool parse_distance(const char *name, const char *value, double *out, struct pg_error *err);

#endif
