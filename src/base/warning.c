/* warning.c: see warning.h. */
#include "base/warning.h"
#include "base/printable.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* held while a warning is received */
static pg_warning *receiver;
static void *receiver_context;

void pg_set_warning(pg_warning *function, void *context) {
    receiver = function;
    receiver_context = context;
}

void warn(enum pg_warning_kind kind, const char *format, ...) {
    if (!receiver) return;
    struct pg_error sentence;
    va_list args;
    va_start(args, format);
    vsnprintf(sentence.text, sizeof sentence.text, format, args);
    va_end(args);
    make_printable(sentence.text, sizeof sentence.text);
    pthread_mutex_lock(&lock);
    receiver(receiver_context, kind, sentence.text);
    pthread_mutex_unlock(&lock);
}
