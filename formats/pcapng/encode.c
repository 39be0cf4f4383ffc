/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options are always copied one by one, also where the byte order stays: what comes out is well
 * formed whatever went in. Values of options that are not known are copied as they are.
 */
#include "formats/pcapng/encode.h"

#include <string.h>

#include "formats/pcapng/block.h"
#include "lib/base/memory.h"

#define OPTION_CUSTOM_TEXT           2988
#define OPTION_CUSTOM_BYTES          2989
#define OPTION_CUSTOM_TEXT_UNCOPIED  19372
#define OPTION_CUSTOM_BYTES_UNCOPIED 19373
#define ENTERPRISE_BYTES             4

#define FILTER_IS_BPF_CODE  1 /* first bytes of if_filter and epb_verdict: what follows them */
#define VERDICT_IS_EBPF_TC  1
#define VERDICT_IS_EBPF_XDP 2

/* What a value is made of. */
enum shape { BYTES, U32, TWO_U32, U64, FILTER, VERDICT };

struct rule {
    uint16_t type; /* of the block */
    uint16_t code;
    uint8_t min, max; /* bytes of the value; max 0: any number */
    uint8_t shape;
    bool may_repeat;
};

/* Options whose values have to be of some length (draft-ietf-opsawg-pcapng, tables 3, 4, 7, 8). */
static const struct rule rules[] = {
    {PCAPNG_INTERFACE, 4, 8, 8, BYTES, true},     /* if_IPv4addr */
    {PCAPNG_INTERFACE, 5, 17, 17, BYTES, true},   /* if_IPv6addr */
    {PCAPNG_INTERFACE, 6, 6, 6, BYTES, false},    /* if_MACaddr */
    {PCAPNG_INTERFACE, 7, 8, 8, BYTES, false},    /* if_EUIaddr */
    {PCAPNG_INTERFACE, 8, 8, 8, U64, false},      /* if_speed */
    {PCAPNG_INTERFACE, 9, 1, 1, BYTES, false},    /* if_tsresol */
    {PCAPNG_INTERFACE, 10, 4, 4, U32, false},     /* if_tzone */
    {PCAPNG_INTERFACE, 11, 1, 0, FILTER, false},  /* if_filter */
    {PCAPNG_INTERFACE, 13, 1, 1, BYTES, false},   /* if_fcslen */
    {PCAPNG_INTERFACE, 14, 8, 8, U64, false},     /* if_tsoffset */
    {PCAPNG_INTERFACE, 16, 8, 8, U64, false},     /* if_txspeed */
    {PCAPNG_INTERFACE, 17, 8, 8, U64, false},     /* if_rxspeed */
    {PCAPNG_PACKET, 2, 4, 4, U32, false},         /* epb_flags */
    {PCAPNG_PACKET, 3, 1, 0, BYTES, true},        /* epb_hash */
    {PCAPNG_PACKET, 4, 8, 8, U64, false},         /* epb_dropcount */
    {PCAPNG_PACKET, 5, 8, 8, U64, false},         /* epb_packetid */
    {PCAPNG_PACKET, 6, 4, 4, U32, false},         /* epb_queue */
    {PCAPNG_PACKET, 7, 1, 0, VERDICT, true},      /* epb_verdict */
    {PCAPNG_PACKET, 8, 8, 8, TWO_U32, false},     /* epb_processid_threadid */
    {PCAPNG_OLD_PACKET, 2, 4, 4, U32, false},     /* pack_flags */
    {PCAPNG_OLD_PACKET, 3, 1, 0, BYTES, true},    /* pack_hash */
    {PCAPNG_NAMES, 3, 4, 4, BYTES, false},        /* ns_dnsIP4addr */
    {PCAPNG_NAMES, 4, 16, 16, BYTES, false},      /* ns_dnsIP6addr */
    {PCAPNG_STATISTICS, 2, 8, 8, TWO_U32, false}, /* isb_starttime */
    {PCAPNG_STATISTICS, 3, 8, 8, TWO_U32, false}, /* isb_endtime */
    {PCAPNG_STATISTICS, 4, 8, 8, U64, false},     /* isb_ifrecv */
    {PCAPNG_STATISTICS, 5, 8, 8, U64, false},     /* isb_ifdrop */
    {PCAPNG_STATISTICS, 6, 8, 8, U64, false},     /* isb_filteraccept */
    {PCAPNG_STATISTICS, 7, 8, 8, U64, false},     /* isb_osdrop */
    {PCAPNG_STATISTICS, 8, 8, 8, U64, false},     /* isb_usrdeliv */
};

