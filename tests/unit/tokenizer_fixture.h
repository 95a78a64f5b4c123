/* tokenizer_fixture.h: vocabularies for the tests of src/tokenizer/, made from their merges. The
 * byte alphabet is written here a second time, as its definition, to check the one in
 * src/tokenizer/. */
#ifndef TOKENIZER_FIXTURE_H
#define TOKENIZER_FIXTURE_H

#include "tokenizer/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct text {
    char *bytes; /* a zero byte follows */
    size_t size;
};

/* A few merges; "hello" is 5 of them. */
#define SMALL_MERGES                                                                               \
    "#version: 0.2\n"                                                                              \
    "h e\nl l\nhe ll\nhell o\nĠ w\no r\nĠw or\nl d\nĠwor ld\n! !\nĠ Ġ\nâ Ĥ\nâĤ ¬\n"

/* Writes a byte's character as UTF-8. The 68 bytes that are not printable in Latin-1 are
 * numbered. */
static inline void write_byte(FILE *to, int byte) {
    int character = 256;
    for (int b = 0; b <= byte; b++) {
        bool printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
        if (b == byte && printable) character = b;
        if (b < byte && !printable) character++;
    }
    if (character == '"' || character == '\\') putc('\\', to);
    if (character < 0x80) {
        putc(character, to);
    } else {
        putc(0xc0 | character >> 6, to);
        putc(0x80 | (character & 0x3f), to);
    }
}

/* Writes a merge "left right" as the token "leftright". */
static inline void write_merged(FILE *to, const char *line, size_t length) {
    for (size_t i = 0; i < length; i++) {
        if (line[i] == '"' || line[i] == '\\') putc('\\', to);
        if (line[i] != ' ') putc(line[i], to);
    }
}

/* The vocab.json of some merges, as GPT-2's is made: the bytes (printable ones first), the results
 * of the merges, <|endoftext|>. The first line of the merges is a #version. */
static inline struct text make_vocab(const char *merges) {
    struct text out;
    FILE *to = open_memstream(&out.bytes, &out.size);
    int id = 0;
    for (int pass = 0; pass < 2; pass++)
        for (int b = 0; b < 256; b++) {
            bool printable = (b >= 33 && b <= 126) || (b >= 161 && b <= 172) || b >= 174;
            if (printable != (pass == 0)) continue;
            fputs(id ? ", \"" : "{\"", to);
            write_byte(to, b);
            fprintf(to, "\": %d", id++);
        }
    for (const char *line = strchr(merges, '\n') + 1; *line; line = strchr(line, '\n') + 1) {
        fputs(", \"", to);
        write_merged(to, line, (size_t)(strchr(line, '\n') - line));
        fprintf(to, "\": %d", id++);
    }
    fprintf(to, ", \"<|endoftext|>\": %d}", id);
    fclose(to);
    return out;
}

/* A tokenizer.json with a vocabulary and its merges, as "left right" or as ["left", "right"]. */
static inline struct text make_tokenizer_json(const char *vocab, const char *merges, bool pairs) {
    struct text out;
    FILE *to = open_memstream(&out.bytes, &out.size);
    fprintf(to,
            "{\"version\": \"1.0\", \"normalizer\": null, \"added_tokens\": [], "
            "\"pre_tokenizer\": {\"type\": \"ByteLevel\", \"add_prefix_space\": false}, "
            "\"model\": {\"type\": \"BPE\", \"continuing_subword_prefix\": \"\", \"vocab\": %s, "
            "\"merges\": [",
            vocab);
    const char *first = strchr(merges, '\n') + 1;
    for (const char *line = first; *line; line = strchr(line, '\n') + 1) {
        const char *space = strchr(line, ' '), *end = strchr(line, '\n');
        fputs(line == first ? "" : ", ", to);
        fputs(pairs ? "[\"" : "\"", to);
        write_merged(to, line, (size_t)(space - line));
        fputs(pairs ? "\", \"" : " ", to);
        write_merged(to, space, (size_t)(end - space));
        fputs(pairs ? "\"]" : "\"", to);
    }
    fputs("]}}", to);
    fclose(to);
    return out;
}

/* The contents of a file, gzipped or not. */
static inline struct text read_fixture(const char *path) {
    struct text out;
    FILE *to = open_memstream(&out.bytes, &out.size);
    gzFile from = gzopen(path, "rb");
    if (!from) abort();
    char block[4096];
    for (int n; (n = gzread(from, block, sizeof block)) > 0;) fwrite(block, 1, (size_t)n, to);
    gzclose(from);
    fclose(to);
    return out;
}

/* The text with the first `from` in it replaced by `to`. */
static inline struct text replaced(const char *text, const char *from, const char *to) {
    struct text out;
    const char *at = strstr(text, from);
    if (!at) abort();
    FILE *stream = open_memstream(&out.bytes, &out.size);
    fprintf(stream, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    fclose(stream);
    return out;
}

#endif
