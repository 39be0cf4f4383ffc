/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Only the list of formats can tell whether `a:b` is a format and a place or a file with a colon in
 * its name, so splitting stops at what the text alone says; trace_create() decides.
 */
#include "lib/trace/uri.h"

#include <stdlib.h>
#include <string.h>

#include <libtrace.h>

#include "lib/base/keyvalue.h"
#include "lib/trace/trace.h"
#include "lib/trace/tuning.h"

#define PARSE_MAX_SCHEME 16

/* The first colon that is not in brackets: coremap=[0:1] holds one. */
static const char *find_colon(const char *text)
{
    int depth = 0;
    for (; *text != '\0'; text++) {
        if (*text == '[')
            depth++;
        else if (*text == ']' && depth > 0)
            depth--;
        else if (*text == ':' && depth == 0)
            return text;
    }
    return NULL;
}

/* Is it meant as a prefix that tunes the library, whatever its keys? */
static bool resembles_tuning(struct text text)
{
    struct keyvalue_list list = keyvalue_list(text);
    struct keyvalue pair;
    int outcome;
    bool has_value = false;
    while ((outcome = keyvalue_next(&list, &pair)) > 0) {
        for (size_t i = 0; i < pair.key.n_bytes; i++)
            if (pair.key.at[i] != '_' && !(pair.key.at[i] >= 'a' && pair.key.at[i] <= 'z'))
                return false;
        has_value = has_value || pair.has_value;
    }
    return outcome == 0 && has_value;
}

struct uri uri_split(const char *text)
{
    struct uri uri = {.tuning = text_make(text, 0), .misspelt = text_make(text, 0), .name = text};
    const char *colon = find_colon(text);
    const size_t n_front = colon ? (size_t)(colon - text) : 0;
    if (colon && tuning_is_prefix(text, n_front)) {
        uri.tuning.n_bytes = n_front;
        uri.name = colon + 1;
    } else if (resembles_tuning(text_make(text, n_front))) {
        uri.misspelt.n_bytes = n_front;
    }

    uri.scheme = text_make(uri.name, 0);
    uri.body = uri.name;
    const size_t n = strcspn(uri.name, ":/");
    if (uri.name[n] == ':') {
        uri.scheme.n_bytes = n;
        uri.body = uri.name + n + 1;
    }
    return uri;
}

const char *trace_parse_uri(const char *uri, char **format)
{
    const char *colon = uri ? strchr(uri, ':') : NULL;
    if (!colon || colon - uri > PARSE_MAX_SCHEME)
        return NULL;
    char *scheme = strndup(uri, (size_t)(colon - uri)); /* for the caller's free() */
    if (!scheme)
        return NULL;
    *format = scheme;
    return colon + 1;
}

const char *trace_get_uri_format(libtrace_t *trace)
{
    return trace && trace->format ? trace->format->name : NULL;
}

const char *trace_get_uri_body(libtrace_t *trace)
{
    return trace && !trace->is_dead ? trace->body : NULL;
}
