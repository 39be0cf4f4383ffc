/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Weir: reading, decoding and writing packet traces, with libtrace 4's programming interface.
 * Programs include this one, and libtrace_parallel.h for many threads.
 */
#ifndef LIBTRACE_H
#define LIBTRACE_H

#include "libtrace/accessors.h"
#include "libtrace/common.h"
#include "libtrace/config.h"
#include "libtrace/decode.h"
#include "libtrace/error.h"
#include "libtrace/event.h"
#include "libtrace/filter.h"
#include "libtrace/flow.h"
#include "libtrace/flow_table.h"
#include "libtrace/linktype.h"
#include "libtrace/meta.h"
#include "libtrace/ospf.h"
#include "libtrace/output.h"
#include "libtrace/packet.h"
#include "libtrace/sctp.h"
#include "libtrace/seek.h"
#include "libtrace/stats.h"
#include "libtrace/trace.h"
#include "libtrace/tunnel.h"
#include "libtrace/wire_l2.h"
#include "libtrace/wire_l3.h"
#include "libtrace/wire_l4.h"
#include "libtrace/wire_ospf.h"
#include "libtrace/wire_wireless.h"
#include "libtrace/wireless.h"

#endif
