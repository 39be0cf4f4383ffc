/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The script is complete before the trace starts, so load() may look things up in it on any thread;
 * where in it the input is belongs to whoever marks. The format is the first member of the mock,
 * which is how its operations find it.
 */
#include "tests/support/mock_format.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/memory.h"
#include "lib/packet/packet.h"
#include "tests/support/mock_bytes.h"
#include "tests/support/test.h"

enum step_kind { STEP_RECORDS, STEP_GATE, STEP_NOTHING, STEP_ERROR, STEP_END };

struct mock_step {
    enum step_kind kind;
    uint64_t n_records;
    uint32_t per_block;
    uint64_t n_blocks;
    uint64_t first_record; /* of its records, in the script */
    uint64_t first_block;
    uint64_t n_times;
    int code;
    const char *text;
};

/* Attached to each block; lives until the last block let go of it. */
struct mock_context {
    struct block_context base;
    struct mock *mock;
};

/* What block->file says of a block of ours. */
enum block_tag { TAG_FILLED = 0x10aded, TAG_MARKED, TAG_RELEASED };

enum { KIND_PACKET, KIND_META };

static const struct record_kind kinds[] = {
    [KIND_PACKET] = {TRACE_TYPE_ETH, TRACE_RT_DATA_DLT + TRACE_DLT_EN10MB},
    [KIND_META] = {TRACE_TYPE_METADATA, TRACE_RT_METADATA},
};

static struct mock *mock_of(const struct format *format)
{
    return CONTAINER_OF(format, struct mock, format);
}

static void violate(struct mock *mock, const char *format, ...) PRINTF_LIKE(2, 3);

static void violate(struct mock *mock, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&mock->lock);
    if (mock->violation[0] == '\0')
        vsnprintf(mock->violation, sizeof(mock->violation), format, arguments);
    pthread_mutex_unlock(&mock->lock);
    va_end(arguments);
}

const char *mock_violation(struct mock *mock)
{
    pthread_mutex_lock(&mock->lock);
    const char *violation = mock->violation[0] != '\0' ? mock->violation : NULL;
    pthread_mutex_unlock(&mock->lock);
    return violation;
}

/* The script. */

static struct mock_step *add_step(struct mock *mock, enum step_kind kind)
{
    struct mock_script *script = &mock->scripts[mock->queue];
    struct mock_step *steps =
        mem_resize_array(script->steps, script->n_steps + 1, sizeof(*script->steps));
    assert_non_null(steps);
    script->steps = steps;
    struct mock_step *step = &steps[script->n_steps++];
    *step = (struct mock_step){
        .kind = kind, .first_record = script->n_records, .first_block = script->n_blocks};
    return step;
}

static void add_records(struct mock *mock, uint64_t n, uint32_t per_block)
{
    struct mock_step *step = add_step(mock, STEP_RECORDS);
    struct mock_script *script = &mock->scripts[mock->queue];
    step->n_records = n;
    step->per_block = per_block;
    step->n_blocks = (n + per_block - 1) / per_block;
    script->n_records += n;
    script->n_blocks += step->n_blocks;
}

void mock_add_records(struct mock *mock, uint64_t n)
{
    add_records(mock, n, mock->records_per_block);
}

void mock_add_block(struct mock *mock, uint32_t n)
{
    add_records(mock, n, n);
}

void mock_add_gate(struct mock *mock)
{
    add_step(mock, STEP_GATE);
}

void mock_add_nothing(struct mock *mock, uint64_t n)
{
    add_step(mock, STEP_NOTHING)->n_times = n;
}

void mock_add_error(struct mock *mock, int code, const char *text)
{
    struct mock_step *step = add_step(mock, STEP_ERROR);
    step->code = code;
    step->text = text;
}

void mock_add_end(struct mock *mock)
{
    add_step(mock, STEP_END);
}

void mock_open_gate(struct mock *mock, unsigned queue)
{
    const int saved = errno;
    const uint64_t one = 1;
    const ssize_t n_written = write(mock->scripts[queue].gate_fd, &one, sizeof(one));
    (void)n_written;
    errno = saved;
}

