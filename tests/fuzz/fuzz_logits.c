/* fuzz_logits.c: a file of reference logits, an array of NumPy or CSV (report/logits_file.h), of a
 * text of three tokens and a vocabulary of five. */
#include "fuzz.h"

#include "report/logits_file.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct logits_file file;
    struct pg_error err;
    char *bytes = malloc(size + 1);
    if (!bytes) abort();
    if (size) memcpy(bytes, data, size);
    bytes[size] = '\0';
    if (logits_file_parse(bytes, size, "logits", 3, 5, &file, &err)) {
        if ((file.n_rows != 1 && file.n_rows != 3) || file.n_vocab != 5) __builtin_trap();
        for (size_t row = 0; row < file.n_rows; row++)
            for (size_t token = 0; token < file.n_vocab; token++)
                (void)logits_file_at(&file, row, token);
    }
    logits_file_free(&file);
    free(bytes);
    return 0;
}
