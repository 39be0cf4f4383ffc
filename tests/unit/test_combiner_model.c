/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * combiner_ordered against the definition of what it promises.
 *
 * Simulated packet threads share the orders of an input out among them at random, publish, move
 * their watermarks and finish, while the combiner reads now and then. After each reading exactly
 * those results must have been reported which no lower key can follow, by the definition below,
 * which looks at all that was published rather than at queues. Keys may be few or extreme.
 */
#include <string.h>

#include "tests/support/test.h"
#include "tests/unit/combiner_engine.h"

#define MAX_RESULTS 6000
#define MAX_ORDERS  1500

enum model_keys { MODEL_ORDER, MODEL_ANY, MODEL_AUTO, MODEL_AUTO_BROKEN, N_MODELS };

struct model_result {
    uint64_t key;
    int thread;
    int type;
    bool is_reported;
};

struct model_thread {
    uint64_t orders[MAX_ORDERS];
    uint64_t n_orders, n_handled;
    uint64_t order_watermark, key_watermark;
    uint64_t highest_key; /* published */
    bool has_published, has_finished;
    uint64_t first_result[MAX_RESULTS]; /* index in results of its n-th */
    uint64_t n_results;
};

struct model {
    enum model_keys keys;
    uint64_t random;
    int n_threads;
    struct model_thread threads[8];
    struct model_result results[MAX_RESULTS];
    uint64_t n_results, n_reported, n_duplicates, n_late;
    bool has_reported;
    uint64_t highest_reported;
    uint64_t constant, step, first_order;
    uint64_t least_order; /* lower orders plus the constant would be below 0 */
    libtrace_t *trace;
};

static uint64_t draw(struct model *model, uint64_t below)
{
    return test_random(&model->random) % below;
}

static void publish(struct model *model, int t, uint64_t key, int type)
{
    struct model_thread *thread = &model->threads[t];
    if (model->n_results == MAX_RESULTS)
        return;
    thread->first_result[thread->n_results++] = model->n_results;
    model->results[model->n_results++] =
        (struct model_result){.key = key, .thread = t, .type = type};
    if (!thread->has_published || key > thread->highest_key)
        thread->highest_key = key;
    thread->has_published = true;
    engine_publish(model->trace, t, key, type);
}

/* The next order that this thread handles, or UINT64_MAX. */
static uint64_t next_order(const struct model_thread *thread)
{
    return thread->n_handled < thread->n_orders ? thread->orders[thread->n_handled] : UINT64_MAX;
}

static uint64_t add_up_to_max(uint64_t a, uint64_t b)
{
    return a <= UINT64_MAX - b ? a + b : UINT64_MAX;
}

static uint64_t choose_key(struct model *model, const struct model_thread *thread, uint64_t order)
{
    uint64_t least = thread->key_watermark;
    switch (model->keys) {
    case MODEL_ORDER:
        if (least < thread->order_watermark)
            least = thread->order_watermark;
        if (draw(model, 50) == 0)
            return draw(model, 2) == 0 ? UINT64_MAX : least;
        return add_up_to_max(least, draw(model, draw(model, 2) == 0 ? 5 : 100));
    case MODEL_ANY:
        if (thread->has_published && thread->highest_key > least)
            least = thread->highest_key;
        if (draw(model, 1000) == 0)
            return UINT64_MAX;
        return add_up_to_max(least, draw(model, 2) == 0 ? 0 : draw(model, 20 * model->step));
    case MODEL_AUTO_BROKEN:
        if (draw(model, 100) == 0)
            return draw(model, 2) == 0 ? order + model->constant + 1 : draw(model, 500);
        return order + model->constant;
    default:
        return order + model->constant;
    }
}

static void handle_packet(struct model *model, int t)
{
    struct model_thread *thread = &model->threads[t];
    struct engine_thread *engine = &model->trace->threads[t];
    if (next_order(thread) == UINT64_MAX)
        return;
    const uint64_t order = thread->orders[thread->n_handled++];
    engine->has_order = true;
    engine->order = order;
    if (draw(model, 3) > 0) {
        for (uint64_t n = draw(model, 3); n > 0; n--) {
            const int type = draw(model, 20) == 0 ? RESULT_TICK_COUNT : RESULT_USER;
            publish(model, t, choose_key(model, thread, order), type);
        }
    }
    engine->has_order = false;
}

