/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every capture, written in every format that is written, reads back as far as that format can
 * tell, which the rows of writer.c say; and what it cannot tell is left out or refused, and not
 * pretended. Packets stay as they are when they are written.
 */
#include "tests/conformance/files.h"
#include "tests/conformance/harness.h"
#include "tests/conformance/sight.h"
#include "tests/conformance/writer.h"

/* A conversion under way. */
struct conversion {
    const struct subject *subject;
    const struct sample *sample;
    const struct writer *writer;
    libtrace_t *trace;
    libtrace_out_t *out;
    struct seen *expected;
    size_t n_expected;
    libtrace_linktype_t first_link_type; /* of what was written; or TRACE_TYPE_CONTENT_INVALID */
    int64_t unit_ns;                     /* that times are cut to */
};

static void check_refusal(const struct conversion *conversion, int error)
{
    const libtrace_err_t told = trace_get_err_output(conversion->out);
    CHECK_EQUAL(told.err_num, error);
    CHECK(told.problem[0] != '\0');
}

/* Has the file one link type, which is known by now? */
static bool is_settled(const struct conversion *conversion)
{
    return conversion->writer->has_one_link_type &&
           conversion->first_link_type != TRACE_TYPE_CONTENT_INVALID;
}

/* Is it another link type than a file of one has already? */
static bool is_misfit(const struct conversion *conversion, const struct written *packet)
{
    return is_settled(conversion) && packet->link_type != conversion->first_link_type;
}

static void expect(struct conversion *conversion, const struct written *packet)
{
    if (conversion->first_link_type == TRACE_TYPE_CONTENT_INVALID && !packet->is_meta) {
        const bool is_fine = !conversion->writer->has_microseconds || packet->time_ns % 1000 != 0;
        conversion->unit_ns = is_fine ? 1 : 1000;
        conversion->first_link_type = packet->link_type;
    }
    conversion->expected[conversion->n_expected++] = (struct seen){
        .time_ns = packet->time_ns,
        .digest = sight_digest(packet->bytes, packet->capture),
        .capture = packet->capture,
        .wire = packet->wire,
        .link_type = packet->link_type,
        .direction = packet->direction,
        .is_meta = packet->is_meta,
    };
}

static void write_one(struct conversion *conversion, const struct fact *fact,
                      libtrace_packet_t *packet)
{
    static struct written written;
    const struct carriage *carriage = writer_find(conversion->writer, fact->link_type);
    const bool is_fit =
        writer_expect(conversion->writer, conversion->subject, conversion->sample, fact, &written);
    const struct seen before = sight_look_at(packet);
    const int outcome = trace_write_packet(conversion->out, packet);
    const struct seen after = sight_look_at(packet);
    CHECK(sight_is_same(&before, &after));
    if (carriage->outcome == REFUSES) {
        CHECK_EQUAL(outcome, -1);
        check_refusal(conversion, carriage->error);
    } else if (!is_fit) {
        CHECK_EQUAL(outcome, -1);
        check_refusal(conversion,
                      is_settled(conversion) ? TRACE_ERR_BAD_LINKTYPE : carriage->error);
    } else if (carriage->outcome == CARRIES && is_misfit(conversion, &written)) {
        CHECK_EQUAL(outcome, -1);
        check_refusal(conversion, TRACE_ERR_BAD_LINKTYPE);
    } else if (carriage->outcome == CARRIES) {
        /* Blocks of pcapng that are no packets may be there already, or not be understood. */
        CHECK(outcome > 0 ||
              (outcome == 0 && conversion->writer->has_metas_of_its_own && written.is_meta));
        if (outcome > 0)
            expect(conversion, &written);
    } else {
        CHECK_EQUAL(outcome, 0);
    }
}

static void write_all(struct conversion *conversion)
{
    libtrace_packet_t *packet = trace_create_packet();
    const struct sample *sample = conversion->sample;
    for (size_t i = 0; i < sample->n_facts; i++) {
        if (!fact_is_delivered(&sample->facts[i]))
            continue;
        CHECK(trace_read_packet(conversion->trace, packet) > 0);
        write_one(conversion, &sample->facts[i], packet);
    }
    CHECK_EQUAL(trace_read_packet(conversion->trace, packet), 0);
    CHECK_EQUAL(trace_flush_output(conversion->out), 0);
    trace_destroy_packet(packet);
}

