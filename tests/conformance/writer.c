/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/conformance/writer.h"

#include "tests/conformance/harness.h"

enum { FCS_BYTES = 4, MOST_LENGTH = 65535 };

#define SAME(type)                                             \
    {                                                          \
        TRACE_TYPE_##type, CARRIES, TRACE_TYPE_##type, 0, NULL \
    }
#define AS(type, other)                                         \
    {                                                           \
        TRACE_TYPE_##type, CARRIES, TRACE_TYPE_##other, 0, NULL \
    }
#define CONVERTED(type, other, convert)                                                  \
    {                                                                                    \
        TRACE_TYPE_##type, CARRIES, TRACE_TYPE_##other, TRACE_ERR_NO_CONVERSION, convert \
    }
#define LEFT_OUT(type)                                            \
    {                                                             \
        TRACE_TYPE_##type, LEAVES_OUT, TRACE_TYPE_##type, 0, NULL \
    }
#define REFUSED(type, error)                                                   \
    {                                                                          \
        TRACE_TYPE_##type, REFUSES, TRACE_TYPE_##type, TRACE_ERR_##error, NULL \
    }
#define END                                                              \
    {                                                                    \
        TRACE_TYPE_CONTENT_INVALID, REFUSES, TRACE_TYPE_UNKNOWN, 0, NULL \
    }

static void take_off(struct written *packet, uint32_t n_bytes)
{
    memmove(packet->bytes, packet->bytes + n_bytes, packet->capture - n_bytes);
    packet->capture -= n_bytes;
    packet->wire -= n_bytes;
}

/* Cells that a frame begins in: an LLC header is behind that of the cell. */
static bool take_off_cell_header(struct written *packet)
{
    enum { CELL_HEADER_BYTES = 4, CELL_BYTES = 53 };
    if (packet->capture < CELL_HEADER_BYTES + 3 ||
        memcmp(packet->bytes + CELL_HEADER_BYTES, "\xaa\xaa\x03", 3) != 0)
        return false;
    packet->wire -= packet->wire == CELL_BYTES;
    take_off(packet, CELL_HEADER_BYTES);
    return true;
}

static bool take_off_cooked_header(struct written *packet)
{
    const bool is_second = packet->link_type == TRACE_TYPE_LINUX_SLL2;
    const uint8_t *protocol = packet->bytes + (is_second ? 0 : 14);
    const bool is_ip = memcmp(protocol, "\x08\x00", 2) == 0 || memcmp(protocol, "\x86\xdd", 2) == 0;
    if (is_ip)
        take_off(packet, is_second ? 20 : 16);
    return is_ip;
}

static bool has_hdlc_framing(struct written *packet)
{
    return packet->capture >= 2 && memcmp(packet->bytes, "\xff\x03", 2) == 0;
}

/* What has a number in pcap's and pcapng's files. */
#define NUMBERED                                                                                 \
    SAME(ETH), SAME(NONE), SAME(HDLC_POS), SAME(POS), SAME(PPP), SAME(LLCSNAP), SAME(LINUX_SLL), \
        SAME(LINUX_SLL2), SAME(BSD_NULL), SAME(OPENBSD_LOOP), SAME(PFLOG), SAME(80211),          \
        SAME(80211_RADIO), SAME(UNKNOWN)

static const struct carriage pcap_carries[] = {
    NUMBERED,
    CONVERTED(ATM, LLCSNAP, take_off_cell_header),
    REFUSED(ETSILI, NO_CONVERSION),
    LEFT_OUT(DUCK),
    LEFT_OUT(ERF_META),
    LEFT_OUT(PCAPNG_META),
    END,
};

static const struct carriage pcapng_carries[] = {
    NUMBERED,
    CONVERTED(ATM, LLCSNAP, take_off_cell_header),
    REFUSED(ETSILI, NO_CONVERSION),
    LEFT_OUT(DUCK),
    LEFT_OUT(ERF_META),
    SAME(PCAPNG_META),
    END,
};

