/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libpcap asks the system for every word of an expression that it does not know, and the system perhaps a
 * name server: tests do not wait for one.
 */
#ifndef WEIR_TESTS_SUPPORT_NAMES_H
#define WEIR_TESTS_SUPPORT_NAMES_H

#include <netdb.h>
#include <stddef.h>
#if defined(__GLIBC__)
#include <nss.h>
#endif

/** From now on names are those of this machine's files; with other C libraries than glibc, nothing. */
static inline void names_from_files_only(void)
{
#if defined(__GLIBC__)
    static const char *const databases[] = {"hosts", "networks", "protocols", "services", "ethers"};
    for (size_t i = 0; i < sizeof(databases) / sizeof(databases[0]); i++)
        (void)__nss_configure_lookup(databases[i], "files");
#endif
}

#endif
