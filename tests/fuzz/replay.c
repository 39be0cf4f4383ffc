/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs a target on files, and on all files of folders: a seed corpus, and what fuzzing has found. */
#include "tests/fuzz/fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static unsigned n_files;

static int replay(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)walk;
    if (kind != FTW_F)
        return 0;
    const size_t size = (size_t)status->st_size;
    uint8_t *bytes = malloc(size > 0 ? size : 1); /* no byte more, so that overruns are seen */
    FILE *file = fopen(path, "rb");
    if (!bytes || !file || fread(bytes, 1, size, file) != size) {
        perror(path);
        return -1;
    }
    fclose(file);
    printf("%s\n", path); /* the last one is the one that failed */
    fflush(stdout);
    LLVMFuzzerTestOneInput(bytes, size);
    free(bytes);
    n_files++;
    return 0;
}

int main(int argc, char **argv)
{
    LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++)
        if (nftw(argv[i], replay, 16, FTW_PHYS) != 0)
            return 1;
    printf("%u files\n", n_files);
    return n_files == 0;
}
