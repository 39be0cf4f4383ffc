/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/bench/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

enum {
    SNAP_BYTES = 65535,
    LINK_TYPE_ETHERNET = 1,
    US_PER_S = 1000000,
    PCAPNG_AROUND_PACKET = 32,
    ERF_TYPE_ETHERNET = 2,
    ERF_FLAG_VARYING = 4,
    ERF_IN_FRONT = 18, /* the header and two bytes of padding */
    FCS_BYTES = 4,
};

static int write_all(struct capture_file *file)
{
    size_t n_written = 0;
    while (n_written < file->n_bytes) {
        ssize_t n = write(file->fd, file->bytes + n_written, file->n_bytes - n_written);
        if (n < 0 && errno != EINTR)
            return -1;
        n_written += n > 0 ? (size_t)n : 0;
    }
    file->n_bytes = 0;
    return 0;
}

static int append(struct capture_file *file, const void *bytes, size_t n_bytes)
{
    size_t n_room = sizeof(file->bytes) - file->n_bytes;
    size_t n_first = n_bytes < n_room ? n_bytes : n_room;
    memcpy(file->bytes + file->n_bytes, bytes, n_first);
    file->n_bytes += n_first;
    if (file->n_bytes == sizeof(file->bytes) && write_all(file) != 0)
        return -1;
    memcpy(file->bytes + file->n_bytes, (const uint8_t *)bytes + n_first, n_bytes - n_first);
    file->n_bytes += n_bytes - n_first;
    return 0;
}

static int append_zeros(struct capture_file *file, size_t n_bytes)
{
    static const uint8_t zeros[8] = {0};
    return append(file, zeros, n_bytes);
}

static int begin_pcap(struct capture_file *file)
{
    const uint32_t magic = 0xa1b2c3d4;
    const uint16_t version[2] = {2, 4};
    const uint32_t rest[4] = {0, 0, SNAP_BYTES, LINK_TYPE_ETHERNET}; /* zone, accuracy first */
    return append(file, &magic, sizeof(magic)) || append(file, version, sizeof(version)) ||
                   append(file, rest, sizeof(rest))
               ? -1
               : 0;
}

static int add_pcap(struct capture_file *file, uint64_t time_us, const uint8_t *packet,
                    uint32_t n_bytes)
{
    const uint32_t header[4] = {(uint32_t)(time_us / US_PER_S), (uint32_t)(time_us % US_PER_S),
                                n_bytes, n_bytes};
    return append(file, header, sizeof(header)) || append(file, packet, n_bytes) ? -1 : 0;
}

static int begin_pcapng(struct capture_file *file)
{
    const uint32_t section_bytes = 28;
    const uint32_t start[3] = {0x0a0d0d0a, section_bytes, 0x1a2b3c4d};
    const uint16_t version[2] = {1, 0};
    const int64_t unknown_length = -1;
    const uint32_t interface[5] = {1, 20, LINK_TYPE_ETHERNET, SNAP_BYTES, 20};
    uint8_t link[20];
    memcpy(link, interface, sizeof(link));
    memcpy(link + 8, (const uint16_t[2]){LINK_TYPE_ETHERNET, 0}, 4);
    return append(file, start, sizeof(start)) || append(file, version, sizeof(version)) ||
                   append(file, &unknown_length, sizeof(unknown_length)) ||
                   append(file, &section_bytes, sizeof(section_bytes)) ||
                   append(file, link, sizeof(link))
               ? -1
               : 0;
}

static int add_pcapng(struct capture_file *file, uint64_t time_us, const uint8_t *packet,
                      uint32_t n_bytes)
{
    const uint32_t n_padding = -n_bytes & 3;
    const uint32_t length = PCAPNG_AROUND_PACKET + n_bytes + n_padding;
    const uint32_t header[7] = {6,       length, 0, (uint32_t)(time_us >> 32), (uint32_t)time_us,
                                n_bytes, n_bytes};
    return append(file, header, sizeof(header)) || append(file, packet, n_bytes) ||
                   append_zeros(file, n_padding) || append(file, &length, sizeof(length))
               ? -1
               : 0;
}

static int begin_erf(struct capture_file *file)
{
    (void)file;
    return 0;
}

static void put_be16(uint8_t *at, uint32_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static void put_le32(uint8_t *at, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static int add_erf(struct capture_file *file, uint64_t time_us, const uint8_t *packet,
                   uint32_t n_bytes)
{
    const uint32_t wire = n_bytes + FCS_BYTES;
    const uint32_t n_padding = -(ERF_IN_FRONT + wire) & 7;
    uint8_t header[ERF_IN_FRONT] = {0};
    put_le32(header, (uint32_t)(((time_us % US_PER_S) << 32) / US_PER_S));
    put_le32(header + 4, (uint32_t)(time_us / US_PER_S));
    header[8] = ERF_TYPE_ETHERNET;
    header[9] = ERF_FLAG_VARYING;
    put_be16(header + 10, ERF_IN_FRONT + wire + n_padding);
    put_be16(header + 14, wire);
    uint8_t fcs[FCS_BYTES];
    put_le32(fcs, (uint32_t)crc32(0, packet, n_bytes));
    return append(file, header, sizeof(header)) || append(file, packet, n_bytes) ||
                   append(file, fcs, sizeof(fcs)) || append_zeros(file, n_padding)
               ? -1
               : 0;
}

static const struct capture_format formats[] = {
    {"pcap", begin_pcap, add_pcap},
    {"pcapng", begin_pcapng, add_pcapng},
    {"erf", begin_erf, add_erf},
};

const struct capture_format *capture_format_find(const char *name)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

int capture_file_open(struct capture_file *file, const char *path,
                      const struct capture_format *format)
{
    file->format = format;
    file->n_bytes = 0;
    file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    return file->fd < 0 ? -1 : format->begin(file);
}

int capture_file_add(struct capture_file *file, uint64_t time_us, const uint8_t *packet,
                     uint32_t n_bytes)
{
    return file->format->add(file, time_us, packet, n_bytes);
}

int capture_file_close(struct capture_file *file)
{
    if (write_all(file) != 0 || fsync(file->fd) != 0)
        return -1;
    return close(file->fd);
}
