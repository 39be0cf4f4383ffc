/* SPDX-License-Identifier: BSD-2-Clause */
/* ARP (RFC 826) and RARP. Addresses have the lengths that the header says. */
#include "packetdump/names.h"
#include "packetdump/protocols.h"

static const struct value_name operation_names[] = {
    {1, "request"},
    {2, "reply"},
    {3, "reverse request"},
    {4, "reverse reply"},
    {8, "inverse request"},
    {9, "inverse reply"},
    {0, NULL},
};

static const struct field arp_fields[] = {
    FIELD_NAMED("hardware type", 16, AS_DECIMAL, hardware_names),
    FIELD_NAMED("protocol type", 16, AS_HEX, ethertype_names),
    FIELD("hardware address length", 8, AS_DECIMAL),
    FIELD("protocol address length", 8, AS_DECIMAL),
    FIELD_NAMED("operation", 16, AS_DECIMAL, operation_names),
};

static const struct field addresses_fields[] = {
    FIELD("sender MAC", 48, AS_MAC),
    FIELD("sender IP", 32, AS_IPV4),
    FIELD("target MAC", 48, AS_MAC),
    FIELD("target IP", 32, AS_IPV4),
};

static void print_address(struct walk *walk, const char *name, unsigned n_bytes)
{
    const struct field field = FIELD(name, 0, AS_BYTES);
    fields_print(walk->out, "ARP", &field, 1, walk_take(walk, "ARP", name, n_bytes));
}

static void follow_arp(struct walk *walk, const uint8_t *header)
{
    const unsigned hardware_bytes = header[4];
    const unsigned protocol_bytes = header[5];
    const uint64_t n_bytes = 2 * ((uint64_t)hardware_bytes + protocol_bytes);
    walk_limit(walk, n_bytes);
    if (hardware_bytes == 6 && protocol_bytes == 4) {
        walk_fields(walk, "ARP", FIELDS(addresses_fields));
        return;
    }
    print_address(walk, "sender hardware address", hardware_bytes);
    print_address(walk, "sender protocol address", protocol_bytes);
    print_address(walk, "target hardware address", hardware_bytes);
    print_address(walk, "target protocol address", protocol_bytes);
}

const struct protocol arp_protocol = {"ARP", FIELDS(arp_fields), follow_arp};
