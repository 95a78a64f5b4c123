/* typing.c: see typing.h. */
#include "cli/typing.h"

#include <string.h>

/* Quotation marks of all languages. */
static const char *const quotes[] = {"\u201C", "\u201D", "\u201E", "\u201F", "\u2018", "\u2019",
                                     "\u201A", "\u201B", "\u00AB", "\u00BB", "\u2039", "\u203A"};
static const char *const dashes[] = {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014",
                                     "\u2015", "\u2212", "\uFE58", "\uFE63", "\uFF0D"};
enum { N_QUOTES = sizeof quotes / sizeof *quotes, N_DASHES = sizeof dashes / sizeof *dashes };

/* The length of the character among n that the text begins with, else 0. */
static size_t begins_with(const char *text, const char *const *characters, int n) {
    for (int i = 0; i < n; i++)
        if (!strncmp(text, characters[i], strlen(characters[i]))) return strlen(characters[i]);
    return 0;
}

static size_t quote_at_end(const char *text) {
    const size_t length = strlen(text);
    for (int i = 0; i < N_QUOTES; i++) {
        const size_t size = strlen(quotes[i]);
        if (length >= size && !strcmp(text + length - size, quotes[i])) return size;
    }
    return 0;
}

/* ---- quotes ---- */

static bool fail_quotes(const char *argument, struct pg_error *err) {
    return fail(err,
                "%s has typographic quotes, which a shell does not treat as quotes: type \" or ' "
                "instead",
                argument);
}

/* Whether the argument is not in typographic quotes. One with spaces was in proper quotes, too. */
static bool check_quotes(const char *argument, struct pg_error *err) {
    const size_t first = begins_with(argument, quotes, N_QUOTES), last = quote_at_end(argument);
    if (!first || !last || first + last >= strlen(argument) || strpbrk(argument, " \t\n"))
        return true;
    return fail_quotes(argument, err);
}

/* ---- hyphens ---- */

/* Whether this is an option without its hyphens, perhaps with a value. */
static bool is_option_name(const char *name) {
    return option_named(name, strcspn(name, "="), true);
}

/* Whether the argument is not an option with dashes, which getopt_long takes for a word. */
static bool check_dashes(const char *argument, struct pg_error *err) {
    const char *name = argument;
    bool dash = false;
    for (size_t size; *name; name += size) {
        const size_t length = begins_with(name, dashes, N_DASHES);
        if (!length && *name != '-') break;
        size = length ? length : 1;
        dash |= length > 0;
    }
    if (!dash || !is_option_name(name)) return true;
    return fail(err, "%s begins with a dash, not a hyphen: type %s%s instead", argument,
                name[1] && name[1] != '=' ? "--" : "-", name);
}

/* -model would be -m with the value "odel". */
static bool check_one_hyphen(const char *argument, struct pg_error *err) {
    if (*argument != '-' || !option_named(argument + 1, strcspn(argument + 1, "="), false))
        return true;
    return fail(err, "%s has one hyphen, and options of several letters have two: type -%s instead",
                argument, argument);
}

bool explain_word(int argc, char **argv, const char *word, struct pg_error *err) {
    const size_t dash = begins_with(word, dashes, N_DASHES);
    if (dash && word[dash])
        return fail(err, "%s begins with a dash, and options begin with hyphens", word);
    for (int i = 1; i < argc; i++)
        if (begins_with(argv[i], quotes, N_QUOTES) && !strpbrk(argv[i], " \t\n"))
            return fail_quotes(argv[i], err);
    return false;
}

bool check_value(const char *value, struct pg_error *err) {
    return check_quotes(value, err) && check_dashes(value, err);
}

bool check_argument(const char *argument, struct pg_error *err) {
    return check_one_hyphen(argument, err) && check_value(argument, err);
}
