/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * pcapng through the public interface: the same records on any number of threads, with and without
 * a hasher, of a file with many interfaces, sections and both byte orders.
 */
#include <libtrace_parallel.h>

#include <pthread.h>

#include "lib/base/atomics.h"
#include "tests/support/pcapng_writer.h"

/* What a program may ask of a record. */
struct facts {
    bool is_there;
    uint8_t n_times;
    int type;
    libtrace_linktype_t link_type;
    libtrace_direction_t direction;
    size_t capture, wire, framing;
    struct timespec time;
    uint64_t digest;
};

enum { MOST_RECORDS = 20000, N_SKIPPED = 12 * 6 };

/* By the number of the record; filled by whichever thread gets it. */
static struct facts serial[MOST_RECORDS];
static struct facts parallel[MOST_RECORDS];
static libtrace_packet_t *kept[MOST_RECORDS];
static _Atomic unsigned n_surprises; /* records with a number that cannot be */

static struct facts look(libtrace_packet_t *packet)
{
    struct facts facts;
    uint32_t n_bytes = 0;
    memset(&facts, 0, sizeof(facts));
    const uint8_t *bytes = trace_get_packet_buffer(packet, &facts.link_type, &n_bytes);
    facts.is_there = true;
    facts.type = (int)packet->type;
    facts.direction = trace_get_direction(packet);
    facts.capture = trace_get_capture_length(packet);
    facts.wire = trace_get_wire_length(packet);
    facts.framing = trace_get_framing_length(packet);
    facts.time = trace_get_timespec(packet);
    facts.digest = digest_bytes(bytes, n_bytes);
    return facts;
}

static void note(struct facts *all, libtrace_packet_t *packet)
{
    const uint64_t order = trace_packet_get_order(packet);
    if (order >= MOST_RECORDS || all[order].n_times > 0) {
        fetch_add_relaxed(&n_surprises, 1u);
        return;
    }
    all[order] = look(packet);
    all[order].n_times = 1;
}

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)tls;
    note(parallel, packet);
    const uint64_t order = trace_packet_get_order(packet);
    if (!global || order % 3 > 0 || order >= MOST_RECORDS)
        return packet;
    kept[order] = packet;
    return NULL;
}

static uint64_t hash_by_length(const libtrace_packet_t *packet, void *data)
{
    (void)data;
    return trace_get_capture_length(packet) * 7;
}

/* An IPv4 packet of some flow, so that hashers have something to share out. */
static void add_flow_packet(struct ng_file *file, uint32_t id, uint32_t i)
{
    uint8_t bytes[60] = {0x45, 0, 0, 60, 0, 0, 0, 0, 64, 17, 0, 0, 10};
    bytes[15] = (uint8_t)(i % 50);
    bytes[20] = 1;
    store_u32(bytes + 40, i);
    ng_begin(file, 6);
    ng_u32(file, id);
    ng_ticks(file, i);
    ng_u32(file, 40 + i % 21);
    ng_u32(file, 1000 + i);
    ng_bytes(file, bytes, pcapng_pad(40 + i % 21));
    if (i % 4 == 0) {
        ng_option_u32(file, 2, 1 + i % 8 / 4);
        ng_option_text(file, 1, "comment");
        ng_end_options(file);
    }
    ng_end(file);
}

static void make_file(struct ng_file *file)
{
    uint32_t n = 0;
    for (uint32_t section = 0; section < 12; section++) {
        file->is_swapped = section % 3 == 2;
        ng_section(file);
        for (uint32_t i = 0; i < 300; i++) {
            static const uint8_t resolutions[] = {6, 9, 3, 0x80 + 20, 12};
            if (i < 3 || i % 4 == 0)
                ng_clock_interface(file, i % 2 ? 12 : 101, resolutions[i % 5], (int64_t)i % 3);
            if (i % 50 == 0)
                ng_name(file);
            for (uint32_t k = 0; k < 3; k++, n++)
                add_flow_packet(file, (n * 5) % (2 + i / 4), n);
            if (i % 40 == 0)
                ng_simple_packet(file, n, 33, 33);
            if (i % 60 == 0)
                add_flow_packet(file, 5000,
                                n); /* 5 in a section; one more is before its interface */
        }
    }
}

