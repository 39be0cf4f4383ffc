/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What first bytes tell. Besides the formats, some other things are known by sight, for no other
 * reason than that people take them for captures: those of other programs, compressed files and
 * archives of kinds that are not read, text.
 */
#include <stdio.h>
#include <string.h>

#include "formats/format.h"
#include "lib/base/text.h"
#include "lib/io/codec.h"
#include "lib/io/compress.h"

#define TEXT_BYTES 512u /* that are looked at */

struct sight {
    uint16_t at;
    uint8_t n_bytes;
    const char *bytes;
    const char *what;
};

static const struct sight sights[] = {
    {0, 8, "snoop\0\0\0", "a snoop file (RFC 1761)"},
    {0, 4, "GMBU", "a Network Monitor file"},
    {0, 4, "RTSS", "a Network Monitor file"},
    {0, 16, "TRSNIFF data    ", "a Sniffer file"},
    {0, 4, "XCP\0", "a NetXRay file"},
    {0, 8, "iptrace ", "an iptrace file"},
    {0, 4, "\xa1\xb2\x34\xcd", "an altered pcap file of a kind that is not read"},
    {0, 4, "\xcd\x34\xb2\xa1", "an altered pcap file of a kind that is not read"},
    {0, 4, "\xa1\x2b\x3c\x4d", "an altered pcap file of a kind that is not read"},
    {0, 4, "\x4d\x3c\x2b\xa1", "an altered pcap file of a kind that is not read"},
    {0, 4, "PK\3\4", "a zip archive"},
    {0, 6, "7z\xbc\xaf\x27\x1c", "a 7z archive"},
    {0, 2, "\x1f\x9d", "a file of compress(1)"},
    {0, 4, "LZIP", "an lzip file"},
    {0, 9, "\x89LZO\0\r\n\x1a\n", "an lzop file"},
    {0, 4, "\x02\x21\x4c\x18", "an lz4 file of the old kind"},
    {257, 5, "ustar", "a tar archive"},
    {0, 4,
     "\x7f"
     "ELF",
     "an ELF file"},
};

const struct format *format_recognise(const struct format *const *formats, const uint8_t *bytes,
                                      size_t n, enum probe_answer *answer)
{
    const struct format *found = NULL;
    *answer = PROBE_NO;
    for (; n > 0 && *formats; formats++) {
        if (!((*formats)->flags & FORMAT_INPUT))
            continue;
        const enum probe_answer its = (*formats)->probe_bytes(bytes, n);
        if (its > *answer) {
            found = *formats;
            *answer = its;
        }
    }
    return found;
}

const struct format *format_find_rival(const struct format *format, const uint8_t *bytes, size_t n)
{
    enum probe_answer answer;
    const struct format *found = format_recognise(format_list(), bytes, n, &answer);
    return answer == PROBE_CERTAIN && found != format ? found : NULL;
}

enum probe_answer format_probe_suffix(const char *where, const char *suffix)
{
    struct text names = text_from(where);
    struct text name;
    (void)text_cut(&names, ',', &name);
    (void)compress_cut_suffix(&name);
    const bool has_suffix =
        name.n_bytes > strlen(suffix) && text_ends_with_ignoring_case(name, suffix);
    return has_suffix ? PROBE_LIKELY : PROBE_NO;
}

static const char *recognise_by_sight(const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < ARRAY_LEN(sights); i++) {
        const struct sight *sight = &sights[i];
        if (n >= (size_t)sight->at + sight->n_bytes &&
            memcmp(bytes + sight->at, sight->bytes, sight->n_bytes) == 0)
            return sight->what;
    }
    return NULL;
}

/* Bytes above ASCII pass, for there are many ways to write letters. */
static bool is_of_text(uint8_t byte)
{
    return byte >= ' ' ? byte != 0x7f : byte == '\n' || byte == '\r' || byte == '\t';
}

static bool is_text(const uint8_t *bytes, size_t n)
{
    size_t n_ascii = 0;
    for (size_t i = 0; i < n && i < TEXT_BYTES; i++) {
        if (!is_of_text(bytes[i]))
            return false;
        n_ascii += bytes[i] < 0x80;
    }
    return n_ascii > 0 && n_ascii >= (n < TEXT_BYTES ? n : TEXT_BYTES) / 2;
}

const char *format_show_look(struct format_look *look, const uint8_t *bytes, size_t n)
{
    enum probe_answer answer;
    const struct format *format = format_recognise(format_list(), bytes, n, &answer);
    const struct codec *codec = codec_detect(bytes, n);
    const char *what = recognise_by_sight(bytes, n);
    look->text[0] = '\0';
    if (answer == PROBE_CERTAIN || (format && !codec && !what))
        snprintf(look->text, sizeof(look->text), " (it looks like a file for %s:)", format->name);
    else if (codec)
        snprintf(look->text, sizeof(look->text), " (it looks like a file compressed by %s)",
                 codec->name);
    else if (what)
        snprintf(look->text, sizeof(look->text), " (it looks like %s)", what);
    else if (is_text(bytes, n))
        snprintf(look->text, sizeof(look->text), " (it is text)");
    return look->text;
}
