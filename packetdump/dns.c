/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * DNS messages (RFC 1035). Names are compressed by pointers to other names; a pointer is followed
 * only to a place in front of all that the name has been at, so that no loop can be made, and a
 * name ends at 255 bytes.
 */

#include "packetdump/options.h"
#include "packetdump/protocols.h"
#include "packetdump/text.h"

#define MAX_NAME_BYTES 255u
#define MAX_RECORDS    100u /* that are shown */

static const struct value_name opcode_names[] = {
    {0, "query"}, {1, "inverse query"}, {2, "status"}, {4, "notify"}, {5, "update"}, {0, NULL},
};

static const struct value_name code_names[] = {
    {0, "no error"},     {1, "format error"},    {2, "server failure"},
    {3, "no such name"}, {4, "not implemented"}, {5, "refused"},
    {0, NULL},
};

static const struct field dns_fields[] = {
    FIELD("identifier", 16, AS_HEX),
    FIELD("response", 1, AS_DECIMAL),
    FIELD_NAMED("operation", 4, AS_DECIMAL, opcode_names),
    FIELD("authoritative", 1, AS_DECIMAL),
    FIELD("truncated", 1, AS_DECIMAL),
    FIELD("recursion desired", 1, AS_DECIMAL),
    FIELD("recursion available", 1, AS_DECIMAL),
    FIELD_RESERVED(1),
    FIELD("authentic data", 1, AS_DECIMAL),
    FIELD("checking disabled", 1, AS_DECIMAL),
    FIELD_NAMED("response code", 4, AS_DECIMAL, code_names),
    FIELD("questions", 16, AS_DECIMAL),
    FIELD("answers", 16, AS_DECIMAL),
    FIELD("authorities", 16, AS_DECIMAL),
    FIELD("additional records", 16, AS_DECIMAL),
};

static const struct value_name type_names[] = {
    {1, "A"},     {2, "NS"},     {5, "CNAME"}, {6, "SOA"},     {12, "PTR"},   {15, "MX"},
    {16, "TXT"},  {28, "AAAA"},  {33, "SRV"},  {35, "NAPTR"},  {39, "DNAME"}, {41, "OPT"},
    {43, "DS"},   {46, "RRSIG"}, {47, "NSEC"}, {48, "DNSKEY"}, {64, "SVCB"},  {65, "HTTPS"},
    {255, "ANY"}, {257, "CAA"},  {0, NULL},
};

static const struct field question_fields[] = {
    FIELD_NAMED("type", 16, AS_DECIMAL, type_names),
    FIELD("class", 16, AS_DECIMAL),
};

static const struct field record_fields[] = {
    FIELD_NAMED("type", 16, AS_DECIMAL, type_names),
    FIELD("class", 16, AS_DECIMAL),
    FIELD("TTL", 32, AS_DECIMAL),
    FIELD("data length", 16, AS_DECIMAL),
};

static const struct field ipv4_fields[] = {FIELD("address", 32, AS_IPV4)};
static const struct field ipv6_fields[] = {FIELD("address", 128, AS_IPV6)};
static const struct field preference_fields[] = {FIELD("preference", 16, AS_DECIMAL)};
static const struct field service_fields[] = {
    FIELD("priority", 16, AS_DECIMAL),
    FIELD("weight", 16, AS_DECIMAL),
    FIELD("port", 16, AS_DECIMAL),
};
static const struct field data_fields[] = {FIELD("data", 0, AS_BYTES)};

static void print_label(FILE *out, const uint8_t *label, unsigned n_bytes)
{
    for (unsigned i = 0; i < n_bytes; i++) {
        if (label[i] == '.')
            fputc('\\', out);
        text_put(out, label[i]);
    }
    fputc('.', out);
}

/*
 * Prints the name at *at of the message and moves *at behind it: behind the first pointer, if there is one.
 * Without `out` it only moves. False: it is not whole, or turns in circles.
 */
