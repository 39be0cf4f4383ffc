/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Captures that lie behind the first 5 GiB of a file, where 32 bits do not reach. They are read from
 * standard input, which starts where its descriptor stands: in front of them is a hole.
 */
#include <libtrace_parallel.h>

#include "lib/base/atomics.h"
#include "tests/hostile/hostile.h"
#include "tests/support/erf_bytes.h"
#include "tests/support/pcapng_bytes.h"

#define HOLE_BYTES ((off_t)5 << 30)

enum { N_PACKETS = 3000, SECONDS = 1500000000 };

static struct bytes make_pcap(void)
{
    struct bytes file = {0};
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < N_PACKETS; i++)
        pcap_add_packet(&file, &pcap_plain, i, SECONDS + i, 0, 1000, 1000);
    pcap_add_record_header(&file, &pcap_plain, 1, 1, 0xffffffff, 1);
    return file;
}

static struct bytes make_pcapng(void)
{
    struct ng_file file = {0};
    ng_section(&file);
    ng_clock_interface(&file, 1, 0, 0);
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        ng_packet(&file, i / 1000, SECONDS + i, i, 1000, 1000);
        if (i % 1000 == 999) /* a position is compared with those of packets */
            ng_clock_interface(&file, 1, 0, 0);
    }
    ng_any(&file, 6, 40);
    store_u32(file.bytes.at + file.block + 4, 1);
    return file.bytes;
}

static struct bytes make_erf(void)
{
    struct bytes file = {0};
    struct erf_spec spec = erf_plain;
    spec.capture = 1000;
    spec.wire = 1004;
    for (uint32_t i = 0; i < N_PACKETS; i++) {
        spec.time = (SECONDS + (uint64_t)i) << 32;
        erf_add(&file, &spec, i);
    }
    spec.n_bytes = 15;
    erf_add(&file, &spec, 0);
    return file;
}

/* Makes it standard input. */
static void place(const struct bytes *file)
{
    const char *path = temp_path("far");
    const int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(fd >= 0);
    if (lseek(fd, HOLE_BYTES, SEEK_SET) != HOLE_BYTES) {
        print_message("skipped: no room for a file with a hole of 5 GiB\n");
        exit(TEST_SKIPPED);
    }
    temp_write_all(fd, file->at, file->n);
    assert_true(lseek(fd, HOLE_BYTES, SEEK_SET) == HOLE_BYTES);
    assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
    close(fd);
}

static void check_error(libtrace_t *trace, off_t offset)
{
    char says[64];
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_BAD_PACKET);
    snprintf(says, sizeof(says), "'standard input', offset %lld", (long long)(HOLE_BYTES + offset));
    if (!strstr(error.problem, says))
        fail_msg("'%s' does not say '%s'", error.problem, says);
}

static unsigned read_packets(libtrace_t *trace, uint32_t first)
{
    libtrace_packet_t *packet = trace_create_packet();
    unsigned n = 0;
    while (trace_read_packet(trace, packet) > 0) {
        if (IS_LIBTRACE_META_PACKET(packet))
            continue;
        assert_int_equal(trace_get_timespec(packet).tv_sec, SECONDS + first + n);
        n++;
    }
    trace_destroy_packet(packet);
    return n;
}

static _Atomic unsigned n_seen;

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)global;
    (void)tls;
    fetch_add_relaxed(&n_seen, !IS_LIBTRACE_META_PACKET(packet));
    return packet;
}

static void check_far(const char *uri, struct bytes (*make)(void), off_t n_behind, off_t n_further)
{
    struct bytes file = make();
    const off_t at = (off_t)file.n - n_behind + n_further;
    place(&file);
    libtrace_t *trace = trace_create(uri);
    assert_int_equal(trace_start(trace), 0);
    assert_int_equal(read_packets(trace, 0), N_PACKETS);
    check_error(trace, at);
    trace_destroy(trace);

    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace = trace_create(uri);
    trace_set_packet_cb(callbacks, on_packet);
    trace_set_perpkt_threads(trace, 2);
    store_relaxed(&n_seen, 0u);
    assert_int_equal(trace_pstart(trace, NULL, callbacks, NULL), 0);
    trace_join(trace);
    assert_int_equal(load_relaxed(&n_seen), N_PACKETS);
    check_error(trace, at);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
    bytes_free(&file);
}

static void test_reading(void **state)
{
    (void)state;
    check_far("pcapfile:-", make_pcap, 16, 0);
    check_far("pcapng:-", make_pcapng, 52, 4);
    check_far("erf:-", make_erf, 1018, 0);
}

static void test_seeking(void **state)
{
    (void)state;
    static const uint32_t seconds[] = {2999, 0, 1500, 1, 2998};
    struct bytes file = make_erf();
    file.n -= 1018;
    place(&file);
    libtrace_t *trace = trace_create("erf:-");
    assert_int_equal(trace_start(trace), 0);
    for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
        assert_int_equal(trace_seek_seconds(trace, SECONDS + seconds[i]), 0);
        assert_int_equal(read_packets(trace, seconds[i]), N_PACKETS - seconds[i]);
    }
    trace_destroy(trace);
    bytes_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_seeking),
    };
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
