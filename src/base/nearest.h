/* nearest.h: finding a name in a list of known names, and what an error about an unknown one says:
 * the name that was probably meant, or all of them. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The index of a name among n names, or -1. */
int find_name(const char *name, const char *const *names, int n);

/* The one of n names that this one was probably meant to be, without regard to case, or NULL. Words
 * are the parts of a name between '_', '-' and '.'; an edit inserts, deletes or changes a letter.
 * The first of these rules that finds a name decides:
 * 1. the name that is one edit away;
 * 2. the name that begins with this one or has it as a word, or NULL if there are several;
 * 3. the name with the fewest edits, if both have the same first letter and the edits are at most a
 *    third of the known name's letters, plus one, and half of the longer name's;
 * 4. the only name that is a word of this one. */
const char *nearest_name(const char *name, const char *const *names, size_t n);

/* Writes "a, b or c", cut to fit room bytes. */
void list_names(const char *const *names, size_t n, char *out, size_t room);

#endif
