/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A packet: a view of one captured record.
 *
 * The object is public because programs read its fields. A packet is used by one thread at a time;
 * to hand it to another thread is fine. Sources that use libtrace's fields compile; the layout is
 * not libtrace's. Everything below the line "the library's own" may change.
 */
#ifndef LIBTRACE_PACKET_H
#define LIBTRACE_PACKET_H

#include "libtrace/common.h"
#include "libtrace/linktype.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Bytes that programs give the buffers they prepare packets in. Packets may be larger. */
#define LIBTRACE_PACKET_BUFSIZE 65536

/** True for a record that carries no packet: statistics, interface descriptions, clock reports. */
#define IS_LIBTRACE_META_PACKET(packet) ((packet)->type < TRACE_RT_DATA_SIMPLE)

/** Who frees packet->buffer. */
typedef enum {
    TRACE_CTRL_PACKET = 'p',  /**< the packet owns its buffer */
    TRACE_CTRL_EXTERNAL = 'e' /**< the buffer belongs to a block or to the caller */
} buf_control_t;

/** Flags of trace_prepare_packet(). */
enum { TRACE_PREP_DO_NOT_OWN_BUFFER = 0, TRACE_PREP_OWN_BUFFER = 1 };

/** Facts about a packet. The first group is filled with the packet, the others when asked for. */
typedef struct libtrace_packet_cache {
    uint32_t capture_length;       /**< captured bytes, from payload on */
    uint32_t wire_length;          /**< bytes on the wire, Ethernet FCS included */
    uint32_t framing_length;       /**< bytes from header to payload */
    libtrace_linktype_t link_type; /**< of payload */

    uint8_t decoded;         /**< which of the facts below are known */
    uint8_t transport_proto; /**< IP protocol number of l4_header */
    uint16_t l3_ethertype;   /**< host order */
    int payload_length;      /**< application bytes by the IP length */
    libtrace_linktype_t l2_type;
    uint32_t l2_remaining;
    uint32_t l3_remaining;
    uint32_t l4_remaining;
    void *l2_header;
    void *l3_header;
    void *l4_header;
} libtrace_packet_cache_t;

/** A packet; the typedef is in libtrace/common.h. */
struct libtrace_packet_t {
    struct libtrace_t *trace; /**< where it was read; the trace may be gone before the packet */
    void *header;             /**< the capture format's record header */
    void *payload;            /**< first captured byte; NULL when the record has no bytes */
    void *buffer;             /**< what buf_control speaks of */
    libtrace_rt_types_t type; /**< TRACE_RT_...: the capture format's record type */
    uint8_t unsafe_payload;   /**< set once payload was changed in place */
    uint8_t record_flags;     /* the library's own: what the backend said of the record */
    uint16_t unused;
    buf_control_t buf_control;
    uint16_t holds_block; /* the library's own: block is a counted reference */
    uint16_t
        is_changed;  /* the library's own: it shows or is something else than it was filled with */
    uint64_t order;  /**< number of the record in its input, from 0 */
    uint64_t hash;   /**< flow hash; 0 when no hasher ran */
    int64_t time_ns; /**< nanoseconds since 1970-01-01 00:00 UTC */
    libtrace_packet_cache_t cached;
    int error;             /**< result of the read that filled it: bytes used of the input */
    int refcount;          /**< see trace_increment_packet_refcount() */
    int which_trace_start; /**< how often the trace had been started when this was read */

    /* the library's own */
    struct block *block;           /* holds the bytes, or NULL */
    struct block_context *context; /* counted, where block is NULL; or NULL */
    const struct format *format;   /* reads header */
    struct packet_pool *home;      /* where trace_free_packet() puts it, or NULL */
    int custody;                   /* who has it; changes by exchange */
    struct libtrace_packet_t *next;
};

/** Which way a packet went. ERF interfaces may give numbers up to 15 (ERF types document). */
typedef enum {
    TRACE_DIR_UNKNOWN = -1,
    TRACE_DIR_OUTGOING = 0,
    TRACE_DIR_INCOMING = 1,
    TRACE_DIR_OTHER = 2
} libtrace_direction_t;

