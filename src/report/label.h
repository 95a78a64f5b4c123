/* label.h: text that programs can read and text that the font can draw. Knows no models. */
#ifndef REPORT_LABEL_H
#define REPORT_LABEL_H

#include "report/font.h"

/* Any bytes as UTF-8: unchanged, but those that are none, and zero bytes, become U+FFFD. Free
 * with free(). NULL and err when memory is out. */
char *label_text(const char *bytes, size_t length, struct pg_error *err);

/* UTF-8 text with the characters that the font lacks as \u4E2D. Free with free(). NULL and err
 * when memory is out. */
char *label_drawable(const struct font *font, const char *text, struct pg_error *err);

#endif
