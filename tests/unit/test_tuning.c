/* SPDX-License-Identifier: BSD-2-Clause */
/* Every way to set a value of struct tuning: text, URI prefix, environment, file, setters. */
#include "tests/support/test.h"

#include <errno.h>
#include <string.h>

#include <libtrace.h>
#include <libtrace_parallel.h>

#include "formats/format.h"
#include "lib/trace/trace.h"
#include "lib/trace/tuning.h"

static int open_nothing(struct input *input)
{
    (void)input;
    return 0;
}

static const struct format fake = {
    .name = "fake",
    .id = TRACE_FORMAT_UNKNOWN,
    .flags = FORMAT_INPUT,
    .input = {.open = open_nothing,
              .start = format_no_start,
              .pause = format_no_pause,
              .close = format_no_close,
              .configure = format_no_configure,
              .statistics = format_no_statistics,
              .seek = format_no_seek},
};

static struct tuning apply(const char *text)
{
    struct tuning tuning = {0};
    struct error error = {0};
    if (tuning_apply(&tuning, text, &error) != 0)
        fail_msg("%s: %s", text, error.text);
    return tuning;
}

/* Refused, with a text that holds `named`, and nothing changed. */
static void refuse(const char *text, const char *named)
{
    struct tuning tuning = {.tick_count = 77, .is_fixed_count = true};
    const struct tuning before = tuning;
    struct error error = {0};
    if (tuning_apply(&tuning, text, &error) != -1)
        fail_msg("accepted: %s", text);
    assert_int_equal(error.code, TRACE_ERR_CONFIG);
    if (!strstr(error.text, named))
        fail_msg("\"%s\" does not tell of %s", error.text, named);
    assert_memory_equal(&tuning, &before, sizeof(tuning));
}

static void test_keys(void **state)
{
    (void)state;
    assert_int_equal(apply("perpkt_threads=3").n_workers, 3);
    assert_int_equal(apply("pt=1024").n_workers, 1024);
    assert_int_equal(apply("tick_interval=4").tick_interval_ms, 4);
    assert_int_equal(apply("ti=5").tick_interval_ms, 5);
    assert_int_equal(apply("tick_count=6").tick_count, 6);
    assert_int_equal(apply("tc=7").tick_count, 7);
    assert_int_equal(apply("cache_size=8").cache_size, 8);
    assert_int_equal(apply("cs=9").cache_size, 9);
    assert_int_equal(apply("thread_cache_size=10").thread_cache_size, 10);
    assert_int_equal(apply("tcs=11").thread_cache_size, 11);
    assert_true(apply("fixed_count=true").is_fixed_count);
    assert_true(apply("fc=1").is_fixed_count);
    assert_int_equal(apply("burst_size=12").burst_size, 12);
    assert_int_equal(apply("bs=13").burst_size, 13);
    assert_int_equal(apply("hasher_queue_size=14").hasher_queue_size, 14);
    assert_int_equal(apply("hqs=15").hasher_queue_size, 15);
    assert_true(apply("hasher_polling=true").is_hasher_polling);
    assert_true(apply("hp=true").is_hasher_polling);
    assert_true(apply("reporter_polling=true").is_reporter_polling);
    assert_true(apply("rp=true").is_reporter_polling);
    assert_int_equal(apply("reporter_thold=16").reporter_threshold, 16);
    assert_int_equal(apply("rt=17").reporter_threshold, 17);
    assert_true(apply("debug_state=true").is_debug_state);
    assert_true(apply("ds=true").is_debug_state);
    assert_int_equal(apply("memory=1M").memory_bytes, 1 << 20);
    assert_int_equal(apply("mem=5000").memory_bytes, 5000);
    assert_int_equal(apply("block_size=64k").block_bytes, 65536);
    assert_int_equal(apply("blk=1G").block_bytes, 1 << 30);
    assert_int_equal(apply("result_limit=18").result_limit, 18);
    assert_int_equal(apply("rl=19").result_limit, 19);
    assert_int_equal(apply("guessing=1").guessing, TUNING_GUESS_NEVER);
    assert_int_equal(apply("gs=2").guessing, TUNING_GUESS_ALWAYS);
    assert_true(apply("check_flows=true").checks_flows);
    assert_true(apply("cfl=1").checks_flows);
    assert_false(apply("").checks_flows);
}

