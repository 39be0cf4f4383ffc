/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first bytes say as much as they say to who reads the file, and in the same way: decompressed, shown
 * to the formats. What is in the middle of the file or at its end is not looked at.
 */
#include "lib/trace/append.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/bytes.h"
#include "lib/base/text.h"
#include "lib/io/codec.h"
#include "lib/io/preview.h"
#include "lib/io/writer.h"

#define SHOWN_BYTES 16u

/* Is there something to look at? */
static bool is_appended_to_something(const struct output *output)
{
    struct stat status;
    const int flags = output->file_flags;
    return flags & O_APPEND && !(flags & (O_TRUNC | O_EXCL)) && strcmp(output->where, "-") != 0 &&
           stat(output->where, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
           access(output->where, R_OK) == 0;
}

static int check_codec(const struct output *output, const struct preview *preview,
                       const char *wanted)
{
    const char *found = preview->source.codec ? preview->source.codec->name : NULL;
    if (found == wanted || (found && wanted && strcmp(found, wanted) == 0))
        return 0;
    return error_set(output->error, TRACE_ERR_OUTPUT_FILE,
                     "Cannot append to '%s': it is %s%s, and what is written would be %s%s",
                     output->where, found ? "compressed by " : "not compressed", found ? found : "",
                     wanted ? "compressed by " : "not compressed", wanted ? wanted : "");
}

/* Do these bytes start a file of another format than the output's? Formats without a magic number may
 * not know their own. */
static bool is_of_another(const struct output *output, const struct preview *preview)
{
    const struct format *format = output->format;
    if (format->flags & FORMAT_MAGIC)
        return format->probe_bytes(preview->bytes, preview->n_bytes) != PROBE_CERTAIN;
    return format_find_rival(format, preview->bytes, preview->n_bytes) != NULL;
}

static int check_format(const struct output *output, const struct preview *preview)
{
    if (error_is_set(&preview->problem))
        return error_set(output->error, TRACE_ERR_OUTPUT_FILE,
                         "Cannot append to '%s', which breaks off: %s", output->where,
                         preview->problem.text);
    if (preview->n_bytes == 0 || !is_of_another(output, preview))
        return 0;
    struct format_look look;
    char shown[4 * SHOWN_BYTES + 4];
    text_escape(shown, sizeof(shown), preview->bytes,
                preview->n_bytes < SHOWN_BYTES ? preview->n_bytes : SHOWN_BYTES);
    return error_set(
        output->error, TRACE_ERR_OUTPUT_FILE,
        "Cannot append to '%s': it does not start as a whole file for %s, but with \"%s\"%s",
        output->where, output->format->name, shown,
        format_show_look(&look, preview->bytes, preview->n_bytes));
}

int append_check(const struct output *output)
{
    if (!is_appended_to_something(output))
        return 0;
    const struct writer_settings settings = {
        .file_flags = output->file_flags,
        .compress_type = output->compress_type,
        .compress_level = output->compress_level,
    };
    const char *codec;
    if (writer_choose_codec(output->where, &settings, &codec, output->error) != 0)
        return -1;
    struct preview *preview = preview_open(output->where, output->error);
    if (!preview)
        return -1;
    (void)preview_fill(preview);
    const int result =
        check_codec(output, preview, codec) == 0 ? check_format(output, preview) : -1;
    preview_close(&preview);
    return result;
}
