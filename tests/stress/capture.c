/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/stress/capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/bytes.h"

#define SCHEME "pcapfile:"

static char uri[256];

static const char *file_name(void)
{
    return uri + strlen(SCHEME);
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void make_record(uint8_t *record, uint32_t number, uint32_t flow)
{
    store_u32(record, 1700000000u + number / 1000000);
    store_u32(record + 4, number % 1000000);
    store_u32(record + 8, 60);
    store_u32(record + 12, 60);
    uint8_t *packet = record + 16;
    store_be16(packet + 12, 0x0800);
    packet[14] = 0x45;
    store_be16(packet + 16, 46);
    packet[22] = 64;
    packet[23] = 17;
    store_be32(packet + 26, 0xc0000200u + flow % 200);
    store_be32(packet + 30, 0xc6336400u + flow / 200 % 200);
    store_be16(packet + 34, (uint16_t)(1024 + flow));
    store_be16(packet + 36, 53);
    store_be16(packet + 38, 26);
}

const char *capture_create(uint32_t n, uint32_t n_flows)
{
    const char *folder = getenv("TMPDIR");
    snprintf(uri, sizeof(uri), SCHEME "%s/weir-stress-XXXXXX", folder ? folder : "/tmp");
    int fd = mkstemp(uri + strlen(SCHEME));
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (!file)
        fail(file_name());
    const uint32_t header[6] = {0xa1b2c3d4, 0x00040002, 0, 0, 65535, 1};
    fwrite(header, sizeof(header), 1, file);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t record[76] = {0};
        make_record(record, i, i * 2654435761u % n_flows);
        fwrite(record, sizeof(record), 1, file);
    }
    if (fclose(file) != 0)
        fail(file_name());
    return uri;
}

const char *capture_uri(void)
{
    return uri;
}

void capture_remove(void)
{
    unlink(file_name());
}