static const struct carriage erf_carries[] = {
    SAME(ETH),
    SAME(NONE),
    SAME(HDLC_POS),
    AS(POS, HDLC_POS),
    SAME(ATM),
    SAME(ERF_META),
    CONVERTED(PPP, HDLC_POS, has_hdlc_framing),
    REFUSED(LLCSNAP, NO_CONVERSION),
    CONVERTED(LINUX_SLL, NONE, take_off_cooked_header),
    CONVERTED(LINUX_SLL2, NONE, take_off_cooked_header),
    REFUSED(BSD_NULL, NO_CONVERSION),
    REFUSED(OPENBSD_LOOP, NO_CONVERSION),
    REFUSED(PFLOG, NO_CONVERSION),
    REFUSED(80211, NO_CONVERSION),
    REFUSED(80211_RADIO, NO_CONVERSION),
    REFUSED(UNKNOWN, NO_CONVERSION),
    REFUSED(ETSILI, NO_CONVERSION),
    LEFT_OUT(DUCK),
    LEFT_OUT(PCAPNG_META),
    END,
};

static const struct carriage duck_carries[] = {
    SAME(DUCK),
    REFUSED(ETH, NO_CONVERSION),
    REFUSED(NONE, NO_CONVERSION),
    REFUSED(HDLC_POS, NO_CONVERSION),
    REFUSED(POS, NO_CONVERSION),
    REFUSED(PPP, NO_CONVERSION),
    REFUSED(LLCSNAP, NO_CONVERSION),
    REFUSED(LINUX_SLL, NO_CONVERSION),
    REFUSED(LINUX_SLL2, NO_CONVERSION),
    REFUSED(BSD_NULL, NO_CONVERSION),
    REFUSED(OPENBSD_LOOP, NO_CONVERSION),
    REFUSED(PFLOG, NO_CONVERSION),
    REFUSED(80211, NO_CONVERSION),
    REFUSED(80211_RADIO, NO_CONVERSION),
    REFUSED(UNKNOWN, NO_CONVERSION),
    REFUSED(ATM, NO_CONVERSION),
    REFUSED(ETSILI, NO_CONVERSION),
    LEFT_OUT(ERF_META),
    LEFT_OUT(PCAPNG_META),
    END,
};

const struct writer writers[] = {
    {.scheme = "pcapfile",
     .suffix = ".pcap",
     .carries = pcap_carries,
     .has_one_link_type = true,
     .has_microseconds = true},
    {.scheme = "pcap",
     .suffix = ".pcap",
     .carries = pcap_carries,
     .has_one_link_type = true,
     .has_microseconds = true},
    {.scheme = "pcapng",
     .suffix = ".pcapng",
     .carries = pcapng_carries,
     .has_metas_of_its_own = true},
    {.scheme = "erf",
     .suffix = ".erf",
     .carries = erf_carries,
     .counts_fcs = true,
     .has_directions = true},
    {.scheme = "duck", .suffix = ".duck", .carries = duck_carries},
    {0},
};

const struct carriage *writer_find(const struct writer *writer, libtrace_linktype_t link_type)
{
    const struct carriage *carriage = writer->carries;
    while (carriage->from != link_type && carriage->from != TRACE_TYPE_CONTENT_INVALID)
        carriage++;
    if (carriage->from == TRACE_TYPE_CONTENT_INVALID)
        FAIL("no row of writer.c says what becomes of link type %d", (int)link_type);
    return carriage;
}

const struct writer *writer_of(const char *scheme)
{
    const struct writer *writer = writers;
    while (strcmp(writer->scheme, scheme) != 0)
        writer++;
    return writer;
}

static void set(libtrace_out_t *out, trace_option_output_t option, int value)
{
    if (value != NOT_ASKED)
        CHECK_EQUAL(trace_config_output(out, option, &value), 0);
}

static void copy_packets(libtrace_t *trace, const struct writer *writer, libtrace_out_t *out,
                         const struct wish *wish)
{
    libtrace_packet_t *packet = trace_create_packet();
    for (unsigned i = 1; trace_read_packet(trace, packet) > 0; i++) {
        if (writer_find(writer, trace_get_link_type(packet))->outcome == CARRIES)
            (void)trace_write_packet(out, packet);
        const int error = trace_get_err_output(out).err_num;
        CHECK(error == 0 || (writer->has_one_link_type && error == TRACE_ERR_BAD_LINKTYPE));
        if (wish && wish->flush_every > 0 && i % wish->flush_every == 0)
            CHECK_EQUAL(trace_flush_output(out), 0);
    }
    CHECK(!trace_is_err(trace));
    trace_destroy_packet(packet);
}