/*
 * Making packets. A packet that was filled stays valid until it is filled again or freed, whatever
 * happens to its trace: pause, restart, end and destruction included.
 */

/** Makes an empty packet for trace_read_packet() and others to fill. @return NULL without memory */
DLLEXPORT libtrace_packet_t *trace_create_packet(void);

/**
 * Makes a packet with a copy of all that `packet` has: bytes, lengths, time, type, order, hash.
 * @return the copy, for trace_destroy_packet(); NULL for NULL, for an empty packet and without
 * memory. Any size of packet; any thread that may read `packet`.
 */
DLLEXPORT libtrace_packet_t *trace_copy_packet(const libtrace_packet_t *packet);

/**
 * Frees a packet that trace_create_packet() or trace_copy_packet() made, with its buffer if it owns
 * one. Its trace may be gone. NULL does nothing. Packets of a callback go to trace_free_packet().
 */
DLLEXPORT void trace_destroy_packet(libtrace_packet_t *packet);

/**
 * Reads the next packet that passes the trace's filter, cut to its snap length. Waits for it on
 * live inputs. Meta records are delivered too (IS_LIBTRACE_META_PACKET). A packet may serve
 * several traces.
 * @return > 0: bytes that the record took of the input; 0: the end, or interrupted; -1: error, in
 * the trace's slot: TRACE_ERR_BAD_PACKET naming the file offset, TRACE_ERR_BAD_STATE when not
 * started, ... While an error is unread every call returns -1. TRACE_ERR_NULL_TRACE is returned for
 * NULL. At 0 and below the packet stays as it was. The thread that called trace_start() calls.
 */
DLLEXPORT int trace_read_packet(libtrace_t *trace, libtrace_packet_t *packet);

/**
 * Makes `packet` show a record that lies in the caller's memory, without copying.
 * @param trace owner of the format that reads it; a dead trace will do
 * @param buffer the format's record header, followed by all of the captured bytes
 * @param rt_type TRACE_RT_ value of the record
 * @param flags TRACE_PREP_OWN_BUFFER: malloc()ed, and freed with the packet; or
 * TRACE_PREP_DO_NOT_OWN_BUFFER: the caller keeps it until the packet is filled anew or freed
 * @return 0; TRACE_ERR_NULL_TRACE for a NULL trace; else -1 with TRACE_ERR_NULL_PACKET,
 * TRACE_ERR_NULL_BUFFER, TRACE_ERR_BAD_STATE (flags) or TRACE_ERR_UNSUPPORTED (format) in the slot
 */
DLLEXPORT int trace_prepare_packet(libtrace_t *trace, libtrace_packet_t *packet, void *buffer,
                                   libtrace_rt_types_t rt_type, uint32_t flags);

/**
 * Makes a packet out of bytes: a pcap record whose time is now and whose lengths are `len`.
 * @param data copied; NULL gives a packet without payload
 * @param len bytes. trace_get_wire_length() of an Ethernet packet is 4 more: the FCS
 * TRACE_TYPE_UNKNOWN and TRACE_TYPE_CONTENT_INVALID leave the packet as it was. Any thread.
 */
DLLEXPORT void trace_construct_packet(libtrace_packet_t *packet, libtrace_linktype_t linktype,
                                      const void *data, uint16_t len);

/**
 * As trace_construct_packet(), but refers to `data`, which must live until the packet is
 * filled anew or destroyed.
 * @param wirelen bytes on the wire without FCS; 0 means datalen
 */
DLLEXPORT void trace_construct_packet_zc(libtrace_packet_t *packet, libtrace_linktype_t linktype,
                                         const void *data, uint16_t datalen, uint16_t wirelen);

/*
 * Facts about a packet. None of these functions fails the trace: what is not known is answered by
 * the value named. They may be called on any thread that may use the packet.
 */

/** The capture format it was read from; TRACE_FORMAT_UNKNOWN for NULL and for an empty packet. */
DLLEXPORT enum base_format_t trace_get_format(struct libtrace_packet_t *packet);

/**
 * The captured bytes.
 * @param linktype set to what the first byte belongs to; may be NULL
 * @param remaining set to the captured bytes; may be NULL
 * @return the first byte; NULL, with TRACE_TYPE_CONTENT_INVALID and 0, for NULL and for an empty
 * packet; also NULL for records without bytes
 */