static void test_each_key_changes_its_own_field_only(void **state)
{
    (void)state;
    struct tuning expected = {0};
    expected.tick_count = 5;
    const struct tuning tuning = apply("tc=5");
    assert_memory_equal(&tuning, &expected, sizeof(tuning));
}

static void test_several_pairs(void **state)
{
    (void)state;
    struct tuning tuning = apply("pt=2,tc=100,debug_state=true,coremap=[1,0],pt=4");
    assert_int_equal(tuning.n_workers, 4);
    assert_int_equal(tuning.tick_count, 100);
    assert_true(tuning.is_debug_state);
    assert_int_equal(tuning.n_coremap, 2);
    tuning_clear(&tuning);
    assert_null(tuning.coremap);
    const struct tuning nothing = {0};
    tuning = apply("");
    assert_memory_equal(&tuning, &nothing, sizeof(tuning));
}

static void test_flags(void **state)
{
    (void)state;
    assert_true(apply("fc=7").is_fixed_count);
    assert_true(apply("fc=-1").is_fixed_count);
    struct tuning tuning = {.is_fixed_count = true};
    struct error error = {0};
    assert_int_equal(tuning_apply(&tuning, "fc=false", &error), 0);
    assert_false(tuning.is_fixed_count);
    assert_int_equal(tuning_apply(&tuning, "fc=1", &error), 0);
    assert_int_equal(tuning_apply(&tuning, "fc=0", &error), 0);
    assert_false(tuning.is_fixed_count);
    refuse("fc=maybe", "fixed_count");
    refuse("fc=", "fixed_count");
    refuse("fc", "fixed_count");
}

static void test_refused(void **state)
{
    (void)state;
    refuse("bogus_key=4", "bogus_key");
    refuse("tc=1,bogus=4", "bogus");
    refuse("tc=1,ti=abc", "tick_interval");
    refuse("perpkt_threads=-1", "perpkt_threads");
    refuse("pt=1025", "perpkt_threads");
    refuse("pt=18446744073709551617", "perpkt_threads");
    refuse("ti=9223372036855", "tick_interval");
    refuse("ti= 5", "tick_interval");
    refuse("tc=5x", "tick_count");
    refuse("memory=100", "memory");
    refuse("memory=99999999999T", "memory");
    refuse("block_size=63", "block_size");
    refuse("block_size=2G", "block_size");
    refuse("block_size=-4k", "block_size");
    refuse("Pt=3", "Pt");
    refuse("tc=1,,ti=1", "malformed");
    refuse("=4", "malformed");
    refuse("tc=1,", "malformed");
    refuse("coremap=[1,2", "malformed");
}

static void test_zero_is_the_default(void **state)
{
    (void)state;
    struct tuning tuning = {.memory_bytes = 1, .block_bytes = 1, .n_workers = 1};
    struct error error = {0};
    assert_int_equal(tuning_apply(&tuning, "memory=0,block_size=0,pt=0", &error), 0);
    assert_int_equal(tuning.memory_bytes, 0);
    assert_int_equal(tuning.block_bytes, 0);
    assert_int_equal(tuning.n_workers, 0);
}

static void assert_coremap(const struct tuning *tuning, size_t n, const int *expected)
{
    assert_int_equal(tuning->n_coremap, n);
    assert_memory_equal(tuning->coremap, expected, n * sizeof(*expected));
}

static void test_coremap(void **state)
{
    (void)state;
    struct tuning tuning = apply("coremap=[3,1,2]");
    assert_coremap(&tuning, 3, (int[]){3, 1, 2});
    struct error error = {0};
    assert_int_equal(tuning_apply(&tuning, "cm=[4:5],tc=1", &error), 0);
    assert_coremap(&tuning, 2, (int[]){4, 5});
    assert_int_equal(tuning_apply(&tuning, "cm=7", &error), 0);
    assert_coremap(&tuning, 1, (int[]){7});
    /* A later mistake undoes the new map as well. */
    assert_int_equal(tuning_apply(&tuning, "cm=[8,9],nonsense=1", &error), -1);
    assert_coremap(&tuning, 1, (int[]){7});
    tuning_clear(&tuning);

    refuse("coremap=x", "coremap");
    refuse("coremap=[]", "coremap");
    refuse("coremap=[1,]", "coremap");
    refuse("coremap=[,1]", "coremap");
    refuse("coremap=[1,-2]", "coremap");
    refuse("coremap=[1 2]", "coremap");
    refuse("coremap=[70000]", "coremap");
}