static void check_packet(const struct conversion *conversion, const struct seen *seen, size_t i)
{
    struct seen expected = conversion->expected[i];
    if (seen->time_ns != NO_TIME && seen->time_ns < expected.time_ns &&
        expected.time_ns - seen->time_ns < conversion->unit_ns)
        expected.time_ns = seen->time_ns;
    expected.order = seen->order;
    if (!sight_is_same(&expected, seen))
        FAIL("packet %zu: time %lld, lengths %zu and %zu, link type %d, direction %d are not %lld, "
             "%zu, %zu, %d, %d, or bytes differ",
             i, (long long)seen->time_ns, seen->capture, seen->wire, seen->link_type,
             seen->direction, (long long)expected.time_ns, expected.capture, expected.wire,
             expected.link_type, expected.direction);
}

/* Leaves out what is not compared: blocks of pcapng that are no packets, of which some are the
 * writer's own. How many stay. */
static size_t drop_metas(struct seen *seen, size_t n_seen)
{
    size_t n = 0;
    for (size_t i = 0; i < n_seen; i++)
        if (!seen[i].is_meta)
            seen[n++] = seen[i];
    return n;
}

static void read_back(struct conversion *conversion, const char *path)
{
    const struct way way = {0};
    struct sight sight = sight_take(conversion->writer->scheme, path, &way);
    sight_check_end(&sight);
    if (conversion->writer->has_metas_of_its_own) {
        CHECK(sight.n_seen >= conversion->n_expected); /* none is lost */
        sight.n_seen = drop_metas(sight.seen, sight.n_seen);
        conversion->n_expected = drop_metas(conversion->expected, conversion->n_expected);
    }
    for (size_t i = 0; i < sight.n_seen && i < conversion->n_expected; i++)
        check_packet(conversion, &sight.seen[i], i);
    CHECK_EQUAL(sight.n_seen, conversion->n_expected);
    sight_free(&sight);
}

static void check_writer(const struct subject *subject, const struct sample *sample,
                         const struct writer *writer, const char *from)
{
    char uri[400], name[100], path[300];
    struct conversion conversion = {.subject = subject,
                                    .sample = sample,
                                    .writer = writer,
                                    .first_link_type = TRACE_TYPE_CONTENT_INVALID,
                                    .unit_ns = 1};
    doing("%s %s, written as %s", sample->is_large ? "large" : "small", subject->name,
          writer->scheme);
    conversion.expected = calloc(sample->n_facts, sizeof(*conversion.expected));
    assert_non_null(conversion.expected);
    snprintf(uri, sizeof(uri), "%s:%s", subject->scheme, from);
    conversion.trace = trace_create(uri);
    snprintf(name, sizeof(name), "out%s", writer->suffix);
    snprintf(path, sizeof(path), "%s", files_path(name));
    snprintf(uri, sizeof(uri), "%s:%s", writer->scheme, path);
    conversion.out = trace_create_output(uri);
    CHECK_EQUAL(trace_start(conversion.trace), 0);
    CHECK_EQUAL(trace_start_output(conversion.out), 0);
    write_all(&conversion);
    trace_destroy(conversion.trace);
    trace_destroy_output(conversion.out);
    read_back(&conversion, path);
    free(conversion.expected);
}

static void check_size(const struct subject *subject, enum sample_kind kind)
{
    struct sample *sample = sample_create(subject->make, kind);
    char from[300];
    snprintf(from, sizeof(from), "%s", files_write(subject_file_name(subject), &sample->file));
    for (const struct writer *writer = writers; writer->scheme; writer++)
        check_writer(subject, sample, writer, from);
    sample_free(&sample);
}

static void check_convert(const struct subject *subject)
{
    check_size(subject, SAMPLE_SMALL);
    check_size(subject, SAMPLE_LARGE);
}

static const struct property properties[] = {
    {"convert", check_convert, 0, 0, NULL},
    {"convert", check_convert, 0, 0, link_subjects},
};

int main(int argc, char **argv)
{
    return harness_run(properties, ARRAY_LEN(properties), argc, argv);
}
