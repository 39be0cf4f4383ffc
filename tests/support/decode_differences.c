/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/support/decode_differences.h"

#include <string.h>

#include "lib/base/attributes.h"
#include "tests/support/test.h"

struct difference {
    enum view_field field;
    const char *weir, *tshark;
    const struct dissection *dissection;
};

static bool has(const struct dissection *d, const char *layer)
{
    return dissection_find(d, 0, layer) < d->n_layers;
}

static bool is_broken(const struct dissection *d)
{
    return has(d, "_ws.malformed") || has(d, "_ws.short");
}

static bool is_cut(const struct difference *difference)
{
    const bool is_told_by_one = *difference->weir == '\0' || *difference->tshark == '\0';
    return is_broken(difference->dissection) && is_told_by_one;
}

static bool is_cell(const struct difference *difference)
{
    const bool is_told = *difference->tshark != '\0' && strcmp(difference->tshark, "0") != 0;
    return has(difference->dissection, "atm") && difference->field >= VIEW_TRANSPORT && !is_told;
}

static bool is_layer(const struct dissection *d, size_t layer, const char *name)
{
    return layer < d->n_layers && strcmp(d->layers[layer].name, name) == 0;
}

/* Is there a layer of that name, and nothing that tshark knows behind it? */
static bool ends_with(const struct dissection *d, const char *name)
{
    const size_t behind = dissection_find(d, 0, name) + 1;
    return behind == d->n_layers || is_layer(d, behind, "fake-field-wrapper");
}

static bool is_unknown_cooked(const struct difference *difference)
{
    return ends_with(difference->dissection, "sll") && *difference->tshark == '\0';
}

static bool is_llc(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    const size_t ethernet = dissection_find(d, 0, "eth");
    return dissection_find(d, ethernet, "llc") < d->n_layers;
}

static bool is_stopped(const struct difference *difference)
{
    return strcmp(difference->tshark, "?") == 0;
}

/* tshark takes it for a whole frame when it has not seen the first fragment. */
static bool is_wireless_fragment(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    return *difference->weir == '\0' &&
           dissection_number(d, dissection_find(d, 0, "wlan"), "wlan.frag", 0) != 0;
}

static bool is_labelled(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    size_t behind = dissection_find(d, 0, "mpls");
    while (is_layer(d, behind, "mpls"))
        behind++;
    const bool has_labels = has(d, "mpls");
    return has_labels && (behind == d->n_layers || is_layer(d, behind, "fake-field-wrapper"));
}

static bool is_other_loopback(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    return (ends_with(d, "null") || ends_with(d, "pflog")) && *difference->tshark == '\0';
}

static bool is_other_ppp(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    const size_t ppp = dissection_find(d, 0, "ppp");
    const unsigned long protocol = dissection_raw(d, ppp, "ppp.protocol");
    return *difference->weir == '\0' && ((protocol == 0x21 && is_layer(d, ppp + 1, "ipv6")) ||
                                         (protocol == 0x57 && is_layer(d, ppp + 1, "ip")) ||
                                         dissection_number(d, ppp, "ppp.control", 3) != 3);
}

/* A header of four bytes does not fit into what IPv4 says it carries. */
static bool is_padding(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    const size_t ip = dissection_find(d, 0, "ip");
    const unsigned long length = dissection_raw(d, ip, "ip.len");
    return *difference->tshark == '\0' && length != 0 &&
           length < dissection_number(d, ip, "ip.hdr_len", 0) + 4;
}

static bool is_empty_ip6(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    const bool is_payload =
        difference->field == VIEW_PAYLOAD || difference->field == VIEW_FLOW_PAYLOAD;
    return is_payload && is_broken(d) &&
           dissection_number(d, dissection_find(d, 0, "ipv6"), "ipv6.plen", 1) == 0;
}

static bool is_sun_atm(const struct difference *difference)
{
    return has(difference->dissection, "atm") && !has(difference->dissection, "erf");
}

/* tshark has the header, and stopped before its addresses. */
static bool is_impossible_ip(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    const size_t ip4 = dissection_find(d, 0, "ip");
    const size_t ip6 = dissection_find(d, 0, "ipv6");
    const bool is_4 = ip4 < ip6;
    return (is_4 || ip6 < d->n_layers) && *difference->tshark == '\0' &&
           !dissection_field(d, is_4 ? ip4 : ip6, is_4 ? "ip.dst" : "ipv6.dst");
}

static bool is_impossible_tcp(const struct difference *difference)
{
    const struct dissection *d = difference->dissection;
    return difference->field == VIEW_TCP_FLAGS &&
           dissection_number(d, dissection_find(d, 0, "tcp"), "tcp.hdr_len", 20) < 20;
}

static struct reason {
    const char *why;
    bool (*applies)(const struct difference *difference);
    unsigned long n;
} reasons[] = {
    {"a header is not whole: Weir reports whole headers, tshark what there is of them", is_cut, 0},
    {"IP of an impossible version or length: Weir goes by the version, and flows by the addresses",
     is_impossible_ip, 0},
    {"TCP with an impossible header length: tshark shows no flags", is_impossible_tcp, 0},
    {"an IPv6 extension header that tshark objects to, and Weir steps over", is_stopped, 0},
    {"a later fragment of IEEE 802.11: Weir finds no headers in it", is_wireless_fragment, 0},
    {"not IP behind an MPLS label: Weir takes it for Ethernet, tshark for nothing", is_labelled, 0},
    {"Ethernet with a length instead of a type: Weir does not go into LLC", is_llc, 0},
    {"Linux' protocol 0x0060 in a cooked header: an Ethernet frame, which tshark does not know",
     is_unknown_cooked, 0},
    {"loopback and PFLOG: Weir goes by the IP version, tshark by the address family",
     is_other_loopback, 0},
    {"PPP: tshark goes by the IP version behind it, and takes every control byte", is_other_ppp, 0},
    {"IPv4 that tells too small a length: Weir reads what was captured behind it", is_padding, 0},
    {"IPv6 that tells no length: Weir goes by what was captured", is_empty_ip6, 0},
    {"an ATM cell: tshark takes its last bytes for the trailer of a whole AAL5 frame", is_cell, 0},
    {"SunATM: tshark takes its header off, and Weir does not know what is in it", is_sun_atm, 0},
};

static bool is_explained(const struct difference *difference)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (!reasons[i].applies(difference))
            continue;
        reasons[i].n++;
        return true;
    }
    return false;
}

unsigned differences_list(const char *file, unsigned long number, const struct view *weir,
                          const struct view *tshark, const struct dissection *dissection)
{
    unsigned n = 0;
    for (unsigned field = 0; field < N_VIEW_FIELDS; field++) {
        const struct difference difference = {field, weir->text[field], tshark->text[field],
                                              dissection};
        if (strcmp(difference.weir, difference.tshark) == 0 || is_explained(&difference))
            continue;
        print_message("%s: packet %lu: %s: Weir '%s', tshark '%s'\n", file, number,
                      view_field_names[field], difference.weir, difference.tshark);
        n++;
    }
    return n;
}

unsigned long differences_print_reasons(void)
{
    unsigned long n = 0;
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (reasons[i].n > 0)
            print_message("  %lu explained: %s\n", reasons[i].n, reasons[i].why);
        n += reasons[i].n;
        reasons[i].n = 0;
    }
    return n;
}