static void test_longest_coremap(void **state)
{
    (void)state;
    char text[16 + 2 * (TUNING_MAX_COREMAP + 1)] = "coremap=[0";
    for (int i = 1; i < TUNING_MAX_COREMAP; i++)
        strcat(text, ",0");
    char too_long[sizeof(text)];
    strcpy(too_long, text);
    strcat(text, "]");
    strcat(too_long, ",0]");
    struct tuning tuning = apply(text);
    assert_int_equal(tuning.n_coremap, TUNING_MAX_COREMAP);
    tuning_clear(&tuning);
    refuse(too_long, "coremap");
}

static bool is_prefix(const char *text)
{
    return tuning_is_prefix(text, strlen(text));
}

static void test_prefix(void **state)
{
    (void)state;
    assert_true(is_prefix("pt=4"));
    assert_true(is_prefix("pt=4,coremap=[0:1,2]"));
    assert_true(is_prefix("ti=nonsense")); /* a prefix with a bad value, not a file name */
    assert_true(tuning_is_prefix("pt=4:pcapfile", 4));
    assert_false(is_prefix(""));
    assert_false(is_prefix("pt"));
    assert_false(is_prefix("pcapfile"));
    assert_false(is_prefix("bogus=1"));
    assert_false(is_prefix("pt=1,bogus=1"));
    assert_false(is_prefix("pt=1,"));
    assert_false(is_prefix("pt=[1"));
}

static void test_environment(void **state)
{
    (void)state;
    struct tuning tuning = {.tick_count = 1, .cache_size = 1, .burst_size = 1};
    struct error error = {0};
    setenv("LIBTRACE_CONF", "tc=2,cs=2,bs=2", 1);
    setenv("LIBTRACE_CONF_PCAPFILE", "cs=3,bs=3", 1);
    setenv("LIBTRACE_CONF_PCAPFILE__TMP_A_B_2_PCAP", "bs=4", 1);
    setenv("LIBTRACE_CONF_ERF", "bs=5", 1);
    assert_int_equal(tuning_apply_environment(&tuning, "pcapfile", "/tmp/a-b.2.pcap", &error), 0);
    assert_int_equal(tuning.tick_count, 2);
    assert_int_equal(tuning.cache_size, 3);
    assert_int_equal(tuning.burst_size, 4);

    assert_int_equal(tuning_apply_environment(&tuning, NULL, NULL, &error), 0);
    assert_int_equal(tuning.burst_size, 2);

    /* A mistake in the last of them undoes the first, and is told with the variable's name. */
    setenv("LIBTRACE_CONF", "tc=9", 1);
    setenv("LIBTRACE_CONF_PCAPFILE", "wrong=9", 1);
    assert_int_equal(tuning_apply_environment(&tuning, "pcapfile", "x", &error), -1);
    assert_int_equal(error.code, TRACE_ERR_CONFIG);
    assert_non_null(strstr(error.text, "LIBTRACE_CONF_PCAPFILE"));
    assert_non_null(strstr(error.text, "wrong"));
    assert_int_equal(tuning.tick_count, 2);
    unsetenv("LIBTRACE_CONF");
    unsetenv("LIBTRACE_CONF_PCAPFILE");
    unsetenv("LIBTRACE_CONF_PCAPFILE__TMP_A_B_2_PCAP");
    unsetenv("LIBTRACE_CONF_ERF");
}

/* The error waiting in a trace's slot, taken out. */
static int take_error(libtrace_t *trace)
{
    return trace_get_err(trace).err_num;
}

static libtrace_t *create(void)
{
    libtrace_t *trace = trace_create_with_format(&fake, "nowhere");
    assert_non_null(trace);
    assert_false(trace_is_err(trace));
    return trace;
}

static int set_each(libtrace_t *trace, int i)
{
    switch (i) {
    case 0:
        return trace_set_tick_interval(trace, 21);
    case 1:
        return trace_set_tick_count(trace, 22);
    case 2:
        return trace_set_tracetime(trace, true);
    case 3:
        return trace_set_cache_size(trace, 23);
    case 4:
        return trace_set_thread_cache_size(trace, 24);
    case 5:
        return trace_set_fixed_count(trace, true);
    case 6:
        return trace_set_burst_size(trace, 25);
    case 7:
        return trace_set_hasher_queue_size(trace, 26);
    case 8:
        return trace_set_hasher_polling(trace, true);
    case 9:
        return trace_set_reporter_polling(trace, true);
    case 10:
        return trace_set_reporter_thold(trace, 27);
    case 11:
        return trace_set_debug_state(trace, true);
    case 12:
        return trace_set_coremap(trace, "1:0,2");
    case 13:
        return trace_set_configuration(trace, "result_limit=28");
    default:
        return trace_set_perpkt_threads(trace, 29);
    }
}

