/* heatmap_scale.c: from values to colours, and which numbers stand along an axis (see heatmap.h). */
#include "plot/heatmap.h"

#include <math.h>

/* The lowest and the highest finite value; 0 and 0 if there is none. */
static void find_ends(const struct heatmap *map, double *low, double *high) {
    *low = INFINITY;
    *high = -INFINITY;
    for (int p = 0; p < map->n_panels; p++) {
        const struct heatmap_panel *panel = &map->panels[p];
        for (size_t i = 0; i < (size_t)panel->n_rows * (size_t)panel->n_columns; i++) {
            if (!isfinite(panel->values[i])) continue;
            *low = fmin(*low, (double)panel->values[i]);
            *high = fmax(*high, (double)panel->values[i]);
        }
    }
    if (*low > *high) *low = *high = 0;
}

/* How far the colours reach from a value when there is nothing to tell. */
static double some_width(double value) {
    return value == 0 ? 1 : fabs(value) / 10;
}

void heatmap_range(const struct heatmap *map, double *low, double *high) {
    const double given_low = (double)map->low, given_high = (double)map->high,
                 center = (double)map->center;
    find_ends(map, low, high);
    double half = fmax(fabs(*high - center), fabs(*low - center));
    if (isfinite(given_low)) {
        *low = given_low;
        half = center - given_low;
    }
    if (isfinite(given_high)) {
        *high = given_high;
        half = given_high - center;
    }
    if (isfinite(given_low) && isfinite(given_high)) return;
    if (half == 0) half = some_width(center);
    if (isfinite(center) && half > 0) {
        *low = center - half;
        *high = center + half;
    }
    if (*low < *high) return;
    const double value = isfinite(given_high) ? *high : *low; /* one value: the middle colour */
    if (!isfinite(given_low)) *low = value - some_width(value);
    if (!isfinite(given_high)) *high = value + some_width(value);
}

colour heatmap_colour(const struct heatmap *map, double low, double high, double value) {
    const colour missing = 0xdddddd;
    if (!isfinite(value)) return missing;
    return colormap_at(map->colormap, (value - low) / (high - low));
}

int heatmap_decimals(double low, double high) {
    const double largest = fmax(fabs(low), fabs(high));
    if (largest >= 1e4 || largest < 0.01) return -1;
    return largest >= 100 ? 0 : largest >= 10 ? 1 : largest >= 0.1 ? 2 : 3;
}

void heatmap_number(float value, int decimals, char out[NUMBER_SIZE]) {
    if (decimals < 0)
        number_display(value, out);
    else
        number_fixed(value, decimals, out);
}

bool heatmap_is_numbered(const int *numbers, int n, int i, int every) {
    const bool counting = numbers[n - 1] - numbers[0] == n - 1;
    return (counting ? numbers[i] : i) % every == 0;
}
