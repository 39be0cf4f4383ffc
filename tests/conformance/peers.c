/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/conformance/peers.h"

#include <stdlib.h>

#include "lib/base/bytes.h"
#include "lib/base/time.h"
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"

enum { PCAP_HEADER = 24, PCAP_RECORD_HEADER = 16, BYTES_PER_LINE = 16 };

/* An NZIX trace tells the time of New Zealand, which libtrace asks the process for. */
#define LIBTRACE "TZ=Pacific/Auckland "

#define COLUMNS                             \
    "gui.column.format:"                    \
    "\"a\",\"%%Cus:frame.time_epoch:1:R\"," \
    "\"b\",\"%%Cus:frame.len:1:R\","        \
    "\"c\",\"%%Cus:frame.cap_len:1:R\""

static struct peer_packet *add(struct peer_view *view)
{
    if ((view->n_packets & (view->n_packets - 1)) == 0) {
        const size_t room = view->n_packets > 0 ? 2 * view->n_packets : 1;
        view->packets = realloc(view->packets, room * sizeof(*view->packets));
        assert_non_null(view->packets);
    }
    struct peer_packet *packet = &view->packets[view->n_packets++];
    *packet = (struct peer_packet){.direction = -1};
    return packet;
}

void peer_view_free(struct peer_view *view)
{
    free(view->packets);
    *view = (struct peer_view){0};
}

static void add_bytes(struct peer_packet *packet, const uint8_t *bytes, size_t n_bytes)
{
    const size_t room = sizeof(packet->bytes) - packet->n_bytes;
    const size_t n = n_bytes < room ? n_bytes : room;
    memcpy(packet->bytes + packet->n_bytes, bytes, n);
    packet->n_bytes += n;
}

/* Output of a command that has to succeed, as text, for bytes_free(). */
static struct bytes ask(const char *format, ...) PRINTF_LIKE(1, 2);

static struct bytes ask(const char *format, ...)
{
    char command[1500];
    int status;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    struct bytes output = files_run(NULL, &status, "%s", command);
    if (status != 0)
        FAIL("'%s' fails with %d", command, status);
    bytes_add(&output, "", 1);
    return output;
}

/* --- Wireshark --- */

/* "0010  01 2c a8 36 ..." */
static bool parse_bytes(const char *line, struct peer_packet *packet)
{
    unsigned long at;
    int n_read = 0;
    if (sscanf(line, "%4lx  %n", &at, &n_read) != 1 || n_read != 6)
        return false;
    CHECK_EQUAL(at, packet->n_bytes);
    for (unsigned i = 0; i < BYTES_PER_LINE; i++) {
        unsigned byte;
        if (line[n_read + 3 * (int)i] == ' ' ||
            sscanf(line + n_read + 3 * (int)i, "%2x", &byte) != 1)
            break;
        add_bytes(packet, &(uint8_t){(uint8_t)byte}, 1);
    }
    return true;
}

/* "1340954905.298858000 314 96", the time left out where there is none */
static bool parse_summary(const char *line, struct peer_view *view)
{
    unsigned long long seconds = 0, ns = 0;
    unsigned wire, capture;
    const bool has_time = sscanf(line, "%llu.%9llu %u %u", &seconds, &ns, &wire, &capture) == 4;
    if (!has_time && sscanf(line, " %u %u", &wire, &capture) != 2)
        return false;
    struct peer_packet *packet = add(view);
    packet->has_time = has_time;
    packet->time_ns = (int64_t)seconds * NS_PER_S + (int64_t)ns;
    packet->wire = wire;
    packet->capture = capture;
    return true;
}

struct peer_view peer_tshark(const char *path)
{
    struct peer_view view = {0};
    bool is_in_bytes = false;
    struct bytes output = ask("tshark -n -P -x -o '" COLUMNS "' -o "
                              "tcp.desegment_tcp_streams:FALSE -o ip.defragment:FALSE -r '%s'",
                              path);
    char *rest = (char *)output.at;
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (line[0] == '\0') /* between summary and bytes, and behind them */
            is_in_bytes = !is_in_bytes;
        else if (is_in_bytes ? !parse_bytes(line, &view.packets[view.n_packets - 1])
                             : !parse_summary(line, &view))
            FAIL("tshark says '%s'", line);
    }
    bytes_free(&output);
    return view;
}

