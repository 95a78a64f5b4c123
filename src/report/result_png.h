/* result_png.h: the picture of a result as a PNG file in memory, and the notes that pictures have
 * about what they show. */
#ifndef REPORT_RESULT_PNG_H
#define REPORT_RESULT_PNG_H

#include "patch/question.h"
#include "plot/heatmap.h"

enum { MAX_NOTES = 32 };

struct picture_notes {
    struct png_note items[MAX_NOTES];
    int n;
};

/* Adds a note, whose text is printf-formatted; the name must outlive it. False and err when memory
 * is out. Free with notes_free, also after failure. */
bool notes_add(struct picture_notes *notes, struct pg_error *err, const char *name,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
void notes_free(struct picture_notes *notes);

/* Adds the notes that every picture has: the name and version of the program. */
bool notes_add_program(struct picture_notes *notes, struct pg_error *err);

/* Adds n tokens as a note of their ids and, where all have one, a note of their texts, with a
 * separator between them. */
bool notes_add_tokens(struct picture_notes *notes, const struct pg_model *model, const char *name,
                      const char *ids_name, const int *ids, size_t n, const char *separator,
                      struct pg_error *err);

/* Adds the tokens of the metric, if there are any: pair after pair, or both sets. */
bool notes_add_question(struct picture_notes *notes, const struct pg_model *model,
                        const struct question *question, struct pg_error *err);

/* The bytes of the file that pg_write_png writes, with notes about all that makes the result what
 * it is: model, texts and ids, metric and its tokens, read position, sites, senders and readers
 * of edges and paths, direction, BOS, pg_show. Compressed by at most `threads` threads. Free with
 * free(). NULL and err as for pg_write_png. */
uint8_t *result_png(const struct pg_model *model, const struct pg_result *result,
                    const struct pg_picture *picture, int threads, size_t *size,
                    struct pg_error *err);

#endif
