#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Do the captures of the benchmark hold what they should? Looked at here, and by tshark."""
import argparse
import collections
import pathlib
import shutil
import struct
import unittest
import zlib

import programs
from samples import WithFolder, erf_records, folded_sum, make, pcapng_records, records

FOLDER = None


class Captures(WithFolder):
    def test_the_seed_decides(self):
        for mix in ("imix", "skewed"):
            one = make(FOLDER, mix, 1000, 1, self.temp / "a")
            self.assertEqual(one, make(FOLDER, mix, 1000, 1, self.temp / "b"))
            self.assertNotEqual(one, make(FOLDER, mix, 1000, 2, self.temp / "c"))
            self.assertTrue(make(FOLDER, mix, 2000, 1, self.temp / "d").startswith(one))

    def test_content(self):
        imix = {64: 7 / 12, 594: 4 / 12, 1514: 1 / 12}
        for mix, share_of_length in (("s64", {64: 1}), ("imix", imix), ("r64", {64: 1}),
                                     ("imixr", imix)):
            with self.subTest(mix):
                self.check_content(mix, list(records(make(FOLDER, mix, 60_000, 5, self.temp / mix))),
                                   share_of_length)

    def test_formats_hold_the_same(self):
        for mix in ("s64", "imix", "imixr", "skewed"):
            wanted = list(records(make(FOLDER, mix, 3000, 2, self.temp / "pcap")))
            for fmt, read in (("pcapng", pcapng_records), ("erf", erf_records)):
                with self.subTest(mix=mix, fmt=fmt):
                    self.assertEqual(list(read(make(FOLDER, mix, 3000, 2, self.temp / fmt, fmt))), wanted)

    def test_some_are_hard_to_compress(self):
        for mix, low, high in (("s64", 2.3, 10), ("r64", 2.0, 2.2), ("imixr", 1.4, 1.55)):
            with self.subTest(mix):
                data = make(FOLDER, mix, 20_000, 1, self.temp / mix)
                ratio = len(data) / len(zlib.compress(data, 6))
                self.assertTrue(low < ratio < high, ratio)

    def check_content(self, mix, all_records, share_of_length):
        n = len(all_records)
        self.assertEqual(n, 60_000)
        n_of_length = {}
        flows = set()
        n_https = n_replies = 0
        last_us = all_records[0][0]
        self.assertEqual(last_us, 1_700_000_000_000_000)
        if mix in ("r64", "imixr"):
            self.assertAlmostEqual((all_records[-1][0] - last_us) / n, 10, delta=0.2)
        for number, (time_us, wire, packet) in enumerate(all_records):
            if mix in ("s64", "imix"):
                self.assertEqual(time_us, 1_700_000_000_000_000 + number)
            self.assertLessEqual(last_us, time_us)
            last_us = time_us
            self.assertEqual(wire, len(packet))
            n_of_length[wire] = n_of_length.get(wire, 0) + 1
            self.assertEqual(packet[12:15], b"\x08\x00\x45")
            source, destination = packet[26:30], packet[30:34]
            ports = struct.unpack("!2H", packet[34:38])
            is_reply = ports[0] < 1024
            server_port, protocol = ports[0 if is_reply else 1], packet[23]
            self.assertIn((protocol, server_port), ((6, 443), (17, 53)))
            n_https += server_port == 443
            n_replies += is_reply
            flows.add((protocol, *sorted([(source, ports[0]), (destination, ports[1])])))
            if number % 50 == 0:
                length = struct.unpack("!H", packet[16:18])[0]
                self.assertEqual(length, wire - 14)
                self.assertEqual(folded_sum(packet[14:34]), 0xffff)
                pseudo = packet[26:34] + struct.pack("!2H", protocol, length - 20)
                self.assertEqual(folded_sum(pseudo + packet[34:]), 0xffff)
        self.assertEqual(set(n_of_length), set(share_of_length))
        for length, share in share_of_length.items():
            self.assertAlmostEqual(n_of_length[length] / n, share, delta=0.01)
        self.assertAlmostEqual(n_https / n, 0.75, delta=0.01)
        self.assertAlmostEqual(n_replies / n, 0.5, delta=0.01)
        # 100,000 (1 - e^-0.6) flows are expected to be met by 60,000 fair draws
        self.assertAlmostEqual(len(flows), 45_119, delta=500)