/* Which records block `index` of the script has. False: there is no such block. */
static bool find_block(const struct mock_script *script, uint64_t index, uint64_t *first,
                       uint32_t *n)
{
    for (size_t i = 0; i < script->n_steps; i++) {
        const struct mock_step *step = &script->steps[i];
        if (step->kind != STEP_RECORDS || index >= step->first_block + step->n_blocks)
            continue;
        const uint64_t before = (index - step->first_block) * step->per_block;
        const uint64_t left = step->n_records - before;
        *first = step->first_record + before;
        *n = left < step->per_block ? (uint32_t)left : step->per_block;
        return true;
    }
    return false;
}

/* The records. */

static void describe_record(const struct mock *mock, uint64_t number, struct mock_record *record)
{
    *record = (struct mock_record){
        .flow = (uint32_t)((number * UINT64_C(0x9e3779b97f4a7c15) >> 32) % mock->n_flows),
        .is_reverse = number & 1,
        .capture = mock->capture,
        .wire = mock->capture + 4,
        .time_ns = MOCK_START_NS + (int64_t)number * 1000,
    };
    if (mock->generate)
        mock->generate(mock->argument, number, record);
}

void mock_describe_record(const struct format *format, uint64_t number, struct mock_record *record)
{
    describe_record(mock_of(format), number, record);
}

static unsigned queue_of(const struct mock *mock, const struct mock_script *script)
{
    return (unsigned)(script - mock->scripts);
}

/* Makes records `first` to `first + n - 1` of the script, or as many as the block has offsets for.
 */
static void fill_block(struct mock *mock, const struct mock_script *script, struct block *block,
                       uint64_t first, uint32_t n)
{
    if (n > block->max_records)
        n = block->max_records;
    block->used = 0;
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t number = (first + i) * mock->n_queues + queue_of(mock, script);
        struct mock_record record;
        describe_record(mock, number, &record);
        const size_t n_bytes = MOCK_FRAMING_BYTES + record.capture;
        if (block->capacity - block->used < n_bytes)
            assert_int_equal(block_reserve(block, 2 * block->capacity + n_bytes), 0);
        mock_write_record(block->data + block->used, number, &record);
        block->used += n_bytes;
    }
    block->start = 0;
    block->limit = block->used;
}

static struct mock_header read_header(const uint8_t *at)
{
    struct mock_header header;
    memcpy(&header, at, sizeof(header));
    return header;
}

static void find_records(struct mock *mock, struct block *block)
{
    size_t at = block->start;
    block->n_records = 0;
    while (at < block->used && block->n_records < block->max_records) {
        const struct mock_header header = read_header(block->data + at);
        if (header.magic != MOCK_MAGIC) {
            violate(mock, "somebody wrote into a block before it was marked");
            return;
        }
        block->offsets[block->n_records++] = (uint32_t)at;
        at += MOCK_FRAMING_BYTES + header.capture;
    }
}

static bool describe(const struct block *block, uint32_t first, uint32_t n, struct record *out)
{
    struct mock *mock = CONTAINER_OF(block->context, struct mock_context, base)->mock;
    if (block->file != TAG_MARKED || n == 0 || first + n > block->n_records) {
        violate(mock, "describe: records %u to %u of a block with %u", first, first + n,
                block->n_records);
        memset(out, 0, n * sizeof(*out));
        return false;
    }
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t offset = block->offsets[first + i];
        const struct mock_header header = read_header(block->data + offset);
        out[i] = (struct record){
            .offset = offset,
            .capture = header.capture,
            .wire = header.wire,
            .time_ns = header.time_ns,
            .index = (uint16_t)(first + i),
            .kind = header.flags & RECORD_META ? KIND_META : KIND_PACKET,
            .framing = MOCK_FRAMING_BYTES,
            .flags = header.flags,
        };
    }
    fetch_add_relaxed(&mock->n_described, n);
    return records_are_alike(out, n);
}