/* Promises something between the last promise and what the thread will really do. */
static void raise_watermark(struct model *model, int t)
{
    struct model_thread *thread = &model->threads[t];
    const uint64_t next = next_order(thread);
    uint64_t room = next - thread->order_watermark;
    if (next == UINT64_MAX)
        room = 3;
    if (draw(model, 2) == 0)
        thread->order_watermark += draw(model, room + 1);
    else if (next != UINT64_MAX)
        thread->order_watermark = next;
    engine_set_order_watermark(model->trace, t, thread->order_watermark);
}

static void promise_key(struct model *model, int t)
{
    struct model_thread *thread = &model->threads[t];
    uint64_t key;
    if (model->keys == MODEL_AUTO || model->keys == MODEL_AUTO_BROKEN) {
        const uint64_t next = next_order(thread);
        key = (next == UINT64_MAX ? thread->orders[0] : next) + model->constant;
    } else {
        key = add_up_to_max(thread->has_published ? thread->highest_key : 0, draw(model, 10));
    }
    if (key <= thread->key_watermark)
        return;
    thread->key_watermark = key;
    engine_set_key_watermark(model->trace, t, key);
}

static void finish(struct model *model, int t)
{
    struct model_thread *thread = &model->threads[t];
    if (next_order(thread) != UINT64_MAX)
        return;
    thread->has_finished = true;
    engine_finish(model->trace, t);
}

/* The definition: no key below this can come from the thread, by what it has done and promised. */
static uint64_t bound_of(const struct model *model, const struct model_thread *thread)
{
    uint64_t bound = thread->key_watermark;
    if (thread->has_finished)
        return UINT64_MAX;
    uint64_t by_order = 0;
    if (model->keys == MODEL_ORDER)
        by_order = thread->order_watermark;
    else if (model->keys == MODEL_AUTO && thread->order_watermark >= model->least_order)
        by_order = thread->order_watermark + model->constant;
    if (by_order > bound)
        bound = by_order;
    if (model->keys != MODEL_ORDER && thread->has_published && thread->highest_key > bound)
        bound = thread->highest_key;
    return bound;
}

static bool must_be_reported(const struct model *model, const struct model_result *result)
{
    for (int t = 0; t < model->n_threads; t++) {
        if (t == result->thread && model->keys != MODEL_ORDER)
            continue;
        if (result->key > bound_of(model, &model->threads[t]))
            return false;
    }
    return true;
}

/* Of ticks with equal keys one is reported. */
static bool is_duplicate(const struct model *model, uint64_t index)
{
    const struct model_result *result = &model->results[index];
    for (uint64_t i = 0; i < model->n_results; i++)
        if (i != index && model->results[i].is_reported && model->results[i].type == result->type &&
            model->results[i].key == result->key)
            return true;
    return false;
}

static void check_report(struct model *model, const struct engine_report *report)
{
    const uint64_t n = report->result.value.uint64 & 0xffffffffffff;
    assert_int_equal(report->result.value.uint64 >> 48, report->thread);
    struct model_thread *thread = &model->threads[report->thread];
    assert_true(n < thread->n_results);
    struct model_result *result = &model->results[thread->first_result[n]];
    assert_false(result->is_reported);
    assert_int_equal(result->key, report->result.key);
    assert_int_equal(result->type, report->result.type);
    if (result->type == RESULT_TICK_COUNT)
        assert_false(is_duplicate(model, thread->first_result[n]));
    result->is_reported = true;
    model->n_reported++;
    if (model->has_reported && result->key < model->highest_reported)
        model->n_late++;
    else
        model->highest_reported = result->key;
    model->has_reported = true;
    /* Of one thread, equal keys come as published; but for ORDER, all do. */
    if (n > 0 && result->type != RESULT_TICK_COUNT) {
        const struct model_result *before = &model->results[thread->first_result[n - 1]];
        if (before->type != RESULT_TICK_COUNT &&
            (before->key == result->key || model->keys != MODEL_ORDER))
            assert_true(before->is_reported);
    }
}

static void check_reading(struct model *model)
{
    libtrace_t *trace = model->trace;
    for (uint64_t i = 0; i < trace->n_reports; i++)
        check_report(model, &trace->reports[i]);
    trace->n_reports = 0;
    assert_int_equal(engine_n_late(trace), model->n_late);
    assert_int_equal(engine_n_refused(trace), 0);
    if (model->keys == MODEL_AUTO_BROKEN)
        return;
    assert_int_equal(model->n_late, 0);
    for (uint64_t i = 0; i < model->n_results; i++) {
        const struct model_result *result = &model->results[i];
        if (result->is_reported)
            assert_true(must_be_reported(model, result));
        else if (must_be_reported(model, result))
            assert_true(result->type == RESULT_TICK_COUNT && is_duplicate(model, i));
    }
}