static bool print_name(FILE *out, struct cursor message, struct cursor *at)
{
    struct cursor label = *at;
    const uint8_t *lowest = at->at; /* of all places where a part of the name began */
    unsigned n_name_bytes = 1;
    bool has_jumped = false;
    for (;;) {
        uint8_t length, low;
        if (!cursor_read_u8(&label, &length))
            return false;
        if (length >= 0xc0) {
            if (!cursor_read_u8(&label, &low))
                return false;
            if (!has_jumped)
                at->at = label.at;
            has_jumped = true;
            struct cursor target = message;
            if (!cursor_skip(&target, (length & 0x3fu) << 8 | low) || target.at >= lowest)
                return false;
            lowest = target.at;
            label = target;
            continue;
        }
        const uint8_t *bytes = length < 0x40 ? cursor_take(&label, length) : NULL;
        n_name_bytes += length + 1u;
        if (!bytes || n_name_bytes > MAX_NAME_BYTES)
            return false;
        if (length == 0) {
            if (n_name_bytes == 2 && out)
                fputc('.', out);
            if (!has_jumped)
                at->at = label.at;
            return true;
        }
        if (out)
            print_label(out, bytes, length);
    }
}

/* A line with the name at the start of walk->rest. */
static bool print_name_line(struct walk *walk, struct cursor message, const char *layer,
                            const char *what)
{
    struct cursor at = walk->rest;
    fprintf(walk->out, " %s: %s: ", layer, what);
    const bool is_good = print_name(walk->out, message, &at);
    fputs(is_good ? "\n" : " (malformed)\n", walk->out);
    walk->rest.at = is_good ? at.at : walk->rest.end;
    return is_good;
}

/* walk->rest is the record's data. */
static void print_data(struct walk *walk, struct cursor message, const char *layer, uint16_t type)
{
    switch (type) {
    case 1:
        walk_fields(walk, layer, FIELDS(ipv4_fields));
        break;
    case 28:
        walk_fields(walk, layer, FIELDS(ipv6_fields));
        break;
    case 2:
    case 5:
    case 12:
    case 39:
        print_name_line(walk, message, layer, "name of data");
        break;
    case 6:
        if (print_name_line(walk, message, layer, "primary server"))
            print_name_line(walk, message, layer, "mailbox");
        break;
    case 15:
        if (walk_fields(walk, layer, FIELDS(preference_fields)))
            print_name_line(walk, message, layer, "exchange");
        break;
    case 33:
        if (walk_fields(walk, layer, FIELDS(service_fields)))
            print_name_line(walk, message, layer, "target");
        break;
    default:
        fields_print(walk->out, layer, FIELDS(data_fields), walk->rest);
        break;
    }
}

static bool print_question(struct walk *walk, struct cursor message)
{
    return print_name_line(walk, message, "DNS question", "name") &&
           walk_fields(walk, "DNS question", FIELDS(question_fields));
}

static bool print_record(struct walk *walk, struct cursor message, const char *layer)
{
    if (!print_name_line(walk, message, layer, "name"))
        return false;
    const uint8_t *record = walk_fields(walk, layer, FIELDS(record_fields));
    if (!record)
        return false;
    const struct cursor whole = walk->rest;
    walk->rest = walk_take(walk, layer, "data", load_be16(record + 8));
    const uint8_t *next = walk->rest.end;
    if (cursor_remaining(&walk->rest) > 0)
        print_data(walk, message, layer, load_be16(record));
    walk->rest = (struct cursor){next, whole.end};
    return true;
}

static void follow_dns(struct walk *walk, const uint8_t *header)
{
    static const char *const sections[] = {"DNS question", "DNS answer", "DNS authority",
                                           "DNS additional record"};
    const struct cursor message = {header, walk->rest.end};
    unsigned n_shown = 0;
    for (unsigned section = 0; section < ARRAY_LEN(sections); section++) {
        const unsigned n_records = load_be16(header + 4 + 2 * section);
        for (unsigned i = 0; i < n_records; i++) {
            if (cursor_remaining(&walk->rest) == 0) {
                walk_say(walk, sections[section], "truncated, %u of %u are there", i, n_records);
                return;
            }
            if (++n_shown > MAX_RECORDS)
                return;
            const bool is_good = section == 0 ? print_question(walk, message)
                                              : print_record(walk, message, sections[section]);
            if (!is_good)
                return;
        }
    }
}

const struct protocol dns_protocol = {"DNS", FIELDS(dns_fields), follow_dns};
