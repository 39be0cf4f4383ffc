/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One fact at a time, whatever format it comes from: a table says where each stands in each format,
 * and the record is searched without any memory of its own.
 */
#include <arpa/inet.h>
#include <libtrace/meta.h>
#include <string.h>

#include "formats/format.h"

#define ERF_CAPTURE   0xff00u
#define ERF_HOST      0xff01u
#define ERF_MODULE    0xff02u
#define ERF_INTERFACE 0xff03u

#define PCAPNG_SECTION   0x0a0d0d0au
#define PCAPNG_INTERFACE 1u

struct place {
    uint32_t section;
    uint16_t option;
};

/* Where a fact stands: in ERF, and in pcapng in at most two kinds of blocks. Section 0: nowhere. */
struct topic {
    struct place erf;
    struct place pcapng[2];
};

static const struct topic interface_name = {{ERF_INTERFACE, 12}, {{PCAPNG_INTERFACE, 2}}};
static const struct topic interface_mac = {{ERF_INTERFACE, 69}, {{PCAPNG_INTERFACE, 6}}};
static const struct topic interface_speed = {{ERF_INTERFACE, 66}, {{PCAPNG_INTERFACE, 8}}};
static const struct topic interface_ipv4 = {{ERF_INTERFACE, 67}, {{PCAPNG_INTERFACE, 4}}};
static const struct topic interface_ipv6 = {{ERF_INTERFACE, 68}, {{PCAPNG_INTERFACE, 5}}};
static const struct topic interface_description = {{ERF_INTERFACE, 13}, {{PCAPNG_INTERFACE, 3}}};
static const struct topic host_os = {{ERF_HOST, 17}, {{PCAPNG_INTERFACE, 12}, {PCAPNG_SECTION, 3}}};
static const struct topic interface_fcslen = {{ERF_INTERFACE, 8}, {{PCAPNG_INTERFACE, 13}}};
static const struct topic interface_comment = {{ERF_INTERFACE, 1}, {{PCAPNG_INTERFACE, 1}}};
static const struct topic capture_application = {{ERF_CAPTURE, 16}, {{PCAPNG_SECTION, 4}}};
static const struct topic dag_card_model = {{ERF_MODULE, 20}, {{0}}};
static const struct topic dag_version = {{ERF_MODULE, 53}, {{0}}};
static const struct topic dag_fw_version = {{ERF_MODULE, 21}, {{0}}};

/* A search for the fact with that index at one of some places. */
struct search {
    const struct place *places;
    size_t n_places;
    int index; /* so many are still to be passed over */
    bool is_found;
    struct fact fact;
};

static bool look_at(const struct fact *fact, void *argument)
{
    struct search *search = argument;
    for (size_t i = 0; i < search->n_places; i++) {
        const struct place *place = &search->places[i];
        if (place->section == 0 || place->section != fact->section ||
            place->option != fact->option || search->index-- > 0)
            continue;
        search->is_found = true;
        search->fact = *fact;
        return false;
    }
    return true;
}

/* Where the topic stands in the packet's format; the number of places. */
static size_t find_places(const libtrace_packet_t *packet, const struct topic *topic,
                          const struct place **places)
{
    if (!packet || !packet->format)
        return 0;
    switch (packet->format->id) {
    case TRACE_FORMAT_ERF:
    case TRACE_FORMAT_RAWERF:
        *places = &topic->erf;
        return 1;
    case TRACE_FORMAT_PCAPNG:
        *places = topic->pcapng;
        return ARRAY_LEN(topic->pcapng);
    default:
        return 0;
    }
}

static bool find(const libtrace_packet_t *packet, const struct topic *topic, int index,
                 struct fact *fact)
{
    struct search search = {.index = index};
    search.n_places = find_places(packet, topic, &search.places);
    if (search.n_places == 0 || index < 0)
        return false;
    packet->format->record.visit_facts(packet, look_at, &search);
    *fact = search.fact;
    return search.is_found;
}

/* The list of one topic: that of the first place that has any. */
static libtrace_meta_t *list(libtrace_packet_t *packet, const struct topic *topic)
{
    const struct place *places;
    const size_t n_places = find_places(packet, topic, &places);
    libtrace_meta_t *meta = NULL;
    for (size_t i = 0; i < n_places && !meta; i++)
        if (places[i].section != 0)
            meta = trace_get_single_meta_field(packet, places[i].section, places[i].option);
    return meta;
}

/* As much of the text as there is space for, terminated. */
static char *get_text(const libtrace_packet_t *packet, const struct topic *topic, char *space,
                      int spacelen, int index)
{
    struct fact fact;
    if (!space || spacelen <= 0 || !find(packet, topic, index, &fact) ||
        fact.type != TRACE_META_STRING)
        return NULL;
    const size_t room = (size_t)spacelen - 1;
    const size_t n_bytes = fact.n_bytes < room ? fact.n_bytes : room;
    memcpy(space, fact.value, n_bytes);
    space[n_bytes] = '\0';
    return space;
}

static bool find_address(const libtrace_packet_t *packet, const struct topic *topic, int index,
                         libtrace_meta_datatype_t type, struct fact *fact)
{
    return find(packet, topic, index, fact) && fact->type == type;
}

