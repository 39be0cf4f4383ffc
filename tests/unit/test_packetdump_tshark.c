/* SPDX-License-Identifier: BSD-2-Clause */
/* The values that libpacketdump prints of the specimens are those that tshark has, where it is installed. */
#include "tests/unit/packetdump_specimens.h"

#include <string.h>

#include "lib/base/attributes.h"
#include "tests/support/pcap_bytes.h"
#include "tests/support/test.h"

/* All values of a field, in the order of the packet. */
static const struct {
    const char *theirs;
    const char *ours;
} fields[] = {
    {"eth.dst", "Ethernet: destination"},
    {"mpls.label", "MPLS: label"},
    {"pppoe.session_id", "PPPoE: session ID"},
    {"ppp.protocol", "PPP: protocol"},
    {"sll.ifindex", "Linux cooked 2: interface index"},
    {"ip.dsfield.dscp", "IPv4: DSCP"},
    {"ip.len", "IPv4: total length"},
    {"ip.proto", "IPv4: protocol"},
    {"ip.src", "IPv4: source"},
    {"ip.dst", "IPv4: destination"},
    {"ip.opt.ra", "IPv4 option: router alert"},
    {"ipv6.plen", "IPv6: payload length"},
    {"ipv6.src", "IPv6: source"},
    {"ipv6.dst", "IPv6: destination"},
    {"arp.opcode", "ARP: operation"},
    {"tcp.srcport", "TCP: source port"},
    {"tcp.seq_raw", "TCP: sequence number"},
    {"tcp.flags", "TCP: flags"},
    {"tcp.window_size_value", "TCP: window"},
    {"tcp.options.mss_val", "TCP option: maximum segment size"},
    {"tcp.options.wscale.shift", "TCP option: window scale"},
    {"tcp.options.timestamp.tsval", "TCP option: timestamps: value"},
    {"udp.srcport", "UDP: source port"},
    {"udp.length", "UDP: length"},
    {"icmp.type", "ICMP: type"},
    {"icmp.mtu", "ICMP: next hop MTU"},
    {"icmpv6.type", "ICMPv6: type"},
    {"icmpv6.nd.ra.router_lifetime", "ICMPv6: lifetime"},
    {"icmpv6.opt.linkaddr", "ICMPv6 option: source link-layer address"},
    {"icmpv6.opt.mtu", "ICMPv6 option: MTU"},
    {"icmpv6.opt.prefix", "ICMPv6 option: prefix: prefix"},
    {"icmpv6.opt.prefix.valid_lifetime", "ICMPv6 option: prefix: valid lifetime"},
    {"sctp.srcport", "SCTP: source port"},
    {"sctp.data_tsn_raw", "SCTP chunk: DATA: TSN"},
    {"sctp.data_sid", "SCTP chunk: DATA: stream"},
    {"sctp.init_initiate_tag", "SCTP chunk: INIT: initiate tag"},
    {"gre.proto", "GRE: protocol"},
    {"gre.sequence_number", "GRE: sequence number"},
    {"vxlan.vni", "VXLAN: network identifier"},
    {"geneve.vni", "Geneve: network identifier"},
    {"radius.code", "RADIUS: code"},
    {"radius.id", "RADIUS: identifier"},
    {"radius.NAS_IP_Address", "RADIUS attribute: NAS-IP-Address"},
    {"ospf.msg", "OSPF: type"},
    {"ospf.srcrouter", "OSPF: router"},
    {"ospf.hello.hello_interval", "OSPF: hello interval"},
    {"ospf.hello.designated_router", "OSPF: designated router"},
    {"ospf.advrouter", "OSPF advertisement: advertising router"},
    {"dns.id", "DNS: identifier"},
    {"dns.flags.rcode", "DNS: response code"},
    {"dns.qry.type", "DNS question: type"},
    {"dns.a", "DNS answer: address"},
    {"dns.mx.preference", "DNS answer: preference"},
    {"dhcp.id", "DHCP: transaction"},
    {"dhcp.option.dhcp", "DHCP option: message"},
    {"dhcp.option.requested_ip_address", "DHCP option: requested address"},
    {"dhcp.option.domain_name_server", "DHCP option: DNS server"},
    {"radiotap.channel.freq", "Radiotap: frequency (MHz)"},
    {"radiotap.dbm_antsignal", "Radiotap: signal (dBm)"},
    {"wlan.fc.type", "802.11: type"},
    {"wlan.ra", "802.11: receiver"},
    {"wlan.ta", "802.11: transmitter"},
    {"wlan.fixed.beacon", "802.11: beacon interval"},
};