static size_t read_serially(const char *uri, bool discards_meta)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    size_t n_records = 0;
    int yes = 1;
    memset(serial, 0, sizeof(serial));
    if (discards_meta)
        assert_int_equal(trace_config(trace, TRACE_OPTION_DISCARD_META, &yes), 0);
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0) {
        note(serial, packet);
        n_records++;
    }
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    trace_destroy_packet(packet);
    trace_destroy(trace);
    return n_records;
}

static void assert_same_facts(const struct facts *a, const struct facts *b, size_t order)
{
    if (memcmp(a, b, sizeof(*a)) != 0)
        fail_msg("record %zu: types %d and %d, capture %zu and %zu, wire %zu and %zu, times "
                 "%lld.%09ld and %lld.%09ld",
                 order, a->type, b->type, a->capture, b->capture, a->wire, b->wire,
                 (long long)a->time.tv_sec, a->time.tv_nsec, (long long)b->time.tv_sec,
                 b->time.tv_nsec);
}

static void run(const char *uri, int n_threads, enum hasher_types hasher, bool keeps,
                bool discards_meta)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    libtrace_stat_t *statistics = trace_create_statistics();
    int yes = 1;
    memset(parallel, 0, sizeof(parallel));
    memset(kept, 0, sizeof(kept));
    trace_set_packet_cb(callbacks, on_packet);
    if (discards_meta)
        assert_int_equal(trace_config(trace, TRACE_OPTION_DISCARD_META, &yes), 0);
    assert_int_equal(trace_set_perpkt_threads(trace, n_threads), 0);
    assert_int_equal(trace_set_configuration(trace, "block_size=8192,memory=1048576"), 0);
    if (hasher != HASHER_BALANCE)
        assert_int_equal(
            trace_set_hasher(trace, hasher, hasher == HASHER_CUSTOM ? hash_by_length : NULL, NULL),
            0);
    assert_int_equal(trace_pstart(trace, keeps ? trace : NULL, callbacks, NULL), 0);
    trace_join(trace);
    if (trace_is_err(trace))
        fail_msg("%s", trace_get_err(trace).problem);
    trace_get_statistics(trace, statistics);
    assert_int_equal(statistics->errors, N_SKIPPED);
    assert_int_equal(statistics->received, statistics->accepted + statistics->errors);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    free(statistics);

    assert_int_equal(load_relaxed(&n_surprises), 0);
    for (size_t i = 0; i < MOST_RECORDS; i++)
        assert_same_facts(&serial[i], &parallel[i], i);
    /* What was kept is still the same, copied or not, when the trace is gone. */
    for (size_t i = 0; i < MOST_RECORDS; i++) {
        if (!kept[i])
            continue;
        struct facts now = look(kept[i]);
        now.n_times = 1;
        assert_same_facts(&serial[i], &now, i);
        trace_free_packet(NULL, kept[i]);
    }
}

static void test_any_number_of_threads(void **state)
{
    (void)state;
    static const enum hasher_types hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL,
                                                HASHER_CUSTOM};
    struct ng_file file = {0};
    char uri[300];
    make_file(&file);
    snprintf(uri, sizeof(uri), "pcapng:%s", ng_write(&file, "file.pcapng"));
    for (unsigned discards_meta = 0; discards_meta < 2; discards_meta++) {
        const size_t n_records = read_serially(uri, discards_meta);
        assert_true(n_records > 12 * 900 && n_records < MOST_RECORDS);
        for (int n_threads = 1; n_threads <= 4; n_threads *= 2)
            for (size_t h = 0; h < ARRAY_LEN(hashers); h++)
                run(uri, n_threads, hashers[h], (n_threads + (int)h) % 2, discards_meta);
    }
    ng_free(&file);
}

struct feed {
    const struct bytes *bytes;
    const char *path;
};

static void *feed_pipe(void *argument)
{
    const struct feed *feed = argument;
    int fd = open(feed->path, O_WRONLY);
    temp_write_all(fd, feed->bytes->at, feed->bytes->n);
    close(fd);
    return NULL;
}

static void test_pipes(void **state)
{
    (void)state;
    struct ng_file file = {0};
    char uri[300];
    make_file(&file);
    snprintf(uri, sizeof(uri), "pcapng:%s", ng_write(&file, "file.pcapng"));
    read_serially(uri, false);
    const char *path = temp_path("fifo");
    assert_int_equal(mkfifo(path, 0600), 0);
    snprintf(uri, sizeof(uri), "pcapng:%s", path);
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        const struct feed feed = {&file.bytes, path};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, feed_pipe, (void *)&feed), 0);
        run(uri, n_threads, n_threads % 2 ? HASHER_BIDIRECTIONAL : HASHER_BALANCE, false, false);
        pthread_join(thread, NULL);
    }
    ng_free(&file);
}