void encoder_free(struct encoder *encoder)
{
    mem_free(encoder->bytes);
    *encoder = (struct encoder){0};
}

void encode_clear(struct encoder *encoder)
{
    encoder->n_bytes = 0;
    encoder->has_failed = false;
}

/* Room for that many bytes more, or NULL. */
static uint8_t *extend(struct encoder *encoder, size_t n_bytes)
{
    const size_t n_wanted = encoder->n_bytes + n_bytes;
    if (encoder->has_failed)
        return NULL;
    if (n_wanted > encoder->capacity) {
        uint8_t *bytes = mem_resize(encoder->bytes, 2 * n_wanted + 256);
        if (!bytes) {
            encoder->has_failed = true;
            return NULL;
        }
        encoder->bytes = bytes;
        encoder->capacity = 2 * n_wanted + 256;
    }
    uint8_t *at = encoder->bytes + encoder->n_bytes;
    encoder->n_bytes = n_wanted;
    return at;
}

void encode_bytes(struct encoder *encoder, const void *bytes, size_t n_bytes)
{
    uint8_t *at = n_bytes > 0 ? extend(encoder, n_bytes) : NULL;
    if (at)
        memcpy(at, bytes, n_bytes);
}

void encode_u16(struct encoder *encoder, uint16_t value)
{
    encode_bytes(encoder, &value, sizeof(value));
}

void encode_u32(struct encoder *encoder, uint32_t value)
{
    encode_bytes(encoder, &value, sizeof(value));
}

void encode_u64(struct encoder *encoder, uint64_t value)
{
    encode_bytes(encoder, &value, sizeof(value));
}

void encode_padding(struct encoder *encoder, uint64_t n_bytes)
{
    static const uint8_t zeros[4] = {0};
    encode_bytes(encoder, zeros, (size_t)(pcapng_pad(n_bytes) - n_bytes));
}

void encode_begin(struct encoder *encoder, uint32_t type)
{
    encode_clear(encoder);
    encode_u32(encoder, type);
    encode_u32(encoder, 0);
}

int encode_end(struct encoder *encoder)
{
    const uint32_t length = (uint32_t)(encoder->n_bytes + PCAPNG_TRAILER_BYTES);
    encode_u32(encoder, length);
    if (encoder->has_failed)
        return -1;
    store_u32(encoder->bytes + PCAPNG_LENGTH_AT, length);
    return 0;
}

void encode_option(struct encoder *encoder, uint16_t code, uint16_t n_bytes)
{
    encode_u16(encoder, code);
    encode_u16(encoder, n_bytes);
}

static const struct rule *find_rule(uint32_t type, uint16_t code)
{
    for (const struct rule *rule = rules; rule < rules + ARRAY_LEN(rules); rule++)
        if (rule->type == type && rule->code == code)
            return rule;
    return NULL;
}

/* Instructions of BPF, as many as there are whole ones. The draft leaves open what they look like; this
 * is what Wireshark reads and writes. */
static void encode_filter(struct encoder *encoder, struct cursor value, bool is_swapped)
{
    uint8_t kind, if_true, if_false;
    uint16_t code;
    uint32_t operand;
    if (cursor_read_u8(&value, &kind)) {
        encode_bytes(encoder, &kind, 1);
        while (kind == FILTER_IS_BPF_CODE && cursor_has(&value, 8) &&
               cursor_read_u16_as(&value, &code, is_swapped) && cursor_read_u8(&value, &if_true) &&
               cursor_read_u8(&value, &if_false) &&
               cursor_read_u32_as(&value, &operand, is_swapped)) {
            encode_u16(encoder, code);
            encode_bytes(encoder, (const uint8_t[]){if_true, if_false}, 2);
            encode_u32(encoder, operand);
        }
    }
    encode_bytes(encoder, value.at, (size_t)cursor_remaining(&value));
}