/* The link types of the specimens. */
static const struct {
    uint32_t dlt;
    libtrace_linktype_t link;
} links[] = {
    {1, TRACE_TYPE_ETH},           {9, TRACE_TYPE_PPP},         {101, TRACE_TYPE_NONE},
    {105, TRACE_TYPE_80211},       {113, TRACE_TYPE_LINUX_SLL}, {276, TRACE_TYPE_LINUX_SLL2},
    {127, TRACE_TYPE_80211_RADIO},
};

enum { MOST_VALUES = 64 };

static struct packet_builder b;
static unsigned n_compared[ARRAY_LEN(fields)];

/* Numbers of any base as decimal ones; all else as it is, without what follows in parentheses. */
static void normalise(char *text, size_t size)
{
    char *end;
    text[strcspn(text, " ")] = '\0';
    const long long number = strtoll(text, &end, 0);
    if (end != text && *end == '\0')
        snprintf(text, size, "%lld", number);
}

/* The next of our values, from *at on; false: there is none. */
static bool next_value(const char **at, const char *name, char *value, size_t size)
{
    char line[128];
    snprintf(line, sizeof(line), "\n %s: ", name);
    const char *found = strstr(*at, line);
    if (!found)
        return false;
    *at = found + strlen(line);
    snprintf(value, size, "%.*s", (int)strcspn(*at, "\n"), *at);
    normalise(value, size);
    return true;
}

static void compare_field(size_t field, char *theirs, const char *text, const char *name)
{
    char ours[128], value[128];
    const char *at = text;
    for (char *word; (word = strsep(&theirs, "|"));) {
        if (*word == '\0')
            continue;
        snprintf(value, sizeof(value), "%s", word);
        normalise(value, sizeof(value));
        if (!next_value(&at, fields[field].ours, ours, sizeof(ours)) || strcmp(ours, value) != 0)
            fail_msg("%s: %s is %s for tshark, in\n%s", name, fields[field].theirs, value, text);
        n_compared[field]++;
    }
    if (next_value(&at, fields[field].ours, ours, sizeof(ours)))
        fail_msg("%s: tshark has no %s that is %s, in\n%s", name, fields[field].theirs, ours, text);
}

static void compare_line(char *line, const struct specimen *specimen)
{
    specimen_make(specimen, &b);
    char *text = specimen_dump(b.bytes, b.length, b.length, specimen->link);
    line[strcspn(line, "\n")] = '\0';
    for (size_t field = 0; field < ARRAY_LEN(fields); field++) {
        char *theirs = strsep(&line, "\t");
        assert_non_null(theirs);
        compare_field(field, theirs, text, specimen->name);
    }
    free(text);
}

static FILE *ask_tshark(const char *path)
{
    char command[6000] = "tshark -n -o ip.defragment:FALSE -o ipv6.defragment:FALSE -T fields "
                         "-E occurrence=a -E 'aggregator=|'";
    for (size_t field = 0; field < ARRAY_LEN(fields); field++) {
        strcat(command, " -e ");
        strcat(command, fields[field].theirs);
    }
    assert_true(strlen(command) + strlen(path) + 30 < sizeof(command));
    strcat(strcat(strcat(command, " -r "), path), " 2>/dev/null");
    FILE *output = popen(command, "r");
    assert_non_null(output);
    return output;
}

static bool is_compared(const struct specimen *specimen, libtrace_linktype_t link)
{
    return specimen->link == link && !specimen->is_ours_only;
}

static void compare_link(libtrace_linktype_t link, uint32_t dlt)
{
    struct pcap_style style = pcap_plain;
    struct bytes file = {0};
    char line[4096];
    style.link = dlt;
    pcap_add_header(&file, &style);
    for (size_t i = 0; i < n_specimens; i++) {
        if (!is_compared(&specimens[i], link))
            continue;
        specimen_make(&specimens[i], &b);
        pcap_add_record_header(&file, &style, 1700000000, 0, (uint32_t)b.length,
                               (uint32_t)b.length);
        bytes_add(&file, b.bytes, b.length);
    }
    FILE *output = ask_tshark(temp_write("a.pcap", file.at, file.n, false));
    for (size_t i = 0; i < n_specimens; i++) {
        if (!is_compared(&specimens[i], link))
            continue;
        assert_non_null(fgets(line, sizeof(line), output));
        compare_line(line, &specimens[i]);
    }
    assert_null(fgets(line, sizeof(line), output));
    assert_int_equal(pclose(output), 0);
    bytes_free(&file);
}

static void test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(links); i++)
        compare_link(links[i].link, links[i].dlt);
    for (size_t field = 0; field < ARRAY_LEN(fields); field++) {
        if (n_compared[field] == 0)
            fail_msg("no specimen has %s", fields[field].theirs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_values)};
    if (system("tshark --version >/dev/null 2>&1") != 0) {
        printf("skipped: tshark is not installed\n");
        return TEST_SKIPPED;
    }
    return cmocka_run_group_tests(tests, temp_make, temp_remove);
}
