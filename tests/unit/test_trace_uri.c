/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of a name are, and which format a name without one belongs to. */
#include <libtrace.h>

#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/trace/detect.h"
#include "lib/trace/uri.h"
#include "tests/support/test.h"

static void assert_split(const char *name, const char *tuning, const char *scheme, const char *body,
                         const char *rest)
{
    const struct uri uri = uri_split(name);
    if (!text_equals(uri.tuning, tuning) || !text_equals(uri.scheme, scheme) ||
        strcmp(uri.body, body) != 0 || strcmp(uri.name, rest) != 0)
        fail_msg("%s: tuning '%.*s', scheme '%.*s', body '%s', name '%s'", name,
                 TEXT_PRINTF(uri.tuning), TEXT_PRINTF(uri.scheme), uri.body, uri.name);
}

static void test_split(void **state)
{
    (void)state;
    assert_split("pcapfile:x.pcap", "", "pcapfile", "x.pcap", "pcapfile:x.pcap");
    assert_split("x.pcap", "", "", "x.pcap", "x.pcap");
    assert_split("", "", "", "", "");
    assert_split(":x", "", "", "x", ":x");
    assert_split("pcapfile:", "", "pcapfile", "", "pcapfile:");
    assert_split("erf:a:b:c", "", "erf", "a:b:c", "erf:a:b:c");
    assert_split("dir/a:b", "", "", "dir/a:b", "dir/a:b");
    assert_split("pcapfile:dir/a:b", "", "pcapfile", "dir/a:b", "pcapfile:dir/a:b");
    assert_split("perpkt_threads=4,ti=10:ring:eth0", "perpkt_threads=4,ti=10", "ring", "eth0",
                 "ring:eth0");
    assert_split("pt=4:x.pcap", "pt=4", "", "x.pcap", "x.pcap");
    assert_split("coremap=[0:1,2],pt=3:int:a:b", "coremap=[0:1,2],pt=3", "int", "a:b", "int:a:b");
    assert_split("pt=zero:int:a", "pt=zero", "int", "a", "int:a"); /* the value is judged later */
    assert_split("bogus=4:int:a", "", "bogus=4", "int:a", "bogus=4:int:a");
    assert_split("pt=4,bogus=4:int:a", "", "pt=4,bogus=4", "int:a", "pt=4,bogus=4:int:a");
    assert_split("pt:int:a", "", "pt", "int:a", "pt:int:a");
    assert_split("pt=[4:int", "", "pt=[4", "int", "pt=[4:int"); /* never closed: no prefix */
}

static void test_parse_uri(void **state)
{
    (void)state;
    char *format = NULL;
    const char *uri = "pcapfile:dir/a:b";
    assert_ptr_equal(trace_parse_uri(uri, &format), uri + 9);
    assert_string_equal(format, "pcapfile");
    free(format);
    format = (char *)&uri;
    assert_null(trace_parse_uri("no colon", &format));
    assert_null(trace_parse_uri("seventeen_letters:x", &format));
    assert_null(trace_parse_uri(NULL, &format));
    assert_ptr_equal(format, &uri);
    assert_string_equal(trace_parse_uri("sixteen_letters_:x", &format), "x");
    assert_string_equal(format, "sixteen_letters_");
    free(format);
}

/* Formats that only probe. */

static enum probe_answer probe_interface(const char *where)
{
    return strcmp(where, "eth0") == 0 ? PROBE_CERTAIN : PROBE_NO;
}

static enum probe_answer probe_suffix(const char *where)
{
    const char *dot = strrchr(where, '.');
    return dot && strcmp(dot, ".guess") == 0 ? PROBE_LIKELY : PROBE_NO;
}

static enum probe_answer probe_likely(const uint8_t *bytes, size_t n)
{
    return n >= 1 && bytes[0] == 'M' ? PROBE_LIKELY : PROBE_NO;
}

static enum probe_answer probe_certain(const uint8_t *bytes, size_t n)
{
    return n >= 5 && memcmp(bytes, "MAGIC", 5) == 0 ? PROBE_CERTAIN : PROBE_NO;
}

#define PROBING(name_, flags_, where_, bytes_)                                      \
    (const struct format)                                                           \
    {                                                                               \
        .name = name_, .flags = flags_, .probe_name = where_, .probe_bytes = bytes_ \
    }

static const struct format *detect_on(const char *name, struct preview **preview,
                                      struct error *error)
{
    static struct format list[6];
    static const struct format *pointers[7];
    list[0] = PROBING("writer", FORMAT_OUTPUT, probe_interface, probe_certain);
    list[1] = PROBING("likely", FORMAT_INPUT, format_no_probe_name, probe_likely);
    list[2] = PROBING("suffix", FORMAT_INPUT, probe_suffix, format_no_probe_bytes);
    list[3] = PROBING("certain", FORMAT_INPUT, format_no_probe_name, probe_certain);
    list[4] = PROBING("interface", FORMAT_INPUT, probe_interface, format_no_probe_bytes);
    list[5] = PROBING("later", FORMAT_INPUT, probe_interface, probe_certain);
    for (int i = 0; i < 6; i++)
        pointers[i] = &list[i];
    error_clear(error);
    return detect_format(pointers, name, preview, error);
}

static const struct format *detect(const char *name, struct error *error)
{
    struct preview *preview;
    const struct format *found = detect_on(name, &preview, error);
    assert_null(preview); /* a regular file is opened again */
    return found;
}

