/* number.h: numbers as text and back, the same whatever the locale. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>

/* Space for every float32 in text with its terminating zero. */
enum { NUMBER_SIZE = 24 };

/* Writes value in the shortest of %.6g to %.9g that reads back to the same float32; "nan", "inf"
 * and "-inf" for what is no number. */
void number_format(float value, char out[NUMBER_SIZE]);

/* Writes value with three digits, for people: 1.23, −12.3, 0.00123. */
void number_display(float value, char out[NUMBER_SIZE]);

/* Writes value with the given decimals, at most 6, for people: −0.50, 0.00. What is not 0 is never
 * written as 0: where those decimals would all be zeros, it has one significant digit in place of
 * up to two decimals, three in place of more: 0.004, 3e-04, 4e-08; 3.05e-10. Three digits have
 * numbers from 1e9 on too. */
void number_fixed(float value, int decimals, char out[NUMBER_SIZE]);

/* The same in ASCII: -0.50. */
void number_plain(float value, int decimals, char out[NUMBER_SIZE]);

/* Reads what number_format writes, and any other decimal number within float32's range. False when
 * the text is anything else: empty, padded with spaces, hexadecimal, too large. */
bool number_parse(const char *text, float *out);

/* The ending of a noun after n: "" for 1, "s" otherwise. */
static inline const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

#endif
