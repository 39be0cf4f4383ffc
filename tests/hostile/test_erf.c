/* SPDX-License-Identifier: BSD-2-Clause */
/* ERF records as no card writes them, between good ones of 78 bytes. */
#include "tests/hostile/hostile.h"
#include "tests/support/erf_bytes.h"

static void check(struct bytes *file, const struct hostile *hostile)
{
    hostile_check("erf", file, hostile, erf_fill);
    bytes_free(file);
}

/* Records 0 and 1, the one in question, and record 2. */
static struct bytes make(const struct erf_spec *spec)
{
    struct bytes file = {0};
    erf_add(&file, &erf_plain, 0);
    erf_add(&file, &erf_plain, 1);
    erf_add(&file, spec, 9);
    erf_add(&file, &erf_plain, 2);
    return file;
}

/* As it is, and with the bytes of packet 2 in the one in question. */
static struct bytes make_good(const struct erf_spec *spec)
{
    struct bytes file = {0};
    erf_add(&file, &erf_plain, 0);
    erf_add(&file, &erf_plain, 1);
    erf_add(&file, spec, 2);
    erf_add(&file, &erf_plain, 3);
    return file;
}

static void test_lengths_of_records(void **state)
{
    (void)state;
    for (uint16_t n_bytes = 0; n_bytes < 16; n_bytes++) {
        char what[64], says[32];
        struct bytes file = make(&erf_plain);
        store_be16(file.at + 2 * 78 + 10, n_bytes);
        snprintf(what, sizeof(what), "a record's length of %u", n_bytes);
        snprintf(says, sizeof(says), "a record of %u bytes", n_bytes);
        check(&file, &(struct hostile){.what = what,
                                       .records = "pp",
                                       .code = TRACE_ERR_BAD_PACKET,
                                       .says = {"offset 156", says}});
    }
    struct bytes zeros = {0};
    static const uint8_t none[4096] = {0};
    erf_add(&zeros, &erf_plain, 0);
    bytes_add(&zeros, none, sizeof(none));
    check(&zeros, &(struct hostile){.what = "a file that was never filled",
                                    .records = "p",
                                    .code = TRACE_ERR_BAD_PACKET,
                                    .says = {"offset 78", "a record of 0 bytes"}});
}

static void test_no_room_for_a_packet(void **state)
{
    (void)state;
    static const uint8_t types[] = {2, 11, 16, 20, 5, 7, 9, 17};
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        char what[64];
        const bool is_ethernet = i < 4;
        const struct erf_spec spec = {.time = ERF_START, .type = types[i], .flags = 4, .wire = 64};
        struct bytes file = make(&spec);
        snprintf(what, sizeof(what), "a record of type %u and 16 bytes", types[i]);
        check(&file, &(struct hostile){.what = what, .records = "ppsp"});
        /* And where there is room, but for nothing else. */
        struct erf_spec empty = spec;
        empty.n_before = is_ethernet ? 2 : 4;
        file = make(&empty);
        struct hostile good = {.what = what, .records = "pppp"};
        hostile_check("erf", &file, &good, NULL);
        bytes_free(&file);
    }
}

static void test_extension_headers(void **state)
{
    (void)state;
    static const uint32_t lengths[] = {16, 17, 23, 24, 25, 32, 79};
    uint8_t ones[64];
    memset(ones, 0x9f, sizeof(ones));
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        char what[80];
        struct bytes file = {0};
        const struct erf_spec spec = {
            .time = ERF_START, .type = 0x82, .capture = lengths[i] - 16, .wire = 64};
        erf_add(&file, &erf_plain, 0);
        erf_add_with(&file, &spec, ones, 9);
        erf_add(&file, &erf_plain, 1);
        snprintf(what, sizeof(what), "extension headers without an end in %u bytes", lengths[i]);
        check(&file, &(struct hostile){.what = what, .records = "psp"});
    }
    struct erf_spec spec = {
        .time = ERF_START, .type = 2, .flags = 4, .n_extensions = 8000, .wire = 64};
    struct bytes file = make(&spec);
    check(&file,
          &(struct hostile){.what = "8000 of them and no room for the packet", .records = "ppsp"});
    spec.type = 22;
    file = make_good(&spec);
    check(&file,
          &(struct hostile){.what = "8000 of them and nothing else to come", .records = "pppp"});
}

/* The bytes of a packet are not more than there were on the wire, nor than there are. */
static void test_lengths_on_the_wire(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint16_t wire;
        uint32_t capture; /* that is told */
    } cases[] = {
        {"a length on the wire of 0", 0, 0},
        {"one below what was captured", 40, 40},
        {"one of 65535", 65535, 60},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct erf_spec spec = erf_plain;
        spec.wire = cases[i].wire;
        struct bytes file = make_good(&spec);
        const struct hostile_facts facts = hostile_facts_of("erf", &file, 2);
        assert_int_equal(facts.wire, cases[i].wire);
        assert_int_equal(facts.capture, cases[i].capture);
        check(&file, &(struct hostile){.what = cases[i].what, .records = "pppp"});
    }
    struct erf_spec spec = erf_plain;
    spec.capture = 65535 - 18;
    spec.wire = 65535;
    struct bytes file = make_good(&spec);
    check(&file, &(struct hostile){.what = "the longest record there can be", .records = "pppp"});
}

