#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tracestats on captures of known content, on inputs that are wrong, on a terminal, and interrupted.

usage: test_tracestats.py PROGRAM MANUAL
"""
import bz2
import contextlib
import gzip
import json
import lzma
import os
import pathlib
import re
import signal
import struct
import subprocess
import sys
import time
import unittest

import captures
import tool_cases

MANUAL = pathlib.Path(sys.argv.pop())
PROGRAM = sys.argv.pop()
tool_cases.use(PROGRAM, MANUAL)
N_PACKETS = 3000
RANDOM = captures.seeded_random()
PACKETS = captures.mixed_traffic(RANDOM, N_PACKETS)

# tracestats shows a bar after half a second.
SHOWN_AFTER_S = 0.5


def tallies(packets, key, keys):
    """Packets and bytes on the wire by key, with those keys that have none."""
    result = {name: {"packets": 0, "wire_bytes": 0} for name in keys}
    for packet in packets:
        if getattr(packet, key):
            result[getattr(packet, key)]["packets"] += 1
            result[getattr(packet, key)]["wire_bytes"] += packet.wire
    return result


def seconds(time_ns):
    return f"{time_ns // 10**9}.{time_ns % 10**9:09d}"


class Case(tool_cases.Case):
    def run_json(self, *arguments):
        return json.loads(captures.run_good([PROGRAM, "-j", *arguments]))


class Content(Case):
    def expect_counts(self, found, packets, n_meta=0):
        networks = ["ipv4", "ipv6", "arp", "other"]
        transports = ["tcp", "udp", "icmp", "icmpv6", "sctp", "other", "later_fragments", "cut"]
        expected = {
            "packets": len(packets),
            "meta_records": n_meta,
            "captured_bytes": sum(len(packet.frame) for packet in packets),
            "wire_bytes": sum(packet.wire for packet in packets),
            "first_time": seconds(min(packet.time_ns for packet in packets)),
            "last_time": seconds(max(packet.time_ns for packet in packets)),
            "network": tallies(packets, "network", networks),
            "transport": tallies(packets, "transport", transports),
            "accepted": len(packets), "filtered": 0, "dropped": 0, "skipped": 0,
            "complete": True, "error": None,
        }
        self.assertEqual({key: found[key] for key in expected}, expected)
        self.assertEqual(list(found["link_types"]), ["ethernet"])
        self.assertEqual(found["link_types"]["ethernet"]["packets"], len(packets))
        self.assertEqual(sum(thread["packets"] for thread in found["threads"]), len(packets))

    def test_all_ways_to_share_packets_out(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        for threads in ("1", "2", "7"):
            for hasher in ("none", "bidirectional", "unidirectional"):
                with self.subTest(threads=threads, hasher=hasher):
                    document = self.run_json("-t", threads, "-H", hasher, f"blk=8k:pcapfile:{path}")
                    self.assertEqual(document["hasher"], hasher)
                    self.assertFalse(document["interrupted"])
                    self.assertEqual(len(document["inputs"][0]["threads"]), int(threads))
                    self.expect_counts(document["inputs"][0], PACKETS)

    def test_time_in_disorder_and_with_nanoseconds(self):
        packets = captures.mixed_traffic(RANDOM, 50)
        for packet in packets:
            packet.time_ns += RANDOM.randrange(1000)
        RANDOM.shuffle(packets)
        path = self.write(captures.pcap_bytes(packets, nanoseconds=True))
        found = self.run_json(path)["inputs"][0]
        self.expect_counts(found, packets)
        times = [packet.time_ns for packet in packets]
        self.assertAlmostEqual(found["duration_seconds"], (max(times) - min(times)) / 1e9, places=9)

    def test_table(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        rows = [line.split() for line in captures.run_good([PROGRAM, path]).splitlines()]
        wire = sum(packet.wire for packet in PACKETS)
        self.assertIn(["packets", str(N_PACKETS)], rows)
        self.assertIn(["bytes", "on", "the", "wire", str(wire)], rows)
        self.assertIn(["mean", "size", f"{wire / N_PACKETS:.3f}", "bytes", "on", "the", "wire"], rows)
        self.assertIn(["accepted", f"{N_PACKETS},", "filtered", "0,", "dropped", "0,", "skipped", "0"], rows)
        first = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(PACKETS[0].time_ns // 10**9))
        self.assertIn(["first", "packet", *first.split()], [row[:4] and [*row[:3], row[3].split(".")[0]]
                                                          for row in rows if len(row) > 3])
        for key, names in [("network", {"IPv4": "ipv4", "IPv6": "ipv6", "ARP": "arp"}),
                           ("transport", {"TCP": "tcp", "UDP": "udp", "ICMP": "icmp", "ICMPv6": "icmpv6"})]:
            for name, value in names.items():
                those = [packet for packet in PACKETS if getattr(packet, key) == value]
                self.assertIn([name, str(len(those)), f"{len(those) / N_PACKETS * 100:.2f}",
                               str(sum(packet.wire for packet in those))], rows)

    def test_filters_count_what_matches(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        found = self.run_json("-f", "arp", "-f", "tcp[13] = 2", path)["inputs"][0]
        arp = [packet for packet in PACKETS if packet.network == "arp"]
        syn = [packet for packet in PACKETS if packet.is_syn and packet.network == "ipv4"]
        self.assertEqual(found["filters"], [
            {"filter": "arp", "packets": len(arp), "wire_bytes": sum(packet.wire for packet in arp)},
            {"filter": "tcp[13] = 2", "packets": len(syn), "wire_bytes": sum(packet.wire for packet in syn)},
        ])
        self.assertEqual(found["packets"], N_PACKETS)

    def test_several_inputs(self):
        paths = [self.write(captures.pcap_bytes(PACKETS[:n]), f"{n}.pcap") for n in (1, 10, 100)]
        found = self.run_json(*paths)["inputs"]
        self.assertEqual([(entry["uri"], entry["packets"]) for entry in found],
                         [(str(path), n) for path, n in zip(paths, (1, 10, 100))])
        text = captures.run_good([PROGRAM, "-q", *paths])
        self.assertEqual(text.count(" (pcapfile)\n"), 3)
        self.assertNotIn("network layer", text)

    def test_other_formats_and_compression(self):
        plain = captures.pcap_bytes(PACKETS)
        for name, content in [("gz", gzip.compress(plain)), ("bz2", bz2.compress(plain)), ("xz", lzma.compress(plain))]:
            with self.subTest(name=name):
                self.expect_counts(self.run_json("-t", "3", self.write(content, name))["inputs"][0], PACKETS)
        found = self.run_json("-t", "3", self.write(captures.pcapng_bytes(PACKETS), "pcapng"))["inputs"][0]
        self.assertEqual(found["format"], "pcapng")
        self.expect_counts(found, PACKETS, n_meta=2)

    def test_standard_input_and_no_packets(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        with open(path, "rb") as file:
            document = json.loads(captures.run_good([PROGRAM, "-j", "pcapfile:-"], stdin=file))
        self.expect_counts(document["inputs"][0], PACKETS)
        found = self.run_json(self.write(captures.pcap_header()))["inputs"][0]
        self.assertEqual((found["packets"], found["first_time"], found["duration_seconds"]), (0, None, None))

    def test_names_of_any_bytes_make_valid_json(self):
        for name in (b'quote" back\\slash', b"new\nline\ttab\x01\x7f", "häuser-日本-\U0001f30a".encode(),
                     b"latin-\xe4", b"cut-\xe6\x97", b"overlong-\xc0\xaf", b"surrogate-\xed\xa0\x80"):
            path = os.fsencode(self.folder) + b"/" + name
            with open(path, "wb") as file:
                file.write(captures.pcap_bytes(PACKETS[:5]))
            result = subprocess.run([PROGRAM, "-j", path], stdout=subprocess.PIPE, check=True)
            found = json.loads(result.stdout.decode("utf-8"))["inputs"][0]
            self.assertEqual(found["packets"], 5)
            with contextlib.suppress(UnicodeDecodeError):
                self.assertEqual(found["uri"], path.decode("utf-8"))


def keys_of(document):
    """All keys of a JSON document, however deep."""
    if isinstance(document, dict):
        for key, value in document.items():
            yield key
            yield from keys_of(value)
    elif isinstance(document, list):
        for value in document:
            yield from keys_of(value)


class Manual(Case):
    def test_all_keys_are_there(self):
        path = self.write(captures.pcap_bytes(PACKETS))
        words = set(re.findall(r"[a-z0-9_]+", MANUAL.read_text()))
        missing = [key for key in keys_of(self.run_json("-f", "ip", path)) if key not in words]
        self.assertEqual(missing, [])

    def test_options_are_those_of_the_help(self):
        self.expect_options_are_told()


class Failures(Case):
    def test_inputs_that_cannot_be_read(self):
        for _, _, stdout in self.expect_unreadable():
            self.assertEqual(stdout, "")
        for uri, message, stdout in self.expect_unreadable("-j"):
            entry = json.loads(stdout)["inputs"][0]
            self.assertEqual((entry["uri"], entry["complete"]), (str(uri), False))
            self.assertIn(message, entry["error"])

    def test_what_was_good_before_is_shown(self):
        good = captures.pcap_bytes(PACKETS)
        for n_missing, message in [(1, "1 of its"), (len(PACKETS[-1].frame) + 1, "1 of its 16 bytes")]:
            path = self.write(good[:-n_missing], "cut.pcap")
            table = self.expect_failure(1, message, path)
            self.assertIn(["packets", str(N_PACKETS - 1)], [line.split() for line in table.splitlines()])
            self.assertIn("not complete", table)
            found = json.loads(self.expect_failure(1, message, "-j", path))["inputs"][0]
            self.assertEqual((found["packets"], found["complete"]), (N_PACKETS - 1, False))

    def test_other_inputs_are_still_read(self):
        good = self.write(captures.pcap_bytes(PACKETS))
        missing = self.folder / "missing.pcap"
        found = json.loads(self.expect_failure(1, "No such file", "-j", good, missing, good))["inputs"]
        self.assertEqual([entry.get("packets") for entry in found], [N_PACKETS, None, N_PACKETS])

    def test_wrong_usage(self):
        path = self.write(captures.pcap_bytes(PACKETS[:1]))
        for arguments in ([], ["-t", "0", path], ["-t", "1025", path], ["-t", "2x", path], ["-t", "", path],
                          ["-H", "both", path], ["-x", path], ["-t"], ["--bogus", path],
                          ["-f", "ip"] * 33 + [path]):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.expect_failure(2, "tracestats --help", *arguments), "")

    def test_wrong_filter(self):
        path = self.write(captures.pcap_bytes(PACKETS[:1]))
        self.assertEqual(self.expect_failure(1, "syntax error", "-f", "no such thing", path), "")

    def test_filter_without_meaning(self):
        """Raw IP has no MAC addresses; all else is counted, and it is no failure."""
        header = captures.pcap_header()[:-4] + struct.pack("<I", 101)
        ip = struct.pack("<IIII", 1, 0, 40, 40) + b"\x45" + bytes(39)
        path = self.write(header + 3 * ip, "raw.pcap")
        arguments = ["-t", "2", "-f", "ip", "-f", "ether host 02:00:00:00:00:01", path]
        warning = ('filter "ether host 02:00:00:00:00:01" has no meaning for 3 of the packets '
                   "(link layer: raw IP)")
        stdout = self.expect_failure(0, warning, "-j", *arguments)
        found = json.loads(stdout)["inputs"][0]
        self.assertEqual((found["packets"], found["complete"], found["error"]), (3, True, None))
        self.assertEqual([(entry["packets"], entry["wire_bytes"]) for entry in found["filters"]],
                         [(3, 120), (None, None)])
        self.assertEqual(list(found["link_types"]), ["raw_ip"])
        table = self.expect_failure(0, warning, *arguments)
        self.assertNotIn("not complete", table)
        self.assertIn(["ether", "host", "02:00:00:00:00:01", "not", "known", "-", "-"],
                      [line.split() for line in table.splitlines()])

    def test_output_that_cannot_be_written(self):
        path = self.write(captures.pcap_bytes(PACKETS[:1]))
        self.expect_write_failure(path)

    def test_help_and_version(self):
        self.expect_help_and_version()


class Endless(tool_cases.EndlessCase):
    def test_interrupted(self):
        for number, status in [(signal.SIGINT, 130), (signal.SIGTERM, 143)]:
            with self.running("-j", "-t", "3", stdout=subprocess.PIPE, text=True) as (process, pipe):
                self.feed(process, pipe, captures.pcap_bytes(PACKETS))
                process.send_signal(number)
                document = json.loads(process.stdout.read())
                self.assertEqual(process.wait(), status)
            found = document["inputs"][0]
            self.assertTrue(document["interrupted"])
            self.assertEqual((found["packets"], found["complete"], found["error"]), (N_PACKETS, False, None))

    def test_stopped_before_the_first_byte(self):
        for stdout in self.expect_silent_stop("-j"):
            document = json.loads(stdout)
            self.assertTrue(document["interrupted"])
            self.assertEqual((document["inputs"][0]["complete"], document["inputs"][0]["error"]), (False, None))

    def test_interrupted_with_a_table(self):
        with self.running(stdout=subprocess.PIPE, text=True) as (process, pipe):
            self.feed(process, pipe, captures.pcap_bytes(PACKETS))
            process.send_signal(signal.SIGINT)
            table = process.stdout.read()
            self.assertEqual(process.wait(), 130)
        self.assertIn(["packets", str(N_PACKETS)], [line.split() for line in table.splitlines()])
        self.assertIn("stopped by a signal", table)

    def test_inputs_after_an_interrupt_are_not_read(self):
        with self.running("-j", f"pcapfile:{self.path}", stdout=subprocess.PIPE, text=True) as (process, pipe):
            self.feed(process, pipe, captures.pcap_bytes(PACKETS[:5]))
            process.send_signal(signal.SIGINT)
            document = json.loads(process.stdout.read())
            self.assertEqual(process.wait(), 130)
        self.assertEqual([entry["packets"] for entry in document["inputs"]], [5])

    def test_progress_on_a_terminal(self):
        self.expect_progress(PACKETS[:200])

    def test_no_progress_where_nobody_looks(self):
        started = time.monotonic()
        with self.on_terminal("-q") as (process, pipe, terminal), \
                open(self.folder / "stderr", "w+b") as stderr:
            pipe.write(captures.pcap_bytes(PACKETS[:5]))
            other = self.folder / "other"
            os.mkfifo(other)
            plain = subprocess.Popen([PROGRAM, f"pcapfile:{other}"], stdout=subprocess.DEVNULL, stderr=stderr)
            with plain, open(other, "wb", buffering=0) as second:
                second.write(captures.pcap_bytes(PACKETS[:5]))
                while time.monotonic() < started + 2 * SHOWN_AFTER_S:  # the time in which it would be shown
                    time.sleep(0.05)
            pipe.close()
            self.assertEqual((process.wait(), plain.wait()), (0, 0))
            self.assertEqual(self.read_terminal(terminal), b"")
            stderr.seek(0)
            self.assertEqual(stderr.read(), b"")


if __name__ == "__main__":
    unittest.main(verbosity=2)