#define N_SETTERS 15

static void test_setters(void **state)
{
    (void)state;
    libtrace_t *trace = create();
    for (int i = 0; i < N_SETTERS; i++)
        assert_int_equal(set_each(trace, i), 0);
    const struct tuning *tuning = &trace->tuning;
    assert_int_equal(tuning->tick_interval_ms, 21);
    assert_int_equal(tuning->tick_count, 22);
    assert_true(tuning->is_tracetime);
    assert_int_equal(tuning->cache_size, 23);
    assert_int_equal(tuning->thread_cache_size, 24);
    assert_true(tuning->is_fixed_count);
    assert_int_equal(tuning->burst_size, 25);
    assert_int_equal(tuning->hasher_queue_size, 26);
    assert_true(tuning->is_hasher_polling);
    assert_true(tuning->is_reporter_polling);
    assert_int_equal(tuning->reporter_threshold, 27);
    assert_true(tuning->is_debug_state);
    assert_coremap(tuning, 3, (int[]){1, 0, 2});
    assert_int_equal(tuning->result_limit, 28);
    assert_int_equal(tuning->n_workers, 29);
    trace_destroy(trace);
}

static void test_setters_refuse_a_running_trace(void **state)
{
    (void)state;
    static const enum trace_state refusing[] = {TRACE_STATE_STARTED, TRACE_STATE_RUNNING,
                                                TRACE_STATE_PAUSING, TRACE_STATE_FINISHED,
                                                TRACE_STATE_JOINED};
    libtrace_t *trace = create();
    const struct tuning before = trace->tuning;
    for (size_t s = 0; s < ARRAY_LEN(refusing); s++) {
        store_relaxed(&trace->state, refusing[s]);
        for (int i = 0; i < N_SETTERS; i++) {
            assert_int_equal(set_each(trace, i), -1);
            assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);
        }
    }
    assert_memory_equal(&trace->tuning, &before, sizeof(before));

    /* Paused: all but the number of threads, by any way. */
    store_relaxed(&trace->state, TRACE_STATE_PAUSED);
    for (int i = 0; i < N_SETTERS - 1; i++)
        assert_int_equal(set_each(trace, i), 0);
    assert_int_equal(trace_set_perpkt_threads(trace, 2), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);
    assert_int_equal(trace_set_configuration(trace, "tc=99,pt=2"), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_BAD_STATE);
    assert_int_equal(trace->tuning.tick_count, 22);
    assert_int_equal(trace->tuning.n_workers, 0);
    store_relaxed(&trace->state, TRACE_STATE_NEW);
    trace_destroy(trace);
}

static void test_setters_refuse_bad_values(void **state)
{
    (void)state;
    libtrace_t *trace = create();
    assert_int_equal(trace_set_perpkt_threads(trace, 5), 0);
    assert_int_equal(trace_set_perpkt_threads(trace, -1), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_CONFIG);
    assert_int_equal(trace_set_perpkt_threads(trace, 1025), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_CONFIG);
    assert_int_equal(trace->tuning.n_workers, 5);
    assert_int_equal(trace_set_tick_interval(trace, SIZE_MAX), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_CONFIG);

    static const char *const bad_maps[] = {"", "x", "1,", "[1,2", "1],pt=7,cm=[2", "1,,2", "-1"};
    assert_int_equal(trace_set_coremap(trace, "[6]"), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad_maps); i++) {
        assert_int_equal(trace_set_coremap(trace, bad_maps[i]), -1);
        assert_int_equal(take_error(trace), TRACE_ERR_CONFIG);
    }
    assert_coremap(&trace->tuning, 1, (int[]){6});
    assert_int_equal(trace->tuning.n_workers, 5);

    assert_int_equal(trace_set_configuration(trace, "bogus_key=4"), -1);
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_CONFIG);
    assert_non_null(strstr(error.problem, "bogus_key"));
    trace_destroy(trace);
}

