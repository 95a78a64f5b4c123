/* ticks.c: see ticks.h. Tick values are whole multiples of the step, and texts are made from these
 * integers, so that 0.3 is "0.3" and never "0.30000000000000004". */
#include "plot/ticks.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static double power_of_ten(int exponent) {
    double power = 1;
    for (int i = 0; i < abs(exponent); i++) power *= 10;
    return exponent < 0 ? 1 / power : power;
}

/* floor(log10(x)) for x > 0. */
static int decimal_exponent(double x) {
    int e = 0;
    while (power_of_ten(e) > x) e--;
    while (power_of_ten(e + 1) <= x) e++;
    return e;
}

/* The double nearest to multiple x 10^exponent. */
static double scaled(long long multiple, int exponent) {
    double power = power_of_ten(abs(exponent));
    return exponent < 0 ? (double)multiple / power : (double)multiple * power;
}

/* Writes multiple x 10^exponent as a decimal number. */
static void write_decimal(char *out, size_t size, long long multiple, int exponent) {
    const int max_decimals = 20; /* far more than numbers on one axis need to differ */
    int decimals = exponent < -max_decimals ? max_decimals : exponent < 0 ? -exponent : 0;
    long long rest = llabs(multiple);
    for (int i = 0; i < exponent; i++) rest *= 10;

    char digits[48], *first = digits + sizeof digits; /* written from the last to the first */
    *--first = '\0';
    for (int place = -decimals; place <= 0 || rest > 0; place++, rest /= 10) {
        if (place == 0 && decimals > 0) *--first = '.';
        *--first = (char)('0' + rest % 10);
    }
    snprintf(out, size, "%s%s", multiple < 0 ? "\u2212" : "", first);
}

/* Fills out with the multiples of factor x 10^exponent from low to high; false if there are more
 * than max. */
static bool fill(double low, double high, int max, int factor, int exponent, struct ticks *out) {
    double step = scaled(factor, exponent);
    double slack = step * 1e-6; /* an end at float32's 0.3 still has a tick 0.3 */
    double first = ceil((low - slack) / step), last = floor((high + slack) / step);
    if (last - first + 1 > max) return false;

    double largest = fmax(fabs(low), fabs(high));
    out->exponent = largest >= 1e5 || largest < 1e-3 ? decimal_exponent(largest) : 0;
    out->count = 0;
    for (double k = first; k <= last; k++) {
        long long multiple = (long long)k * factor;
        double value = scaled(multiple, exponent);
        out->value[out->count] = fmin(fmax(value, low), high);
        write_decimal(out->text[out->count++], sizeof out->text[0], multiple,
                      exponent - out->exponent);
    }
    return true;
}

void ticks_choose(double low, double high, int max, struct ticks *out) {
    const int factors[] = {1, 2, 5};
    int exponent = decimal_exponent((high - low) / max);
    for (;; exponent++)
        for (int i = 0; i < 3; i++)
            if (fill(low, high, max, factors[i], exponent, out)) return;
}
