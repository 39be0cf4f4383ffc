/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A capture for the stress programs: a pcap file in a temporary folder, removed again at the end.
 */
#ifndef WEIR_TESTS_STRESS_CAPTURE_H
#define WEIR_TESTS_STRESS_CAPTURE_H

#include <stdint.h>

/** Writes `n` Ethernet/IPv4/UDP packets of 60 bytes over `n_flows` flows; ends the program on
 * failure. */
const char *capture_create(uint32_t n, uint32_t n_flows);

/** "pcapfile:" and the name of the file that capture_create() wrote. */
const char *capture_uri(void);

void capture_remove(void);

#endif