static void encode_verdict(struct encoder *encoder, struct cursor value, bool is_swapped)
{
    const uint8_t kind = value.at[0];
    const bool is_number = kind == VERDICT_IS_EBPF_TC || kind == VERDICT_IS_EBPF_XDP;
    if (is_number && cursor_remaining(&value) == 1 + sizeof(uint64_t)) {
        encode_bytes(encoder, &kind, 1);
        encode_u64(encoder, load_u64_as(value.at + 1, is_swapped));
    } else {
        encode_bytes(encoder, value.at, (size_t)cursor_remaining(&value));
    }
}

static void encode_value(struct encoder *encoder, const struct pcapng_option_view *option,
                         enum shape shape, bool is_swapped)
{
    switch (shape) {
    case U32:
        encode_u32(encoder, load_u32_as(option->value, is_swapped));
        break;
    case TWO_U32:
        encode_u32(encoder, load_u32_as(option->value, is_swapped));
        encode_u32(encoder, load_u32_as(option->value + 4, is_swapped));
        break;
    case U64:
        encode_u64(encoder, load_u64_as(option->value, is_swapped));
        break;
    case FILTER:
        encode_filter(encoder, cursor_make(option->value, option->n_bytes), is_swapped);
        break;
    case VERDICT:
        encode_verdict(encoder, cursor_make(option->value, option->n_bytes), is_swapped);
        break;
    case BYTES:
        encode_bytes(encoder, option->value, option->n_bytes);
        break;
    }
    encode_padding(encoder, option->n_bytes);
}

/* An option that starts with the number of an enterprise. */
static bool encode_custom(struct encoder *encoder, const struct pcapng_option_view *option,
                          bool is_swapped)
{
    if (option->n_bytes < ENTERPRISE_BYTES)
        return false;
    encode_option(encoder, option->code, option->n_bytes);
    encode_u32(encoder, load_u32_as(option->value, is_swapped));
    encode_bytes(encoder, option->value + ENTERPRISE_BYTES,
                 (size_t)option->n_bytes - ENTERPRISE_BYTES);
    encode_padding(encoder, option->n_bytes);
    return true;
}

/* One option, if it may be copied. `seen` has a bit for each rule's code that was there. */
static bool encode_one(struct encoder *encoder, uint32_t type,
                       const struct pcapng_option_view *option, bool is_swapped, uint32_t *seen)
{
    switch (option->code) {
    case OPTION_CUSTOM_TEXT:
    case OPTION_CUSTOM_BYTES:
        return encode_custom(encoder, option, is_swapped);
    case OPTION_CUSTOM_TEXT_UNCOPIED:
    case OPTION_CUSTOM_BYTES_UNCOPIED:
        return false;
    default:
        break;
    }
    const struct rule *rule = find_rule(type, option->code);
    if (rule) {
        const uint32_t bit = UINT32_C(1) << rule->code;
        if (option->n_bytes < rule->min || (rule->max > 0 && option->n_bytes > rule->max) ||
            (!rule->may_repeat && (*seen & bit)))
            return false;
        *seen |= bit;
    }
    encode_option(encoder, option->code, option->n_bytes);
    encode_value(encoder, option, rule ? (enum shape)rule->shape : BYTES, is_swapped);
    return true;
}

unsigned encode_options(struct encoder *encoder, uint32_t type, struct cursor options,
                        bool is_swapped)
{
    struct pcapng_option_view option;
    uint32_t seen = 0;
    unsigned n_options = 0;
    while (pcapng_next_option(&options, is_swapped, &option))
        n_options += encode_one(encoder, type, &option, is_swapped, &seen);
    return n_options;
}

void encode_option_list(struct encoder *encoder, uint32_t type, struct cursor options,
                        bool is_swapped)
{
    if (encode_options(encoder, type, options, is_swapped) > 0)
        encode_option(encoder, PCAPNG_OPTION_END, 0);
}
