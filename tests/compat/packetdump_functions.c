/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The functions of libtrace 4's libpacketdump, declared as its users know them, and linked with that
 * library's name. One packet goes through them.
 */
#include <libpacketdump.h>
#include <string.h>

void trace_dump_packet(struct libtrace_packet_t *packet);
void trace_hexdump_packet(struct libtrace_packet_t *packet);
void decode_next(const char *packet, int len, const char *proto_name, int type);

int main(void)
{
    static const unsigned char bytes[] = {0x45, 0, 0,  20, 0, 0, 0,  0, 64, 59,
                                          0,    0, 10, 0,  0, 1, 10, 0, 0,  2};
    libtrace_packet_t *packet = trace_create_packet();
    if (!packet)
        return 1;
    trace_construct_packet(packet, TRACE_TYPE_NONE, bytes, sizeof(bytes));
    trace_dump_packet(packet);
    trace_hexdump_packet(packet);
    decode_next((const char *)bytes, (int)sizeof(bytes), "eth", 0x0800);
    trace_destroy_packet(packet);
    return ferror(stdout) || fflush(stdout) ? 1 : 0;
}
