/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures of the world: the files in the folder, and in the folders in it, that the environment
 * variable WEIR_CAPTURES names. Hidden ones are left out.
 */
#ifndef WEIR_TESTS_CONFORMANCE_CAPTURES_H
#define WEIR_TESTS_CONFORMANCE_CAPTURES_H

/**
 * Runs one test for every file; its *state is the path. The program's exit status: without a folder
 * it prints so and is skipped.
 */
int captures_run(const char *name, void (*check)(void **state), int argc, char **argv);

/** The scheme of a file's URI, by its content or else by its name; NULL, with the reason printed,
 * when it is nothing that Weir reads. Valid until the next call. */
const char *captures_scheme(const char *path);

#endif
