/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A decoder that filled all the room it was given may hold more: it is asked again before more is
 * read, so that bytes of a pipe do not wait for those that come after them.
 */
#include "lib/io/decoding.h"

#include <inttypes.h>
#include <libtrace/error.h>
#include <string.h>

#include "lib/base/memory.h"

struct decoding {
    struct stored stored;
    const struct codec *codec;
    void *decoder;
    const char *problem; /* why it cannot go on, or NULL */
    bool may_hold_more;
    size_t n_wanted; /* by the decoder, in one piece */
    size_t at;       /* bytes read and not decoded yet: from here ... */
    size_t end;
    uint8_t bytes[CODEC_BLOCK_BYTES];
};

struct decoding *decoding_create(const struct codec *codec, const struct stored *stored,
                                 const uint8_t *head, size_t n_head)
{
    struct decoding *decoding = mem_alloc(sizeof(*decoding));
    if (!decoding)
        return NULL;
    decoding->stored = *stored;
    decoding->codec = codec;
    decoding->problem = NULL;
    decoding->may_hold_more = false;
    decoding->n_wanted = 0;
    decoding->at = 0;
    decoding->end = n_head;
    if (n_head > 0)
        memcpy(decoding->bytes, head, n_head);
    decoding->decoder = codec->create();
    if (!decoding->decoder) {
        mem_free(decoding);
        return NULL;
    }
    return decoding;
}

void decoding_destroy(struct decoding **decoding)
{
    struct decoding *mine = *decoding;
    *decoding = NULL;
    if (!mine)
        return;
    mine->codec->destroy(mine->decoder);
    mem_free(mine);
}

int decoding_fd(const struct decoding *decoding)
{
    return decoding->stored.fd;
}

uint64_t decoding_offset(const struct decoding *decoding)
{
    return decoding->stored.offset - (decoding->end - decoding->at);
}

const char *decoding_name(const struct decoding *decoding)
{
    return decoding->stored.name;
}

static int fail(const struct decoding *decoding, struct error *error)
{
    return error_set(
        error, TRACE_ERR_WANDIO_FAILED, "Cannot decompress '%s' (%s) near offset %" PRIu64 ": %s",
        decoding->stored.name, decoding->codec->name, decoding_offset(decoding), decoding->problem);
}

/*
 * Reads up to the end of what the decoder wants, so that the next wish finds nothing left over that
 * would have to be moved; small wishes are read together.
 */
static int read_wanted(struct decoding *decoding, struct error *error)
{
    const size_t n_left = decoding->end - decoding->at;
    memmove(decoding->bytes, decoding->bytes + decoding->at, n_left);
    decoding->at = 0;
    decoding->end = n_left;
    const size_t n_wanted =
        decoding->n_wanted < CODEC_BLOCK_BYTES ? decoding->n_wanted : CODEC_BLOCK_BYTES;
    const size_t n_most = n_wanted < DECODING_STORED_BYTES / 4 ? DECODING_STORED_BYTES : n_wanted;
    int outcome;
    do {
        size_t n_read = 0;
        outcome = stored_read(&decoding->stored, decoding->bytes + decoding->end,
                              n_most - decoding->end, &n_read, error);
        decoding->end += n_read;
    } while (outcome == SOURCE_BYTES && decoding->end < n_wanted);
    return decoding->end > 0 || outcome == SOURCE_END ? SOURCE_BYTES : outcome;
}

/* Sees to it that there is something to decode, or that all of it is over. */
static int refill(struct decoding *decoding, struct error *error)
{
    const size_t n_left = decoding->end - decoding->at;
    if ((n_left > 0 && n_left >= decoding->n_wanted) || decoding->may_hold_more ||
        decoding->stored.has_ended)
        return SOURCE_BYTES;
    return read_wanted(decoding, error);
}

int decoding_read(struct decoding *decoding, uint8_t *to, size_t n_bytes, size_t *n_read,
                  struct error *error)
{
    size_t n_idle = 0;
    while (!decoding->problem && (n_idle < DECODING_IDLE_BYTES || decoding->at < decoding->end)) {
        int outcome = refill(decoding, error);
        if (outcome != SOURCE_BYTES)
            return outcome;
        const size_t n_offered = decoding->end - decoding->at;
        struct codec_step step = {
            .in = decoding->bytes + decoding->at,
            .n_in = n_offered,
            .out = to,
            .n_out = n_bytes,
            .is_last = decoding->stored.has_ended,
        };
        decoding->problem = decoding->codec->decode(decoding->decoder, &step);
        decoding->at = decoding->end - step.n_in;
        decoding->may_hold_more = step.n_out == 0;
        decoding->n_wanted = step.n_wanted;
        *n_read = n_bytes - step.n_out;
        if (*n_read > 0)
            return SOURCE_BYTES;
        if (decoding->problem)
            break;
        if (step.is_last && step.n_in == 0)
            return SOURCE_END;
        if (n_offered > 0 && step.n_in == n_offered)
            decoding->problem = "the decoder is stuck";
        n_idle += n_offered - step.n_in;
    }
    return decoding->problem ? fail(decoding, error) : SOURCE_AGAIN;
}
