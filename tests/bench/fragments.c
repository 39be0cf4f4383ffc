/* SPDX-License-Identifier: BSD-2-Clause */
/* The transport's checksum is of the whole datagram, so that is made first and then cut. */
#include "tests/bench/fragments.h"

#include <string.h>

void datagram_make(struct datagram *datagram, const struct flow *flow, bool is_reply, uint32_t id,
                   const uint8_t *payload)
{
    *datagram = (struct datagram){
        .flow = *flow, .fields = {id, id, 0}, .is_reply = is_reply, .n_bytes = DATAGRAM_BYTES};
    memcpy(datagram->bytes + IPV4_BYTES, payload, DATAGRAM_BYTES);
    frame_put_ipv4(datagram->bytes, flow, is_reply, sizeof(datagram->bytes), 0, &datagram->fields);
    frame_put_transport(datagram->bytes, flow, is_reply, DATAGRAM_BYTES, &datagram->fields);
}

bool datagram_is_cut(const struct datagram *datagram)
{
    return datagram->n_cut == datagram->n_bytes;
}

uint32_t datagram_cut(struct datagram *datagram, uint8_t *frame)
{
    const uint32_t n_left = datagram->n_bytes - datagram->n_cut;
    const uint32_t n_bytes = n_left < FRAGMENT_BYTES ? n_left : FRAGMENT_BYTES;
    const uint32_t more = n_left > n_bytes ? IPV4_MORE_FRAGMENTS : 0;
    frame_put_ethernet(frame, datagram->is_reply);
    frame_put_ipv4(frame + ETHERNET_BYTES, &datagram->flow, datagram->is_reply,
                   IPV4_BYTES + n_bytes, more | datagram->n_cut / 8, &datagram->fields);
    memcpy(frame + ETHERNET_BYTES + IPV4_BYTES, datagram->bytes + IPV4_BYTES + datagram->n_cut,
           n_bytes);
    datagram->n_cut += n_bytes;
    return ETHERNET_BYTES + IPV4_BYTES + n_bytes;
}
