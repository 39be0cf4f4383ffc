/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inputs that go on for ever, or a terabyte, and have nothing that the program wants: it can end
 * reading them, by trace_interrupt() in a handler of SIGINT and by trace_pstop(), and destroy the
 * trace. Whatever does not end here runs into the time that a test has.
 *
 * The terabyte is a hole in a file.
 */
#include <libtrace_parallel.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include "lib/base/atomics.h"
#include "tests/support/codec_files.h"
#include "tests/support/erf_bytes.h"
#include "tests/support/pcapng_bytes.h"

#define HOLE_BYTES ((off_t)1 << 40)

enum { FAR_BYTES = 30 << 20, BLOCK_BYTES = 16 << 20 };

/* --- inputs --- */

static const char *with_hole(const struct bytes *start)
{
    const char *path = temp_write("hole", start->at, start->n, false);
    if (truncate(path, (off_t)start->n + HOLE_BYTES) != 0) {
        print_message("skipped: no room for a file with a hole of a terabyte\n");
        exit(TEST_SKIPPED);
    }
    return path;
}

/* Empty packets without end. */
static const char *make_empty_packets(void)
{
    struct bytes start = {0};
    pcap_add_header(&start, &pcap_plain);
    const char *path = with_hole(&start);
    bytes_free(&start);
    return path;
}

/* One packet, and something behind the only member. */
static const char *make_garbage(void)
{
    struct bytes start = {0}, packed = {0};
    pcap_add_header(&start, &pcap_plain);
    pcap_add_packet(&start, &pcap_plain, 0, 1, 1, 60, 60);
    codec_pack(codec_way_of(&codec_gzip), &start, &packed);
    const char *path = with_hole(&packed);
    bytes_free(&packed);
    bytes_free(&start);
    return path;
}

/* Custom blocks of 16 MiB. */
static const char *make_custom_blocks(void)
{
    struct ng_file start = {0};
    ng_section(&start);
    ng_interface(&start, 1, 0);
    const off_t first = (off_t)start.bytes.n;
    const char *path = with_hole(&start.bytes);
    const int fd = open(path, O_WRONLY);
    const uint32_t head[] = {0xbad, BLOCK_BYTES, 1};
    for (off_t at = 0; at < HOLE_BYTES / 100; at += BLOCK_BYTES) {
        assert_int_equal(pwrite(fd, head, sizeof(head), first + at), sizeof(head));
        assert_int_equal(pwrite(fd, &head[1], 4, first + at + BLOCK_BYTES - 4), 4);
    }
    close(fd);
    ng_free(&start);
    return path;
}

/* A FIFO that is fed with the same bytes again and again, until nobody reads it. */
struct fountain {
    pthread_t thread;
    const char *path;
    struct bytes start, again;
};

