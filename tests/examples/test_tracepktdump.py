#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tracepktdump on captures of known content, on inputs that are wrong, interrupted, and beside tshark.

usage: test_tracepktdump.py PROGRAM MANUAL CAPTURE
"""
import gzip
import shutil
import signal
import struct
import subprocess
import sys
import time
import unittest

import captures
import tool_cases

CAPTURE = sys.argv.pop()
MANUAL = sys.argv.pop()
PROGRAM = sys.argv.pop()
tool_cases.use(PROGRAM, MANUAL)
RANDOM = captures.seeded_random()
PACKETS = captures.mixed_traffic(RANDOM, 300)


def split(text):
    """The packets of an output: its time and its lines of each."""
    packets = text.split("\n\n")
    assert packets.pop() == "", "no empty line at the end"
    return [packet.split("\n") for packet in packets]


def values(lines, name):
    """Of all lines with a name, without what is in parentheses."""
    return [line[len(name) + 3:].split(" (")[0] for line in lines if line.startswith(f" {name}: ")]


def utc(packet):
    second, fraction = divmod(packet.time_ns, 10**9)
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second)) + f".{fraction:09d}"


class Content(tool_cases.Case):
    def expect(self, packets, expected):
        self.assertEqual(len(packets), len(expected))
        for lines, packet in zip(packets, expected):
            self.assertEqual(lines[0], utc(packet))
            self.assertEqual(lines[1], f" Capture: Packet Length: {len(packet.frame)}/{packet.wire} Direction Value: -1")
            family = {"ipv4": "IPv4", "ipv6": "IPv6"}.get(packet.network)
            if family:
                self.assertEqual(values(lines, f"{family}: source"), [str(packet.source)])
                self.assertEqual(values(lines, f"{family}: destination"), [str(packet.destination)])
            protocol = packet.transport.upper()
            if protocol in ("TCP", "UDP"):
                self.assertEqual(values(lines, f"{protocol}: source port"), [str(packet.ports[0])])
                self.assertEqual(values(lines, f"{protocol}: destination port"), [str(packet.ports[1])])

    def test_packets(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        self.expect(split(captures.run_good([PROGRAM, path])), PACKETS)
        other = self.write(gzip.compress(captures.pcap_bytes(PACKETS, nanoseconds=True)), "other")
        self.expect(split(captures.run_good([PROGRAM, other])), PACKETS)
        with open(path, "rb") as file:
            self.expect(split(captures.run_good([PROGRAM, "-"], stdin=file)), PACKETS)

    def test_count(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        for option in (["-c7"], ["--count", "7"], ["--count=7"]):
            self.expect(split(captures.run_good([PROGRAM, *option, path])), PACKETS[:7])
        few = self.write(captures.pcap_bytes(PACKETS[:5]), "few")
        self.expect(split(captures.run_good([PROGRAM, "-c", "7", few, path, "missing"])), PACKETS[:5] + PACKETS[:2])
        self.expect(split(captures.run_good([PROGRAM, "-c", "18446744073709551615", path])), PACKETS)

    def test_filter(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        arp = [packet for packet in PACKETS if packet.network == "arp"]
        self.expect(split(captures.run_good([PROGRAM, "-f", "arp", path])), arp)
        self.expect(split(captures.run_good([PROGRAM, "--filter=arp", "-c", "1", path])), arp[:1])

    def test_hexdump(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        packets = split(captures.run_good([PROGRAM, "-x", path]))
        self.expect([[*lines[:2]] for lines in packets],
                    [captures.Packet(packet.frame, time_ns=packet.time_ns) for packet in PACKETS])
        for lines, packet in zip(packets, PACKETS):
            self.assertEqual(b"".join(bytes.fromhex(line[6:].split("|")[0]) for line in lines[2:]), packet.frame)

    def test_meta_records(self):
        """Facts of pcapng blocks, with text that would move a cursor."""
        options = b"".join(struct.pack("<HH", code, len(text)) + text + bytes(-len(text) % 4)
                           for code, text in ((2, b"eth0\x1b[2J"), (4, b"\x0a\0\0\1\xff\xff\xff\0"), (0, b"")))
        interface = captures.pcapng_block(1, struct.pack("<HHI", 1, 0, 0) + options)
        whole = captures.pcapng_bytes(PACKETS[:2])
        path = self.write(whole[:60] + interface + whole[60:], "a.pcapng")
        packets = split(captures.run_good([PROGRAM, "-c", "1", path]))
        self.assertEqual(len(packets), 4)
        text = "\n".join(packets[2])
        self.assertIn(' Metadata: interface description: if_name: "eth0\\x1b[2J"', text)
        self.assertIn(" Metadata: interface description: if_IPv4addr: 10.0.0.1", text)
        self.assertNotIn("\x1b", text)
        self.expect(packets[3:], PACKETS[:1])


    def test_erf_provenance(self):
        def tag(number, value):
            return struct.pack(">HH", number, len(value)) + value + bytes(-len(value) % 4)
        payload = (tag(0xff01, b"\0\1\0\0") + tag(18, b"a\\host\n") + tag(0xff03, b"\0\0\0\0")
                   + tag(69, bytes([2, 0, 0, 0, 0, 7])) + tag(4000, b"?"))
        record = struct.pack("<QBB", captures.START_S << 32, 27, 4) + struct.pack(">HHH", 16 + len(payload), 0, 0)
        path = self.write(record + payload, "a.erf")
        lines, = split(captures.run_good([PROGRAM, f"erf:{path}"]))
        self.assertEqual(lines[0], "2023-11-14 22:13:20.000000000")
        self.assertEqual(values(lines, "Metadata: host: hostname"), ['"a\\\\host\\x0a"'])
        self.assertEqual(values(lines, "Metadata: interface: option 4000"), ["3f"])
        self.assertIn(": 02:00:00:00:00:07", "\n".join(lines))


class Document(unittest.TestCase):
    def test_example_is_what_is_printed(self):
        text = (tool_cases.MANUAL.parent.parent / "packetdump.md").read_text()
        printed = captures.run_good([PROGRAM, "-c", "1", "-f", "ip and udp src port 53", CAPTURE])
        self.assertIn("```\n" + printed.rstrip("\n") + "\n```\n", text)


class Tshark(tool_cases.Case):
    FIELDS = {
        "eth.dst": "Ethernet: destination", "eth.src": "Ethernet: source", "eth.type": "Ethernet: ethertype",
        "vlan.id": "VLAN: VLAN ID",
        "ip.len": "IPv4: total length", "ip.id": "IPv4: identification", "ip.ttl": "IPv4: TTL",
        "ip.proto": "IPv4: protocol", "ip.checksum": "IPv4: checksum", "ip.src": "IPv4: source",
        "ipv6.plen": "IPv6: payload length", "ipv6.flow": "IPv6: flow label", "ipv6.hlim": "IPv6: hop limit",
        "ipv6.dst": "IPv6: destination",
        "tcp.srcport": "TCP: source port", "tcp.seq_raw": "TCP: sequence number",
        "tcp.ack_raw": "TCP: acknowledgement number", "tcp.flags": "TCP: flags",
        "tcp.window_size_value": "TCP: window", "tcp.checksum": "TCP: checksum",
        "tcp.options.mss_val": "TCP option: maximum segment size",
        "tcp.options.wscale.shift": "TCP option: window scale",
        "tcp.options.timestamp.tsval": "TCP option: timestamps: value",
        "tcp.options.timestamp.tsecr": "TCP option: timestamps: echo reply",
        "udp.dstport": "UDP: destination port", "udp.length": "UDP: length", "udp.checksum": "UDP: checksum",
        "icmp.type": "ICMP: type", "icmp.checksum": "ICMP: checksum", "icmpv6.type": "ICMPv6: type",
        "icmpv6.nd.ns.target_address": "ICMPv6: target",
        "arp.opcode": "ARP: operation", "arp.src.proto_ipv4": "ARP: sender IP", "arp.dst.hw_mac": "ARP: target MAC",
        "dns.id": "DNS: identifier", "dns.qry.name": "DNS question: name", "dns.qry.type": "DNS question: type",
        "dns.resp.name": "DNS answer: name", "dns.resp.ttl": "DNS answer: TTL",
    }

    @staticmethod
    def number_or_text(value):
        value = value.rstrip(".")
        try:
            return int(value, 0)
        except ValueError:
            return value

    def test_values_are_those_of_tshark(self):
        if not shutil.which("tshark"):
            self.skipTest("tshark is not installed")
        command = ["tshark", "-n", "-r", CAPTURE, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|",
                   "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
                   *(word for field in self.FIELDS for word in ("-e", field))]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows = [dict(zip(self.FIELDS, line.split("\t"))) for line in output.splitlines()]
        packets = split(captures.run_good([PROGRAM, CAPTURE]))
        self.assertEqual(len(rows), len(packets))
        n_values = dict.fromkeys(self.FIELDS, 0)
        for number, (row, lines) in enumerate(zip(rows, packets), 1):
            for field, name in self.FIELDS.items():
                theirs = [self.number_or_text(value) for value in row[field].split("|") if value]
                ours = [self.number_or_text(value) for value in values(lines, name)]
                if field == "icmpv6.nd.ns.target_address" and not theirs:
                    continue  # advertisements have a target too
                self.assertEqual(ours, theirs, f"packet {number}, {field}:\n" + "\n".join(lines))
                n_values[field] += len(ours)
        self.assertEqual([field for field, n in n_values.items() if n == 0], [])


class Failures(tool_cases.Case):
    def test_inputs_that_cannot_be_read(self):
        for _, _, stdout in self.expect_unreadable():
            self.assertEqual(stdout, "")

    def test_what_was_good_before_is_printed(self):
        path = self.write(captures.pcap_bytes(PACKETS[:9])[:-1])
        self.assertEqual(len(split(self.expect_failure(1, "1 of its", path))), 8)

    def test_other_inputs_are_still_read(self):
        good = self.write(captures.pcap_bytes(PACKETS[:3]))
        text = self.expect_failure(1, "No such file", good, self.folder / "missing", good)
        self.assertEqual(len(split(text)), 6)

    def test_wrong_usage(self):
        path = self.write(captures.pcap_bytes(PACKETS[:1]))
        for arguments in ([], ["-c", "0", path], ["-c", "-1", path], ["-c", "x", path], ["-c", "", path],
                          ["-c", "18446744073709551616", path], ["-c"], ["--bogus", path], ["-f", "ip", "-f", "ip6", path]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.expect_failure(2, "tracepktdump --help", *arguments), "")

    def test_wrong_filter(self):
        path = self.write(captures.pcap_bytes(PACKETS[:1]))
        self.assertEqual(self.expect_failure(1, "syntax error", "-f", "no such thing", path), "")

    def test_output_that_cannot_be_written(self):
        self.expect_write_failure(self.write(captures.pcap_bytes(PACKETS)))

    def test_help_version_and_manual(self):
        self.expect_help_and_version()
        self.expect_options_are_told()
        self.assertEqual(captures.run_good([PROGRAM, "-H"]), captures.run_good([PROGRAM, "-h"]))


class Endless(tool_cases.EndlessCase):
    def test_interrupted(self):
        for number, status in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            with self.running(stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as (process, pipe):
                self.feed(process, pipe, captures.pcap_bytes(PACKETS[:5]))
                process.send_signal(number)
                text = process.stdout.read()
                self.assertEqual((process.wait(), process.stderr.read()), (status, ""))
            self.assertEqual(len(split(text)), 5)

    def test_stopped_before_the_first_byte(self):
        self.assertEqual(self.expect_silent_stop(), ["", ""])

    def test_ends_when_nobody_reads(self):
        """By SIGPIPE, or, where that is ignored, by itself: the input goes on."""
        for is_ignored in (False, True):
            def ignore():
                signal.signal(signal.SIGPIPE, signal.SIG_IGN if is_ignored else signal.SIG_DFL)
            with self.running(stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=False,
                              preexec_fn=ignore) as (process, pipe):
                process.stdout.close()
                pipe.write(captures.pcap_bytes(PACKETS[:60]))  # more text than is buffered
                self.assertEqual(process.wait(20), 141 if is_ignored else -signal.SIGPIPE)
                self.assertEqual(process.stderr.read(), b"")


if __name__ == "__main__":
    unittest.main(verbosity=2)
