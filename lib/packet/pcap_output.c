/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/packet/pcap_output.h"

#include "lib/packet/packet.h"

struct writer *pcap_output_open_writer(struct output *output)
{
    const struct writer_settings settings = {
        .file_flags = output->file_flags,
        .compress_type = output->compress_type,
        .compress_level = output->compress_level,
    };
    struct writer *writer = writer_open(output->where, &settings, output->error);
    if (!writer || writer_offset(writer) == 0)
        return writer;
    (void)writer_close(&writer);
    (void)error_set(output->error, TRACE_ERR_OUTPUT_FILE,
                    "Cannot append to '%s': it is not empty, and a pcap file has one header",
                    output->where);
    return NULL;
}

bool pcap_output_is_finer_than_us(const libtrace_packet_t *packet)
{
    const struct block_context *context = packet_context(packet);
    switch (packet->format ? packet->format->id : TRACE_FORMAT_UNKNOWN) {
    case TRACE_FORMAT_PCAPFILE:
    case TRACE_FORMAT_PCAP:
    case TRACE_FORMAT_BPF:
    case TRACE_FORMAT_TSH:
    case TRACE_FORMAT_LEGACY_NZIX:
    case TRACE_FORMAT_TZSPLIVE:
    case TRACE_FORMAT_ETSIFILE:
    case TRACE_FORMAT_UNKNOWN:
        return (context && context->is_nanosecond) || packet->time_ns % NS_PER_US != 0;
    default:
        return true;
    }
}

int pcap_output_fit(struct output *output, struct frame *frame, int64_t link_number)
{
    if (link_number >= 0)
        return LIKELY(convert_to_number(frame, link_number))
                   ? 0
                   : convert_refuse_other_number(frame, output->where, link_number, output->error);
    return convert_to_numbered(frame)
               ? 0
               : convert_refuse_unnumbered(frame, output->where, output->error);
}

bool pcap_output_believes_capture(const libtrace_packet_t *packet)
{
    switch (packet->format ? packet->format->id : TRACE_FORMAT_UNKNOWN) {
    case TRACE_FORMAT_ERF:
    case TRACE_FORMAT_RAWERF:
    case TRACE_FORMAT_TSH:
    case TRACE_FORMAT_LEGACY_ATM:
    case TRACE_FORMAT_LEGACY_POS:
    case TRACE_FORMAT_LEGACY_ETH:
    case TRACE_FORMAT_LEGACY_NZIX:
    case TRACE_FORMAT_ATMHDR:
        return false;
    default:
        return true;
    }
}
