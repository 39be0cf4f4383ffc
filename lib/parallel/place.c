/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CPUs and memory nodes, for how many workers there are and where they run.
 *
 * Workers float within the mask that the process was given. They are bound only where it pays or
 * was asked for: to the CPUs of a memory node when there are several, or to the CPUs of a coremap.
 * hwloc knows the topology, but takes 10 ms to find it, so it is asked in these two cases only,
 * once per process.
 */
#include "lib/parallel/parallel.h"

#include <hwloc.h>
#include <unistd.h>

#include "lib/base/cpus.h"

#define SECOND_NODE "/sys/devices/system/node/node1"

int place_count_cpus(void)
{
    return cpus_count();
}

static hwloc_topology_t topology; /* NULL: hwloc failed */

static void load_topology(void)
{
    if (hwloc_topology_init(&topology) != 0) {
        topology = NULL;
        return;
    }
    hwloc_topology_set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE);
    if (hwloc_topology_load(topology) != 0) {
        hwloc_topology_destroy(topology);
        topology = NULL;
    }
}

/* Binds the calling thread to those of these CPUs that it may use already; to none: leaves it as it
 * is. */
static void bind_within_mask(hwloc_const_cpuset_t wanted)
{
    hwloc_cpuset_t cpus = hwloc_bitmap_alloc();
    if (cpus && hwloc_get_cpubind(topology, cpus, HWLOC_CPUBIND_THREAD) == 0) {
        hwloc_bitmap_and(cpus, cpus, wanted);
        if (!hwloc_bitmap_iszero(cpus))
            hwloc_set_cpubind(topology, cpus, HWLOC_CPUBIND_THREAD);
    }
    hwloc_bitmap_free(cpus);
}

static void bind_to_cpu(int cpu)
{
    hwloc_cpuset_t cpus = hwloc_bitmap_alloc();
    if (cpus && hwloc_bitmap_only(cpus, (unsigned)cpu) == 0)
        bind_within_mask(cpus);
    hwloc_bitmap_free(cpus);
}

void place_worker(const libtrace_thread_t *worker)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    const struct tuning *tuning = &worker->trace->tuning;
    size_t index = (size_t)worker->index;
    bool has_core = index < tuning->n_coremap;
    if (!has_core && access(SECOND_NODE, F_OK) != 0)
        return;
    pthread_once(&once, load_topology);
    if (!topology)
        return;
    if (has_core) {
        bind_to_cpu(tuning->coremap[index]);
        return;
    }
    int n_nodes = hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_NUMANODE);
    hwloc_obj_t node = n_nodes > 1
                           ? hwloc_get_obj_by_type(topology, HWLOC_OBJ_NUMANODE,
                                                   (unsigned)worker->index % (unsigned)n_nodes)
                           : NULL;
    if (node)
        bind_within_mask(node->cpuset);
}
