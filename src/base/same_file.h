/* same_file.h: whether two paths are one file, however they are spelled and through whatever links. */
#ifndef BASE_SAME_FILE_H
#define BASE_SAME_FILE_H

#include <stdbool.h>

/* Whether both lead to one file that is there; or, where none is there, whether writing both would make one:
 * the same name in the same folder, after links that lead nowhere yet. Names that differ in case alone are
 * the same then, as they are to some file systems. */
bool same_file(const char *a, const char *b);

#endif
