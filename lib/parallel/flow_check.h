/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Do all packets of a flow come to one thread? A check for debugging (configuration key
 * check_flows), independent of how they were shared out: it remembers which thread saw each flow first.
 */
#ifndef WEIR_PARALLEL_FLOW_CHECK_H
#define WEIR_PARALLEL_FLOW_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/parallel/ring.h"

/** Flows that are watched; those that come when there are as many are not. */
#define FLOW_CHECK_MAX_FLOWS (UINT32_C(1) << 17)

struct flow_check;

/** `is_directed`: each direction is a flow of its own. NULL when memory (12 MiB) is short. */
struct flow_check *flow_check_create(bool is_directed);

/** Clears *check, which may hold NULL. No thread uses it. */
void flow_check_destroy(struct flow_check **check);

/**
 * Worker number `worker` has these records of a slot. Any thread; takes a lock.
 * @return flows among them that another worker had before, and that were not counted yet
 */
uint32_t flow_check_records(struct flow_check *check, int worker, const struct slot *slot,
                            const struct record *records, uint32_t n);

#endif
