/* label.h: text that programs can read and text that the font can draw. Knows no models. */
#ifndef REPORT_LABEL_H
#define REPORT_LABEL_H

#include "plot/font.h"

/* Any bytes as UTF-8: unchanged, but those that are none, and zero bytes, become U+FFFD. Free
 * with free(). NULL and err when memory is out. */
char *label_text(const char *bytes, size_t length, struct pg_error *err);

/* Any bytes as UTF-8 in which different bytes differ to the eye: unchanged, but those that are not UTF-8, and
 * zero bytes, become \xE9. (A backslash stays one: where that matters, an id stands beside.) Free with
 * free(). NULL and err when memory is out. */
char *label_escaped(const char *bytes, size_t length, struct pg_error *err);

/* UTF-8 text with the characters that the font lacks, or cannot set on their own (letters that run from
 * right to left, join, or take other forms beside others), or that are not seen, as \u4E2D. Free with free(). NULL and err
 * when memory is out. */
char *label_drawable(const struct font *font, const char *text, struct pg_error *err);

#endif
