/* formats.h: the formats that the ending of a file's name says, so that no file says what it is not. */
#ifndef CLI_FORMATS_H
#define CLI_FORMATS_H

#include "base/error.h"

/* Whether the name's ending says a format of files, such as .pdf, in any case. */
bool says_format(const char *name);

/* Whether it says this one ("csv"). */
bool says_this_format(const char *name, const char *format);

/* Whether a name can be that of a file of this format ("csv"): its ending says it, or no format. A CSV may
 * be .txt too. False and err, which names the option, otherwise. */
bool check_format(const char *option, const char *name, const char *format, struct pg_error *err);

#endif
