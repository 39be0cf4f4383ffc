/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the user sets before the engine starts: callback sets, hasher, combiner.
 */
#include "lib/parallel/parallel.h"

#include "lib/base/memory.h"

libtrace_callback_set_t *trace_create_callback_set(void)
{
    return mem_alloc_zeroed(1, sizeof(libtrace_callback_set_t));
}

void trace_destroy_callback_set(libtrace_callback_set_t *cbset)
{
    mem_free(cbset);
}

int trace_set_starting_cb(libtrace_callback_set_t *cbset, fn_cb_starting handler)
{
    if (!cbset)
        return -1;
    cbset->starting = handler;
    return 0;
}

int trace_set_stopping_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler)
{
    if (!cbset)
        return -1;
    cbset->stopping = handler;
    return 0;
}

int trace_set_resuming_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler)
{
    if (!cbset)
        return -1;
    cbset->resuming = handler;
    return 0;
}

int trace_set_pausing_cb(libtrace_callback_set_t *cbset, fn_cb_dataless handler)
{
    if (!cbset)
        return -1;
    cbset->pausing = handler;
    return 0;
}

int trace_set_packet_cb(libtrace_callback_set_t *cbset, fn_cb_packet handler)
{
    if (!cbset)
        return -1;
    cbset->packet = handler;
    return 0;
}

int trace_set_packet_batch_cb(libtrace_callback_set_t *cbset, fn_cb_packet_batch handler)
{
    if (!cbset)
        return -1;
    cbset->packet_batch = handler;
    return 0;
}

int trace_set_meta_packet_cb(libtrace_callback_set_t *cbset, fn_cb_meta_packet handler)
{
    if (!cbset)
        return -1;
    cbset->meta_packet = handler;
    return 0;
}

int trace_set_first_packet_cb(libtrace_callback_set_t *cbset, fn_cb_first_packet handler)
{
    if (!cbset)
        return -1;
    cbset->first_packet = handler;
    return 0;
}

int trace_set_result_cb(libtrace_callback_set_t *cbset, fn_cb_result handler)
{
    if (!cbset)
        return -1;
    cbset->result = handler;
    return 0;
}

int trace_set_tick_count_cb(libtrace_callback_set_t *cbset, fn_cb_tick handler)
{
    if (!cbset)
        return -1;
    cbset->tick_count = handler;
    return 0;
}

int trace_set_tick_interval_cb(libtrace_callback_set_t *cbset, fn_cb_tick handler)
{
    if (!cbset)
        return -1;
    cbset->tick_interval = handler;
    return 0;
}

int trace_set_user_message_cb(libtrace_callback_set_t *cbset, fn_cb_usermessage handler)
{
    if (!cbset)
        return -1;
    cbset->user_message = handler;
    return 0;
}

int trace_set_hasher(libtrace_t *trace, enum hasher_types type, fn_hasher hasher, void *data)
{
    if (!trace)
        return TRACE_ERR_NULL_TRACE;
    if (load_acquire(&trace->state) != TRACE_STATE_NEW)
        return trace_set_error(trace, TRACE_ERR_BAD_STATE,
                               "the hasher can only be set before trace_pstart()");
    if (type < HASHER_BALANCE || type > HASHER_CUSTOM)
        return trace_set_error(trace, TRACE_ERR_CONFIG, "there is no hasher type %d", (int)type);
    if (type == HASHER_CUSTOM && !hasher)
        return trace_set_error(trace, TRACE_ERR_CONFIG, "HASHER_CUSTOM needs a hash function");
    if (type == HASHER_BALANCE && hasher)
        return trace_set_error(trace, TRACE_ERR_CONFIG, "HASHER_BALANCE takes no hash function");
    struct parallel *parallel = parallel_of(trace);
    if (!parallel)
        return -1;
    parallel->hasher_type = hasher ? HASHER_CUSTOM : type;
    parallel->hasher = hasher;
    parallel->hasher_data = data;
    parallel->is_directed = type == HASHER_UNIDIRECTIONAL;
    return 0;
}

void trace_set_combiner(libtrace_t *trace, const libtrace_combine_t *combiner,
                        libtrace_generic_t config)
{
    if (!trace)
        return;
    if (load_acquire(&trace->state) != TRACE_STATE_NEW) {
        trace_set_error(trace, TRACE_ERR_BAD_STATE,
                        "the combiner can only be set before trace_pstart()");
        return;
    }
    struct parallel *parallel = parallel_of(trace);
    if (!parallel)
        return;
    parallel->combiner = combiner ? *combiner : combiner_unordered;
    parallel->combiner.configuration = config;
}
