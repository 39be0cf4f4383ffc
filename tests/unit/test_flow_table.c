/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Flow tables against a model that is an array: a universe of keys, and for each whether it is in the
 * table and with what value.
 */
#include "lib/decode/flow_table.h"

#include "lib/base/memory.h"
#include "tests/support/test.h"

enum { UNIVERSE = 3000, BATCH = 70 };

struct model {
    trace_flow_key_t keys[UNIVERSE];
    void *values[UNIVERSE]; /* where the table has them; NULL: not there */
    uint64_t contents[UNIVERSE];
    size_t n;
    uint64_t random;
    trace_flow_table_t *table;
    size_t value_bytes;
};

/* Memory, of which there is only so much. */

static int64_t n_allocations_left = INT64_MAX;

void *__real_mem_alloc_zeroed(uint64_t count, uint64_t size);
void *__wrap_mem_alloc_zeroed(uint64_t count, uint64_t size);

void *__wrap_mem_alloc_zeroed(uint64_t count, uint64_t size)
{
    return n_allocations_left-- > 0 ? __real_mem_alloc_zeroed(count, size) : NULL;
}

static trace_flow_key_t key_of(uint64_t number)
{
    trace_flow_key_t key;
    memset(&key, 0, sizeof(key));
    memcpy(key.source, &number, 4);
    memcpy(key.destination, "\x0a\0\0\1", 4);
    key.source_port = (uint16_t)(number >> 32);
    key.destination_port = 443;
    key.version = 4;
    key.proto = 6;
    return key;
}

static bool has_content(const void *value, size_t n_bytes, uint64_t content)
{
    unsigned char wanted[256];
    for (size_t i = 0; i < n_bytes; i++)
        wanted[i] = (unsigned char)(content >> i % 8 * 8);
    return memcmp(value, wanted, n_bytes) == 0;
}

static void set_content(void *value, size_t n_bytes, uint64_t content)
{
    for (size_t i = 0; i < n_bytes; i++)
        ((unsigned char *)value)[i] = (unsigned char)(content >> i % 8 * 8);
}

/* A key of the universe, seldom one of its rare half. */
static size_t draw(struct model *model)
{
    const uint64_t number = test_random(&model->random);
    return number % 4 == 0 ? number / 4 % UNIVERSE : number / 4 % (UNIVERSE / 8);
}

static void expect_content(const struct model *model, size_t i, const void *value)
{
    assert_ptr_equal(value, model->values[i]);
    if (value)
        assert_true(has_content(value, model->value_bytes, model->contents[i]));
}

/* What adding gave, which the model is told of. */
static void note_added(struct model *model, size_t i, void *value, bool is_new)
{
    assert_non_null(value);
    assert_int_equal(is_new, model->values[i] == NULL);
    assert_int_equal((uintptr_t)value % 16, 0);
    if (is_new) {
        model->values[i] = value;
        model->contents[i] = 0;
        model->n++;
    }
    expect_content(model, i, value);
    model->contents[i] = test_random(&model->random);
    set_content(value, model->value_bytes, model->contents[i]);
}

static void remove_one(struct model *model)
{
    const size_t i = draw(model);
    assert_int_equal(trace_remove_flow(model->table, &model->keys[i]), model->values[i] != NULL);
    if (!model->values[i])
        return;
    model->values[i] = NULL;
    model->n--;
}

static size_t draw_batch(struct model *model, size_t *which, trace_flow_key_t *keys)
{
    const size_t n = test_random(&model->random) % BATCH;
    for (size_t i = 0; i < n; i++) {
        which[i] = draw(model);
        keys[i] = model->keys[which[i]];
    }
    return n;
}

static void find_batch(struct model *model)
{
    size_t which[BATCH], n_there = 0;
    trace_flow_key_t keys[BATCH];
    void *values[BATCH];
    const size_t n = draw_batch(model, which, keys);
    const size_t n_found = trace_find_flows(model->table, keys, n, values);
    for (size_t i = 0; i < n; i++) {
        expect_content(model, which[i], values[i]);
        n_there += values[i] != NULL;
    }
    assert_int_equal(n_found, n_there);
}

static void add_batch(struct model *model)
{
    size_t which[BATCH];
    trace_flow_key_t keys[BATCH];
    void *values[BATCH];
    const size_t n = draw_batch(model, which, keys);
    assert_int_equal(trace_add_flows(model->table, keys, n, values), n);
    for (size_t i = 0; i < n; i++)
        note_added(model, which[i], values[i], model->values[which[i]] == NULL);
}

static size_t index_of(const struct model *model, const trace_flow_key_t *key)
{
    uint32_t number;
    memcpy(&number, key->source, sizeof(number));
    assert_in_range(number, 0, UNIVERSE - 1);
    assert_memory_equal(key, &model->keys[number], sizeof(*key));
    return number;
}

