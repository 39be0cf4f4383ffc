/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts are those of trace_get_all_metadata(), which knows the formats; here they become lines. */
#include "packetdump/meta.h"

#include <inttypes.h>
#include <string.h>

#include "packetdump/fields.h"
#include "packetdump/options.h"
#include "packetdump/text.h"

/* The lower 16 bits of block types (draft-ietf-opsawg-pcapng). */
static const struct value_name pcapng_section_names[] = {
    {0x0d0a, "section header"},
    {1, "interface description"},
    {4, "name resolution"},
    {5, "interface statistics"},
    {9, "journal"},
    {10, "decryption secrets"},
    {0, NULL},
};

/* Of provenance records (ERF types document, type 27), numbered as Wireshark shows them. */
static const struct value_name erf_section_names[] = {
    {0xff00, "capture"}, {0xff01, "host"},      {0xff02, "module"}, {0xff03, "interface"},
    {0xff04, "flow"},    {0xff05, "stats"},     {0xff06, "info"},   {0xff07, "context"},
    {0xff08, "stream"},  {0xff09, "transform"}, {0xff0a, "DNS"},    {0xff0b, "source"},
    {0xff0c, "network"}, {0xff0d, "endpoint"},  {0xff0e, "input"},  {0xff0f, "output"},
    {0, NULL},
};

static void print_item(FILE *out, const char *layer, const libtrace_meta_item_t *item)
{
    static const struct field text_fields[] = {FIELD(NULL, 0, AS_TEXT)};
    static const struct field ipv4_fields[] = {FIELD(NULL, 32, AS_IPV4)};
    static const struct field ipv6_fields[] = {FIELD(NULL, 128, AS_IPV6)};
    static const struct field mac_fields[] = {FIELD(NULL, 48, AS_MAC)};
    const struct cursor value = cursor_make(item->data, item->len);
    uint32_t number32;
    uint64_t number64;
    switch (item->datatype) {
    case TRACE_META_UINT8:
        fprintf(out, " %s: %u\n", layer, *(const uint8_t *)item->data);
        break;
    case TRACE_META_UINT32:
        memcpy(&number32, item->data, sizeof(number32));
        fprintf(out, " %s: %" PRIu32 "\n", layer, number32);
        break;
    case TRACE_META_UINT64:
        memcpy(&number64, item->data, sizeof(number64));
        fprintf(out, " %s: %" PRIu64 "\n", layer, number64);
        break;
    case TRACE_META_STRING:
        fields_print(out, layer, FIELDS(text_fields), value);
        break;
    case TRACE_META_IPV4:
        fields_print(out, layer, FIELDS(ipv4_fields), value);
        break;
    case TRACE_META_IPV6:
        fields_print(out, layer, FIELDS(ipv6_fields), value);
        break;
    case TRACE_META_MAC:
        fields_print(out, layer, FIELDS(mac_fields), value);
        break;
    case TRACE_META_UNKNOWN:
        option_print_value(out, layer, NULL, value);
        break;
    }
}

static void print_fact(FILE *out, const libtrace_meta_item_t *item, bool is_pcapng)
{
    const struct value_name *names = is_pcapng ? pcapng_section_names : erf_section_names;
    char layer[160], option[64];
    const char *section = name_of(names, item->section);
    if (item->option_name)
        snprintf(option, sizeof(option), "%s", item->option_name);
    else
        snprintf(option, sizeof(option), "option %u", item->option);
    if (section)
        snprintf(layer, sizeof(layer), "Metadata: %s: %s", section, option);
    else
        snprintf(layer, sizeof(layer), "Metadata: section %u: %s", item->section, option);
    print_item(out, layer, item);
}

void meta_print(FILE *out, libtrace_packet_t *packet)
{
    uint32_t n_bytes = 0;
    libtrace_linktype_t link = TRACE_TYPE_UNKNOWN;
    libtrace_meta_t *facts = trace_get_all_metadata(packet);
    for (unsigned i = 0; facts && i < facts->num; i++)
        print_fact(out, &facts->items[i], trace_get_format(packet) == TRACE_FORMAT_PCAPNG);
    if (facts) {
        trace_destroy_meta(facts);
        return;
    }
    const void *bytes = trace_get_packet_buffer(packet, &link, &n_bytes);
    fprintf(out, " Metadata: %" PRIu32 " bytes\n", bytes ? n_bytes : 0);
    if (bytes)
        text_hexdump(out, bytes, n_bytes);
}
