/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two accesses to memory find a flow, one in the index and one to its entry, and each waits for the
 * other. Batches make the first of many keys at once, then the second: that is where their time is won.
 */
#include "lib/decode/flow_table.h"

#include <sys/random.h>

#include "lib/base/memory.h"
#include "lib/base/time.h"

#define MIN_SLOT_BITS   6u
#define MAX_VALUE_BYTES ((size_t)1 << 30)
#define TAG_BITS        32u
#define GROUP           32u /* keys whose memory is fetched at once */

/* Fails only where the system has no random numbers yet; then what others can hardly know has to do. */
static void make_secrets(trace_flow_table_t *table)
{
    uint64_t seed = (uint64_t)time_now_ns() ^ (uint64_t)(uintptr_t)table << 16;
    const ssize_t n_bytes = getrandom(table->secrets, sizeof(table->secrets), GRND_NONBLOCK);
    for (size_t i = 0; i < ARRAY_LEN(table->secrets) && n_bytes != (ssize_t)sizeof(table->secrets);
         i++) {
        seed = (seed ^ seed >> 29) * UINT64_C(0x9e3779b97f4a7c15) + (uint64_t)time_monotonic_ns();
        table->secrets[i] ^= seed;
    }
    table->secrets[ARRAY_LEN(table->secrets) - 1] |= 1;
}

static uint64_t *make_slots(unsigned bits)
{
    return mem_alloc_zeroed(UINT64_C(1) << bits, sizeof(uint64_t));
}

trace_flow_table_t *trace_create_flow_table(size_t value_bytes, size_t max_flows)
{
    const size_t most = (size_t)1 << FLOW_MAX_BITS;
    if (value_bytes > MAX_VALUE_BYTES)
        return NULL;
    trace_flow_table_t *table = mem_alloc_zeroed(1, sizeof(*table));
    if (!table)
        return NULL;
    table->slots = make_slots(MIN_SLOT_BITS);
    if (!table->slots) {
        mem_free(table);
        return NULL;
    }
    table->mask = (1u << MIN_SLOT_BITS) - 1;
    table->tag_shift = TAG_BITS - MIN_SLOT_BITS;
    table->first_free = FLOW_NO_ENTRY;
    table->max_flows = (uint32_t)(max_flows == 0 || max_flows > most ? most : max_flows);
    table->value_bytes = value_bytes;
    table->entry_bytes = (sizeof(struct flow_entry) + value_bytes + 15) / 16 * 16;
    make_secrets(table);
    return table;
}

void trace_destroy_flow_table(trace_flow_table_t *table)
{
    if (!table)
        return;
    for (unsigned i = 0; i < FLOW_CHUNKS; i++)
        mem_free(table->chunks[i].memory);
    mem_free(table->slots);
    mem_free(table);
}

static inline bool is_same_key(const trace_flow_key_t *key, const trace_flow_key_t *other)
{
    return memcmp(key, other, sizeof(*key)) == 0;
}

/* Where a key with this tag is looked for first. */
static inline uint32_t home_of(const trace_flow_table_t *table, uint32_t tag)
{
    return tag >> table->tag_shift;
}

/*
 * The entry of a key, looked for from *at on, or NULL; and where its slot is, or would be. There is
 * always an empty slot.
 */
static inline struct flow_entry *find(const trace_flow_table_t *table, const trace_flow_key_t *key,
                                      uint32_t tag, uint32_t *at)
{
    for (;; *at = (*at + 1) & table->mask) {
        const uint64_t slot = table->slots[*at];
        if (slot == 0)
            return NULL;
        if (flow_slot_tag(slot) != tag)
            continue;
        struct flow_entry *entry = flow_slot_entry(table, slot);
        if (LIKELY(is_same_key(&entry->key, key)))
            return entry;
    }
}

static void insert(const trace_flow_table_t *table, uint64_t slot)
{
    uint32_t at = home_of(table, flow_slot_tag(slot));
    while (table->slots[at] != 0)
        at = (at + 1) & table->mask;
    table->slots[at] = slot;
}

