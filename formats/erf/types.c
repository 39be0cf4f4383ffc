/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The record types that are documented, and those for internal use (32 to 47), which differ from
 * the undocumented ones only in that they are left alone on purpose. Nothing above the padding
 * record has ever been a type: what says so is no record.
 */
#include "formats/erf/erf.h"

#define PLAIN        ERF_HEADER_BYTES
#define ETHERNET     (ERF_HEADER_BYTES + ERF_ETHERNET_PAD)
#define MULTICHANNEL (ERF_HEADER_BYTES + 4u)

#define LOSSES  true
#define COLOURS false
#define NEITHER false

/* clang-format off */
#define TYPE(before, its_kind, counts) \
    {.kind = ERF_KIND_##its_kind, .framing = (before), .counts_losses = (counts), .is_valid = true}
#define CARE(its_kind) \
    {.kind = ERF_KIND_##its_kind, .framing = PLAIN, .is_valid = true, .needs_care = true}
/* clang-format on */

const struct erf_type erf_types[ERF_N_TYPES] = {
    [ERF_LEGACY] = CARE(UNKNOWN),
    [ERF_HDLC_POS] = TYPE(PLAIN, HDLC_POS, LOSSES),
    [ERF_ETHERNET] = TYPE(ETHERNET, ETHERNET, LOSSES),
    [ERF_ATM] = TYPE(PLAIN, ATM, LOSSES),
    [ERF_AAL5] = TYPE(PLAIN, AAL5, LOSSES),
    [5] = TYPE(MULTICHANNEL, HDLC_POS, LOSSES),
    [6] = TYPE(PLAIN, UNKNOWN, LOSSES), /* multi-channel raw link */
    [7] = TYPE(MULTICHANNEL, ATM, LOSSES),
    [8] = TYPE(PLAIN, UNKNOWN, LOSSES), /* multi-channel raw time slot */
    [9] = TYPE(MULTICHANNEL, AAL5, LOSSES),
    [10] = TYPE(PLAIN, HDLC_POS, COLOURS),
    [11] = TYPE(ETHERNET, ETHERNET, COLOURS),
    [12] = TYPE(PLAIN, UNKNOWN, LOSSES),      /* multi-channel AAL2 */
    [13] = TYPE(PLAIN, UNKNOWN, LOSSES),      /* IP counter */
    [14] = TYPE(PLAIN, UNKNOWN, LOSSES),      /* TCP flow counter */
    [15] = TYPE(PLAIN, HDLC_POS, COLOURS),    /* DSM */
    [16] = TYPE(ETHERNET, ETHERNET, COLOURS), /* DSM */
    [17] = TYPE(MULTICHANNEL, HDLC_POS, COLOURS),
    [18] = TYPE(PLAIN, UNKNOWN, LOSSES),      /* AAL2 */
    [19] = TYPE(PLAIN, HDLC_POS, COLOURS),    /* and hash */
    [20] = TYPE(ETHERNET, ETHERNET, COLOURS), /* and hash */
    [21] = TYPE(PLAIN, UNKNOWN, LOSSES),      /* InfiniBand */
    [ERF_IPV4] = TYPE(PLAIN, RAW_IP, LOSSES),
    [ERF_IPV6] = TYPE(PLAIN, RAW_IP, LOSSES),
    [24] = TYPE(PLAIN, UNKNOWN, LOSSES), /* raw link, such as SONET */
    [25] = TYPE(PLAIN, UNKNOWN, LOSSES), /* InfiniBand link */
    [26] = TYPE(PLAIN, UNKNOWN, NEITHER),
    [ERF_META] = CARE(META),
    [28] = TYPE(PLAIN, UNKNOWN, LOSSES), /* Omni-Path, with its statistics and control */
    [29] = TYPE(PLAIN, UNKNOWN, LOSSES), /* Omni-Path */
    [30 ... 47] = TYPE(PLAIN, UNKNOWN, NEITHER),
    [ERF_PAD] = TYPE(PLAIN, UNKNOWN, NEITHER),
};

const struct record_kind erf_kinds[ERF_N_KINDS] = {
    [ERF_KIND_UNKNOWN] = {TRACE_TYPE_UNKNOWN, TRACE_RT_DATA_ERF},
    [ERF_KIND_HDLC_POS] = {TRACE_TYPE_HDLC_POS, TRACE_RT_DATA_ERF},
    [ERF_KIND_ETHERNET] = {TRACE_TYPE_ETH, TRACE_RT_DATA_ERF},
    [ERF_KIND_ATM] = {TRACE_TYPE_ATM, TRACE_RT_DATA_ERF},
    [ERF_KIND_AAL5] = {TRACE_TYPE_AAL5, TRACE_RT_DATA_ERF},
    [ERF_KIND_RAW_IP] = {TRACE_TYPE_NONE, TRACE_RT_DATA_ERF},
    [ERF_KIND_PPP] = {TRACE_TYPE_PPP, TRACE_RT_DATA_ERF},
    [ERF_KIND_META] = {TRACE_TYPE_ERF_META, TRACE_RT_ERF_META},
};
