/* ticks.h: round numbers along an axis of numbers. */
#ifndef PLOT_TICKS_H
#define PLOT_TICKS_H

enum { MAX_TICKS = 16 };

struct ticks {
    int count;
    /* Ascending multiples of 1, 2 or 5 times a power of ten, within the axis. */
    double value[MAX_TICKS];
    /* value / 10^exponent, all with the same number of decimals; UTF-8, U+2212 as minus. */
    char text[MAX_TICKS][48];
    int exponent; /* 0 unless the numbers are very large or very small */
};

/* Chooses two to `max` ticks, max being 5 to MAX_TICKS, for the axis from low to high: finite,
 * low < high, and no closer together than different float32 numbers are. */
void ticks_choose(double low, double high, int max, struct ticks *out);

#endif