void writer_copy(const struct writer *writer, const char *from_scheme, const char *from,
                 const char *to, const struct wish *wish)
{
    char uri[400];
    snprintf(uri, sizeof(uri), "%s:%s", from_scheme, from);
    libtrace_t *trace = trace_create(uri);
    snprintf(uri, sizeof(uri), "%s:%s", writer->scheme, to);
    libtrace_out_t *out = trace_create_output(uri);
    if (wish) {
        set(out, TRACE_OPTION_OUTPUT_COMPRESSTYPE, wish->compress_type);
        set(out, TRACE_OPTION_OUTPUT_COMPRESS, wish->compress_level);
    }
    CHECK_EQUAL(trace_start(trace), 0);
    CHECK_EQUAL(trace_start_output(out), 0);
    copy_packets(trace, writer, out, wish);
    trace_destroy_output(out);
    trace_destroy(trace);
}

/* Is that format written as it was read? Raw ERF is ERF. */
static bool is_same_format(const struct writer *writer, const struct subject *subject)
{
    const char *scheme = strcmp(subject->scheme, "rawerf") == 0 ? "erf" : subject->scheme;
    return strcmp(scheme, writer->scheme) == 0;
}

uint32_t writer_fcs_of(libtrace_linktype_t link_type)
{
    return link_type == TRACE_TYPE_ETH || link_type == TRACE_TYPE_80211_RADIO ? FCS_BYTES : 0;
}

/* Does a packet itself tell which way it went? */
static bool has_direction(libtrace_linktype_t link_type)
{
    return link_type == TRACE_TYPE_LINUX_SLL || link_type == TRACE_TYPE_LINUX_SLL2 ||
           link_type == TRACE_TYPE_PFLOG;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* More captured than was on the wire stays so. */
static bool may_be_odd(const struct subject *subject)
{
    return strcmp(subject->scheme, "pcapfile") == 0 || strcmp(subject->scheme, "pcap") == 0;
}

/* Lengths go without the FCS, and so does what was captured of it. */
static void drop_fcs(const struct subject *subject, struct written *packet)
{
    const uint32_t fcs = writer_fcs_of(packet->link_type);
    const uint32_t wire = packet->wire > fcs ? packet->wire - fcs : 0;
    if (!may_be_odd(subject) || packet->capture <= packet->wire)
        packet->capture = smaller(packet->capture, wire);
    packet->wire = wire + fcs;
}

/* Both in 16 bits, and all that was captured was on the wire. */
static void fit_in_erf(const struct subject *subject, struct written *packet)
{
    packet->capture = smaller(packet->capture, MOST_LENGTH);
    packet->wire = smaller(packet->wire, MOST_LENGTH);
    if (may_be_odd(subject) && packet->wire < packet->capture)
        packet->wire = packet->capture;
    packet->capture = smaller(packet->capture, packet->wire);
    if (packet->direction < TRACE_DIR_OUTGOING || packet->direction > TRACE_DIR_OTHER)
        packet->direction = TRACE_DIR_OUTGOING;
}

bool writer_expect(const struct writer *writer, const struct subject *subject,
                   const struct sample *sample, const struct fact *fact, struct written *packet)
{
    const struct carriage *carriage = writer_find(writer, fact->link_type);
    *packet = (struct written){
        .capture = fact->capture,
        .wire = fact->wire,
        .link_type = fact->link_type,
        .direction = fact->direction,
        .time_ns = fact->time_ns,
        .is_meta = fact->kind == FACT_META,
    };
    assert_true(fact->capture <= sizeof(packet->bytes));
    memcpy(packet->bytes, sample_payload(sample, fact), fact->capture);
    if (carriage->convert && !carriage->convert(packet))
        return false;
    packet->link_type = carriage->to;
    if (is_same_format(writer, subject) || packet->is_meta)
        return true;
    if (packet->time_ns == NO_TIME)
        packet->time_ns = 0;
    if (!writer->counts_fcs)
        drop_fcs(subject, packet);
    else
        fit_in_erf(subject, packet);
    if (!writer->has_directions && !has_direction(packet->link_type))
        packet->direction = TRACE_DIR_UNKNOWN;
    return true;
}
