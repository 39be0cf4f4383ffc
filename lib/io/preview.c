/* SPDX-License-Identifier: BSD-2-Clause */
/* The source decompresses without a thread as long as it is only peeked at. */
#include "lib/io/preview.h"

#include <inttypes.h>
#include <libtrace/error.h>

#include "lib/base/memory.h"

struct preview *preview_open(const char *name, struct error *error)
{
    struct preview *preview = mem_alloc_zeroed(1, sizeof(*preview));
    if (preview) {
        preview->source.fd = -1;
        preview->name = mem_copy_string(name);
        preview->bytes = mem_alloc(PREVIEW_BYTES);
    }
    if (!preview || !preview->name || !preview->bytes)
        error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for looking into '%s'",
                  source_show_name(name));
    else if (source_open(&preview->source, preview->name, error) == 0)
        preview->source.is_only_peeked_at = true;
    if (preview && preview->source.fd < 0)
        preview_close(&preview);
    return preview;
}

static COLD int fail_idle(struct preview *preview)
{
    return error_set(&preview->problem, TRACE_ERR_WANDIO_FAILED,
                     "The first %" PRIu64 " bytes of '%s', decompressed by %s, come to %zu",
                     preview->source.stored_bytes, source_show_name(preview->source.name),
                     preview->source.codec->name, preview->n_bytes);
}

enum source_outcome preview_fill(struct preview *preview)
{
    int outcome = SOURCE_BYTES;
    while (preview->n_bytes < PREVIEW_BYTES && outcome == SOURCE_BYTES) {
        size_t n_read = 0;
        outcome = source_read(&preview->source, preview->bytes + preview->n_bytes,
                              PREVIEW_BYTES - preview->n_bytes, &n_read, &preview->problem);
        preview->n_bytes += n_read;
    }
    if (outcome == SOURCE_AGAIN && preview->source.stored_bytes >= PREVIEW_STORED_BYTES)
        outcome = fail_idle(preview);
    return outcome < 0 ? SOURCE_END : (enum source_outcome)outcome;
}

int preview_wait_fd(const struct preview *preview)
{
    return source_wait_fd(&preview->source);
}

bool preview_is_of_stream(const struct preview *preview)
{
    return !preview->source.is_regular;
}

void preview_close(struct preview **preview)
{
    struct preview *mine = *preview;
    *preview = NULL;
    if (!mine)
        return;
    if (mine->source.fd >= 0)
        source_close(&mine->source);
    mem_free(mine->name);
    mem_free(mine->bytes);
    mem_free(mine);
}
