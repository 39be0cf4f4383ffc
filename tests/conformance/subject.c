/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/conformance/subject.h"

#define PCAP   (HAS_FLOWS | CAN_FILTER | KNOWN_BY_WIRESHARK | KNOWN_BY_LIBTRACE)
#define PCAPNG (HAS_FLOWS | CAN_FILTER | KNOWN_BY_WIRESHARK)
#define ERF    (HAS_FLOWS | CAN_FILTER | KNOWN_BY_WIRESHARK | KNOWN_BY_LIBTRACE)
#define FIXED  KNOWN_BY_LIBTRACE

/* clang-format off */
const struct subject subjects[] = {
    {"pcapfile-us", "pcapfile", make_pcap_us, PCAP | STANDS_FOR_ALL, NULL},
    {"pcapfile-us-swapped", "pcapfile", make_pcap_us_swapped, PCAP, NULL},
    {"pcapfile-ns", "pcapfile", make_pcap_ns, PCAP, NULL},
    {"pcapfile-ns-swapped", "pcapfile", make_pcap_ns_swapped, PCAP, NULL},
    {"pcapng", "pcapng", make_pcapng, PCAPNG | STANDS_FOR_ALL, NULL},
    {"pcapng-swapped", "pcapng", make_pcapng_swapped, PCAPNG, NULL},
    {"erf", "erf", make_erf, ERF | STANDS_FOR_ALL, NULL},
    {"rawerf", "rawerf", make_erf, ERF | NO_CODECS, NULL},
    {"libpcap", "pcap", make_pcap_ns_swapped, PCAP, NULL},
    {"libpcap-pcapng", "pcap", make_pcapng_plain, PCAPNG, NULL},
    {"tsh", "tsh", make_tsh, FIXED | HAS_FLOWS | CAN_FILTER, NULL},
    {"legacyatm", "legacyatm", make_legacyatm, FIXED, NULL},
    {"legacyeth", "legacyeth", make_legacyeth, FIXED | HAS_FLOWS | CAN_FILTER, NULL},
    {"legacypos", "legacypos", make_legacypos, FIXED | HAS_FLOWS, NULL},
    {"legacynzix", "legacynzix", make_legacynzix, FIXED | HAS_FLOWS | CAN_FILTER | NO_STDIN,
     "20000705-143000.nzix"},
    {"atmhdr", "atmhdr", make_atmhdr, FIXED, NULL},
    {"duck-2.4", "duck", make_duck_2_4, KNOWN_BY_LIBTRACE, NULL},
    {"duck-2.5", "duck", make_duck_2_5, KNOWN_BY_LIBTRACE, NULL},
    {"duck-5.0", "duck", make_duck_5_0, KNOWN_BY_LIBTRACE, NULL},
    {"etsifile", "etsifile", make_etsi, 0, NULL},
    {0},
};

const struct subject link_subjects[] = {
    {"raw IP", "pcapfile", make_raw_ip, 0, NULL},
    {"PPP", "pcapfile", make_ppp, 0, NULL},
    {"PPP over SONET", "pcapfile", make_pos, 0, NULL},
    {"Cisco HDLC", "pcapfile", make_hdlc, 0, NULL},
    {"LLC and SNAP", "pcapfile", make_llcsnap, 0, NULL},
    {"BSD loopback", "pcapfile", make_bsd_null, 0, NULL},
    {"OpenBSD loopback", "pcapfile", make_openbsd_loop, 0, NULL},
    {"SLL", "pcapfile", make_sll, 0, NULL},
    {"SLL2", "pcapfile", make_sll2, 0, NULL},
    {"pflog", "pcapfile", make_pflog, 0, NULL},
    {"802.11", "pcapfile", make_wireless, 0, NULL},
    {"radiotap", "pcapfile", make_radiotap, 0, NULL},
    {"a number without a link type", "pcapfile", make_unknown_link, 0, NULL},
    {0},
};
/* clang-format on */

const char *subject_file_name(const struct subject *subject)
{
    return subject->file_name ? subject->file_name : subject->name;
}