/* Makes the index twice as large. False when memory is short. */
static NOINLINE bool grow_index(trace_flow_table_t *table)
{
    const unsigned bits = TAG_BITS - table->tag_shift + 1;
    const trace_flow_table_t before = *table;
    uint64_t *slots = make_slots(bits);
    if (!slots)
        return false;
    table->slots = slots;
    table->mask = (uint32_t)((UINT64_C(1) << bits) - 1);
    table->tag_shift = TAG_BITS - bits;
    for (uint64_t i = 0; i <= before.mask; i++)
        if (before.slots[i] != 0)
            insert(table, before.slots[i]);
    mem_free(before.slots);
    return true;
}

/* Entry number n_entries has no chunk yet: makes it. False when memory is short. */
static NOINLINE bool add_chunk(trace_flow_table_t *table, struct flow_chunk *chunk, unsigned bits)
{
    uint64_t n_bytes;
    if (__builtin_mul_overflow(UINT64_C(1) << bits, table->entry_bytes, &n_bytes))
        return false;
    chunk->memory = mem_alloc_zeroed(1, n_bytes + CACHE_LINE_BYTES - 1);
    if (!chunk->memory)
        return false;
    const size_t skipped = -(uintptr_t)chunk->memory % CACHE_LINE_BYTES;
    chunk->entries = (unsigned char *)chunk->memory + skipped;
    return true;
}

/* A free entry with a value of zeros; FLOW_NO_ENTRY when memory is short. */
static inline uint32_t take_entry(trace_flow_table_t *table)
{
    const uint32_t number = table->first_free;
    if (number != FLOW_NO_ENTRY) {
        struct flow_entry *entry = flow_table_entry(table, number);
        table->first_free = entry->next;
        memset(entry->value, 0, table->value_bytes);
        return number;
    }
    const unsigned bits = 31u - (unsigned)__builtin_clz(table->n_entries + (1u << FLOW_CHUNK_BITS));
    struct flow_chunk *chunk = &table->chunks[bits - FLOW_CHUNK_BITS];
    if (UNLIKELY(!chunk->memory) && !add_chunk(table, chunk, bits))
        return FLOW_NO_ENTRY;
    return table->n_entries++;
}

/* Looks for the key from `at` on. */
static void *add(trace_flow_table_t *table, const trace_flow_key_t *key, uint32_t tag, uint32_t at,
                 bool *is_new)
{
    struct flow_entry *entry = find(table, key, tag, &at);
    *is_new = false;
    if (entry)
        return entry->value;
    if (table->n_flows >= table->max_flows)
        return NULL;
    if (UNLIKELY(table->n_flows >= ((uint64_t)table->mask + 1) * 5 / 8)) {
        if (!grow_index(table))
            return NULL;
        at = home_of(table, tag);
        find(table, key, tag, &at);
    }
    const uint32_t number = take_entry(table);
    if (number == FLOW_NO_ENTRY)
        return NULL;
    entry = flow_table_entry(table, number);
    entry->key = *key;
    entry->next = FLOW_IS_LIVE;
    table->slots[at] = (uint64_t)tag << 32 | (number + 1);
    table->n_flows++;
    *is_new = true;
    return entry->value;
}

HOT void *trace_find_flow(const trace_flow_table_t *table, const trace_flow_key_t *key)
{
    const uint32_t tag = flow_table_tag(table, key);
    uint32_t at = home_of(table, tag);
    struct flow_entry *entry = find(table, key, tag, &at);
    return entry ? entry->value : NULL;
}

void *trace_add_flow(trace_flow_table_t *table, const trace_flow_key_t *key, bool *is_new)
{
    const uint32_t tag = flow_table_tag(table, key);
    bool is_added;
    void *value = add(table, key, tag, home_of(table, tag), &is_added);
    if (is_new)
        *is_new = is_added;
    return value;
}

/* Keys that are looked for together: their tags, and where each is or will be, as far as tags tell. */
struct group {
    size_t n;
    uint32_t tags[GROUP];
    uint32_t at[GROUP];
};

