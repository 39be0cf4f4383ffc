/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The peer: the same task as libpcap's users write it. Ratios are taken to this one.
 *
 *   peer_pcap FILE
 */
#include "tests/bench/measure.h"

#include <pcap/pcap.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    struct measure measure;
    char error[PCAP_ERRBUF_SIZE];
    uint64_t n_packets = 0;
    uint64_t n_bytes = 0;
    measure_begin(&measure);
    pcap_t *capture = pcap_open_offline(argv[1], error);
    if (!capture) {
        fprintf(stderr, "%s\n", error);
        return 1;
    }
    struct pcap_pkthdr *header;
    const u_char *data;
    int status;
    while ((status = pcap_next_ex(capture, &header, &data)) == 1) {
        n_packets++;
        n_bytes += header->len;
    }
    if (status != PCAP_ERROR_BREAK) {
        pcap_perror(capture, argv[1]);
        return 1;
    }
    pcap_close(capture);
    return measure_end(&measure, n_packets, n_bytes);
}
