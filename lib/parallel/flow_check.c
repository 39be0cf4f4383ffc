/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One table under one lock, open addressing: it is for debugging. Flows are found by all that they
 * consist of, so that none is taken for another.
 */
#include "lib/parallel/flow_check.h"

#include <pthread.h>
#include <string.h>

#include "lib/base/memory.h"
#include "lib/decode/flow_key.h"

/* Twice the flows, so that looking for one ends soon. */
#define N_PLACES (2 * FLOW_CHECK_MAX_FLOWS)

struct watched_flow {
    trace_flow_key_t key;
    uint16_t worker; /* plus 1; 0: the place is free */
    bool is_split;
};

struct flow_check {
    pthread_mutex_t lock;
    bool is_directed;
    uint32_t n_flows;
    struct watched_flow *places;
};

struct flow_check *flow_check_create(bool is_directed)
{
    struct flow_check *check = mem_alloc_zeroed(1, sizeof(*check));
    if (!check)
        return NULL;
    check->places = mem_alloc_zeroed(N_PLACES, sizeof(*check->places));
    if (!check->places) {
        mem_free(check);
        return NULL;
    }
    check->is_directed = is_directed;
    pthread_mutex_init(&check->lock, NULL);
    return check;
}

void flow_check_destroy(struct flow_check **check)
{
    if (!*check)
        return;
    pthread_mutex_destroy(&(*check)->lock);
    mem_free((*check)->places);
    mem_free(*check);
    *check = NULL;
}

/* FNV-1a, which has nothing in common with the hash that is checked. */
static uint32_t place_of(const trace_flow_key_t *key)
{
    const uint8_t *bytes = (const uint8_t *)key;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < sizeof(*key); i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return (uint32_t)(hash >> 32) % N_PLACES;
}

/* Where the flow is, or would be. */
static struct watched_flow *find(struct flow_check *check, const trace_flow_key_t *key)
{
    uint32_t i = place_of(key);
    while (check->places[i].worker != 0 && memcmp(&check->places[i].key, key, sizeof(*key)) != 0)
        i = (i + 1) % N_PLACES;
    return &check->places[i];
}

/* 1: the flow turns out to be split now. */
static uint32_t see(struct flow_check *check, int worker, const trace_flow_key_t *key)
{
    struct watched_flow *flow = find(check, key);
    if (flow->worker == 0) {
        if (check->n_flows == FLOW_CHECK_MAX_FLOWS)
            return 0;
        check->n_flows++;
        flow->key = *key;
        flow->worker = (uint16_t)(worker + 1);
        return 0;
    }
    if (flow->worker == worker + 1 || flow->is_split)
        return 0;
    flow->is_split = true;
    return 1;
}

uint32_t flow_check_records(struct flow_check *check, int worker, const struct slot *slot,
                            const struct record *records, uint32_t n)
{
    const struct block *block = slot->block;
    uint32_t n_split = 0;
    pthread_mutex_lock(&check->lock);
    for (const struct record *record = records; record < records + n; record++) {
        if (record->flags & (RECORD_META | RECORD_NO_DATA))
            continue;
        trace_flow_key_t key = flow_key_of(block->data + record->offset + record->framing,
                                           record->capture, block->kinds[record->kind].link_type);
        if (!check->is_directed)
            trace_order_flow_key(&key);
        n_split += see(check, worker, &key);
    }
    pthread_mutex_unlock(&check->lock);
    return n_split;
}