/* Each once, some of them being removed on the way. */
static void walk(struct model *model, bool removes)
{
    bool was_met[UNIVERSE] = {false};
    const trace_flow_key_t *key;
    size_t position = 0, n = 0;
    const size_t n_before = model->n;
    void *value;
    while ((value = trace_next_flow(model->table, &position, &key))) {
        const size_t i = index_of(model, key);
        assert_false(was_met[i]);
        was_met[i] = true;
        expect_content(model, i, value);
        n++;
        if (!removes || test_random(&model->random) % 3 != 0)
            continue;
        assert_int_equal(trace_remove_flow(model->table, key), 1);
        model->values[i] = NULL;
        model->n--;
    }
    assert_int_equal(n, n_before);
    assert_null(trace_next_flow(model->table, &position, NULL));
}

static void step(struct model *model)
{
    bool is_new;
    const uint64_t what = test_random(&model->random) % 1000;
    const size_t i = draw(model);
    if (what < 300) {
        expect_content(model, i, trace_find_flow(model->table, &model->keys[i]));
    } else if (what < 600) {
        void *value = trace_add_flow(model->table, &model->keys[i], &is_new);
        note_added(model, i, value, is_new);
    } else if (what < 900) {
        remove_one(model);
    } else if (what < 940) {
        find_batch(model);
    } else if (what < 990) {
        add_batch(model);
    } else {
        walk(model, what >= 998);
    }
    assert_int_equal(trace_count_flows(model->table), model->n);
}

static void test_model(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 8, 16, 17, 100, 200};
    static struct model model;
    const uint64_t seed = test_seed();
    for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
        memset(&model, 0, sizeof(model));
        model.random = seed + s;
        model.value_bytes = sizes[s];
        model.table = trace_create_flow_table(sizes[s], 0);
        assert_non_null(model.table);
        for (uint64_t i = 0; i < UNIVERSE; i++)
            model.keys[i] = key_of(i);
        for (int i = 0; i < 15000; i++)
            step(&model);
        walk(&model, false);
        for (size_t i = 0; i < UNIVERSE; i++)
            expect_content(&model, i, trace_find_flow(model.table, &model.keys[i]));
        trace_destroy_flow_table(model.table);
    }
}

/* Each bit of a key counts. */
static void test_keys_that_differ_in_a_bit(void **state)
{
    (void)state;
    trace_flow_table_t *table = trace_create_flow_table(sizeof(unsigned), 0);
    trace_flow_key_t key = key_of(1);
    bool is_new;
    assert_non_null(trace_add_flow(table, &key, NULL));
    for (unsigned bit = 0; bit < sizeof(key) * 8; bit++) {
        ((unsigned char *)&key)[bit / 8] ^= (unsigned char)(1u << bit % 8);
        assert_null(trace_find_flow(table, &key));
        *(unsigned *)trace_add_flow(table, &key, &is_new) = bit + 1;
        assert_true(is_new);
        assert_int_equal(*(unsigned *)trace_find_flow(table, &key), bit + 1);
        ((unsigned char *)&key)[bit / 8] ^= (unsigned char)(1u << bit % 8);
    }
    assert_int_equal(trace_count_flows(table), 1 + sizeof(key) * 8);
    assert_int_equal(*(unsigned *)trace_find_flow(table, &key), 0);
    trace_destroy_flow_table(table);
}

