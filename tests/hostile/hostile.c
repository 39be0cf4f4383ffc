/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/hostile/hostile.h"

#include <libtrace_parallel.h>
#include <pthread.h>
#include <signal.h>

#include "lib/base/atomics.h"
#include "tests/support/codec_files.h"
#include "tests/support/pcap_bytes.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_IS_MEASURABLE false
#else
#define MEMORY_IS_MEASURABLE true
#endif

/* A trace may use 32 MiB (tuning.h). What is larger than a block comes to that a few times over, in
 * all that is done with it here; it is never more than the file has. */
#define MOST_KIB      (64L << 10)
#define TIMES_OF_FILE 4

enum { MOST_RECORDS = 1000, BYSTANDER_PACKETS = 1000 };

/* What is to be seen of a record. */
struct sight {
    char kind; /* 0: it was not delivered */
    int type;
    libtrace_linktype_t link_type;
    size_t capture, wire;
    struct timespec time;
    uint64_t digest;
};

/* A run: by the number of the record. */
struct run {
    struct sight sights[MOST_RECORDS];
    _Atomic unsigned n_surprises; /* records with a number that is none, or that another one has */
    uint64_t n_skipped, n_dropped;
    int code;
    char text[1024];
};

static struct {
    libtrace_t *trace;
    libtrace_packet_t *packet;
    uint32_t n_read;
} bystander;

/* Where stderr goes meanwhile; -1: where it always goes. */
static int printed_fd = -1;
static int kept_stderr = -1;
static off_t n_printed; /* that are not the library's */

/* --- what goes on beside --- */

/* Standard output is for cmocka, so the library is watched where it would print first. */
static void watch_stderr(void)
{
    kept_stderr = dup(STDERR_FILENO);
    printed_fd = open(temp_path("stderr"), O_RDWR | O_CREAT | O_APPEND, 0600);
    assert_true(kept_stderr >= 0 && printed_fd >= 0);
    fflush(stderr);
    assert_true(dup2(printed_fd, STDERR_FILENO) == STDERR_FILENO);
}

/* What failed tests had to say is shown now. */
static void unwatch_stderr(void)
{
    char piece[4096];
    ssize_t n;
    if (printed_fd < 0)
        return;
    fflush(stderr);
    assert_true(dup2(kept_stderr, STDERR_FILENO) == STDERR_FILENO);
    assert_int_equal(lseek(printed_fd, 0, SEEK_SET), 0);
    while ((n = read(printed_fd, piece, sizeof(piece))) > 0)
        temp_write_all(STDERR_FILENO, piece, (size_t)n);
    close(printed_fd);
    close(kept_stderr);
}

static off_t count_printed(void)
{
    struct stat status;
    fflush(stderr);
    return printed_fd >= 0 && fstat(printed_fd, &status) == 0 ? status.st_size : 0;
}

void hostile_begin_silence(void)
{
    n_printed = count_printed();
}

void hostile_assert_silence(void)
{
    if (count_printed() != n_printed)
        fail_msg("something was printed");
}

static void open_bystander(void)
{
    struct bytes file = {0};
    char uri[300];
    pcap_add_header(&file, &pcap_plain);
    for (uint32_t i = 0; i < BYSTANDER_PACKETS; i++)
        pcap_add_packet(&file, &pcap_plain, i, i, 0, 60, 60);
    snprintf(uri, sizeof(uri), "pcapfile:%s", temp_write("bystander.pcap", file.at, file.n, false));
    bytes_free(&file);
    bystander.trace = trace_create(uri);
    bystander.packet = trace_create_packet();
    bystander.n_read = 0;
    assert_int_equal(trace_start(bystander.trace), 0);
}

static void close_bystander(void)
{
    trace_destroy_packet(bystander.packet);
    trace_destroy(bystander.trace);
    bystander.trace = NULL;
}

void hostile_read_bystander(void)
{
    if (bystander.n_read == BYSTANDER_PACKETS) {
        assert_int_equal(trace_read_packet(bystander.trace, bystander.packet), 0);
        close_bystander();
        open_bystander();
    }
    assert_int_equal(trace_read_packet(bystander.trace, bystander.packet), 16 + 60);
    assert_int_equal(trace_get_timespec(bystander.packet).tv_sec, bystander.n_read);
    assert_false(trace_is_err(bystander.trace));
    bystander.n_read++;
}

