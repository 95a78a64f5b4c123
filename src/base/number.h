/* number.h: float32 numbers as text and back, independent of the locale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes for the text of any float32, with its terminating NUL. */
enum { NUMBER_SIZE = 24 };

/* Writes value in the shortest of %.6g to %.9g that reads back to the same float32; "nan", "inf"
 * and "-inf" for the others. */
void number_format(float value, char out[NUMBER_SIZE]);

/* Writes value with three digits, for people: 1.23, −12.3, 0.00123. */
void number_display(float value, char out[NUMBER_SIZE]);

/* Writes value with the given decimals, at most 6, for people: −0.50, 0.00. Only 0 is
 * written as 0: another number whose decimals would all be zeros is written with significant digits
 * instead, one for up to two decimals (0.004, 3e-04, 4e-08) and three for more (3.05e-10). Numbers
 * from 1e9 on have three significant digits. */
void number_fixed(float value, int decimals, char out[NUMBER_SIZE]);

/* Writes value as number_fixed does, with an ASCII minus: -0.50. */
void number_plain(float value, int decimals, char out[NUMBER_SIZE]);

/* Reads the text of number_format, or any other decimal number within float32's range. False for
 * any other text: empty, with spaces around it, hexadecimal, too large. */
bool number_parse(const char *text, float *out);

/* The ending of a noun after n: "" for 1, "s" otherwise. */
static inline const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

#endif
