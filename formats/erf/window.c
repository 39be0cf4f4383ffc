/* SPDX-License-Identifier: BSD-2-Clause */
/* What is read at once is enough to make walking through a file as cheap as reading it. */
#include "formats/erf/window.h"

#include <inttypes.h>

#include "lib/base/memory.h"

#define WINDOW_BYTES ((size_t)256 << 10)

int erf_window_open(struct erf_window *window, const char *name, struct error *error)
{
    *window = (struct erf_window){.error = error, .bytes = mem_alloc(WINDOW_BYTES)};
    if (!window->bytes)
        return error_set(error, TRACE_ERR_OUT_OF_MEMORY, "No memory for seeking in '%s'",
                         source_show_name(name));
    if (source_open(&window->source, name, error) != 0) {
        mem_free(window->bytes);
        return -1;
    }
    window->first = window->source.origin;
    window->end = window->first + window->source.size_bytes;
    return 0;
}

void erf_window_close(struct erf_window *window)
{
    source_close(&window->source);
    mem_free(window->bytes);
}

int erf_window_move(struct erf_window *window, uint64_t position)
{
    const uint64_t rest = window->end - position;
    const size_t n_bytes = rest < WINDOW_BYTES ? (size_t)rest : WINDOW_BYTES;
    const int64_t got = source_read_at(&window->source, window->bytes, n_bytes, position);
    window->start = position;
    window->n_bytes = got > 0 ? (size_t)got : 0;
    if (window->n_bytes == n_bytes)
        return 0;
    window->n_bytes = 0;
    return error_set(window->error, TRACE_ERR_SEEK_ERF,
                     "Cannot seek in '%s': it cannot be read at offset %" PRIu64,
                     source_show_name(window->source.name), position);
}

int erf_window_find(struct erf_window *window, uint64_t position, struct erf_place *place)
{
    if (position + ERF_HEADER_BYTES > window->end)
        return 0;
    const uint8_t *bytes = erf_window_look(window, position, ERF_HEADER_BYTES);
    if (!bytes)
        return -1;
    const struct erf_header header = erf_load_header(bytes);
    *place = (struct erf_place){
        .position = position,
        .end = position + header.n_bytes,
        .time = load_le64(bytes + ERF_TIME_AT),
        .is_pad = header.type == ERF_PAD,
    };
    return erf_is_record(&header) && place->end <= window->end;
}