int hostile_set_up(void **state)
{
    signal(SIGPIPE, SIG_IGN); /* of those who write to a trace that has had enough */
    if (temp_make(state) != 0)
        return -1;
    if (MEMORY_IS_MEASURABLE) /* else it is where sanitizers report */
        watch_stderr();
    open_bystander();
    return 0;
}

int hostile_tear_down(void **state)
{
    close_bystander();
    unwatch_stderr();
    return temp_remove(state);
}

void hostile_reset_peak(void)
{
    const int fd = open("/proc/self/clear_refs", O_WRONLY);
    if (fd < 0)
        return;
    const ssize_t n_written = write(fd, "5", 1); /* where it is not allowed it is no measurement */
    (void)n_written;
    close(fd);
}

static long read_status(const char *key)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && kib < 0 && fgets(line, sizeof(line), status))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = atol(line + strlen(key));
    if (status)
        fclose(status);
    return kib;
}

long hostile_peak_kib(void)
{
    return MEMORY_IS_MEASURABLE ? read_status("VmHWM:") : -1;
}

/* --- looking at records --- */

/* Asks all that may be asked, so that whoever believes the record is found out. */
static void ask(libtrace_packet_t *packet)
{
    char text[64];
    uint16_t ethertype;
    uint8_t more;
    uint32_t left;
    libtrace_linktype_t link_type;
    (void)trace_get_packet_meta(packet, &link_type, &left);
    (void)trace_get_layer2(packet, &link_type, &left);
    (void)trace_get_layer3(packet, &ethertype, &left);
    (void)trace_get_transport(packet, NULL, &left);
    (void)trace_get_fragment_offset(packet, &more);
    (void)trace_get_source_address_string(packet, text, sizeof(text));
    (void)trace_get_payload_length(packet);
    (void)trace_get_direction(packet);
    (void)trace_get_framing_length(packet);
    (void)trace_get_source_mac(packet);
    (void)trace_get_destination_port(packet);
}

static struct sight look_at(libtrace_packet_t *packet)
{
    struct sight sight;
    uint32_t n_bytes = 0;
    memset(&sight, 0, sizeof(sight));
    const uint8_t *bytes = trace_get_packet_buffer(packet, &sight.link_type, &n_bytes);
    sight.kind = IS_LIBTRACE_META_PACKET(packet) ? 'm' : 'p';
    sight.type = (int)packet->type;
    sight.capture = trace_get_capture_length(packet);
    sight.wire = trace_get_wire_length(packet);
    sight.time = trace_get_timespec(packet);
    sight.digest = UINT64_C(1469598103934665603);
    for (uint32_t i = 0; i < n_bytes; i++)
        sight.digest = (sight.digest ^ bytes[i]) * UINT64_C(1099511628211);
    ask(packet);
    return sight;
}

static void note(struct run *run, libtrace_packet_t *packet)
{
    const uint64_t order = trace_packet_get_order(packet);
    if (order >= MOST_RECORDS || run->sights[order].kind != 0)
        fetch_add_relaxed(&run->n_surprises, 1u);
    else
        run->sights[order] = look_at(packet);
}

static void end_run(struct run *run, libtrace_t *trace)
{
    libtrace_stat_t statistics;
    const libtrace_err_t error = trace_get_err(trace);
    run->code = error.err_num;
    memcpy(run->text, error.problem, sizeof(run->text));
    trace_clear_statistics(&statistics);
    trace_get_statistics(trace, &statistics);
    run->n_skipped = statistics.errors;
    run->n_dropped = statistics.dropped;
    assert_int_equal(statistics.received, statistics.accepted + statistics.filtered +
                                              statistics.dropped + statistics.errors);
}

/* --- ways of reading --- */

typedef void use_packet(void *argument, libtrace_packet_t *packet);

static void read_serially(struct run *run, const char *uri, use_packet *use, void *argument)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    int outcome = -1;
    if (!trace_is_err(trace) && trace_start(trace) == 0)
        while ((outcome = trace_read_packet(trace, packet)) > 0) {
            note(run, packet);
            hostile_read_bystander();
            if (use)
                use(argument, packet);
        }
    assert_int_equal(trace_is_err(trace), outcome < 0);
    end_run(run, trace);
    /* Whoever asks again gets the same answer. */
    assert_int_equal(trace_read_packet(trace, packet), outcome);
    assert_string_equal(trace_get_err(trace).problem, run->text);
    trace_destroy_packet(packet);
    trace_destroy(trace);
}

static libtrace_packet_t *on_packet(libtrace_t *trace, libtrace_thread_t *thread, void *global,
                                    void *tls, libtrace_packet_t *packet)
{
    (void)trace;
    (void)thread;
    (void)tls;
    note(global, packet);
    return packet;
}

