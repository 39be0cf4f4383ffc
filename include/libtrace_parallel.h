/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Processing a trace on many threads: callbacks for packets on each of them, results combined for a
 * reporter.
 */
#ifndef LIBTRACE_PARALLEL_H
#define LIBTRACE_PARALLEL_H

#include "libtrace.h"

#include "libtrace/callback.h"
#include "libtrace/combiner.h"
#include "libtrace/control.h"
#include "libtrace/keep.h"
#include "libtrace/message.h"
#include "libtrace/report.h"
#include "libtrace/result.h"
#include "libtrace/tuning.h"

#endif