static void assert_detected(const char *name, const char *format)
{
    struct error error;
    const struct format *found = detect(name, &error);
    assert_non_null(found);
    assert_string_equal(found->name, format);
    assert_false(error_is_set(&error));
}

static void write_file(const char *name, const char *bytes, size_t n)
{
    FILE *file = fopen(name, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void test_detect(void **state)
{
    (void)state;
    write_file("a", "MAGIC and more", 14);
    write_file("b", "Mostly", 6);
    write_file("c.guess", "MAGIC and more", 14);
    write_file("d.guess", "\1\2\3\4", 4);
    write_file("e.guess", "", 0);
    write_file("e:f", "MAGIC and more", 14);
    assert_detected("eth0", "interface");
    assert_detected("a", "certain");
    assert_detected("b", "likely");
    assert_detected("c.guess", "certain");
    assert_detected("d.guess", "suffix");
    assert_detected("e.guess", "suffix");
    assert_detected("e:f", "certain");
    assert_detected("b,a", "likely");
    assert_detected("./[ae]", "certain");
}

static void test_detect_fails(void **state)
{
    (void)state;
    struct error error;
    const char bytes[] = "\x01"
                         "PK\\\xff and more than is shown";
    write_file("unknown", bytes, sizeof(bytes));
    assert_null(detect("unknown", &error));
    assert_int_equal(error.code, TRACE_ERR_BAD_FORMAT);
    assert_non_null(strstr(error.text, "'unknown'"));
    assert_non_null(strstr(error.text, "\"\\x01PK\\\\\\xff and more t\""));

    write_file("empty", "", 0);
    assert_null(detect("empty", &error));
    assert_int_equal(error.code, TRACE_ERR_BAD_FORMAT);
    assert_non_null(strstr(error.text, "empty"));
    assert_null(strstr(error.text, "as in")); /* there is nothing to name */

    /* There is enough of it to see that it is not what its name says. */
    char many[200];
    memset(many, '?', sizeof(many));
    write_file("f.guess", many, sizeof(many));
    assert_null(detect("f.guess", &error));
    assert_int_equal(error.code, TRACE_ERR_BAD_FORMAT);
    assert_non_null(strstr(error.text, "as in suffix:f.guess"));

    assert_null(detect("not-there.guess", &error));
    assert_int_equal(error.code, TRACE_ERR_URI_NOT_FOUND);
    assert_non_null(strstr(error.text, "not-there.guess"));
    assert_non_null(strstr(error.text, "No such file"));
    assert_null(detect(".", &error));
    assert_int_equal(error.code, TRACE_ERR_URI_NOT_FOUND);
    assert_null(detect("", &error));
    assert_int_equal(error.code, TRACE_ERR_URI_NOT_FOUND);
}

/* Standard input is a pipe, into which another thread writes. */
struct feed {
    int fd;
    const char *first, *second;
};

static void *write_feed(void *argument)
{
    const struct feed *feed = argument;
    ssize_t n = write(feed->fd, feed->first, strlen(feed->first));
    if (feed->second)
        n = write(feed->fd, feed->second, strlen(feed->second));
    (void)n;
    close(feed->fd);
    return NULL;
}

/* What is found out with ends[0] as standard input. Nothing gets lost: what was looked at is in the
 * preview. */
static void feed(int ends[2], const char *first, const char *second, const char *format)
{
    const int saved = dup(STDIN_FILENO);
    assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
    close(ends[0]);
    struct feed what = {.fd = ends[1], .first = first, .second = second};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_feed, &what), 0);
    struct error error;
    struct preview *preview;
    const struct format *found = detect_on("-", &preview, &error);
    pthread_join(thread, NULL);
    if (!format) {
        assert_null(found);
        assert_null(preview);
        assert_int_equal(error.code, TRACE_ERR_BAD_FORMAT);
        assert_non_null(strstr(error.text, "standard input"));
    } else {
        assert_non_null(found);
        assert_string_equal(found->name, format);
        assert_non_null(preview);
        assert_string_equal(preview->name, "-");
        while (preview_fill(preview) == SOURCE_AGAIN)
            ;
        char expected[64];
        snprintf(expected, sizeof(expected), "%s%s", first, second ? second : "");
        assert_int_equal(preview->n_bytes, strlen(expected));
        assert_memory_equal(preview->bytes, expected, preview->n_bytes);
    }
    preview_close(&preview);
    assert_true(dup2(saved, STDIN_FILENO) >= 0);
    close(saved);
}

static void test_detect_standard_input(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    feed(ends, "MAGIC and more", NULL, "certain");
    assert_int_equal(pipe(ends), 0);
    feed(ends, "MAG", "IC and more", "certain");
    assert_int_equal(pipe(ends), 0);
    feed(ends, "unknown", NULL, NULL);
    assert_int_equal(pipe(ends), 0);
    feed(ends, "", NULL, NULL);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    feed(ends, "MAGIC and more", NULL, "certain");
}

static char folder[] = "/tmp/weir-uri-XXXXXX";

static int enter_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    (void)state;
    static const char *const names[] = {"a",       "b",   "c.guess", "d.guess", "e.guess",
                                        "f.guess", "e:f", "unknown", "empty"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
        unlink(names[i]);
    return chdir("/") == 0 ? rmdir(folder) : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_split),
        cmocka_unit_test(test_parse_uri),
        cmocka_unit_test(test_detect),
        cmocka_unit_test(test_detect_fails),
        cmocka_unit_test(test_detect_standard_input),
    };
    return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