static void test_null(void **state)
{
    (void)state;
    for (int i = 0; i < N_SETTERS; i++)
        assert_int_equal(set_each(NULL, i), TRACE_ERR_NULL_TRACE);
    assert_int_equal(trace_set_configuration_file(NULL, stdin), TRACE_ERR_NULL_TRACE);
    libtrace_t *trace = create();
    assert_int_equal(trace_set_coremap(trace, NULL), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_NULL);
    assert_int_equal(trace_set_configuration(trace, NULL), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_NULL);
    assert_int_equal(trace_set_configuration_file(trace, NULL), -1);
    assert_int_equal(take_error(trace), TRACE_ERR_NULL);
    trace_destroy(trace);
}

static int set_file(libtrace_t *trace, const char *content)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(content, 1, strlen(content), file), strlen(content));
    rewind(file);
    const int outcome = trace_set_configuration_file(trace, file);
    fclose(file);
    return outcome;
}

static void test_file(void **state)
{
    (void)state;
    libtrace_t *trace = create();
    assert_int_equal(set_file(trace, "# ticks\n\ntc=5,ti=6\r\n  \t\n\r\n"
                                     "  debug_state=true\n"
                                     "coremap=[1,0] # the two cores\n"
                                     "bs=8 \t\r\n"
                                     "cs=9"),
                     0);
    assert_int_equal(trace->tuning.tick_count, 5);
    assert_int_equal(trace->tuning.tick_interval_ms, 6);
    assert_true(trace->tuning.is_debug_state);
    assert_coremap(&trace->tuning, 2, (int[]){1, 0});
    assert_int_equal(trace->tuning.burst_size, 8);
    assert_int_equal(trace->tuning.cache_size, 9);
    assert_int_equal(set_file(trace, ""), 0);

    /* All or nothing, the line told. */
    assert_int_equal(set_file(trace, "tc=50\n\nti=x\n"), -1);
    const libtrace_err_t error = trace_get_err(trace);
    assert_int_equal(error.err_num, TRACE_ERR_CONFIG);
    assert_non_null(strstr(error.problem, "line 3"));
    assert_non_null(strstr(error.problem, "tick_interval"));
    assert_int_equal(trace->tuning.tick_count, 5);
    trace_destroy(trace);
}

static void test_long_line(void **state)
{
    (void)state;
    libtrace_t *trace = create();
    const size_t n_pairs = 20000;
    char *text = malloc(n_pairs * 5 + 32);
    assert_non_null(text);
    char *at = text;
    for (size_t i = 0; i < n_pairs; i++)
        at = stpcpy(at, "tc=1,");
    strcpy(at, "tc=123\n");
    assert_int_equal(set_file(trace, text), 0);
    assert_int_equal(trace->tuning.tick_count, 123);
    free(text);
    trace_destroy(trace);
}

static void test_file_that_cannot_be_read(void **state)
{
    (void)state;
    libtrace_t *trace = create();
    FILE *directory = fopen("/", "r");
    assert_non_null(directory);
    assert_int_equal(trace_set_configuration_file(trace, directory), -1);
    assert_int_equal(take_error(trace), EISDIR);
    fclose(directory);
    trace_destroy(trace);
}

/* No text makes it crash, and what is refused changes nothing. */
static void test_random_text(void **state)
{
    (void)state;
    static const char letters[] = "=,[]:-0129ptcmfx kM";
    uint64_t random = test_seed();
    for (int round = 0; round < 20000; round++) {
        char text[24];
        const size_t n = test_random(&random) % sizeof(text);
        for (size_t i = 0; i < n; i++)
            text[i] = letters[test_random(&random) % (sizeof(letters) - 1)];
        text[n] = '\0';
        struct tuning tuning = {.tick_count = 77};
        const struct tuning before = tuning;
        struct error error = {0};
        const int outcome = tuning_apply(&tuning, text, &error);
        if (outcome != 0)
            assert_memory_equal(&tuning, &before, sizeof(tuning));
        else if (n > 0)
            assert_true(tuning_is_prefix(text, n));
        tuning_clear(&tuning);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_each_key_changes_its_own_field_only),
        cmocka_unit_test(test_several_pairs),
        cmocka_unit_test(test_flags),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_zero_is_the_default),
        cmocka_unit_test(test_coremap),
        cmocka_unit_test(test_longest_coremap),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_environment),
        cmocka_unit_test(test_setters),
        cmocka_unit_test(test_setters_refuse_a_running_trace),
        cmocka_unit_test(test_setters_refuse_bad_values),
        cmocka_unit_test(test_null),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_long_line),
        cmocka_unit_test(test_file_that_cannot_be_read),
        cmocka_unit_test(test_random_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