/* The slot that a key most probably has, without a look at the key; or the empty one behind. */
static inline uint32_t guess(const trace_flow_table_t *table, uint32_t tag)
{
    uint32_t at = home_of(table, tag);
    while (table->slots[at] != 0 && flow_slot_tag(table->slots[at]) != tag)
        at = (at + 1) & table->mask;
    return at;
}

/* The first of `n` keys; what is going to be looked at is on its way into the cache. */
static inline struct group fetch(const trace_flow_table_t *table, const trace_flow_key_t *keys,
                                 size_t n)
{
    struct group group;
    group.n = n < GROUP ? n : GROUP;
    for (size_t i = 0; i < group.n; i++) {
        group.tags[i] = flow_table_tag(table, &keys[i]);
        __builtin_prefetch(&table->slots[home_of(table, group.tags[i])]);
    }
    for (size_t i = 0; i < group.n; i++) {
        group.at[i] = guess(table, group.tags[i]);
        const uint64_t slot = table->slots[group.at[i]];
        if (slot == 0)
            continue;
        const struct flow_entry *entry = flow_slot_entry(table, slot);
        __builtin_prefetch(entry);
        if (table->entry_bytes > CACHE_LINE_BYTES)
            __builtin_prefetch((const char *)entry + CACHE_LINE_BYTES);
    }
    return group;
}

HOT size_t trace_find_flows(const trace_flow_table_t *table, const trace_flow_key_t *keys, size_t n,
                            void **values)
{
    size_t n_found = 0;
    for (size_t first = 0; first < n; first += GROUP) {
        struct group group = fetch(table, keys + first, n - first);
        for (size_t i = 0; i < group.n; i++) {
            struct flow_entry *entry = find(table, &keys[first + i], group.tags[i], &group.at[i]);
            values[first + i] = entry ? entry->value : NULL;
            n_found += entry != NULL;
        }
    }
    return n_found;
}

size_t trace_add_flows(trace_flow_table_t *table, const trace_flow_key_t *keys, size_t n,
                       void **values)
{
    size_t n_there = 0;
    for (size_t first = 0; first < n; first += GROUP) {
        const struct group group = fetch(table, keys + first, n - first);
        const uint32_t mask = table->mask;
        for (size_t i = 0; i < group.n; i++) {
            bool is_new;
            const uint32_t tag = group.tags[i];
            const uint32_t at = table->mask == mask ? group.at[i] : home_of(table, tag);
            values[first + i] = add(table, &keys[first + i], tag, at, &is_new);
            n_there += values[first + i] != NULL;
        }
    }
    return n_there;
}

/* Empties a slot, and moves those behind it that would not be found past the gap. */
static void close_gap(const trace_flow_table_t *table, uint32_t gap)
{
    const uint32_t mask = table->mask;
    uint64_t *slots = table->slots;
    for (uint32_t at = (gap + 1) & mask; slots[at] != 0; at = (at + 1) & mask) {
        const uint32_t home = home_of(table, flow_slot_tag(slots[at]));
        if (((at - home) & mask) >= ((at - gap) & mask)) {
            slots[gap] = slots[at];
            gap = at;
        }
    }
    slots[gap] = 0;
}

int trace_remove_flow(trace_flow_table_t *table, const trace_flow_key_t *key)
{
    const uint32_t tag = flow_table_tag(table, key);
    uint32_t at = home_of(table, tag);
    struct flow_entry *entry = find(table, key, tag, &at);
    if (!entry)
        return 0;
    const uint32_t number = (uint32_t)table->slots[at] - 1;
    close_gap(table, at);
    entry->next = table->first_free;
    table->first_free = number;
    table->n_flows--;
    return 1;
}

void *trace_next_flow(const trace_flow_table_t *table, size_t *position,
                      const trace_flow_key_t **key)
{
    while (*position < table->n_entries) {
        struct flow_entry *entry = flow_table_entry(table, (uint32_t)(*position)++);
        if (entry->next != FLOW_IS_LIVE)
            continue;
        if (key)
            *key = &entry->key;
        return entry->value;
    }
    return NULL;
}

size_t trace_count_flows(const trace_flow_table_t *table)
{
    return table->n_flows;
}