static void read_in_parallel(struct run *run, const char *uri, enum hasher_types hasher)
{
    libtrace_t *trace = trace_create(uri);
    libtrace_callback_set_t *callbacks = trace_create_callback_set();
    trace_set_packet_cb(callbacks, on_packet);
    trace_set_perpkt_threads(trace, 2);
    if (hasher != HASHER_BALANCE)
        trace_set_hasher(trace, hasher, NULL, NULL);
    if (!trace_is_err(trace) && trace_pstart(trace, run, callbacks, NULL) == 0)
        trace_join(trace);
    hostile_read_bystander();
    end_run(run, trace);
    trace_destroy(trace);
    trace_destroy_callback_set(callbacks);
}

struct feed {
    pthread_t thread;
    const char *path;
    const struct bytes *bytes;
};

static void *feed_fifo(void *argument)
{
    const struct feed *feed = argument;
    const int fd = open(feed->path, O_WRONLY);
    size_t at = 0;
    while (at < feed->bytes->n) {
        const ssize_t n = write(fd, feed->bytes->at + at, feed->bytes->n - at);
        if (n < 0)
            break; /* the trace has had enough */
        at += (size_t)n;
    }
    close(fd);
    return NULL;
}

/* From a FIFO: NULL hasher means serially. */
static void read_fifo(struct run *run, const char *format, const struct bytes *file,
                      const enum hasher_types *hasher)
{
    char uri[300];
    struct feed feed = {.path = temp_path("hostile-fifo"), .bytes = file};
    assert_int_equal(mkfifo(feed.path, 0600), 0);
    snprintf(uri, sizeof(uri), "%s:%s", format, feed.path);
    assert_int_equal(pthread_create(&feed.thread, NULL, feed_fifo, &feed), 0);
    if (hasher)
        read_in_parallel(run, uri, *hasher);
    else
        read_serially(run, uri, NULL, NULL);
    /* Whoever did not open it leaves its writer waiting. */
    close(open(feed.path, O_RDONLY | O_NONBLOCK));
    pthread_join(feed.thread, NULL);
    unlink(feed.path);
}

struct hostile_facts hostile_facts_of(const char *format, const struct bytes *file, unsigned n)
{
    char uri[300];
    snprintf(uri, sizeof(uri), "%s:%s", format,
             temp_write("hostile-facts", file->at, file->n, false));
    libtrace_t *trace = trace_create(uri);
    libtrace_packet_t *packet = trace_create_packet();
    assert_int_equal(trace_start(trace), 0);
    for (unsigned n_left = n + 1; n_left > 0;) {
        if (trace_read_packet(trace, packet) <= 0)
            fail_msg("no packet %u: %s", n, trace_get_err(trace).problem);
        n_left -= !IS_LIBTRACE_META_PACKET(packet);
    }
    const struct timespec time = trace_get_timespec(packet);
    const struct hostile_facts facts = {
        .capture = trace_get_capture_length(packet),
        .wire = trace_get_wire_length(packet),
        .time_ns = (int64_t)((__int128)time.tv_sec * 1000000000 + time.tv_nsec),
        .link_type = trace_get_link_type(packet),
        .direction = trace_get_direction(packet),
    };
    trace_destroy_packet(packet);
    trace_destroy(trace);
    return facts;
}

/* --- writing what was read --- */

/* As a packet may be refused for what is in it, only the output as a whole has to be sound. */
static void write_copy(void *argument, libtrace_packet_t *packet)
{
    libtrace_out_t *out = argument;
    libtrace_packet_t *copy = trace_copy_packet(packet);
    assert_non_null(copy);
    if (trace_write_packet(out, copy) < 0)
        (void)trace_get_err_output(out);
    trace_destroy_packet(copy);
}

static void read_and_write(struct run *run, const char *uri)
{
    static struct run again;
    char to[300];
    memset(&again, 0, sizeof(again));
    snprintf(to, sizeof(to), "pcapng:%s", temp_path("written.pcapng"));
    libtrace_out_t *out = trace_create_output(to);
    assert_int_equal(trace_start_output(out), 0);
    read_serially(run, uri, write_copy, out);
    trace_destroy_output(out);
    read_serially(&again, to, NULL, NULL);
    if (again.code != 0)
        fail_msg("what was written: %s", again.text);
    assert_int_equal(again.n_skipped, 0);
}

/* --- what has to come out --- */