void peer_capinfos(const char *path, uint64_t *n_packets, uint64_t *n_bytes)
{
    unsigned long long packets = 0;
    unsigned long long bytes = 0;
    struct bytes output = ask("capinfos -T -M -r -c -d '%s'", path);
    const char *tab = strchr((char *)output.at, '\t');
    if (!tab || sscanf(tab, "\t%llu\t%llu", &packets, &bytes) != 2)
        FAIL("capinfos says '%s'", (char *)output.at);
    *n_packets = packets;
    *n_bytes = bytes;
    bytes_free(&output);
}

const char *peer_editcap(const char *path)
{
    const char *copy = files_path("editcap.pcapng");
    struct bytes output = ask("editcap -F pcapng '%s' '%s'", path, copy);
    bytes_free(&output);
    return copy;
}

/* --- libtrace --- */

bool peer_has_libtrace(void)
{
    return files_has_program("traceconvert") && files_has_program("tracestats") &&
           system("tracepktdump -H 2>&1 | grep -q '^libtrace 3'") == 0;
}

static void parse_pcap(struct peer_view *view, const struct bytes *file)
{
    size_t at = PCAP_HEADER;
    CHECK(file->n >= PCAP_HEADER && load_u32(file->at) == 0xa1b2c3d4);
    while (at < file->n) {
        const uint8_t *record = file->at + at;
        CHECK(file->n - at >= PCAP_RECORD_HEADER);
        struct peer_packet *packet = add(view);
        packet->has_time = true;
        packet->time_ns = load_u32(record) * NS_PER_S + load_u32(record + 4) * NS_PER_US;
        packet->capture = load_u32(record + 8);
        packet->wire = load_u32(record + 12);
        at += PCAP_RECORD_HEADER;
        CHECK(packet->capture <= file->n - at);
        add_bytes(packet, file->at + at, packet->capture);
        at += packet->capture;
    }
}

struct peer_view peer_traceconvert(const char *scheme, const char *path)
{
    struct peer_view view = {0};
    char to[300];
    snprintf(to, sizeof(to), "%s", files_path("traceconvert.pcap"));
    struct bytes said = ask(LIBTRACE "traceconvert '%s:%s' 'pcapfile:%s'", scheme, path, to);
    bytes_free(&said);
    said = ask("gzip -dcf '%s'", to); /* it compresses by default */
    said.n--;                         /* the end of a text */
    parse_pcap(&view, &said);
    bytes_free(&said);
    return view;
}

struct peer_view peer_tracepktdump(const char *scheme, const char *path)
{
    struct peer_view view = {0};
    struct bytes output = ask(LIBTRACE "tracepktdump '%s:%s'", scheme, path);
    char *rest = (char *)output.at;
    for (char *line; (line = strsep(&rest, "\n"));) {
        unsigned capture, wire;
        int direction;
        if (sscanf(line, " Capture: Packet Length: %u/%u Direction Value: %d", &capture, &wire,
                   &direction) != 3)
            continue;
        struct peer_packet *packet = add(&view);
        packet->capture = capture;
        packet->wire = wire;
        packet->direction = direction;
    }
    bytes_free(&output);
    return view;
}

uint64_t peer_tracestats(const char *scheme, const char *path)
{
    unsigned long long n = 0;
    struct bytes output = ask(LIBTRACE "tracestats '%s:%s' 2>&1", scheme, path);
    const char *at = strstr((char *)output.at, "Accepted Packets:");
    if (!at || sscanf(at, "Accepted Packets: %llu", &n) != 1)
        FAIL("tracestats says '%s'", (char *)output.at);
    bytes_free(&output);
    return n;
}
