/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Option strings: "key=value,key=[a,b:c],flag", taken apart without allocation.
 *
 * Brackets protect commas and may nest. A value that is one bracket from its first to its last
 * character is given without it: key=[a,b] has the value "a,b". Blanks belong to keys and values.
 *
 *     struct keyvalue_list list = keyvalue_list(text_from(options));
 *     struct keyvalue pair;
 *     int outcome;
 *     while ((outcome = keyvalue_next(&list, &pair)) > 0)
 *         ...
 *     if (outcome < 0) malformed, at list.rest
 */
#ifndef WEIR_BASE_KEYVALUE_H
#define WEIR_BASE_KEYVALUE_H

#include <stdbool.h>

#include "lib/base/attributes.h"
#include "lib/base/text.h"

struct keyvalue {
    struct text key;   /* never empty */
    struct text value; /* empty for a flag and for "key=" */
    bool has_value;    /* a '=' stood there */
    bool is_bracketed; /* value stood in brackets of its own, which are taken off */
};

struct keyvalue_list {
    struct text rest;  /* what is not taken apart yet */
    bool expects_item; /* a comma came last */
};

/** The list must not outlive the text. */
struct keyvalue_list keyvalue_list(struct text text);

/**
 * 1 and the next pair, 0 at the end, -1 when what comes next is malformed: an empty item or key,
 * brackets that do not match. After -1 list->rest starts with the malformed item and every further
 * call gives -1. The empty text is an empty list.
 */
int keyvalue_next(struct keyvalue_list *list, struct keyvalue *pair) MUST_USE NONNULL;

#endif
