/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/flow_counts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_PLACES = 1024,
    ETHERNET_BYTES = 14,
    IPV4_BYTES = 20,
    IPV6_BYTES = 40,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17
};

static unsigned get_u16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static void read_ports(struct flow_id *id, const uint8_t *at, size_t n_bytes)
{
    if ((id->protocol == PROTOCOL_TCP || id->protocol == PROTOCOL_UDP) && n_bytes >= 4) {
        id->ports[0] = (uint16_t)get_u16(at);
        id->ports[1] = (uint16_t)get_u16(at + 2);
    }
}

static void read_ipv4(struct flow_id *id, const uint8_t *at, size_t n_bytes)
{
    const size_t n_header = (size_t)(at[0] & 15) * 4;
    id->version = 4;
    id->protocol = at[9];
    memcpy(id->addresses[0], at + 12, 4);
    memcpy(id->addresses[1], at + 16, 4);
    if ((get_u16(at + 6) & 0x3fff) == 0 && n_header <= n_bytes)
        read_ports(id, at + n_header, n_bytes - n_header);
}

static void read_ipv6(struct flow_id *id, const uint8_t *at, size_t n_bytes)
{
    id->version = 6;
    id->protocol = at[6];
    memcpy(id->addresses, at + 8, sizeof(id->addresses));
    read_ports(id, at + IPV6_BYTES, n_bytes - IPV6_BYTES);
}

void flow_id_read(struct flow_id *id, const uint8_t *frame, size_t n_bytes)
{
    memset(id, 0, sizeof(*id));
    if (n_bytes < ETHERNET_BYTES + IPV4_BYTES)
        return;
    const unsigned type = get_u16(frame + 12);
    n_bytes -= ETHERNET_BYTES;
    if (type == 0x0800)
        read_ipv4(id, frame + ETHERNET_BYTES, n_bytes);
    else if (type == 0x86dd && n_bytes >= IPV6_BYTES)
        read_ipv6(id, frame + ETHERNET_BYTES, n_bytes);
}

/* The lower address first, or where they are the same the lower port. */
static void put_in_order(struct flow_id *id)
{
    int order = memcmp(id->addresses[0], id->addresses[1], sizeof(id->addresses[0]));
    if (order == 0)
        order = id->ports[0] < id->ports[1] ? -1 : 1;
    if (order < 0)
        return;
    const struct flow_id was = *id;
    memcpy(id->addresses[0], was.addresses[1], sizeof(was.addresses[0]));
    memcpy(id->addresses[1], was.addresses[0], sizeof(was.addresses[0]));
    id->ports[0] = was.ports[1];
    id->ports[1] = was.ports[0];
}

static uint64_t hash(const struct flow_id *id)
{
    uint64_t words[sizeof(*id) / 8];
    uint64_t sum = 0;
    memcpy(words, id, sizeof(words));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        sum = (sum ^ words[i]) * UINT64_C(0x9e3779b97f4a7c15);
        sum ^= sum >> 32;
    }
    return sum;
}

static struct flow_place *find(const struct flow_counts *counts, const struct flow_id *id)
{
    for (uint64_t at = hash(id);; at++) {
        struct flow_place *place = &counts->places[at & (counts->n_places - 1)];
        if (place->n_packets == 0 || memcmp(&place->id, id, sizeof(*id)) == 0)
            return place;
    }
}

static void grow(struct flow_counts *counts)
{
    const struct flow_counts before = *counts;
    counts->n_places = before.n_places > 0 ? 2 * before.n_places : FIRST_PLACES;
    counts->places = calloc(counts->n_places, sizeof(*counts->places));
    if (!counts->places) {
        fputs("there is no memory for so many flows\n", stderr);
        exit(1);
    }
    for (size_t i = 0; i < before.n_places; i++)
        if (before.places[i].n_packets > 0)
            *find(counts, &before.places[i].id) = before.places[i];
    free(before.places);
}

void flow_counts_add(struct flow_counts *counts, struct flow_id *id, uint64_t n_bytes)
{
    if (2 * counts->n_flows >= counts->n_places)
        grow(counts);
    put_in_order(id);
    struct flow_place *place = find(counts, id);
    if (place->n_packets == 0) {
        place->id = *id;
        counts->n_flows++;
    }
    place->n_packets++;
    place->n_bytes += n_bytes;
}
