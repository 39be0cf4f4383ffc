/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the format of a name that does not say it.
 */
#ifndef WEIR_TRACE_DETECT_H
#define WEIR_TRACE_DETECT_H

#include "formats/format.h"
#include "lib/base/error.h"
#include "lib/io/preview.h"

/**
 * The format among `formats` (NULL-terminated) that reads `name`: by the name itself, as for
 * interfaces, or else by the first bytes of the first file that it names, decompressed. Waits for
 * those of a pipe, a terminal or a socket, which *preview holds then for whoever reads it, and is
 * NULL otherwise.
 *
 * NULL with TRACE_ERR_URI_NOT_FOUND when it cannot be opened, EINTR when a signal ended the waiting, or TRACE_ERR_BAD_FORMAT with a text
 * that tells what there is, what was looked for and what to do.
 */
const struct format *detect_format(const struct format *const *formats, const char *name,
                                   struct preview **preview, struct error *error) NONNULL;

#endif
