/* colormap.h: from a number between 0 and 1 to a colour. */
#ifndef PLOT_COLORMAP_H
#define PLOT_COLORMAP_H

#include "patchgpt.h"

#include <stdint.h>

/* 0xRRGGBB, sRGB. */
typedef uint32_t colour;

/* The colour of t in [0, 1] (clamped), one of 256 steps, as matplotlib draws them. */
colour colormap_at(enum pg_colormap map, double t);

#endif
