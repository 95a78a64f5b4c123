/* circuit_sizes.h: circuits that are chosen by size, by score or by heads, and how much of a
 * behaviour they carry: faithfulness, and MIB's areas under its curve. */
#ifndef CIRCUIT_CIRCUIT_SIZES_H
#define CIRCUIT_CIRCUIT_SIZES_H

#include "circuit/edge_scores.h"
#include "circuit/edge_set.h"

/* One circuit. */
struct sized_circuit {
    size_t top;      /* edges that were chosen */
    double fraction; /* nominally, of all edges of the model */
    size_t n_edges;  /* that are left after pruning */
    float value;     /* the metric of its run; of several experiments the mean */
    float faithfulness;
    float mean_faithfulness; /* over the experiments that have one; for one that of it */
};

/* Which edges to keep. */
enum circuit_choosing {
    CHOOSE_SIZES,     /* a number of those with the best scores, for each size */
    CHOOSE_THRESHOLD, /* those whose score is at least a number */
    CHOOSE_HEADS,     /* those between some heads and what is not a head */
    CHOOSE_SEARCH     /* those that a search has left (search.h) */
};
struct circuit_choice {
    enum circuit_choosing how;
    const char *file;    /* of the scores, for sentences; NULL: heads are chosen */
    const size_t *sizes; /* ascending; NULL: MIB's ten */
    size_t n_sizes;
    double threshold; /* of a search: the loss that it allows */
    bool by_sign;     /* the best score is the highest; else the one furthest from 0 */
    bool complement;  /* run the edges that are not kept in place of those that are */
};

struct sized_circuits {
    struct circuit_choice choice;
    size_t n;
    struct sized_circuit *items;
    struct edge_set *sets; /* of each; then one without edges */
    size_t n_edges;        /* of the model */
    enum pg_with with;     /* what is outside; an ablation has no corrupted text */
    size_t n_experiments;
    const char *over, *measure; /* of several: their file, and what they measure; else NULL */
    float clean_metric, corrupt_metric, all; /* as in struct pg_circuits, or their means */
    bool none_is_corrupt; /* the run without edges has the corrupted run's metric, bit for bit */
    bool has_areas;       /* sizes go from a thousandth of all edges, or fewer, to all of them */
    double cpr, cmd;
    double seconds; /* of the runs, and of a search before them */
};

/* Makes circuits of scored edges, which are put into order, and prunes them. False and err if there
 * are not enough edges, or memory is out. Free with sized_circuits_free, also after failure. */
bool sized_circuits_by_score(const struct pg_model *model, struct edge_scores *scores,
                             const struct circuit_choice *choice, struct sized_circuits *out,
                             struct pg_error *err);

/* Makes the circuit of some heads: all edges between the embeddings, these heads, all MLPs and the
 * logits. Otherwise as sized_circuits_by_score. */
bool sized_circuits_of_heads(const struct pg_model *model, const struct pg_head *heads, size_t n,
                             const struct circuit_choice *choice, struct sized_circuits *out,
                             struct pg_error *err);

/* Makes a circuit of a set. Otherwise as sized_circuits_by_score. */
bool sized_circuits_of_set(const struct pg_model *model, const struct edge_set *set,
                           const struct circuit_choice *choice, struct sized_circuits *out,
                           struct pg_error *err);

/* Sums over experiments, in the order in which they are added. Begins zeroed. */
struct circuit_sums {
    double clean_metric, corrupt_metric, all;
    struct circuit_sum {
        double value, faithfulness;
        size_t n_faithful; /* experiments whose faithfulness is not 0/0 */
    } * items;             /* of each circuit */
    size_t n;              /* experiments */
    bool none_differs;
};

/* Runs the circuits on an experiment, in one walk (pg_run_circuits), and adds its metrics. False
 * and err as for pg_run_circuits. Free the sums with free(sums->items), also after failure. */
bool sized_circuits_add(const struct pg_model *model, const struct pg_request *request,
                        struct sized_circuits *circuits, struct circuit_sums *sums,
                        struct pg_error *err);

/* Fills in the means over at least one experiment, and what follows from them: faithfulness is that
 * of the means. CPR is the area under it, CMD that of |1 - f|, by trapezoids over the nominal
 * fraction from a thousandth to 1; complements have no areas, nor has a curve where f is 0/0. */
void sized_circuits_finish(struct sized_circuits *circuits, const struct circuit_sums *sums);

/* Both, for one experiment. */
bool sized_circuits_run(const struct pg_model *model, const struct pg_request *request,
                        struct sized_circuits *circuits, struct pg_error *err);

void sized_circuits_free(struct sized_circuits *circuits);

#endif
