/* cmd_tokenize.c: the command tokenize, the tokens of a text or of every line of standard input. */
#include "base/error.h"
#include "base/plain_text.h"
#include "cli/commands.h"
#include "cli/input.h"
#include "cli/outputs.h"
#include "report/result_json.h"
#include "report/token_tables.h"
#include "spec/text_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_ids(const struct pg_tokens *tokens) {
    for (size_t i = 0; i < tokens->count; i++) printf("%s%d", i > 0 ? "," : "", tokens->ids[i]);
    putchar('\n');
}

static void print_table(const struct pg_model *model, const struct options *o,
                        const struct pg_tokens *tokens) {
    write_token_table(stdout, model, tokens->ids, tokens->count, options_form(o));
    if (o->markdown) putchar('\n');
    printf("%zu token%s\n", tokens->count, tokens->count == 1 ? "" : "s");
}

/* A text of digits and commas was more likely meant as token ids. */
static void warn_of_ids(const char *text) {
    if (strchr(text, ',') && !text[strspn(text, "0123456789, ")])
        warn(PG_WARN_TEXT_IDS,
             "\"%.60s\" is tokenized as a text; the text of token ids is what detokenize prints",
             text);
}

static bool print_tokens(const struct pg_model *model, const struct options *o,
                         const struct pg_tokens *tokens, struct pg_error *err) {
    if (o->json) return print_json(json_tokens(model, tokens, err));
    if (o->given[OPTION_IDS])
        print_ids(tokens);
    else
        print_table(model, o, tokens);
    return true;
}

static bool tokenize(const struct pg_model *model, const struct options *o, const char *text,
                     size_t length, struct pg_error *err) {
    struct pg_tokens tokens;
    if (!tokenize_text(model, &o->spec, text, length, &tokens, err)) return false;
    bool done = print_tokens(model, o, &tokens, err);
    pg_tokens_free(&tokens);
    return done;
}

/* The encoding of standard input, as far as it was read. */
struct stdin_form {
    bool begun, checked, crlf;
};

/* The text of a line: without the newline, and without the CR before it where the first line has
 * one too; the first line also without a byte order mark. NULL and err if the lines are UTF-16. */
static char *line_text(struct stdin_form *form, char *line, size_t *size, struct pg_error *err) {
    const size_t mark = form->begun ? 0 : text_bom_size(line, *size);
    const size_t length = text_line_size(line, *size);
    if (!form->begun) form->crlf = length + 2 == *size;
    form->begun = true;
    if (!form->checked && !text_check(line, *size, "standard input", err)) return NULL;
    form->checked |= length > 0;
    *size = form->crlf || *size == length ? length : *size - 1;
    *size -= mark;
    return line + mark;
}

/* Tokenizes each line as a text of its own. */
static bool tokenize_lines(const struct pg_model *model, const struct options *o,
                           struct pg_error *err) {
    char *line = NULL;
    size_t room = 0;
    bool done = true;
    ssize_t read;
    struct stdin_form form = {0};
    for (bool first = true; done && !ferror(stdout); first = false) {
        if ((read = getline(&line, &room, stdin)) < 0) break;
        size_t length = (size_t)read;
        char *text = line_text(&form, line, &length, err);
        done = text;
        if (!done) break;
        if (!first && !o->json && !o->given[OPTION_IDS]) putchar('\n'); /* between tables */
        done = tokenize(model, o, text, length, err);
    }
    if (ferror(stdin)) done = fail(err, "cannot read standard input: %s", strerror(errno));
    free(line);
    return done;
}

enum exit_code command_tokenize(const struct options *o, struct pg_error *err) {
    struct pg_model *model = open_model(o, err);
    if (o->given[OPTION_IDS]) warn_of_ids(o->text);
    bool done = model && need_tokenizer(model, NULL, err) &&
                (strcmp(o->text, "-") != 0 ? tokenize(model, o, o->text, strlen(o->text), err)
                                           : tokenize_lines(model, o, err));
    pg_model_close(model);
    return done ? EXIT_DONE : EXIT_FAILED;
}
