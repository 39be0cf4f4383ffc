/* SPDX-License-Identifier: BSD-2-Clause */
/* The formats that were built in: one line for each, in the order in which they are probed. */
#include <libtrace.h>

#include "formats/duck/duck.h"
#include "formats/erf/erf.h"
#include "formats/etsifile/etsifile.h"
#include "formats/fixed/fixed.h"
#include "formats/format.h"
#include "formats/libpcap/libpcap.h"
#include "formats/pcapfile/pcapfile.h"
#include "formats/pcapng/pcapng.h"
#include "lib/base/text.h"

/* clang-format off */
static const struct format *const formats[] = {
    &pcapng_format,
    &pcapfile_format,
    &erf_format,
    &erf_raw_format,
    &libpcap_format,
    &duck_format,
    &tsh_format,
    &legacyatm_format,
    &legacyeth_format,
    &legacypos_format,
    &legacynzix_format,
    &atmhdr_format,
    &etsifile_format,
    NULL,
};
/* clang-format on */

static bool has_name(const struct format *format, struct text name)
{
    if (text_equals_ignoring_case(name, format->name))
        return true;
    for (const char *const *alias = format->aliases; *alias; alias++)
        if (text_equals_ignoring_case(name, *alias))
            return true;
    return false;
}

const struct format *format_find(const char *name, size_t n)
{
    for (const struct format *const *format = formats; *format; format++)
        if (has_name(*format, text_make(name, n)))
            return *format;
    return NULL;
}

const struct format *const *format_list(void)
{
    return formats;
}

bool format_is_input(const struct format *format)
{
    return format->flags & FORMAT_INPUT;
}

bool format_is_output(const struct format *format)
{
    return format->flags & FORMAT_OUTPUT;
}

const char *format_show_names(struct format_names *names, const struct format *const *list,
                              bool (*is_wanted)(const struct format *format))
{
    size_t used = 0;
    names->text[0] = '\0';
    for (; *list; list++) {
        if (!is_wanted(*list))
            continue;
        const int64_t n = text_format(names->text + used, sizeof(names->text) - used, "%s%s",
                                      used > 0 ? ", " : "", (*list)->name);
        if (n < 0)
            break;
        used += (size_t)n;
    }
    return names->text;
}
