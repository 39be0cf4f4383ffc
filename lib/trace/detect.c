/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A format that is sure of the name wins before anything is opened. The first bytes come next, for
 * a mere guess from a name (a suffix) is worth less than any answer from them.
 */
#include "lib/trace/detect.h"

#include <libtrace/error.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "lib/io/file_list.h"
#include "lib/io/source.h"
#include "lib/trace/pipe_peek.h"

#define PEEK_BYTES  4096u
#define SHOWN_BYTES 16u

struct best {
    const struct format *format;
    enum probe_answer answer;
};

static void consider(struct best *best, const struct format *format, enum probe_answer answer)
{
    if ((format->flags & FORMAT_INPUT) && answer > best->answer) {
        best->format = format;
        best->answer = answer;
    }
}

/* The first bytes of the first file that the name stands for, or of standard input. How many, or
 * -1. */
static int64_t peek(const char *name, uint8_t *bytes, struct error *error)
{
    struct file_list list;
    struct error reason;
    error_clear(&reason);
    if (file_list_open(&list, name, &reason) != 0)
        return error_set(error, TRACE_ERR_URI_NOT_FOUND, "%s", reason.text);
    const char *first = list.n_names > 0 ? list.names[0] : "";
    size_t n_read = 0;
    int outcome = source_peek(first, bytes, PEEK_BYTES, &n_read, &reason);
    if (outcome == 0 && n_read == 0 && strcmp(first, "-") == 0)
        outcome = pipe_peek(STDIN_FILENO, bytes, PEEK_BYTES, &n_read, &reason);
    file_list_close(&list);
    if (outcome != 0)
        return error_set(error, TRACE_ERR_URI_NOT_FOUND, "%s", reason.text);
    return (int64_t)n_read;
}

static COLD const struct format *refuse(const char *name, const uint8_t *bytes, size_t n_bytes,
                                        struct error *error)
{
    if (n_bytes == 0) {
        error_set(error, TRACE_ERR_BAD_FORMAT,
                  "The format of '%s' cannot be found out: it is empty, or no regular file. Name "
                  "it, as in "
                  "pcapfile:%s",
                  source_show_name(name), name);
        return NULL;
    }
    char shown[4 * SHOWN_BYTES + 4];
    text_escape(shown, sizeof(shown), bytes, n_bytes < SHOWN_BYTES ? n_bytes : SHOWN_BYTES);
    error_set(error, TRACE_ERR_BAD_FORMAT,
              "No format recognises '%s', which starts with \"%s\". If you know it, name it, as in "
              "pcapfile:%s",
              source_show_name(name), shown, name);
    return NULL;
}

const struct format *detect_format(const struct format *const *formats, const char *name,
                                   struct error *error)
{
    struct best by_name = {0};
    for (const struct format *const *at = formats; *at; at++)
        consider(&by_name, *at, (*at)->probe_name(name));
    if (by_name.answer == PROBE_CERTAIN)
        return by_name.format;

    uint8_t bytes[PEEK_BYTES];
    struct error reason;
    error_clear(&reason);
    const int64_t n_bytes = peek(name, bytes, &reason);
    struct best by_bytes = {0};
    for (const struct format *const *at = formats; n_bytes > 0 && *at; at++)
        consider(&by_bytes, *at, (*at)->probe_bytes(bytes, (size_t)n_bytes));
    if (by_bytes.format)
        return by_bytes.format;
    if (by_name.format)
        return by_name.format;
    if (n_bytes >= 0)
        return refuse(name, bytes, (size_t)n_bytes, error);
    error_set(error, reason.code, "%s", reason.text);
    return NULL;
}