static void check_packet(const struct sight *sight, uint32_t number, hostile_fill *fill)
{
    uint8_t *bytes = malloc(sight->capture + 1);
    uint64_t digest = UINT64_C(1469598103934665603);
    assert_non_null(bytes);
    fill(bytes, sight->capture, number);
    for (size_t i = 0; i < sight->capture; i++)
        digest = (digest ^ bytes[i]) * UINT64_C(1099511628211);
    free(bytes);
    if (digest != sight->digest)
        fail_msg("packet %u has other bytes", number);
}

static void check_records(const struct run *run, const struct hostile *hostile, hostile_fill *fill)
{
    const size_t n_records = strlen(hostile->records);
    uint64_t n_skipped = 0;
    uint32_t n_packets = 0;
    assert_true(n_records < MOST_RECORDS);
    assert_int_equal(load_relaxed(&run->n_surprises), 0);
    for (size_t i = 0; i < MOST_RECORDS; i++) {
        const char expected = i < n_records ? hostile->records[i] : '\0';
        const char seen = run->sights[i].kind;
        n_skipped += expected == 's';
        if (seen != (expected == 's' ? '\0' : expected))
            fail_msg("record %zu is '%c', not '%c'", i, seen ? seen : '-', expected);
        if (seen == 'p' && fill)
            check_packet(&run->sights[i], n_packets, fill);
        n_packets += seen == 'p';
    }
    assert_int_equal(run->n_skipped, n_skipped);
    assert_int_equal(run->n_dropped, hostile->n_dropped);
}

static void check_error(const struct run *run, const struct hostile *hostile, const char *name)
{
    if (run->code != hostile->code)
        fail_msg("error %d, not %d: %s", run->code, hostile->code, run->text);
    if (run->code == 0)
        return;
    if (!strstr(run->text, name))
        fail_msg("'%s' does not name %s", run->text, name);
    for (size_t i = 0; i < HOSTILE_MAX_TEXTS && hostile->says[i]; i++)
        if (!strstr(run->text, hostile->says[i]))
            fail_msg("'%s' does not say '%s'", run->text, hostile->says[i]);
}

static void check_run(struct run *run, const struct hostile *hostile, hostile_fill *fill,
                      const char *name, const struct run *first)
{
    check_records(run, hostile, fill);
    check_error(run, hostile, name);
    if (first)
        assert_memory_equal(run->sights, first->sights, sizeof(run->sights));
    memset(run, 0, sizeof(*run));
}

void hostile_check(const char *format, const struct bytes *file, const struct hostile *hostile,
                   hostile_fill *fill)
{
    static struct run first, run;
    static const enum hasher_types hashers[] = {HASHER_BALANCE, HASHER_BIDIRECTIONAL};
    char uri[300];
    print_message("  %s\n", hostile->what);
    snprintf(uri, sizeof(uri), "%s:%s", format,
             temp_write("hostile-file", file->at, file->n, false));
    const long kib_before = read_status("VmRSS:");
    hostile_reset_peak();
    hostile_begin_silence();

    memset(&first, 0, sizeof(first));
    memset(&run, 0, sizeof(run));
    read_serially(&first, uri, NULL, NULL);
    check_records(&first, hostile, fill);
    check_error(&first, hostile, "'/");
    read_and_write(&run, uri);
    check_run(&run, hostile, fill, "hostile-file'", &first);
    read_fifo(&run, format, file, NULL);
    check_run(&run, hostile, fill, "hostile-fifo'", &first);
    for (size_t h = 0; h < ARRAY_LEN(hashers); h++) {
        read_in_parallel(&run, uri, hashers[h]);
        check_run(&run, hostile, fill, "hostile-file'", &first);
        read_fifo(&run, format, file, &hashers[h]);
        check_run(&run, hostile, fill, "hostile-fifo'", &first);
    }
    if (hostile_peak_kib() > kib_before + MOST_KIB + TIMES_OF_FILE * (long)(file->n >> 10))
        fail_msg("%ld KiB more were used", hostile_peak_kib() - kib_before);
    hostile_assert_silence();
    if (hostile->is_packed)
        return;

    struct bytes packed = {0};
    codec_pack_at(codec_way_of(&codec_gzip), 1, file, &packed);
    snprintf(uri, sizeof(uri), "%s:%s", format,
             temp_write("hostile-packed", packed.at, packed.n, false));
    read_in_parallel(&run, uri, HASHER_BALANCE);
    check_run(&run, hostile, fill, "hostile-packed'", &first);
    bytes_free(&packed);
}