static void test_flags_and_counters(void **state)
{
    (void)state;
    struct erf_spec spec = erf_plain;
    spec.flags = 0x14;
    struct bytes file = make(&spec);
    struct hostile error = {.what = "a receive error", .records = "pppp"};
    hostile_check("erf", &file, &error, NULL);
    assert_int_equal(hostile_facts_of("erf", &file, 2).capture, 0);
    assert_int_equal(hostile_facts_of("erf", &file, 2).wire, 0);
    bytes_free(&file);

    spec.padding = 0;
    spec.capture = 0;
    spec.n_before = 0;
    file = make(&spec);
    check(&file,
          &(struct hostile){.what = "a receive error without the framing", .records = "ppsp"});

    spec = erf_plain;
    spec.flags = 0xff & ~0x10;
    file = make_good(&spec);
    check(&file, &(struct hostile){.what = "all other flags", .records = "pppp"});

    spec = erf_plain;
    spec.loss = 0xffff;
    file = make_good(&spec);
    check(&file, &(struct hostile){.what = "a loss counter that is full",
                                   .records = "pppp",
                                   .n_dropped = 0xffff});
    spec.type = 11;
    file = make_good(&spec);
    check(&file, &(struct hostile){.what = "a colour, which is no counter", .records = "pppp"});
}

static void test_types(void **state)
{
    (void)state;
    for (unsigned type = 49; type < 128; type += type == 49 ? 1 : 11) {
        for (unsigned extension = 0; extension <= 0x80; extension += 0x80) {
            char what[64], says[32];
            struct bytes file = make(&erf_plain);
            file.at[2 * 78 + 8] = (uint8_t)(type | extension);
            snprintf(what, sizeof(what), "type %u", type | extension);
            snprintf(says, sizeof(says), "a record of type %u:", type);
            check(&file, &(struct hostile){.what = what,
                                           .records = "pp",
                                           .code = TRACE_ERR_BAD_PACKET,
                                           .says = {"offset 156", says}});
        }
    }
    for (unsigned type = 0; type < 49; type++) {
        char what[64];
        const struct erf_spec spec = {
            .time = ERF_START, .type = (uint8_t)type, .capture = 60, .wire = 64};
        struct bytes file = make(&spec);
        snprintf(what, sizeof(what), "type %u", type);
        const struct hostile good = {.what = what,
                                     .records = type == 27   ? "ppmp"
                                                : type == 48 ? "ppp"
                                                             : "pppp"};
        hostile_check("erf", &file, &good, NULL);
        bytes_free(&file);
    }
}

static void test_meta_records(void **state)
{
    (void)state;
    static const struct {
        const char *what;
        uint8_t bytes[8];
    } contents[] = {
        {"a provenance section of no bytes", {0, 1, 0, 0, 0, 0, 0, 0}},
        {"a provenance section of 65535 bytes", {0, 1, 0xff, 0xff, 0, 0, 0, 0}},
        {"a provenance record of ones", {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
    };
    for (size_t i = 0; i < ARRAY_LEN(contents); i++) {
        for (uint32_t capture = 0; capture <= 8; capture++) {
            struct bytes file = {0};
            const struct erf_spec spec = {
                .time = ERF_START, .type = 27, .capture = capture, .wire = 65535};
            erf_add(&file, &erf_plain, 0);
            erf_add_with(&file, &spec, contents[i].bytes, 0);
            erf_add(&file, &erf_plain, 1);
            check(&file, &(struct hostile){.what = contents[i].what, .records = "pmp"});
        }
    }
}

static void test_cuts(void **state)
{
    (void)state;
    struct bytes whole = {0};
    const struct erf_spec specs[] = {
        erf_plain,
        {.time = ERF_START, .type = 22, .n_extensions = 2, .capture = 5, .wire = 64},
        {.time = ERF_START, .type = 48, .capture = 20},
        erf_plain,
    };
    size_t ends[ARRAY_LEN(specs) + 1] = {0};
    for (uint32_t i = 0; i < ARRAY_LEN(specs); i++) {
        erf_add(&whole, &specs[i], i < 2 ? i : i - 1);
        ends[i + 1] = whole.n;
    }
    for (size_t cut = 0; cut < whole.n; cut++) {
        char what[64], offset[32];
        size_t n_whole = 0;
        while (ends[n_whole + 1] <= cut)
            n_whole++;
        const size_t n_there = cut - ends[n_whole];
        snprintf(what, sizeof(what), "cut after %zu bytes", cut);
        snprintf(offset, sizeof(offset), "offset %zu", ends[n_whole]);
        const struct bytes part = {whole.at, cut, 0};
        hostile_check("erf", &part,
                      &(struct hostile){.what = what,
                                        .records = n_whole == 0   ? ""
                                                   : n_whole == 1 ? "p"
                                                                  : "pp",
                                        .code = n_there > 0 ? TRACE_ERR_BAD_PACKET : 0,
                                        .says = {offset, n_there < 16 ? "ends in a record header"
                                                                      : "ends in a record:"}},
                      erf_fill);
    }
    bytes_free(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_of_records), cmocka_unit_test(test_no_room_for_a_packet),
        cmocka_unit_test(test_extension_headers),  cmocka_unit_test(test_lengths_on_the_wire),
        cmocka_unit_test(test_flags_and_counters), cmocka_unit_test(test_types),
        cmocka_unit_test(test_meta_records),       cmocka_unit_test(test_cuts),
    };
    return cmocka_run_group_tests(tests, hostile_set_up, hostile_tear_down);
}
