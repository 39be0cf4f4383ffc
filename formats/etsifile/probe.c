/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A record starts with the identifier of the standard that it follows (TS 102 232-1, annex A), which
 * makes a magic number:
 *
 *   PS-PDU   ::= SEQUENCE { pSHeader [1] PSHeader, ... }
 *   PSHeader ::= SEQUENCE { li-psDomainId [0] OBJECT IDENTIFIER, ... }
 *   itu-t(0) identified-organization(4) etsi(0) securityDomain(2) lawfulIntercept(2) li-ps(5) ...
 */
#include <string.h>

#include "formats/etsifile/ber.h"
#include "formats/etsifile/etsifile.h"

#define LONG_LENGTH   0x80u
#define MAX_OF_LENGTH 8u

/* Moves over a tag and a length of any form. */
static bool skip_header(struct cursor *at, uint8_t tag)
{
    uint8_t found;
    uint8_t length;
    if (!cursor_read_u8(at, &found) || found != tag || !cursor_read_u8(at, &length))
        return false;
    const unsigned n_more = length & LONG_LENGTH ? length - LONG_LENGTH : 0;
    return n_more <= MAX_OF_LENGTH && cursor_skip(at, n_more);
}

enum probe_answer etsifile_probe_bytes(const uint8_t *bytes, size_t n)
{
    static const uint8_t identifier[] = {0x04, 0x00, 0x02, 0x02, 0x05};
    struct cursor at = cursor_make(bytes, n);
    if (!skip_header(&at, BER_SEQUENCE) || !skip_header(&at, BER_CONSTRUCTED(1)) ||
        !skip_header(&at, BER_PRIMITIVE(0)))
        return PROBE_NO;
    const uint8_t *found = cursor_take(&at, sizeof(identifier));
    return found && memcmp(found, identifier, sizeof(identifier)) == 0 ? PROBE_CERTAIN : PROBE_NO;
}
