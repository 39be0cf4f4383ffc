/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Behind a member comes the next, or the end, or garbage. As gzip(1) does, which warns and goes on,
 * everything behind a member that does not start as a member does is ignored: tapes and block
 * devices pad with zeros. A file that ends with the first byte of a magic number was cut.
 *
 * The header's own check sum is not looked at: the data has a better one.
 */
#include "lib/io/gzip_frame.h"

#include "lib/base/attributes.h"
#include "lib/base/bytes.h"

#define FIRST_BYTE  0x1f
#define SECOND_BYTE 0x8b
#define DEFLATE     8
#define HAS_CHECK   0x02
#define HAS_EXTRA   0x04
#define HAS_NAME    0x08
#define HAS_COMMENT 0x10
#define IS_RESERVED 0xe0

/* Of GZIP_FIXED, counted from behind the magic number */
#define METHOD_INDEX 0u
#define FLAGS_INDEX  1u
#define N_FIXED      8u

bool gzip_detect(const uint8_t *bytes, size_t n_bytes)
{
    return n_bytes >= 4 && bytes[0] == FIRST_BYTE && bytes[1] == SECOND_BYTE &&
           bytes[2] == DEFLATE && !(bytes[3] & IS_RESERVED);
}

/* Goes on to the next part of a header that this member has. */
static void enter_next(struct gzip_frame *frame)
{
    static const struct {
        uint8_t flag;
        enum gzip_part part;
    } optional[] = {{HAS_EXTRA, GZIP_EXTRA_LENGTH},
                    {HAS_NAME, GZIP_NAME},
                    {HAS_COMMENT, GZIP_COMMENT},
                    {HAS_CHECK, GZIP_HEADER_CHECK}};
    frame->n_taken = 0;
    frame->part = GZIP_DATA;
    for (size_t i = 0; i < ARRAY_LEN(optional); i++)
        if (frame->flags & optional[i].flag) {
            frame->flags &= (uint8_t)~optional[i].flag;
            frame->part = optional[i].part;
            return;
        }
}

static const char *take_magic(struct gzip_frame *frame, uint8_t byte)
{
    if (byte != (frame->n_taken == 0 ? FIRST_BYTE : SECOND_BYTE)) {
        if (!frame->has_members)
            return "the header is corrupt";
        frame->part = GZIP_GARBAGE;
    } else if (++frame->n_taken == 2) {
        frame->n_taken = 0;
        frame->part = GZIP_FIXED;
    }
    return NULL;
}

static const char *take_fixed(struct gzip_frame *frame, uint8_t byte)
{
    const unsigned index = frame->n_taken++;
    if (index == METHOD_INDEX && byte != DEFLATE)
        return "a member is compressed by an unknown method";
    if (index == FLAGS_INDEX) {
        if (byte & IS_RESERVED)
            return "a member's header has unknown flags";
        frame->flags = byte;
    }
    if (frame->n_taken == N_FIXED)
        enter_next(frame);
    return NULL;
}

static void take_extra_length(struct gzip_frame *frame, uint8_t byte)
{
    if (frame->n_taken++ == 0) {
        frame->extra = byte;
        return;
    }
    frame->extra = (uint16_t)(frame->extra | byte << 8);
    frame->n_taken = 0;
    if (frame->extra > 0)
        frame->part = GZIP_EXTRA;
    else
        enter_next(frame);
}

static const char *take_trailer(struct gzip_frame *frame, uint8_t byte)
{
    frame->trailer[frame->n_taken++] = byte;
    if (frame->n_taken < sizeof(frame->trailer))
        return NULL;
    frame->n_taken = 0;
    frame->part = GZIP_MAGIC;
    frame->has_members = true;
    if (load_le32(frame->trailer) != frame->crc)
        return "the data does not match its check sum";
    if (load_le32(frame->trailer + 4) != frame->n_data)
        return "the data does not have the length that it should";
    return NULL;
}

static const char *take(struct gzip_frame *frame, uint8_t byte)
{
    switch (frame->part) {
    case GZIP_MAGIC:
        return take_magic(frame, byte);
    case GZIP_FIXED:
        return take_fixed(frame, byte);
    case GZIP_EXTRA_LENGTH:
        take_extra_length(frame, byte);
        return NULL;
    case GZIP_EXTRA:
        if (++frame->n_taken == frame->extra)
            enter_next(frame);
        return NULL;
    case GZIP_NAME:
    case GZIP_COMMENT:
        if (byte == '\0')
            enter_next(frame);
        return NULL;
    case GZIP_HEADER_CHECK:
        if (++frame->n_taken == 2)
            enter_next(frame);
        return NULL;
    case GZIP_TRAILER:
        return take_trailer(frame, byte);
    case GZIP_DATA:
    case GZIP_GARBAGE:
        break;
    }
    return NULL;
}

static bool may_end(const struct gzip_frame *frame)
{
    return frame->part == GZIP_GARBAGE ||
           (frame->part == GZIP_MAGIC && frame->n_taken == 0 && frame->has_members);
}

const char *gzip_frame_take(struct gzip_frame *frame, struct codec_step *step)
{
    while (step->n_in > 0 && frame->part != GZIP_DATA && frame->part != GZIP_GARBAGE) {
        const char *problem = take(frame, *step->in);
        if (problem)
            return problem;
        step->in++;
        step->n_in--;
    }
    if (frame->part == GZIP_GARBAGE) {
        step->in += step->n_in;
        step->n_in = 0;
    }
    if (frame->part == GZIP_DATA)
        return NULL;
    return step->is_last && !may_end(frame) ? CODEC_CUT : NULL;
}

void gzip_frame_end_data(struct gzip_frame *frame)
{
    frame->part = GZIP_TRAILER;
    frame->n_taken = 0;
}
