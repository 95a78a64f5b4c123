/* path.h: names of files: joining and splitting them, and what they lead to. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include "base/error.h"

/* Whether the path leads to a readable regular file. */
bool file_exists(const char *path);

/* Whether the path leads to a folder. */
bool folder_exists(const char *path);

/* Whether the path is a symbolic link whose target does not exist. err then names both. */
bool link_is_dangling(const char *path, struct pg_error *err);

/* Whether both paths lead to the same file. If neither exists: whether writing both would create
 * one file, that is the same name in the same folder once dangling links are followed. Names that
 * differ only in case count as the same then, as some file systems take them. */
bool same_file(const char *a, const char *b);

/* The path with symbolic links in its last part replaced by their targets, which need not exist.
 * Free with free(). NULL and err for a loop or when memory is out. */
char *follow_links(const char *path, struct pg_error *err);

bool ends_with(const char *name, const char *ending);

/* "folder/name". Free with free(). NULL and err when memory is out. */
char *path_join(const char *folder, const char *name, struct pg_error *err);

/* The folder that contains the path: "dir/." for "dir/name", "." for "name". Free with free(). NULL
 * and err when memory is out. */
char *folder_of(const char *path, struct pg_error *err);

#endif