/* The longest way that anybody has to go in the index. */
static unsigned longest_run(const trace_flow_table_t *table)
{
    unsigned longest = 0, run = 0;
    for (uint64_t i = 0; i <= table->mask; i++) {
        run = table->slots[i] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return longest;
}

static void test_growth(void **state)
{
    (void)state;
    const uint64_t n = 600000;
    trace_flow_table_t *table = trace_create_flow_table(sizeof(uint64_t), 0);
    uint64_t *first = NULL, *value;
    const trace_flow_key_t *key;
    for (uint64_t i = 0; i < n; i++) {
        const trace_flow_key_t one = key_of(i);
        value = trace_add_flow(table, &one, NULL);
        assert_non_null(value);
        *value = i;
        first = first ? first : value;
    }
    assert_int_equal(trace_count_flows(table), n);
    assert_true(n * 8 <= ((uint64_t)table->mask + 1) * 5);
    assert_in_range(longest_run(table), 1, 400);
    const trace_flow_key_t zero = key_of(0);
    assert_ptr_equal(trace_find_flow(table, &zero), first);

    /* in the order in which they were added; and in two parts */
    size_t position = 0;
    for (uint64_t i = 0; i < n; i++) {
        value = trace_next_flow(table, &position, &key);
        assert_int_equal(*value, i);
        const trace_flow_key_t one = key_of(i);
        assert_memory_equal(key, &one, sizeof(one));
    }
    assert_null(trace_next_flow(table, &position, &key));

    /* what is removed is room for others */
    const uint32_t n_entries = table->n_entries;
    for (uint64_t i = 0; i < n; i++) {
        const trace_flow_key_t one = key_of(i), other = key_of(n + i);
        assert_int_equal(trace_remove_flow(table, &one), 1);
        value = trace_add_flow(table, &other, NULL);
        assert_int_equal(*value, 0);
        *value = n + i;
    }
    assert_int_equal(table->n_entries, n_entries);
    assert_int_equal(trace_count_flows(table), n);
    trace_destroy_flow_table(table);
}

/*
 * Many keys that the public hash cannot tell apart: the second word of the source takes back what the
 * first one made of the hash. Made without knowing the table's secrets, they mean nothing to it.
 */
static void test_flood(void **state)
{
    (void)state;
    enum { N = 20000 };
    static uint32_t tags[N];
    trace_flow_table_t *table = trace_create_flow_table(0, 0);
    uint64_t random = test_seed();
    uint64_t hash = 0;
    unsigned n_equal = 0;
    for (uint32_t i = 0; i < N; i++) {
        trace_flow_key_t key = {.version = 6, .proto = 17};
        const uint64_t word = test_random(&random);
        const uint64_t odd = UINT64_C(0x9e3779b97f4a7c15);
        const unsigned __int128 product =
            (unsigned __int128)(UINT64_C(0x243f6a8885a308d3) ^ word) * odd;
        const uint64_t other = ((uint64_t)product ^ (uint64_t)(product >> 64)) + odd;
        memcpy(key.source, &word, sizeof(word));
        memcpy(key.source + 8, &other, sizeof(other));
        hash = i == 0 ? trace_hash_flow_key(&key) : hash;
        assert_true(trace_hash_flow_key(&key) == hash);
        tags[i] = flow_table_tag(table, &key);
        n_equal += i > 0 && tags[i] == tags[i - 1];
        assert_non_null(trace_add_flow(table, &key, NULL));
    }
    assert_int_equal(trace_count_flows(table), N);
    assert_in_range(n_equal, 0, 3);
    assert_in_range(longest_run(table), 1, 400);
    trace_destroy_flow_table(table);
}

static void test_tables_have_secrets_of_their_own(void **state)
{
    (void)state;
    trace_flow_table_t *one = trace_create_flow_table(0, 0), *other = trace_create_flow_table(0, 0);
    assert_memory_not_equal(one->secrets, other->secrets, sizeof(one->secrets));
    unsigned n_equal = 0;
    for (uint64_t i = 0; i < 100; i++) {
        const trace_flow_key_t key = key_of(i);
        n_equal += flow_table_tag(one, &key) == flow_table_tag(other, &key);
        assert_int_equal(flow_table_tag(one, &key), flow_table_tag(one, &key));
    }
    assert_in_range(n_equal, 0, 2);
    trace_destroy_flow_table(one);
    trace_destroy_flow_table(other);
}

static void test_limit(void **state)
{
    (void)state;
    trace_flow_table_t *table = trace_create_flow_table(4, 100);
    trace_flow_key_t keys[300];
    void *values[300];
    bool is_new = true;
    for (uint64_t i = 0; i < 300; i++)
        keys[i] = key_of(i % 150);
    assert_int_equal(trace_add_flows(table, keys, 300, values), 200);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(values[i] != NULL, i % 150 < 100);
    assert_int_equal(trace_count_flows(table), 100);
    assert_null(trace_add_flow(table, &keys[120], &is_new));
    assert_false(is_new);
    assert_ptr_equal(trace_add_flow(table, &keys[7], &is_new), values[7]);
    assert_false(is_new);
    assert_int_equal(trace_remove_flow(table, &keys[7]), 1);
    assert_non_null(trace_add_flow(table, &keys[120], &is_new));
    assert_true(is_new);
    assert_null(trace_find_flow(table, &keys[7]));
    trace_destroy_flow_table(table);
}

/* Whatever cannot be had, the table is as it was, and goes on when there is memory again. */
static void test_memory_is_short(void **state)
{
    (void)state;
    trace_destroy_flow_table(NULL);
    assert_null(trace_create_flow_table((size_t)1 << 31, 0));
    for (int64_t n = 0; n < 2; n++) {
        n_allocations_left = n;
        assert_null(trace_create_flow_table(8, 0));
    }
    n_allocations_left = 2;
    trace_flow_table_t *table = trace_create_flow_table(8, 0);
    uint64_t n_refused = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        const trace_flow_key_t key = key_of(i);
        bool is_new = true;
        while (!trace_add_flow(table, &key, &is_new)) {
            assert_false(is_new);
            assert_null(trace_find_flow(table, &key));
            assert_int_equal(trace_count_flows(table), i);
            n_refused++;
            n_allocations_left = 1;
        }
        assert_true(is_new);
        n_allocations_left = 0;
    }
    /* chunks of 256, 512, ... entries; an index of 128, 256, ... slots */
    assert_int_equal(n_refused, 7 + 9);
    n_allocations_left = INT64_MAX;
    for (uint64_t i = 0; i < 20000; i++) {
        const trace_flow_key_t key = key_of(i);
        assert_non_null(trace_find_flow(table, &key));
    }
    trace_destroy_flow_table(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model),
        cmocka_unit_test(test_keys_that_differ_in_a_bit),
        cmocka_unit_test(test_growth),
        cmocka_unit_test(test_flood),
        cmocka_unit_test(test_tables_have_secrets_of_their_own),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_memory_is_short),
    };
    return cmocka_run_group_tests_name("flow table", tests, NULL, NULL);
}
