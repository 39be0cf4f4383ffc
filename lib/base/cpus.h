/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many CPUs there are to use.
 */
#ifndef WEIR_BASE_CPUS_H
#define WEIR_BASE_CPUS_H

/**
 * CPUs that the calling thread may use, by its affinity and by the control groups of the process;
 * at least 1. Reads files, so ask once rather than often. Any thread.
 */
int cpus_count(void);

#endif
