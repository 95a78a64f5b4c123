/* mean_graph_json.c: see mean_graph_json.h. */
#include "batch/mean_graph_json.h"

#include "base/number.h"
#include "base/text_stream.h"

#include <math.h>
#include <stdio.h>

static void write_sender(FILE *out, const struct pg_sender *s) {
    if (s->component == PG_EMBED)
        fputs("input", out);
    else if (s->component == PG_HEAD)
        fprintf(out, "a%d.h%d", s->layer, s->head);
    else
        fprintf(out, "m%d", s->layer);
}

static void write_receiver(FILE *out, const struct pg_receiver *r) {
    static const char letters[] = {[PG_READER_Q] = 'q', [PG_READER_K] = 'k', [PG_READER_V] = 'v'};
    if (r->reader == PG_READER_LOGITS)
        fputs("logits", out);
    else if (r->reader == PG_READER_MLP)
        fprintf(out, "m%d", r->layer);
    else
        fprintf(out, "a%d.h%d<%c>", r->layer, r->head, letters[r->reader]);
}

static void write_nodes(FILE *out, const struct config *c) {
    fputs(" \"nodes\": {\n", out);
    for (size_t i = 0; i < graph_count_senders(c); i++) {
        const struct pg_sender sender = graph_sender(c, i);
        fputs("  \"", out);
        write_sender(out, &sender);
        fputs("\": {\"in_graph\": false},\n", out);
    }
    fputs("  \"logits\": {\"in_graph\": true}\n },\n", out);
}

static void write_edge(FILE *out, const struct scored_edge *edge) {
    char score[NUMBER_SIZE] = "null";
    if (isfinite(edge->score)) number_format(edge->score, score);
    fputs("  \"", out);
    write_sender(out, &edge->sender);
    fputs("->", out);
    write_receiver(out, &edge->receiver);
    fprintf(out, "\": {\"score\": %s, \"in_graph\": false}", score);
}

char *mean_graph_json(const struct config *c, const struct scored_edge *edges, size_t n,
                      size_t *size, struct pg_error *err) {
    struct text_stream s;
    if (!text_open(&s, err)) return NULL;
    fprintf(s.out,
            "{\"cfg\": {\"n_layers\": %d, \"n_heads\": %d, \"parallel_attn_mlp\": false, "
            "\"d_model\": %d},\n",
            c->n_layer, c->n_head, c->n_embd);
    write_nodes(s.out, c);
    fputs(" \"edges\": {\n", s.out);
    for (size_t i = 0; i < n; i++) {
        write_edge(s.out, &edges[i]);
        fputs(i + 1 < n ? ",\n" : "\n", s.out);
    }
    fputs(" }}\n", s.out);
    return text_close(&s, size, "the graph", err);
}
