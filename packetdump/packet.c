/* SPDX-License-Identifier: BSD-2-Clause */
/* The interface: what is said about the record, then the walk through its bytes. */
#include <libpacketdump.h>

#include <inttypes.h>
#include <string.h>

#include "packetdump/meta.h"
#include "packetdump/text.h"
#include "packetdump/walk.h"

/* In UTC, whatever the program's time zone is. */
static void print_time(FILE *out, const libtrace_packet_t *packet)
{
    const struct timespec time = trace_get_timespec(packet);
    struct tm utc;
    char text[64];
    if (time.tv_nsec < 0 || !gmtime_r(&time.tv_sec, &utc) ||
        strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &utc) == 0)
        fputs("no time\n", out);
    else
        fprintf(out, "%s.%09ld\n", text, time.tv_nsec);
}

static void print_record(FILE *out, const libtrace_packet_t *packet)
{
    print_time(out, packet);
    fprintf(out, " Capture: Packet Length: %zu/%zu Direction Value: %d\n",
            trace_get_capture_length(packet), trace_get_wire_length(packet),
            (int)trace_get_direction(packet));
}

static bool is_filled(const libtrace_packet_t *packet)
{
    return packet && trace_get_link_type(packet) != TRACE_TYPE_CONTENT_INVALID;
}

static struct cursor bytes_of(const libtrace_packet_t *packet)
{
    uint32_t n_bytes = 0;
    const void *start = trace_get_packet_buffer(packet, NULL, &n_bytes);
    return cursor_make(start, start ? n_bytes : 0);
}

void trace_dump_packet_to(FILE *out, libtrace_packet_t *packet)
{
    if (!out || !is_filled(packet))
        return;
    const struct cursor bytes = bytes_of(packet);
    print_record(out, packet);
    if (IS_LIBTRACE_META_PACKET(packet))
        meta_print(out, packet);
    else
        walk_run(out, bytes, cursor_remaining(&bytes) < trace_get_wire_length(packet), SPACE_LINK,
                 (uint32_t)trace_get_link_type(packet));
    fputc('\n', out);
}

void trace_hexdump_packet_to(FILE *out, libtrace_packet_t *packet)
{
    if (!out || !is_filled(packet))
        return;
    const struct cursor bytes = bytes_of(packet);
    print_record(out, packet);
    text_hexdump(out, bytes.at, cursor_remaining(&bytes));
    fputc('\n', out);
}

void trace_dump_packet(libtrace_packet_t *packet)
{
    trace_dump_packet_to(stdout, packet);
}

void trace_hexdump_packet(libtrace_packet_t *packet)
{
    trace_hexdump_packet_to(stdout, packet);
}

void decode_next(const char *packet, int len, const char *proto_name, int type)
{
    static const struct {
        const char *name;
        enum space space;
    } spaces[] = {
        {"link", SPACE_LINK}, {"eth", SPACE_ETHERTYPE}, {"ip", SPACE_IP},
        {"ppp", SPACE_PPP},   {"udp", SPACE_UDP},
    };
    enum space space = SPACE_DATA;
    if (!packet || len <= 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
        if (proto_name && strcmp(proto_name, spaces[i].name) == 0)
            space = spaces[i].space;
    }
    walk_run(stdout, cursor_make(packet, (uint64_t)len), false, space, (uint32_t)type);
}
