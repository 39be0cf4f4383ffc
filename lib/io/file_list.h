/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files that a URI's body names: `a.pcap`, `a.pcap,b.pcap`, `dir/part-*.pcap`, `-` for standard
 * input.
 *
 * A name that exists as it stands is that file, whatever characters it has. Otherwise commas
 * separate names, and each part that does not exist is a pattern for glob(7). Files come in the
 * order given, those of a pattern sorted by their bytes.
 */
#ifndef WEIR_IO_FILE_LIST_H
#define WEIR_IO_FILE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/attributes.h"
#include "lib/base/error.h"

struct file_list {
    char **names;
    size_t n_names;
    uint64_t total_bytes; /* as stored; 0 when a pipe is among them */
    bool is_positional;   /* all are regular files, none compressed */
};

/**
 * Finds the files and checks that each is there and can be read. Regular files are looked into;
 * others, which somebody at the other end would notice, are not opened. 0, or -1 with the first
 * culprit named in *error and nothing to close.
 */
int file_list_open(struct file_list *list, const char *where, struct error *error) MUST_USE;

/** As file_list_open(), for files that are read as they are stored. */
int file_list_open_plain(struct file_list *list, const char *where, struct error *error) MUST_USE;

void file_list_close(struct file_list *list);

#endif