/* The stream. */

static void check_filling(struct mock *mock, const char *operation, const struct block *block,
                          uint64_t number)
{
    if (load_relaxed(&block->refs) != 1)
        violate(mock, "%s: block %llu has %u references", operation, (unsigned long long)number,
                load_relaxed(&block->refs));
    if (block->n_records > 0)
        violate(mock, "%s: block %llu was marked before and not reset", operation,
                (unsigned long long)number);
}

static void load(struct stream *stream, struct block *block, uint64_t number)
{
    struct mock *mock = mock_of(stream->input->format);
    const struct mock_script *script = stream->state;
    fetch_add_relaxed(&mock->n_loaded, 1u);
    if (!load_acquire(&script->is_started)) {
        violate(mock, "load of block %llu while not started", (unsigned long long)number);
        return;
    }
    check_filling(mock, "load", block, number);
    if (mock->on_load)
        mock->on_load(mock->on_block_argument, number);

    uint64_t first;
    uint32_t n;
    if (mock->is_positional && find_block(script, number, &first, &n)) {
        fill_block(mock, script, block, first, n);
        block->file = TAG_FILLED;
        block->position = number;
    }
}

static void check_number(struct mock *mock, struct mock_script *script, uint64_t number)
{
    /* after AGAIN the library may go on with a later block, leaving this one empty */
    const bool is_exact = script->has_number && !script->was_again;
    const bool is_expected =
        is_exact ? number == script->next_number : number >= script->next_number;
    if (!is_expected)
        violate(mock, "mark of block %llu where %llu had to come", (unsigned long long)number,
                (unsigned long long)script->next_number);
    script->next_number = number;
    script->has_number = true;
}

/* The script is at a step with records: they are this block's. */
static int mark_records(struct mock *mock, struct mock_script *script, struct block *block)
{
    const struct mock_step *step = &script->steps[script->at_step];
    const uint64_t index = step->first_block + script->at_block;
    uint64_t first = 0;
    uint32_t n = 0;
    find_block(script, index, &first, &n);
    const bool is_loaded = block->used > 0 && block->file == TAG_FILLED &&
                           block->position == index && script->within == 0;
    if (!is_loaded)
        fill_block(mock, script, block, first + script->within, n - script->within);
    find_records(mock, block);
    block->file = TAG_MARKED;

    block_set_context(block, &script->context->base, kinds);
    add_single_writer(&script->stream->bytes_done, block->used);
    script->within += block->n_records;
    if (script->within == n) {
        script->within = 0;
        script->at_block++;
    }
    script->next_number++;
    fetch_add_relaxed(&mock->n_marked, 1u);
    fetch_add_relaxed(&mock->n_marked_records, block->n_records);
    return MARK_RECORDS;
}

static bool go_through_gate(const struct mock_script *script)
{
    uint64_t one;
    return read(script->gate_fd, &one, sizeof(one)) == (ssize_t)sizeof(one);
}

/* Goes on with the script up to the next thing that mark can say. */
static int follow_script(struct mock *mock, struct mock_script *script, struct block *block,
                         struct error *error)
{
    for (;; script->at_step++, script->at_block = 0) {
        if (script->at_step == script->n_steps)
            return MARK_END;
        const struct mock_step *step = &script->steps[script->at_step];
        switch (step->kind) {
        case STEP_RECORDS:
            if (script->at_block < step->n_blocks)
                return mark_records(mock, script, block);
            break;
        case STEP_GATE:
            if (go_through_gate(script))
                break;
            script->stream->wait_fd = script->gate_fd;
            return MARK_AGAIN;
        case STEP_NOTHING:
            if (script->at_block++ < step->n_times)
                return MARK_NOTHING;
            break;
        case STEP_ERROR:
            script->at_step++;
            return error_set(error, step->code, "%s", step->text);
        case STEP_END:
            script->at_step++;
            return MARK_END;
        }
    }
}

