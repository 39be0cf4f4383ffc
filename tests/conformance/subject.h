/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who has to conform: every way to read files, one row each in subject.c. A new backend gets all
 * tests of this folder with its row and a function that makes its samples (sample.h).
 */
#ifndef WEIR_TESTS_CONFORMANCE_SUBJECT_H
#define WEIR_TESTS_CONFORMANCE_SUBJECT_H

#include "tests/conformance/sample.h"

enum subject_features {
    HAS_FLOWS = 1,           /* a hasher finds the flows of its large sample */
    CAN_FILTER = 2,          /* a filter knows all of its link types */
    NO_CODECS = 4,           /* compressed files are not decompressed */
    NO_STDIN = 8,            /* it needs a file name */
    KNOWN_BY_WIRESHARK = 16, /* tshark, capinfos and editcap read it */
    KNOWN_BY_LIBTRACE = 32,  /* libtrace 3 reads it */
    STANDS_FOR_ALL = 64,     /* in tests that are about codecs */
};

struct subject {
    const char *name;   /* what tests are called */
    const char *scheme; /* of the URI */
    make_sample *make;
    unsigned features;
    const char *file_name; /* where it has to be a certain one */
};

/** All of them, up to one without a name. */
extern const struct subject subjects[];

/** Captures of link types that are of interest where they are written in another format. */
extern const struct subject link_subjects[];

/** A file name for the subject's sample. */
const char *subject_file_name(const struct subject *subject);

#endif
