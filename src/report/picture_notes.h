/* picture_notes.h: what a PNG file says of itself, beside its pixels: names and texts, in the order in
 * which they are added. png.c writes them as chunks. */
#ifndef REPORT_PICTURE_NOTES_H
#define REPORT_PICTURE_NOTES_H

#include "plot/png.h"

enum { MOST_NOTES = 24 };

struct picture_notes {
    struct png_note items[MOST_NOTES];
    int n;
};

/* Adds a note; the name must outlive it, the text is printf-formatted. False and err when memory is out.
 * Free with notes_free, also after failure. */
bool notes_add(struct picture_notes *notes, struct pg_error *err, const char *name,
               const char *format, ...) __attribute__((format(printf, 4, 5)));
void notes_free(struct picture_notes *notes);

/* Adds what every picture says: which program made it. */
bool notes_add_program(struct picture_notes *notes, struct pg_error *err);

/* Adds all that makes a result what it is: the model's name, both texts and their ids,
 * the metric and its tokens, where it is read, the sites, the direction, whether the texts begin with
 * the model's BOS, and what the picture shows of it. */
bool notes_add_result(struct picture_notes *notes, const struct pg_model *model,
                      const struct pg_result *result, enum pg_show show, struct pg_error *err);

/* The words for a direction. */
const char *direction_text(bool noising);

#endif