static int mark(struct stream *stream, struct block *block, uint64_t number)
{
    struct mock *mock = mock_of(stream->input->format);
    struct mock_script *script = stream->state;
    if (exchange(&script->is_marking, true))
        violate(mock, "mark of block %llu while another is marked", (unsigned long long)number);
    if (!load_acquire(&script->is_started))
        violate(mock, "mark of block %llu while not started", (unsigned long long)number);
    check_filling(mock, "mark", block, number);
    check_number(mock, script, number);
    if (mock->on_mark)
        mock->on_mark(mock->on_block_argument, number);

    const int outcome = follow_script(mock, script, block, stream->input->error);
    script->was_again = outcome == MARK_AGAIN || outcome == MARK_NOTHING;
    if (outcome == MARK_AGAIN) {
        fetch_add_relaxed(&mock->n_again, 1u);
        if (mock->on_again)
            mock->on_again(mock->on_again_argument);
    } else if (outcome != MARK_RECORDS && outcome != MARK_NOTHING) {
        script->has_number = false;
    }
    store_release(&script->is_marking, false); /* pairs with the next mark's exchange */
    return outcome;
}

static void release(struct stream *stream, struct block *block)
{
    struct mock *mock = mock_of(stream->input->format);
    if (block->file != TAG_MARKED || block->n_records == 0)
        violate(mock, "release of a block that %s",
                block->file == TAG_RELEASED ? "was released before" : "was not marked");
    if (mock->checks_release_refs && load_acquire(&block->refs) != 1)
        violate(mock, "release of a block that a packet still refers to");
    block->file = TAG_RELEASED;
    fetch_add_relaxed(&mock->n_released, 1u);
}

/* The input. */

static int open_input(struct input *input)
{
    struct mock *mock = mock_of(input->format);
    if (mock->has_broken_open)
        return error_set(input->error, TRACE_ERR_INIT_FAILED, "mock: cannot open %s", input->where);
    if (exchange(&mock->is_open, true))
        violate(mock, "opened twice");
    for (unsigned i = 0; i < mock->n_queues; i++) {
        struct mock_script *script = &mock->scripts[i];
        script->at_step = 0;
        script->at_block = 0;
        script->within = 0;
        script->next_number = 0;
    }
    return 0;
}

static void free_context(struct block_context *base)
{
    struct mock_context *context = CONTAINER_OF(base, struct mock_context, base);
    fetch_sub_acq_rel(&context->mock->n_contexts, 1u);
    mem_free(context);
}

static void drop_context(struct mock_script *script)
{
    struct block_context *base = script->context ? &script->context->base : NULL;
    block_context_release(&base);
    script->context = NULL;
}

static int start(struct input *input, struct stream *stream)
{
    struct mock *mock = mock_of(input->format);
    if (mock->has_broken_start)
        return error_set(input->error, TRACE_ERR_INIT_FAILED, "mock: cannot start %s",
                         input->where);
    if (!load_relaxed(&mock->is_open))
        violate(mock, "started before it was opened");
    if (stream->queue >= mock->n_queues) {
        violate(mock, "queue %u of %u started", stream->queue, mock->n_queues);
        return error_set(input->error, TRACE_ERR_INIT_FAILED, "mock: no such queue");
    }
    struct mock_script *script = &mock->scripts[stream->queue];
    if (load_relaxed(&script->is_started))
        violate(mock, "started twice");

    struct mock_context *context = mem_alloc_zeroed(1, sizeof(*context));
    assert_non_null(context);
    context->base.free = free_context;
    context->mock = mock;
    store_relaxed(&context->base.refs, 1u);
    fetch_add_relaxed(&mock->n_contexts, 1u);
    drop_context(script);
    script->context = context;
    script->stream = stream;
    script->has_number = false;
    stream->input = input;
    stream->state = script;
    stream->is_positional = mock->is_positional;
    stream->wait_fd = -1;
    store_release(&script->is_started, true); /* pairs with load and mark */
    return 0;
}

