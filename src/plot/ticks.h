/* ticks.h: round numbers along an axis of numbers. */
#ifndef PLOT_TICKS_H
#define PLOT_TICKS_H

enum { TICKS_MOST = 16 };

struct ticks {
    int count;
    double value
        [TICKS_MOST]; /* rising, multiples of 1, 2 or 5 times a power of ten, within the axis */
    char text[TICKS_MOST]
             [48]; /* value / 10^exponent, all with as many decimals; UTF-8, U+2212 as minus */
    int exponent;  /* 0 unless the numbers are very large or very small */
};

/* Two to `most` (5 to TICKS_MOST) ticks for the axis from low to high: finite, low < high, and no
 * closer together than different float32 numbers are. */
void ticks_choose(double low, double high, int most, struct ticks *out);

#endif
