/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The affinity mask alone is not enough: containers are mostly limited by a quota of time, and
 * threads beyond it only take it from each other.
 */
#include "lib/base/cpus.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#define MAX_CPUS      8192
#define CGROUP_OF_US  "/proc/self/cgroup"
#define CGROUP2_MOUNT "/sys/fs/cgroup"

static int count_affinity(void)
{
    cpu_set_t *set = CPU_ALLOC(MAX_CPUS);
    if (!set)
        return 1;
    size_t size = CPU_ALLOC_SIZE(MAX_CPUS);
    int n = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 1;
    CPU_FREE(set);
    return n > 0 ? n : 1;
}

/* CPUs granted by one cpu.max file ("quota period" or "max period", in us); INT_MAX without a
 * limit. */
static int read_cpu_max(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return INT_MAX;
    long long quota_us = 0, period_us = 0;
    int n = fscanf(file, "%lld %lld", &quota_us, &period_us);
    fclose(file);
    if (n != 2 || quota_us <= 0 || period_us <= 0)
        return INT_MAX;
    long long n_cpus = (quota_us + period_us - 1) / period_us;
    return n_cpus < INT_MAX ? (int)n_cpus : INT_MAX;
}

/* The tightest limit of the process's control group (version 2) and of those around it. */
static int count_cgroup(void)
{
    FILE *file = fopen(CGROUP_OF_US, "re");
    if (!file)
        return INT_MAX;
    char line[4096], path[sizeof(line) + 64];
    int n_cpus = INT_MAX;
    while (fgets(line, sizeof(line), file)) {
        if (strncmp(line, "0::/", 4) != 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        for (char *group = line + 3; group[0] != '\0'; *strrchr(group, '/') = '\0') {
            snprintf(path, sizeof(path), CGROUP2_MOUNT "%s/cpu.max", group);
            int granted = read_cpu_max(path);
            n_cpus = granted < n_cpus ? granted : n_cpus;
        }
    }
    fclose(file);
    return n_cpus;
}

int cpus_count(void)
{
    int by_affinity = count_affinity();
    int by_cgroup = count_cgroup();
    return by_cgroup < by_affinity ? by_cgroup : by_affinity;
}