static bool pour(int fd, const struct bytes *bytes)
{
    size_t at = 0;
    while (at < bytes->n) {
        const ssize_t n = write(fd, bytes->at + at, bytes->n - at);
        if (n < 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static void *run_fountain(void *argument)
{
    const struct fountain *fountain = argument;
    const int fd = open(fountain->path, O_WRONLY);
    bool goes_on = pour(fd, &fountain->start);
    while (goes_on)
        goes_on = pour(fd, &fountain->again);
    close(fd);
    return NULL;
}

static void start_fountain(struct fountain *fountain)
{
    fountain->path = temp_path("fountain");
    assert_int_equal(mkfifo(fountain->path, 0600), 0);
    assert_int_equal(pthread_create(&fountain->thread, NULL, run_fountain, fountain), 0);
}

static void end_fountain(struct fountain *fountain)
{
    close(open(fountain->path, O_RDONLY | O_NONBLOCK));
    pthread_join(fountain->thread, NULL);
    unlink(fountain->path);
    bytes_free(&fountain->start);
    bytes_free(&fountain->again);
}

static struct fountain make_pads(void)
{
    struct fountain fountain = {0};
    const struct erf_spec pad = {.time = ERF_START, .type = 48, .capture = 48};
    erf_add(&fountain.start, &erf_plain, 0);
    for (uint32_t i = 0; i < 4000; i++)
        erf_add(&fountain.again, &pad, i);
    return fountain;
}

static struct fountain make_names(void)
{
    struct fountain fountain = {0};
    struct ng_file file = {0};
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_packet(&file, 0, 1, 0, 60, 60);
    fountain.start = file.bytes;
    file = (struct ng_file){0};
    for (uint32_t i = 0; i < 4000; i++)
        ng_any(&file, 4, 60);
    fountain.again = file.bytes;
    return fountain;
}

static struct fountain make_fillers(void)
{
    static const uint8_t zeros[68 * 4000] = {0};
    struct fountain fountain = {0};
    bytes_add(&fountain.again, zeros, sizeof(zeros));
    return fountain;
}

/* --- ending --- */

static void on_sigint(int signal_number)
{
    (void)signal_number;
    trace_interrupt();
}

/* When a trace is ended. */
enum moment { FAR_ON, AT_ONCE, AT_LAST_PACKET };

/* What the program wants, and what it gets. */
struct wishes {
    const char *filter; /* or NULL */
    bool discards_meta;
    enum moment moment;
    unsigned n_packets;
};

static void await_moment(libtrace_t *trace, enum moment moment)
{
    uint64_t done = 0;
    while (moment == FAR_ON && done < FAR_BYTES) {
        sched_yield();
        assert_int_equal(trace_get_progress(trace, &done, NULL), 0);
    }
}

/* Presses Ctrl-C, when it is time. */
struct finger {
    pthread_t thread;
    pthread_t reader;
    libtrace_t *trace;
    enum moment moment;
};

static void *press_ctrl_c(void *argument)
{
    struct finger *finger = argument;
    await_moment(finger->trace, finger->moment);
    pthread_kill(finger->reader, SIGINT);
    return NULL;
}

static libtrace_t *create(const char *uri, const struct wishes *wishes, libtrace_filter_t **filter)
{
    libtrace_t *trace = trace_create(uri);
    int yes = 1;
    *filter = NULL;
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    if (wishes->discards_meta)
        assert_int_equal(trace_config(trace, TRACE_OPTION_DISCARD_META, &yes), 0);
    if (wishes->filter) {
        *filter = trace_create_filter(wishes->filter);
        assert_int_equal(trace_config(trace, TRACE_OPTION_FILTER, *filter), 0);
    }
    return trace;
}

static void interrupt_serially(const char *uri, const struct wishes *wishes)
{
    libtrace_filter_t *filter;
    libtrace_t *trace = create(uri, wishes, &filter);
    libtrace_packet_t *packet = trace_create_packet();
    struct finger finger = {.reader = pthread_self(), .trace = trace, .moment = wishes->moment};
    const bool is_by_finger = wishes->moment != AT_LAST_PACKET;
    unsigned n_packets = 0;
    int outcome;
    assert_int_equal(trace_start(trace), 0);
    if (is_by_finger)
        assert_int_equal(pthread_create(&finger.thread, NULL, press_ctrl_c, &finger), 0);
    while ((outcome = trace_read_packet(trace, packet)) > 0)
        if (++n_packets == wishes->n_packets && !is_by_finger)
            raise(SIGINT);
    assert_int_equal(outcome, 0);
    assert_false(trace_is_err(trace));
    assert_int_equal(n_packets, wishes->n_packets);
    if (is_by_finger)
        pthread_join(finger.thread, NULL);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    trace_destroy_filter(filter);
}

static _Atomic unsigned n_seen;

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    const struct wishes *wishes = global;
    (void)thread;
    (void)tls;
    if (fetch_add_relaxed(&n_seen, 1u) + 1 == wishes->n_packets && wishes->moment == AT_LAST_PACKET)
        trace_pstop(trace);
    return packet;
}

static void stop_in_parallel(const char *uri, struct wishes *wishes, enum hasher_types hasher)
{
    libtrace_filter_t *filter;
    libtrace_t *trace = create(uri, wishes, &filter);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, on_packet);
    trace_set_perpkt_threads(trace, 2);
    if (hasher != HASHER_BALANCE)
        trace_set_hasher(trace, hasher, NULL, NULL);
    store_relaxed(&n_seen, 0u);
    assert_int_equal(trace_pstart(trace, wishes, callbacks, NULL), 0);
    if (wishes->moment != AT_LAST_PACKET) {
        await_moment(trace, wishes->moment);
        assert_int_equal(trace_pstop(trace), 0);
    }
    trace_join(trace);
    assert_false(trace_is_err(trace));
    assert_int_equal(load_relaxed(&n_seen), wishes->n_packets);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    trace_destroy_filter(filter);
}

static void end_all_ways(const char *format, const char *path, struct wishes wishes)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s%s%s", format, *format ? ":" : "", path);
    interrupt_serially(uri, &wishes);
    stop_in_parallel(uri, &wishes, HASHER_BALANCE);
    stop_in_parallel(uri, &wishes, HASHER_BIDIRECTIONAL);
}