def fields_of(packet):
    """Flow, both directions the same; identification; the fragment's offset, in bytes; whether more come."""
    source, destination, protocol = packet[26:30], packet[30:34], packet[23]
    identification, fragment = struct.unpack("!2H", packet[18:22])
    offset, is_more = fragment % 8192 * 8, bool(fragment & 0x2000)
    ports = struct.unpack("!2H", packet[34:38]) if offset == 0 else (None, None)
    return ((protocol, *sorted([(source, ports[0]), (destination, ports[1])], key=str)), identification, offset, is_more)


class Skewed(WithFolder):
    """Elephants and fragments."""
    N = 60_000

    def setUp(self):
        super().setUp()
        self.path = self.temp / "skewed"
        self.records = list(records(make(FOLDER, "skewed", self.N, 5, self.path)))

    def test_elephants(self):
        flows = collections.Counter(fields_of(packet)[0] for _, _, packet in self.records)
        elephants = flows.most_common(9)
        total = sum(1 / k for k in range(1, 9))
        for k, (_, n) in enumerate(elephants[:8], 1):
            self.assertAlmostEqual(n / self.N, 0.8 / k / total, delta=0.008)
        self.assertLess(elephants[8][1], 10)
        self.assertGreater(len(flows), 7000)  # of the 42,000 draws fair ones

    def test_fragments(self):
        sizes = collections.Counter()
        parts = collections.defaultdict(list)
        for _, wire, packet in self.records:
            _, identification, offset, is_more = fields_of(packet)
            self.assertEqual(wire, len(packet))
            self.assertEqual(folded_sum(packet[14:34]), 0xffff)
            self.assertEqual(struct.unpack("!H", packet[16:18])[0], wire - 14)
            if offset or is_more:
                parts[packet[23], packet[26:34], identification].append((offset, is_more, packet))
            else:
                sizes[wire] += 1
        n = sum(sizes.values())
        self.assertAlmostEqual(1 - n / self.N, 0.06, delta=0.005)
        for length, share in {64: 7 / 12, 594: 4 / 12, 1514: 1 / 12}.items():
            self.assertAlmostEqual(sizes[length] / n, share, delta=0.01)
        unfinished = 0
        for (protocol, addresses, _), fragments in parts.items():
            if len(fragments) < 3:
                unfinished += 1
                continue
            self.assertEqual([part[:2] for part in fragments], [(0, True), (1480, True), (2960, False)])
            whole = b"".join(packet[34:] for _, _, packet in fragments)
            self.assertEqual(len(whole), 3520)
            self.assertEqual(folded_sum(addresses + struct.pack("!2H", protocol, len(whole)) + whole), 0xffff)
        self.assertLessEqual(unfinished, 1)  # the capture's end

    @unittest.skipUnless(shutil.which("tshark") and shutil.which("capinfos"), "tshark is not installed")
    def test_tshark_agrees(self):
        out, _ = programs.run(["capinfos", "-M", "-c", "-d", self.path])
        self.assertIn(f"Number of packets:   {self.N}", out)
        self.assertIn(f"Data size:           {sum(wire for _, wire, _ in self.records)} bytes", out)
        out, _ = programs.run([
            "tshark", "-r", self.path, "-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o",
            "udp.check_checksum:TRUE", "-o", "ip.defragment:TRUE", "-T", "fields", "-e", "ip.checksum.status", "-e",
            "tcp.checksum.status", "-e", "udp.checksum.status", "-e", "ip.fragment.count"])
        seen = collections.Counter(tuple(line.split("\t")) for line in out.splitlines())
        self.assertEqual(sum(seen.values()), self.N)
        n_reassembled = 0
        for (ipv4, tcp, udp, n_fragments), n in seen.items():
            self.assertEqual(ipv4, "1", seen)
            # a fragment that does not complete its datagram has neither
            self.assertIn((tcp, udp), (("1", ""), ("", "1"), ("", "")), seen)
            if n_fragments:
                self.assertEqual(n_fragments, "3")
                self.assertNotEqual((tcp, udp), ("", ""))
                n_reassembled += n
        self.assertEqual(n_reassembled, sum(fields_of(packet)[2] == 2960 for _, _, packet in self.records))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parsed, rest = parser.parse_known_args()
    FOLDER = parsed.programs
    if not shutil.which("tshark"):
        print("skipping what tshark says, not installed")
    unittest.main(argv=[__file__, *rest])
