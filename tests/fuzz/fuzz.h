/* fuzz.h: what the fuzz targets share: files for readers that take a path. A target is one
 * function, LLVMFuzzerTestOneInput, that gives any bytes to one reader of untrusted bytes and uses
 * what that accepted, as the program would. Its main is libFuzzer's. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes a file into a folder of this process, which is removed at its end, and returns its path:
 * valid until the next call. A name may come again: the file is replaced. */
const char *fuzz_file(const char *name, const void *data, size_t size);

/* The folder itself. */
const char *fuzz_folder(void);

/* Takes what lies before the next zero byte, or all, from the front of the input. */
struct part {
    const char *data;
    size_t size;
};
struct part next_part(const uint8_t **data, size_t *size);

#endif