static void check_end(struct model *model)
{
    uint64_t n_discarded = 0;
    for (uint64_t i = 0; i < model->n_results; i++) {
        const struct model_result *result = &model->results[i];
        if (result->is_reported)
            continue;
        assert_int_equal(result->type, RESULT_TICK_COUNT);
        if (model->keys != MODEL_AUTO_BROKEN)
            assert_true(is_duplicate(model, i));
        n_discarded++;
    }
    assert_int_equal(n_discarded, engine_n_discarded(model->trace));
}

static uint64_t choose_constant(struct model *model)
{
    switch (draw(model, 4)) {
    case 0:
        return 0;
    case 1:
        return 1 + draw(model, 100);
    case 2:
        return UINT64_MAX - model->first_order - MAX_ORDERS; /* up to the greatest keys */
    default:
        model->least_order = model->first_order; /* the first key is 0 */
        return -model->first_order;
    }
}

static void set_up(struct model *model, enum model_keys keys, uint64_t seed)
{
    memset(model, 0, sizeof(*model));
    model->keys = keys;
    model->random = seed;
    model->n_threads = 1 + (int)draw(model, 8);
    model->step = draw(model, 2) == 0 ? 1 : UINT64_C(1) << 50;
    model->first_order = draw(model, 2) == 0 ? 0 : 1 + draw(model, 1000000);
    model->constant = choose_constant(model);
    /* Some threads get most of the orders. */
    for (uint64_t i = 0; i < MAX_ORDERS; i++) {
        uint64_t t = draw(model, (uint64_t)model->n_threads);
        t = draw(model, t + 1);
        struct model_thread *thread = &model->threads[t];
        thread->orders[thread->n_orders++] = model->first_order + i;
    }
    const enum trace_combiner_keys configuration = keys == MODEL_ORDER ? TRACE_KEY_ORDER
                                                   : keys == MODEL_ANY ? TRACE_KEY_ANY
                                                                       : TRACE_KEY_AUTO;
    model->trace = engine_start(&combiner_ordered, configuration, model->n_threads);
}

static void run(struct model *model, enum model_keys keys, uint64_t seed)
{
    set_up(model, keys, seed);
    const uint64_t n_steps = 200 + draw(model, 3000);
    const uint64_t reading = 5 + draw(model, 100);
    for (uint64_t step = 0; step < n_steps; step++) {
        const int t = (int)draw(model, (uint64_t)model->n_threads);
        if (draw(model, reading) == 0) {
            if (draw(model, 10) == 0)
                engine_pause(model->trace);
            else
                engine_read(model->trace);
            check_reading(model);
        }
        if (model->threads[t].has_finished)
            continue;
        switch (draw(model, 12)) {
        case 0:
        case 1:
            raise_watermark(model, t);
            break;
        case 2:
            if (draw(model, 10) == 0 && keys != MODEL_AUTO_BROKEN)
                promise_key(model, t);
            break;
        case 3:
            finish(model, t);
            break;
        default:
            handle_packet(model, t);
        }
    }
    for (int t = 0; t < model->n_threads; t++)
        model->threads[t].has_finished = true;
    engine_read_final(model->trace);
    check_reading(model);
    check_end(model);
    engine_end(model->trace);
}

static void run_many(enum model_keys keys)
{
    const uint64_t seed = test_seed();
    struct model *model = malloc(sizeof(*model));
    assert_non_null(model);
    for (uint64_t i = 0; i < 60; i++)
        run(model, keys, seed + i);
    free(model);
}

static void test_order(void **state)
{
    (void)state;
    run_many(MODEL_ORDER);
}

static void test_any(void **state)
{
    (void)state;
    run_many(MODEL_ANY);
}

static void test_auto(void **state)
{
    (void)state;
    run_many(MODEL_AUTO);
}

static void test_auto_broken(void **state)
{
    (void)state;
    run_many(MODEL_AUTO_BROKEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_any),
        cmocka_unit_test(test_auto),
        cmocka_unit_test(test_auto_broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
