/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A format that is sure of the name wins before anything is opened. Then the first bytes decide. A
 * mere guess from a name, its suffix, counts only where there are too few of them to tell anything
 * by, such as a file that got no packets yet; what has more and is not recognised is not what its
 * suffix says, and reading it as that would give nonsense.
 *
 * A pipe is waited for until some format is certain. One that is only likely (it has no magic number,
 * and a live capture might go on record by record) waits no longer than a moment for more, and so
 * does nobody, where there is enough to be told by.
 */
#include "lib/trace/detect.h"

#include <errno.h>
#include <libtrace/error.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/io/file_list.h"

#define ENOUGH_BYTES 4096u
#define FEW_BYTES    128u /* too few for any format without a magic number */
#define MOMENT_MS    200
#define SHOWN_BYTES  16u

struct found {
    const struct format *format;
    enum probe_answer answer;
};

static struct found by_name(const struct format *const *formats, const char *name)
{
    struct found found = {.answer = PROBE_NO};
    for (; *formats; formats++) {
        if (!((*formats)->flags & FORMAT_INPUT))
            continue;
        const enum probe_answer answer = (*formats)->probe_name(name);
        if (answer > found.answer)
            found = (struct found){*formats, answer};
    }
    return found;
}

/* Opens the first file that the name stands for. */
static struct preview *open_first(const char *name, struct error *error)
{
    struct file_list list;
    struct preview *preview = NULL;
    struct error reason;
    error_clear(&reason);
    if (file_list_open(&list, name, &reason) == 0) {
        preview = preview_open(list.names[0], &reason);
        file_list_close(&list);
    }
    if (!preview)
        error_set(error, reason.code == EINTR ? EINTR : TRACE_ERR_URI_NOT_FOUND, "%s", reason.text);
    return preview;
}

/* Looks until it is known what it is, or that it is nothing known. 0, or -1: a signal came. */
static int look(struct preview *preview, const struct format *const *formats, struct found *found,
                struct error *error)
{
    for (;;) {
        const enum source_outcome outcome = preview_fill(preview);
        found->format = format_recognise(formats, preview->bytes, preview->n_bytes, &found->answer);
        if (outcome != SOURCE_AGAIN || found->answer == PROBE_CERTAIN)
            return 0;
        const bool is_enough = found->format || preview->n_bytes >= ENOUGH_BYTES;
        struct pollfd input = {.fd = preview_wait_fd(preview), .events = POLLIN};
        const int n_ready = poll(&input, 1, is_enough ? MOMENT_MS : -1);
        if (n_ready == 0)
            return 0;
        if (n_ready < 0)
            return error_set_errno(error, "Cannot wait for '%s'", source_show_name(preview->name));
    }
}

/* --- what to say when nothing was found --- */

/* The formats that know their files by sight. */
static bool knows_by_sight(const struct format *format)
{
    return format_is_input(format) && format->probe_bytes != format_no_probe_bytes;
}

static COLD void refuse_bytes(const struct preview *preview, const struct format *const *formats,
                              const char *name, const char *guess, struct error *error)
{
    const struct codec *codec = preview->source.codec;
    const size_t n_shown = preview->n_bytes < SHOWN_BYTES ? preview->n_bytes : SHOWN_BYTES;
    char shown[4 * SHOWN_BYTES + 4];
    struct format_names recognised;
    struct format_look look;
    text_escape(shown, sizeof(shown), preview->bytes, n_shown);
    const bool is_packed_twice = codec && codec_detect(preview->bytes, preview->n_bytes);
    error_set(error, TRACE_ERR_BAD_FORMAT,
              "No format recognises '%s'%s%s, which starts with \"%s\"%s%s%s%s. Recognised are %s; "
              "files of other formats have to be named, as in %s:%s",
              source_show_name(preview->name), codec ? ", decompressed by " : "",
              codec ? codec->name : "", shown,
              format_show_look(&look, preview->bytes, preview->n_bytes),
              is_packed_twice ? ": it was compressed twice" : "",
              error_is_set(&preview->problem) ? ", and breaks off: " : "", preview->problem.text,
              format_show_names(&recognised, formats, knows_by_sight), guess, name);
}

static COLD void refuse(const struct preview *preview, const struct format *const *formats,
                        const char *name, const struct format *by_name, struct error *error)
{
    /* else one that cannot be recognised */
    const char *guess = by_name ? by_name->name : "rawerf";
    if (preview->n_bytes > 0)
        refuse_bytes(preview, formats, name, guess, error);
    else if (error_is_set(&preview->problem))
        error_set(error, TRACE_ERR_BAD_FORMAT, "The format of '%s' cannot be found out. %s",
                  source_show_name(preview->name), preview->problem.text);
    else
        error_set(error, TRACE_ERR_BAD_FORMAT,
                  "The format of '%s' cannot be found out: it is empty",
                  source_show_name(preview->name));
}

/* There is too little of it, and nothing that it is known to be instead. */
static bool is_for_name_to_tell(const struct preview *preview)
{
    struct format_look look;
    return preview->n_bytes < FEW_BYTES && !error_is_set(&preview->problem) &&
           !*format_show_look(&look, preview->bytes, preview->n_bytes);
}

const struct format *detect_format(const struct format *const *formats, const char *name,
                                   struct preview **preview, struct error *error)
{
    *preview = NULL;
    struct found named = by_name(formats, name);
    if (named.answer == PROBE_CERTAIN)
        return named.format;
    struct preview *mine = open_first(name, error);
    if (!mine)
        return NULL;
    struct found found = {.answer = PROBE_NO};
    if (look(mine, formats, &found, error) == 0 && !found.format) {
        if (is_for_name_to_tell(mine))
            found = named;
        if (!found.format)
            refuse(mine, formats, name, named.format, error);
    }
    if (error_is_set(error))
        found.format = NULL;
    else if (preview_is_of_stream(mine))
        *preview = mine;
    if (!*preview)
        preview_close(&mine);
    return found.format;
}
