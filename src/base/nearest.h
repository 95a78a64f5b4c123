/* nearest.h: the "did you mean" of errors about names. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The one of n names that is fewest edits (letters put in, left out or changed; case does not
 * count) from this one, if they are at most a third of its letters and one more; NULL if all are
 * farther. */
const char *nearest_name(const char *name, const char *const *names, size_t n);

#endif