/* A file without a format's name, its statistics, and a copy of it that says the same. */
static void test_detection_statistics_and_copies(void **state)
{
    (void)state;
    struct ng_file file = {0};
    char uri[300];
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_begin_packet(&file, 0, 1000001, 1, 61, 61);
    ng_option_text(&file, 1, "a comment");
    ng_end_options(&file);
    ng_end(&file);
    ng_packet(&file, 7, 1, 2, 60, 60);
    ng_begin_statistics(&file, 0, 1);
    ng_option_u64(&file, 4, 100);
    ng_option_u64(&file, 5, 30);
    ng_option_u64(&file, 7, 3);
    ng_end_options(&file);
    ng_end(&file);
    const char *path = ng_write(&file, "file.pcapng");
    snprintf(uri, sizeof(uri), "pcapng:%s", temp_path("copy.pcapng"));

    libtrace_t *trace = trace_create(path);
    libtrace_out_t *out = trace_create_output(uri);
    libtrace_packet_t *packet = trace_create_packet();
    libtrace_stat_t *statistics = trace_create_statistics();
    assert_string_equal(trace_get_uri_format(trace), "pcapng");
    assert_int_equal(trace_start_output(out), 0);
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0)
        assert_true(trace_write_packet(out, packet) > 0);
    assert_false(trace_is_err(trace));
    trace_get_statistics(trace, statistics);
    assert_int_equal(statistics->accepted, 1);
    assert_int_equal(statistics->errors, 1);
    assert_int_equal(statistics->dropped, 33);
    trace_destroy_output(out);
    trace_destroy(trace);
    trace_destroy_packet(packet);
    free(statistics);

    /* Without the packet that was skipped. */
    ng_free(&file);
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_begin_packet(&file, 0, 1000001, 1, 61, 61);
    ng_option_text(&file, 1, "a comment");
    ng_end_options(&file);
    ng_end(&file);
    ng_begin_statistics(&file, 0, 1);
    ng_option_u64(&file, 4, 100);
    ng_option_u64(&file, 5, 30);
    ng_option_u64(&file, 7, 3);
    ng_end_options(&file);
    ng_end(&file);
    assert_same_file(ng_write(&file, "expected.pcapng"), temp_path("copy.pcapng"));
    ng_free(&file);
}

/* A snap length cuts packets, not blocks: what is written of them is whole. */
static void test_snap_length(void **state)
{
    (void)state;
    struct ng_file file = {0}, expected = {0};
    char uri[300];
    ng_section(&file);
    ng_interface(&file, 1, 0);
    ng_begin_packet(&file, 0, 1, 1, 61, 61);
    ng_option_text(&file, 1, "a comment");
    ng_end_options(&file);
    ng_end(&file);
    ng_section(&expected);
    ng_interface(&expected, 1, 0);
    ng_begin_packet(&expected, 0, 1, 1, 21, 61);
    ng_option_text(&expected, 1, "a comment");
    ng_end_options(&expected);
    ng_end(&expected);
    libtrace_t *trace = trace_create(ng_write(&file, "file.pcapng"));
    snprintf(uri, sizeof(uri), "pcapng:%s", temp_path("cut.pcapng"));
    libtrace_out_t *out = trace_create_output(uri);
    libtrace_packet_t *packet = trace_create_packet();
    int snaplen = 21;
    assert_int_equal(trace_config(trace, TRACE_OPTION_SNAPLEN, &snaplen), 0);
    assert_int_equal(trace_start_output(out), 0);
    assert_int_equal(trace_start(trace), 0);
    while (trace_read_packet(trace, packet) > 0) {
        libtrace_packet_t *copy = trace_copy_packet(packet);
        assert_true(trace_write_packet(out, copy) > 0);
        trace_destroy_packet(copy);
    }
    trace_destroy_output(out);
    trace_destroy(trace);
    trace_destroy_packet(packet);
    assert_same_file(ng_write(&expected, "expected.pcapng"), temp_path("cut.pcapng"));
    ng_free(&file);
    ng_free(&expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_number_of_threads),
        cmocka_unit_test(test_pipes),
        cmocka_unit_test(test_detection_statistics_and_copies),
        cmocka_unit_test(test_snap_length),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