static int pause_input(struct input *input, struct stream *stream)
{
    struct mock *mock = mock_of(input->format);
    struct mock_script *script = stream->state;
    if (!script || !exchange(&script->is_started, false))
        violate(mock, "paused while not started");
    if (mock->has_broken_pause)
        return error_set(input->error, TRACE_ERR_BAD_IO, "mock: cannot pause %s", input->where);
    return 0;
}

static void close_input(struct input *input)
{
    struct mock *mock = mock_of(input->format);
    if (!exchange(&mock->is_open, false))
        violate(mock, "closed while not open");
    for (unsigned i = 0; i < mock->n_queues; i++) {
        if (load_acquire(&mock->scripts[i].is_started))
            violate(mock, "closed before it was paused");
        drop_context(&mock->scripts[i]);
    }
}

static int configure(struct input *input, trace_option_t option, const void *value)
{
    (void)input;
    (void)option;
    (void)value;
    return 1; /* the library sees to it */
}

static void add_statistics(struct input *input, libtrace_stat_t *statistics)
{
    const struct mock *mock = mock_of(input->format);
    if (mock->n_dropped == 0)
        return;
    statistics->dropped_valid = 1;
    statistics->dropped += mock->n_dropped;
    if (mock->format.flags & FORMAT_LIVE) {
        statistics->received_valid = 1;
        statistics->received += load_relaxed(&mock->n_marked_records) + mock->n_dropped;
    }
}

static libtrace_direction_t get_direction(const libtrace_packet_t *packet)
{
    return read_header(packet->header).is_reverse ? TRACE_DIR_INCOMING : TRACE_DIR_OUTGOING;
}

static int set_capture_length(libtrace_packet_t *packet, size_t length)
{
    const uint32_t capture = (uint32_t)length;
    memcpy((uint8_t *)packet->header + offsetof(struct mock_header, capture), &capture,
           sizeof(capture));
    return 0;
}

static const char *const no_aliases[] = {NULL};
static const struct format_option no_options[] = {{.name = NULL}};

static const struct format mock_format = {
    .name = "mock",
    .aliases = no_aliases,
    .help = "made-up records for tests",
    .id = TRACE_FORMAT_UNKNOWN,
    .flags = FORMAT_INPUT,
    .options = no_options,
    .probe_name = format_no_probe_name,
    .probe_bytes = format_no_probe_bytes,
    .input = {.open = open_input,
              .start = start,
              .pause = pause_input,
              .close = close_input,
              .configure = configure,
              .statistics = add_statistics,
              .seek = format_no_seek},
    .stream = {.load = load, .mark = mark, .release = release},
    .record = {.describe = describe,
               .get_direction = get_direction,
               .set_direction = format_no_set_direction,
               .prepare = format_no_prepare,
               .set_capture_length = set_capture_length,
               .visit_facts = format_no_visit_facts},
    .output = FORMAT_NO_OUTPUT,
};

struct mock *mock_create(void)
{
    struct mock *mock = mem_alloc_zeroed(1, sizeof(*mock));
    assert_non_null(mock);
    mock->format = mock_format;
    mock->records_per_block = 100;
    mock->n_queues = 1;
    mock->n_flows = 16;
    mock->capture = 60;
    pthread_mutex_init(&mock->lock, NULL);
    for (unsigned i = 0; i < MOCK_MAX_QUEUES; i++) {
        mock->scripts[i].gate_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
        assert_true(mock->scripts[i].gate_fd >= 0);
    }
    return mock;
}

void mock_destroy(struct mock **pointer)
{
    struct mock *mock = *pointer;
    *pointer = NULL;
    const char *violation = mock_violation(mock);
    if (violation)
        fail_msg("the library broke the backend contract: %s", violation);
    assert_false(load_acquire(&mock->is_open));
    assert_int_equal(load_acquire(&mock->n_contexts), 0);
    for (unsigned i = 0; i < MOCK_MAX_QUEUES; i++) {
        close(mock->scripts[i].gate_fd);
        mem_free(mock->scripts[i].steps);
    }
    pthread_mutex_destroy(&mock->lock);
    mem_free(mock);
}
