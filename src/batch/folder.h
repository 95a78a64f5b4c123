/* folder.h: the folder that a batch writes to: that one process alone is at work there, and the rows of
 * the experiments that are done so far. What the other files hold is known elsewhere. */
#ifndef BATCH_FOLDER_H
#define BATCH_FOLDER_H

#include "batch/summary.h"

#define SUMMARY_FILE "summary.csv"
#define PARTIAL_FILE "summary_partial.csv"

struct folder {
    const char *path;
    int lock;    /* a file, locked while it is open */
    int partial; /* a file, or -1 before folder_begin */
};

/* Makes the folder if only the last part of its path is missing, locks it against other processes, and
 * removes the temporary files of one that was killed. path must outlive out. False and err if that
 * fails, or if another process is at work there. Close with folder_close, also after failure. */
bool folder_open(const char *path, struct folder *out, struct pg_error *err);

/* Whether there is no summary yet, of a batch that is finished or was interrupted. False and err, which
 * ends in the advice, otherwise. */
bool folder_has_no_batch(const char *folder, const char *advice, struct pg_error *err);

/* Whether there are no tables and pictures yet: they are somebody's, and would be replaced. False and
 * err, which names one, otherwise. */
bool folder_is_clear(const char *folder, struct pg_error *err);

/* Whether no table or picture in the folder, if it is there, is a symbolic link: it would be written through.
 * False and err, which names one, otherwise. */
bool folder_has_no_links(const char *folder, struct pg_error *err);

/* Makes or opens summary_partial.csv: from here on the folder holds a batch that is not finished. */
bool folder_begin(struct folder *folder, struct pg_error *err);

/* After folder_begin: appends a row to summary_partial.csv in one piece. */
bool folder_append(struct folder *folder, const struct summary_row *row, struct pg_error *err);

/* Removes summary_partial.csv, when summary.csv is there. */
bool folder_finish(struct folder *folder, struct pg_error *err);

void folder_close(struct folder *folder);

/* The file "folder/<id><ending>", to be freed with free(). NULL and err when memory is out. */
char *folder_file(const char *folder, const char *id, const char *ending, struct pg_error *err);

#endif
