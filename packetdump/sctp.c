/* SPDX-License-Identifier: BSD-2-Clause */
/* SCTP's common header and its chunks (RFC 9260). */
#include "packetdump/options.h"
#include "packetdump/protocols.h"

static const struct field sctp_fields[] = {
    FIELD("source port", 16, AS_DECIMAL),
    FIELD("destination port", 16, AS_DECIMAL),
    FIELD("verification tag", 32, AS_HEX),
    FIELD("checksum", 32, AS_HEX),
};

static const struct field data_fields[] = {
    FIELD("TSN", 32, AS_DECIMAL),
    FIELD("stream", 16, AS_DECIMAL),
    FIELD("stream sequence number", 16, AS_DECIMAL),
    FIELD("payload protocol", 32, AS_DECIMAL),
    FIELD("data", 0, AS_BYTES),
};
static const struct field init_fields[] = {
    FIELD("initiate tag", 32, AS_HEX),         FIELD("receiver window", 32, AS_DECIMAL),
    FIELD("outbound streams", 16, AS_DECIMAL), FIELD("inbound streams", 16, AS_DECIMAL),
    FIELD("initial TSN", 32, AS_DECIMAL),      FIELD("parameters", 0, AS_BYTES),
};
static const struct field sack_fields[] = {
    FIELD("cumulative TSN", 32, AS_DECIMAL),
    FIELD("receiver window", 32, AS_DECIMAL),
    FIELD("gap blocks", 16, AS_DECIMAL),
    FIELD("duplicate TSNs", 16, AS_DECIMAL),
    FIELD("blocks", 0, AS_BYTES),
};
static const struct field tsn_fields[] = {FIELD("cumulative TSN", 32, AS_DECIMAL)};
static const struct field cause_fields[] = {
    FIELD("cause", 16, AS_DECIMAL),
    FIELD("cause length", 16, AS_DECIMAL),
    FIELD("cause information", 0, AS_BYTES),
};

static const struct option_kind chunk_kinds[] = {
    {0, "DATA", FIELDS(data_fields), false},
    {1, "INIT", FIELDS(init_fields), false},
    {2, "INIT ACK", FIELDS(init_fields), false},
    {3, "SACK", FIELDS(sack_fields), false},
    {4, "HEARTBEAT", NO_FIELDS, false},
    {5, "HEARTBEAT ACK", NO_FIELDS, false},
    {6, "ABORT", NO_FIELDS, false},
    {7, "SHUTDOWN", FIELDS(tsn_fields), false},
    {8, "SHUTDOWN ACK", NO_FIELDS, false},
    {9, "ERROR", FIELDS(cause_fields), false},
    {10, "COOKIE ECHO", NO_FIELDS, false},
    {11, "COOKIE ACK", NO_FIELDS, false},
    {14, "SHUTDOWN COMPLETE", NO_FIELDS, false},
    {64, "I-DATA", NO_FIELDS, false},
    {192, "FORWARD TSN", FIELDS(tsn_fields), false},
    {0, NULL, NO_FIELDS, false},
};

static const struct field flags_fields[] = {FIELD("flags", 8, AS_HEX)};

static const struct option_style chunk_style = {
    .layer = "SCTP chunk",
    .kinds = chunk_kinds,
    .type_bytes = 1,
    .gap_bytes = 1,
    .gap_fields = flags_fields,
    .length_bytes = 2,
    .unit_bytes = 1,
    .counts_header = true,
    .align_bytes = 4,
    .end_type = NO_OPTION,
    .pad_type = NO_OPTION,
};

static void follow_sctp(struct walk *walk, const uint8_t *header)
{
    (void)header;
    options_print(walk->out, &chunk_style, walk->rest);
    walk->rest.at = walk->rest.end;
}

const struct protocol sctp_protocol = {"SCTP", FIELDS(sctp_fields), follow_sctp};
