/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RADIUS (RFC 2865, RFC 2866, RFC 5176) as it lies in captured bytes. The length of a message is in
 * network order.
 */
#ifndef LIBTRACE_RADIUS_H
#define LIBTRACE_RADIUS_H

#include "libtrace.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Message codes (IANA "RADIUS Packet Type Codes"), 1 byte. */
typedef enum {
    LIBTRACE_RADIUS_ACCESS_REQUEST = 1,
    LIBTRACE_RADIUS_ACCESS_ACCEPT = 2,
    LIBTRACE_RADIUS_ACCESS_REJECT = 3,
    LIBTRACE_RADIUS_ACCOUNTING_REQUEST = 4,
    LIBTRACE_RADIUS_ACCOUNTING_RESPONSE = 5,
    LIBTRACE_RADIUS_ACCESS_CHALLENGE = 11,
    LIBTRACE_RADIUS_STATUS_SERVER = 12,
    LIBTRACE_RADIUS_STATUS_CLIENT = 13,
    LIBTRACE_RADIUS_DISCONNECT_REQUEST = 40,
    LIBTRACE_RADIUS_DISCONNECT_ACK = 41,
    LIBTRACE_RADIUS_DISCONNECT_NAK = 42,
    LIBTRACE_RADIUS_COA_REQUEST = 43,
    LIBTRACE_RADIUS_COA_ACK = 44,
    LIBTRACE_RADIUS_COA_NAK = 45,
    LIBTRACE_RADIUS_RESERVED = 255
} LT_PACKED libtrace_radius_code;

/** Attribute types (IANA "RADIUS Attribute Types"), 1 byte. */
typedef enum {
    LIBTRACE_RADIUS_USERNAME = 1,
    LIBTRACE_RADIUS_USER_PASSWORD = 2,
    LIBTRACE_RADIUS_CHAP_PASSWORD = 3,
    LIBTRACE_RADIUS_NAS_IP_ADDRESS = 4,
    LIBTRACE_RADIUS_NAS_PORT = 5,
    LIBTRACE_RADIUS_SERVICE_TYPE = 6,
    LIBTRACE_RADIUS_FRAMED_PROTOCOL = 7,
    LIBTRACE_RADIUS_FRAMED_IP_ADDRESS = 8,
    LIBTRACE_RADIUS_FRAMED_IP_NETMASK = 9,
    LIBTRACE_RADIUS_FRAMED_ROUTING = 10,
    LIBTRACE_RADIUS_FRAMED_FILTER_ID = 11,
    LIBTRACE_RADIUS_FRAMED_MTU = 12,
    LIBTRACE_RADIUS_FRAMED_COMPRESSION = 13,
    LIBTRACE_RADIUS_LOGIN_IP_HOST = 14,
    LIBTRACE_RADIUS_LOGIN_SERVICE = 15,
    LIBTRACE_RADIUS_LOGIN_TCP_PORT = 16,
    LIBTRACE_RADIUS_LOGIN_REPLY_MESSAGE = 18,
    LIBTRACE_RADIUS_LOGIN_CALLBACK_NUMBER = 19,
    LIBTRACE_RADIUS_LOGIN_CALLBACK_ID = 20,
    LIBTRACE_RADIUS_FRAMED_ROUTE = 22,
    LIBTRACE_RADIUS_FRAMED_IPX_NETWORK = 23,
    LIBTRACE_RADIUS_STATE = 24,
    LIBTRACE_RADIUS_CLASS = 25,
    LIBTRACE_RADIUS_VENDOR_SPECIFIC = 26,
    LIBTRACE_RADIUS_SESSION_TIMEOUT = 27,
    LIBTRACE_RADIUS_IDLE_TIMEOUT = 28,
    LIBTRACE_RADIUS_TERMINATION_ACTION = 29,
    LIBTRACE_RADIUS_CALLED_STATION_ID = 30,
    LIBTRACE_RADIUS_CALLING_STATION_ID = 31,
    LIBTRACE_RADIUS_NAS_IDENT = 32,
    LIBTRACE_RADIUS_PROXY_STATE = 33,
    LIBTRACE_RADIUS_LOGIN_LAT_SERVICE = 34,
    LIBTRACE_RADIUS_LOGIN_LAT_NODE = 35,
    LIBTRACE_RADIUS_LOGIN_LAT_GROUP = 36,
    LIBTRACE_RADIUS_FRAMED_APPLETALK_LINK = 37,
    LIBTRACE_RADIUS_FRAMED_APPLETALK_NETWORK = 38,
    LIBTRACE_RADIUS_FRAMED_APPLETALK_ZONE = 39,
    LIBTRACE_RADIUS_ACCT_STATUS_TYPE = 40,
    LIBTRACE_RADIUS_ACCT_DELAY_TIME = 41,
    LIBTRACE_RADIUS_ACCT_INPUT_OCTETS = 42,
    LIBTRACE_RADIUS_ACCT_OUTPUT_OCTETS = 43,
    LIBTRACE_RADIUS_ACCT_SESSION_ID = 44,
    LIBTRACE_RADIUS_ACCT_AUTHENTIC = 45,
    LIBTRACE_RADIUS_ACCT_SESSION_TIME = 46,
    LIBTRACE_RADIUS_ACCT_INPUT_PACKETS = 47,
    LIBTRACE_RADIUS_ACCT_OUTPUT_PACKETS = 48
} LT_PACKED libtrace_radius_avp_type;

/** Message header (RFC 2865, section 3), 20 bytes; attributes follow. */
typedef struct libtrace_radius {
    libtrace_radius_code code;
    uint8_t identifier;
    uint16_t length; /**< header and attributes, in bytes */
    uint64_t authenticator[2];
} LT_PACKED libtrace_radius_t;

/** Attribute (RFC 2865, section 5): two bytes, then the value, whose first byte is data. */
typedef struct libtrace_radius_avp {
    libtrace_radius_avp_type type;
    uint8_t length; /**< these two bytes and the value */
    char data;
} LT_PACKED libtrace_radius_avp_t;

/**
 * The RADIUS message that a UDP or TCP packet carries. It is known by its length, which has to be
 * that of the payload and from 20 to 4096, not by a port.
 * @param remaining set to the captured bytes of the message, 0 when NULL is returned; may be NULL
 * @return the message, its first 20 bytes captured; or NULL
 */
DLLEXPORT libtrace_radius_t *trace_get_radius(libtrace_packet_t *packet, uint32_t *remaining);

/**
 * The first attribute of that type in a message.
 * @param remaining captured bytes from the message's header on
 * @return the attribute, all of its bytes captured. NULL when there is none, or none was captured
 * whole, or an attribute before it is malformed: less than 2 bytes long.
 */
DLLEXPORT libtrace_radius_avp_t *trace_get_radius_avp(libtrace_radius_t *radius, uint32_t remaining,
                                                      libtrace_radius_avp_type type);

/**
 * The value of the first User-Name attribute (RFC 2865, section 5.1), which no zero byte ends.
 * @param radrem captured bytes from the message's header on
 * @param name_len set to its bytes, 0 when NULL is returned; may be NULL
 * @return the name; NULL also when it is empty
 */
DLLEXPORT char *trace_get_radius_username(libtrace_radius_t *radius, uint32_t radrem,
                                          uint8_t *name_len);

/** The value of the first NAS-Identifier attribute (RFC 2865, section 5.32); as the User-Name. */
DLLEXPORT char *trace_get_radius_nas_identifier(libtrace_radius_t *radius, uint32_t radrem,
                                                uint8_t *naslen);

#ifdef __cplusplus
}
#endif

#endif
