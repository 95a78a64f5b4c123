/* nearest.h: what errors about a name say of the names that are known: the one that was meant, or
 * all of them. */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <stddef.h>

/* The one of n names that this one was most likely meant to be, case not counted; NULL if that
 * cannot be told. In this order: the one that is an edit away (a letter put in, left out or
 * changed); the one that begins with it or has it as a word, words being parts between '_', '-' and
 * '.'; if several do, none; the one of fewest edits, if both have the same first letter and the
 * edits are at most a third of its letters and one more, and half of the longer one's; the only one
 * that is a word of it. */
const char *nearest_name(const char *name, const char *const *names, size_t n);

/* Writes "a, b or c", as much of it as there is room. */
void list_names(const char *const *names, size_t n, char *out, size_t room);

#endif
