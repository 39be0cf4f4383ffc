/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists the interfaces that a capture says it was made on, as its meta records come by: pcapng's interface
 * descriptions, ERF's provenance records.
 *
 *     11_interfaces capture.pcapng
 *
 * Meta records have a callback of their own. They come in the order of the input, each on one of the
 * threads, with the number of packets and meta records in front of it as its order.
 */
#include <inttypes.h>
#include <libtrace_parallel.h>
#include <stdio.h>

enum { TEXT_BYTES = 200 };

/* What the list shows of one interface. */
struct line {
    char text[3 * TEXT_BYTES];
};

static void describe(libtrace_packet_t *packet, int index, const char *name, struct line *line)
{
    char text[TEXT_BYTES];
    const uint64_t speed = trace_get_interface_speed(packet, index);
    int n = snprintf(line->text, sizeof(line->text), "%s", name);
    if (trace_get_interface_description(packet, text, sizeof(text), index))
        n += snprintf(line->text + n, sizeof(line->text) - (size_t)n, ", %s", text);
    if (speed > 0)
        snprintf(line->text + n, sizeof(line->text) - (size_t)n, ", %" PRIu64 " bit/s", speed);
}

/* One record may describe several interfaces. Lines are printed whole: printf() locks its stream. */
static libtrace_packet_t *show_interfaces(libtrace_t *trace, libtrace_thread_t *thread,
                                          void *global, void *tls, libtrace_packet_t *packet)
{
    char name[TEXT_BYTES];
    struct line line;
    for (int i = 0; trace_get_interface_name(packet, name, sizeof(name), i); i++) {
        describe(packet, i, name, &line);
        printf("record %" PRIu64 ": %s\n", trace_packet_get_order(packet), line.text);
    }
    if (trace_get_capture_application(packet, name, sizeof(name)))
        printf("record %" PRIu64 ": captured by %s\n", trace_packet_get_order(packet), name);
    return packet;
}

static libtrace_packet_t *pass(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                               void *tls, libtrace_packet_t *packet)
{
    return packet;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s URI\n", argv[0]);
        return 2;
    }
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, pass);
    trace_set_meta_packet_cb(callbacks, show_interfaces);

    libtrace_t *trace = trace_create(argv[1]);
    if (!trace_is_err(trace) && trace_pstart(trace, NULL, callbacks, NULL) == 0)
        trace_join(trace);
    const bool has_failed = trace_is_err(trace);
    if (has_failed)
        trace_perror(trace, "cannot read");
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    return has_failed;
}
