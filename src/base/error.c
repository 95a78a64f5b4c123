/* error.c: see error.h; and pg_set_warning, pg_version. */
#include "base/error.h"

#include "base/utf8.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *pg_version(void) {
    return PG_VERSION;
}

static void format_sentence(struct pg_error *out, const char *format, va_list args) {
    vsnprintf(out->text, sizeof out->text, format, args);
    make_printable(out->text, sizeof out->text);
}

bool fail(struct pg_error *err, const char *format, ...) {
    va_list args;
    if (!err) return false;
    va_start(args, format);
    format_sentence(err, format, args);
    va_end(args);
    return false;
}

bool is_out_of_memory(const struct pg_error *err) {
    static const char words[] = "out of memory";
    return strncmp(err->text, words, sizeof words - 1) == 0;
}

/* ---- warnings ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* held while a warning is delivered */
static pg_warning *receiver;
static void *receiver_context;
static _Thread_local bool is_muted;

void pg_set_warning(pg_warning *function, void *context) {
    receiver = function;
    receiver_context = context;
}

void warn(enum pg_warning_kind kind, const char *format, ...) {
    if (!receiver || is_muted) return;
    struct pg_error sentence;
    va_list args;
    va_start(args, format);
    format_sentence(&sentence, format, args);
    va_end(args);
    pthread_mutex_lock(&lock);
    receiver(receiver_context, kind, sentence.text);
    pthread_mutex_unlock(&lock);
}

bool mute_warnings(bool muted) {
    const bool before = is_muted;
    is_muted = muted;
    return before;
}