DLLEXPORT void *trace_get_packet_buffer(const libtrace_packet_t *packet,
                                        libtrace_linktype_t *linktype, uint32_t *remaining);

/** The captured bytes, or NULL. Old: trace_get_packet_buffer() tells how many there are. */
DLLEXPORT void *trace_get_link(const libtrace_packet_t *packet);

/** Captured bytes, at most 16 MiB; 0 for an empty packet. */
DLLEXPORT size_t trace_get_capture_length(const libtrace_packet_t *packet);

/**
 * Bytes that the packet had on the wire. For Ethernet the 4 bytes of the FCS are included, whether
 * the capture format counts them (ERF) or not (pcap, pcapng, live interfaces: added here), as for
 * radiotap frames without FCS flag. 0 for meta records and for an empty packet.
 */
DLLEXPORT size_t trace_get_wire_length(const libtrace_packet_t *packet);

/** Bytes of the capture format's header in front of the captured bytes; 0 for an empty packet. */
DLLEXPORT size_t trace_get_framing_length(const libtrace_packet_t *packet);

/**
 * Application bytes of a TCP, UDP, ICMP, ICMPv6 or SCTP packet (after its common header), by the
 * length that IP states, captured or not. Where IP states 0 (left to the sending device), by the
 * captured bytes. 0 for all else, and where the headers were not captured whole.
 */
DLLEXPORT size_t trace_get_payload_length(const libtrace_packet_t *packet);

/**
 * Cuts the captured bytes to `size`; never adds any. The wire length stays.
 * @return the capture length afterwards; ~0U when the format has no place for another length;
 * 0 for pcapng meta records
 */
DLLEXPORT size_t trace_set_capture_length(libtrace_packet_t *packet, size_t size);

/**
 * Takes VLAN tags, MPLS labels and PPPoE headers out of an Ethernet packet: what follows them stands
 * behind the MAC addresses then, with its ethertype. The capture length becomes less, the wire length
 * stays, unsafe_payload is set. Other packets, and those in which what is carried has no ethertype,
 * stay as they are: frames in MPLS, control protocols of PPP. Bytes that are not the packet's own, in
 * a block or of the program, are copied first and never changed: pointers into the packet are void
 * afterwards.
 * @return the packet, as it was if there is no memory
 */
DLLEXPORT libtrace_packet_t *trace_strip_packet(libtrace_packet_t *packet);

/** TRACE_TYPE_ of the first captured byte; TRACE_TYPE_CONTENT_INVALID for an empty packet. */
DLLEXPORT libtrace_linktype_t trace_get_link_type(const libtrace_packet_t *packet);

/** Direction as the format tells it; TRACE_DIR_UNKNOWN where it does not. */
DLLEXPORT libtrace_direction_t trace_get_direction(const libtrace_packet_t *packet);

/**
 * Notes another direction in the record.
 * @return the direction, or TRACE_DIR_UNKNOWN when the format has no place for it. libpcap's
 * packets get a Linux cooked header for it: their bytes move and the link type becomes
 * TRACE_TYPE_LINUX_SLL.
 */
DLLEXPORT libtrace_direction_t trace_set_direction(libtrace_packet_t *packet,
                                                   libtrace_direction_t direction);

/*
 * The time of capture, in UTC, as exact as the result type allows: fractions are cut, not rounded.
 */

/** ERF time: seconds since 1970 in the upper 32 bits, fraction below; 0 when there is none. */
DLLEXPORT uint64_t trace_get_erf_timestamp(const libtrace_packet_t *packet);

/** Seconds since 1970 and microseconds; {-1, -1} when there is none. */
DLLEXPORT struct timeval trace_get_timeval(const libtrace_packet_t *packet);

/** Seconds since 1970 and nanoseconds; {-1, -1} when there is none. */
DLLEXPORT struct timespec trace_get_timespec(const libtrace_packet_t *packet);

/** Seconds since 1970, to about a quarter of a microsecond; 0.0 when there is none. */
DLLEXPORT double trace_get_seconds(const libtrace_packet_t *packet);

#ifdef __cplusplus
}
#endif

#endif
