/* mean_graph_files.h: the means of a folder's edges, or of its paths, as files: mean_edges.csv,
 * mean_edges.npz and mean_graph.json, or mean_paths.csv and mean_paths.npz. */
#ifndef BATCH_MEAN_GRAPH_FILES_H
#define BATCH_MEAN_GRAPH_FILES_H

#include "batch/work.h"

/* Reads <id>.csv of all experiments of the kind that are done, and writes the files into the
 * folder, arrays only with options->arrays; what an earlier run has left is removed where there is
 * nothing to write. mean_graph.json has the mean scores of the first measure and intervention in
 * the file of lines. False and err if a CSV is not what its row says, or a file cannot be written.
 */
bool mean_graphs_write(enum work_kind kind, const struct mean_output *output, struct pg_error *err);

#endif
