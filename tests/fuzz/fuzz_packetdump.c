/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Packets as text: the first byte is the link type, the second how much of the packet was cut off when it was
 * captured. What is printed is ASCII in lines, of a bounded size, and the same every time.
 */
#include "tests/fuzz/fuzz.h"

#include <libpacketdump.h>
#include <string.h>

#include "tests/support/packet_builder.h"
#include "tests/support/test.h"

/* A line for each field of a bit at most, a name of 255 escaped bytes for each record of DNS. */
#define TEXT_BYTES_PER_BYTE 800u
#define MOST_NAMES_BYTES    (300u * 1200)

static char *dump(libtrace_packet_t *packet, size_t *n_text)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, n_text);
    assert_non_null(out);
    trace_dump_packet_to(out, packet);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void expect_harmless(const char *text, size_t n_text, size_t n_bytes)
{
    assert_true(n_text <= TEXT_BYTES_PER_BYTE * (n_bytes + 2) + MOST_NAMES_BYTES);
    assert_true(n_text > 2 && text[n_text - 1] == '\n' && text[n_text - 2] == '\n');
    for (size_t i = 0; i < n_text; i++) {
        if (text[i] != '\n' && (text[i] < 0x20 || text[i] > 0x7e))
            fail_msg("a byte %d at %zu of the text", text[i], i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    libtrace_packet_t packet;
    size_t n_text, n_again;
    if (size < 2)
        return 0;
    const libtrace_linktype_t link = (libtrace_linktype_t)(1 + data[0] % TRACE_TYPE_BSD_NULL);
    const size_t n_bytes = size - 2;
    build_show(&packet, data + 2, n_bytes, n_bytes + data[1], link);
    char *text = dump(&packet, &n_text);
    char *again = dump(&packet, &n_again);
    expect_harmless(text, n_text, n_bytes);
    assert_int_equal(n_again, n_text);
    assert_memory_equal(again, text, n_text);
    free(again);
    free(text);
    return 0;
}