static char *get_address_text(const libtrace_packet_t *packet, const struct topic *topic,
                              char *space, int spacelen, int index, int family)
{
    const bool is_ipv4 = family == AF_INET;
    struct fact fact;
    if (!space || spacelen < (is_ipv4 ? INET_ADDRSTRLEN : INET6_ADDRSTRLEN) ||
        !find_address(packet, topic, index, is_ipv4 ? TRACE_META_IPV4 : TRACE_META_IPV6, &fact) ||
        !inet_ntop(family, fact.value, space, (socklen_t)spacelen))
        return NULL;
    return space;
}

/* 0: there is none. */
static uint64_t get_number(const libtrace_packet_t *packet, const struct topic *topic, int index)
{
    struct fact fact;
    return find(packet, topic, index, &fact) ? fact.number : 0;
}

libtrace_meta_t *trace_get_interface_name_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_name);
}

char *trace_get_interface_name(libtrace_packet_t *packet, char *space, int spacelen, int index)
{
    return get_text(packet, &interface_name, space, spacelen, index);
}

libtrace_meta_t *trace_get_interface_mac_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_mac);
}

char *trace_get_interface_mac(libtrace_packet_t *packet, char *space, int spacelen, int index)
{
    enum { MAC_BYTES = 6 };
    struct fact fact;
    if (!space || spacelen < MAC_BYTES ||
        !find_address(packet, &interface_mac, index, TRACE_META_MAC, &fact))
        return NULL;
    memcpy(space, fact.value, MAC_BYTES);
    if (spacelen > MAC_BYTES)
        space[MAC_BYTES] = '\0';
    return space;
}

libtrace_meta_t *trace_get_interface_speed_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_speed);
}

uint64_t trace_get_interface_speed(libtrace_packet_t *packet, int index)
{
    return get_number(packet, &interface_speed, index);
}

libtrace_meta_t *trace_get_interface_ipv4_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_ipv4);
}

uint32_t trace_get_interface_ipv4(libtrace_packet_t *packet, int index)
{
    struct fact fact;
    uint32_t address = 0;
    if (find_address(packet, &interface_ipv4, index, TRACE_META_IPV4, &fact))
        memcpy(&address, fact.value, sizeof(address));
    return address;
}

char *trace_get_interface_ipv4_string(libtrace_packet_t *packet, char *space, int spacelen,
                                      int index)
{
    return get_address_text(packet, &interface_ipv4, space, spacelen, index, AF_INET);
}

libtrace_meta_t *trace_get_interface_ipv6_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_ipv6);
}

void *trace_get_interface_ipv6(libtrace_packet_t *packet, void *space, int spacelen, int index)
{
    struct fact fact;
    if (!space || spacelen <= 0 ||
        !find_address(packet, &interface_ipv6, index, TRACE_META_IPV6, &fact))
        return NULL;
    memcpy(space, fact.value, spacelen < fact.n_bytes ? (size_t)spacelen : fact.n_bytes);
    return space;
}

char *trace_get_interface_ipv6_string(libtrace_packet_t *packet, char *space, int spacelen,
                                      int index)
{
    return get_address_text(packet, &interface_ipv6, space, spacelen, index, AF_INET6);
}

libtrace_meta_t *trace_get_interface_description_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_description);
}

char *trace_get_interface_description(libtrace_packet_t *packet, char *space, int spacelen,
                                      int index)
{
    return get_text(packet, &interface_description, space, spacelen, index);
}

libtrace_meta_t *trace_get_host_os_meta(libtrace_packet_t *packet)
{
    return list(packet, &host_os);
}

char *trace_get_host_os(libtrace_packet_t *packet, char *space, int spacelen)
{
    return get_text(packet, &host_os, space, spacelen, 0);
}

libtrace_meta_t *trace_get_interface_fcslen_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_fcslen);
}

uint32_t trace_get_interface_fcslen(libtrace_packet_t *packet, int index)
{
    return (uint32_t)get_number(packet, &interface_fcslen, index);
}

libtrace_meta_t *trace_get_interface_comment_meta(libtrace_packet_t *packet)
{
    return list(packet, &interface_comment);
}

char *trace_get_interface_comment(libtrace_packet_t *packet, char *space, int spacelen, int index)
{
    return get_text(packet, &interface_comment, space, spacelen, index);
}

libtrace_meta_t *trace_get_capture_application_meta(libtrace_packet_t *packet)
{
    return list(packet, &capture_application);
}

char *trace_get_capture_application(libtrace_packet_t *packet, char *space, int spacelen)
{
    return get_text(packet, &capture_application, space, spacelen, 0);
}

char *trace_get_erf_dag_card_model(libtrace_packet_t *packet, char *space, int spacelen)
{
    return get_text(packet, &dag_card_model, space, spacelen, 0);
}

char *trace_get_erf_dag_version(libtrace_packet_t *packet, char *space, int spacelen)
{
    return get_text(packet, &dag_version, space, spacelen, 0);
}

char *trace_get_erf_dag_fw_version(libtrace_packet_t *packet, char *space, int spacelen)
{
    return get_text(packet, &dag_fw_version, space, spacelen, 0);
}
