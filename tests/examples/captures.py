# SPDX-License-Identifier: BSD-2-Clause
"""Captures whose content is known, made without the library, and what tests do with programs.

A Packet knows what a reader should find in it, so expectations are computed from the same list that
the file is written from.
"""
import dataclasses
import ipaddress
import os
import random
import struct
import subprocess
import sys

SKIPPED = 77
FCS_BYTES = 4
START_S = 1_700_000_000
MACS = ["02:00:00:00:00:01", "02:00:00:00:00:02"]


def skip(reason):
    """Ends a test that cannot run here."""
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def seeded_random():
    """Random numbers from a printed seed, WEIR_TEST_SEED to repeat one."""
    seed = int(os.environ.get("WEIR_TEST_SEED") or random.SystemRandom().getrandbits(32))
    print(f"WEIR_TEST_SEED={seed}")
    return random.Random(seed)


@dataclasses.dataclass
class Packet:
    frame: bytes
    network: str = "other"  # as tracestats names it
    transport: str = ""  # "" where there is no IP
    protocol: int = -1  # of IP, where its header is there to be found
    source: str = "?"
    destination: str = "?"
    ports: tuple = (0, 0)
    is_syn: bool = False
    time_ns: int = 0

    @property
    def wire(self):
        return len(self.frame) + FCS_BYTES


def ethernet(ethertype, payload, vlan=None):
    tag = struct.pack("!HH", 0x8100, vlan) if vlan is not None else b""
    macs = b"".join(bytes.fromhex(mac.replace(":", "")) for mac in reversed(MACS))
    return (macs + tag + struct.pack("!H", ethertype) + payload).ljust(60, b"\0")


def ip_header(source, destination, protocol, payload, fragment=0):
    """`fragment` is the offset in units of 8 bytes; above 0 the datagram has no transport header."""
    source, destination = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    if source.version == 4:
        return struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 1, fragment, 64, protocol, 0,
                           source.packed, destination.packed) + payload
    if fragment:
        payload = struct.pack("!BBHI", protocol, 0, fragment << 3, 1) + payload
        protocol = 44
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, source.packed,
                       destination.packed) + payload


def ip_packet(source, destination, protocol, payload, transport, **facts):
    vlan, fragment = facts.pop("vlan", None), facts.pop("fragment", 0)
    is_ipv4 = ipaddress.ip_address(source).version == 4
    frame = ethernet(0x0800 if is_ipv4 else 0x86DD,
                     ip_header(source, destination, protocol, payload, fragment), vlan)
    return Packet(frame, "ipv4" if is_ipv4 else "ipv6", transport,
                  -1 if fragment else protocol, source, destination, **facts)


def tcp(source, destination, ports, size, is_syn=False, **facts):
    header = struct.pack("!HHIIBBHHH", *ports, 1, 0, 5 << 4, 2 if is_syn else 16, 1024, 0, 0)
    return ip_packet(source, destination, 6, header + bytes(size), "tcp", ports=ports, is_syn=is_syn,
                     **facts)


def udp(source, destination, ports, size, **facts):
    header = struct.pack("!HHHH", *ports, 8 + size, 0)
    return ip_packet(source, destination, 17, header + bytes(size), "udp", ports=ports, **facts)


def arp():
    return Packet(ethernet(0x0806, struct.pack("!HHBBH", 1, 0x0800, 6, 4, 1) + bytes(20)), "arp",
                  source=MACS[0], destination=MACS[1])


def unknown():
    return Packet(ethernet(0x88B5, bytes(40)), "other", source=MACS[0], destination=MACS[1])


def mixed_traffic(rng, n):
    """n packets of all the kinds that programs tell apart."""
    v4 = [f"192.0.2.{i}" for i in range(1, 9)]
    v6 = [f"2001:db8::{i:x}" for i in range(1, 9)]

    def make():
        pair = rng.sample(rng.choice([v4, v6]), 2)
        ports = (rng.randrange(1024, 65536), rng.choice([22, 53, 80, 443]))
        size = rng.choice([0, 20, 300, 1200, 1400])
        is_ipv4 = pair[0] in v4
        return rng.choice([
            lambda: tcp(*pair, ports, size),
            lambda: tcp(*pair, ports, 0, is_syn=True),
            lambda: udp(*pair, ports, size),
            lambda: udp(*pair, ports, size, vlan=100),
            lambda: ip_packet(*pair, 1 if is_ipv4 else 58, bytes(16 + size), "icmp" if is_ipv4 else "icmpv6"),
            lambda: ip_packet(*pair, 17, bytes(600), "later_fragments", fragment=100),
            lambda: ip_packet(*pair, 89, bytes(44), "other"),
            arp, unknown,
        ])()

    packets = [make() for _ in range(n)]
    time_ns = START_S * 10**9
    for packet in packets:
        packet.time_ns = time_ns
        time_ns += rng.randrange(1, 3_000_000) * 1000
    return packets


def pcap_header(nanoseconds=False):
    return struct.pack("<IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)


def pcap_record(packet, nanoseconds=False):
    second, fraction = divmod(packet.time_ns, 10**9)
    return struct.pack("<IIII", second, fraction if nanoseconds else fraction // 1000,
                       len(packet.frame), len(packet.frame)) + packet.frame


def pcap_bytes(packets, nanoseconds=False):
    return pcap_header(nanoseconds) + b"".join(pcap_record(packet, nanoseconds) for packet in packets)


def pcapng_block(kind, body):
    body = body.ljust((len(body) + 3) // 4 * 4, b"\0")
    return struct.pack("<II", kind, 12 + len(body)) + body + struct.pack("<I", 12 + len(body))


def pcapng_bytes(packets):
    """A section, an interface with nanoseconds, packets: two meta records before the packets."""
    header = pcapng_block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))
    interface = pcapng_block(1, struct.pack("<HHIHHBxxxI", 1, 0, 0, 9, 1, 9, 0))
    return header + interface + b"".join(
        pcapng_block(6, struct.pack("<IIIII", 0, packet.time_ns >> 32, packet.time_ns & 0xFFFFFFFF,
                                    len(packet.frame), len(packet.frame)) + packet.frame)
        for packet in packets)


def run(command, **options):
    """Runs a program; its output as text, its status to be looked at."""
    options.setdefault("stdin", subprocess.DEVNULL)
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=120, check=False, **options)


def run_good(command, **options):
    """Its output, of a program that succeeds and complains about nothing."""
    result = run(command, **options)
    if result.returncode != 0 or result.stderr:
        raise AssertionError(f"{command}: status {result.returncode}\n{result.stdout}{result.stderr}")
    return result.stdout