static void end_fountain_all_ways(const char *format, struct fountain (*make)(void),
                                  const struct wishes *wishes)
{
    for (unsigned way = 0; way < 3; way++) {
        char uri[300];
        struct wishes its = *wishes;
        struct fountain fountain = make();
        start_fountain(&fountain);
        snprintf(uri, sizeof(uri), "%s:%s", format, fountain.path);
        if (way == 0)
            interrupt_serially(uri, &its);
        else
            stop_in_parallel(uri, &its, way == 1 ? HASHER_BALANCE : HASHER_BIDIRECTIONAL);
        end_fountain(&fountain);
    }
}

/* --- tests --- */

static void test_packets_that_no_filter_lets_through(void **state)
{
    (void)state;
    end_all_ways("pcapfile", make_empty_packets(), (struct wishes){.filter = "udp"});
}

/* The packet in front of it is delivered, and the program has had enough. */
static void test_what_is_behind_a_compressed_capture(void **state)
{
    (void)state;
    const struct wishes wishes = {.moment = AT_LAST_PACKET, .n_packets = 1};
    end_all_ways("pcapfile", make_garbage(), wishes);
    end_all_ways("pcap", make_garbage(), wishes);
    end_all_ways("", make_garbage(), wishes); /* nor does detecting its format take for ever */
}

static void test_blocks_that_are_no_packets(void **state)
{
    (void)state;
    const char *path = make_custom_blocks();
    end_all_ways("pcapng", path, (struct wishes){.discards_meta = true});
    /* libpcap does not say how far it is. */
    end_all_ways("pcap", path, (struct wishes){.moment = AT_ONCE});
}

static void test_pipes(void **state)
{
    (void)state;
    end_fountain_all_ways("erf", make_pads, &(struct wishes){.n_packets = 1});
    end_fountain_all_ways("pcapng", make_names,
                          &(struct wishes){.discards_meta = true, .n_packets = 1});
    end_fountain_all_ways("pcap", make_names,
                          &(struct wishes){.moment = AT_LAST_PACKET, .n_packets = 1});
}

static void test_records_that_fill_up(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 2; way++) {
        char link[256], uri[300];
        struct wishes wishes = {.filter = NULL};
        struct fountain fountain = make_fillers();
        start_fountain(&fountain);
        snprintf(link, sizeof(link), "%s", temp_path("20000706-120000"));
        assert_int_equal(symlink(fountain.path, link), 0);
        snprintf(uri, sizeof(uri), "legacynzix:%s", link);
        if (way == 0)
            interrupt_serially(uri, &wishes);
        else
            stop_in_parallel(uri, &wishes, HASHER_BALANCE);
        end_fountain(&fountain);
        unlink(link);
    }
}

static int set_up(void **state)
{
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_sigint);
    return temp_make(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packets_that_no_filter_lets_through),
        cmocka_unit_test(test_what_is_behind_a_compressed_capture),
        cmocka_unit_test(test_blocks_that_are_no_packets),
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_records_that_fill_up),
    };
    return cmocka_run_group_tests(tests, set_up, temp_remove);
}
