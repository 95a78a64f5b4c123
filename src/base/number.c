/* number.c: see number.h. printf and strtof do the work, in the "C" locale of this thread, since a
 * program around the library may have chosen one with another decimal point. */
#include "base/number.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static locale_t enter_c_locale(locale_t *before) {
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *before = uselocale(c);
    return c;
}

static void leave_c_locale(locale_t c, locale_t before) {
    uselocale(before);
    freelocale(c);
}

void number_format(float value, char out[NUMBER_SIZE]) {
    if (isnan(value)) {
        strcpy(out, "nan"); /* printf also knows "-nan" */
        return;
    }
    locale_t before, c = enter_c_locale(&before);
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(out, NUMBER_SIZE, "%.*g", digits, (double)value);
        if (strtof(out, NULL) == value) break;
    }
    leave_c_locale(c, before);
}

void number_display(float value, char out[NUMBER_SIZE]) {
    locale_t before, c = enter_c_locale(&before);
    const char *sign = value < 0 ? "\u2212" : "";
    snprintf(out, NUMBER_SIZE, "%s%.3g", sign, fabs((double)value));
    leave_c_locale(c, before);
}

/* Writes a number >= 0 with the given decimals, or with significant digits if those decimals would
 * all be zeros or the number is too large. */
static void write_magnitude(double value, int decimals, char out[NUMBER_SIZE - 3]) {
    locale_t before, c = enter_c_locale(&before);
    if (value < 1e9) snprintf(out, NUMBER_SIZE - 3, "%.*f", decimals, value);
    const bool vanishes = value < 1e9 && value > 0 && !out[strspn(out, "0.")];
    if (vanishes && decimals <= 2)
        snprintf(out, NUMBER_SIZE - 3, value < 0.001 ? "%.0e" : "%.1g", value);
    else if (vanishes || !(value < 1e9))
        snprintf(out, NUMBER_SIZE - 3, "%.2e", value);
    leave_c_locale(c, before);
}

static void write_signed(float value, int decimals, const char *minus, char out[NUMBER_SIZE]) {
    char digits[NUMBER_SIZE - 3];
    write_magnitude(fabs((double)value), decimals, digits);
    sprintf(out, "%s%s", value < 0 ? minus : "", digits);
}

void number_plain(float value, int decimals, char out[NUMBER_SIZE]) {
    write_signed(value, decimals, "-", out);
}

void number_fixed(float value, int decimals, char out[NUMBER_SIZE]) {
    write_signed(value, decimals, "\u2212", out);
}

bool number_parse(const char *text, float *out) {
    if (!strcmp(text, "nan") || !strcmp(text, "inf") || !strcmp(text, "-inf")) {
        *out = text[0] == 'n' ? NAN : text[0] == 'i' ? INFINITY : -INFINITY;
        return true;
    }
    if (!*text || text[strspn(text, "0123456789+-.eE")]) return false;
    char *end;
    locale_t before, c = enter_c_locale(&before);
    *out = strtof(text, &end);
    leave_c_locale(c, before);
    return *end == '\0' && !isinf(*out);
}
