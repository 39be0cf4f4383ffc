#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""traceflows on captures of known content, on inputs that are wrong, and interrupted.

usage: test_traceflows.py PROGRAM MANUAL
"""
import csv
import io
import json
import pathlib
import signal
import subprocess
import sys
import unittest

import captures
import tool_cases

MANUAL = pathlib.Path(sys.argv.pop())
PROGRAM = sys.argv.pop()
tool_cases.use(PROGRAM, MANUAL)
RANDOM = captures.seeded_random()
PACKETS = captures.mixed_traffic(RANDOM, 3000)
NUMBERS = ("packets", "wire_bytes", "packets_back", "wire_bytes_back")
COLUMNS = ["first_time", "last_time", "protocol", "source", "source_port", "destination", "destination_port", *NUMBERS]


def seconds(time_ns):
    return f"{time_ns // 10**9}.{time_ns % 10**9:09d}"


def has_flow(packet):
    return packet.network in ("ipv4", "ipv6")


def ends_of(packet):
    return tuple((str(address), port) for address, port in zip((packet.source, packet.destination), packet.ports))


def protocol_of(packet):
    """Fragments of IPv6 do not say what they carry."""
    if packet.protocol != -1:
        return packet.protocol
    return 44 if packet.network == "ipv6" else 17


def flows_of(packets, is_directed=False):
    """The rows that should be found, without an order, as tuples of text."""
    flows = {}
    for packet in packets:
        if not has_flow(packet):
            continue
        ends = ends_of(packet)
        key = (protocol_of(packet), ends if is_directed else tuple(sorted(ends)))
        flow = flows.setdefault(key, {"first": packet.time_ns, "last": packet.time_ns, "ends": ends, "sums": {}})
        if packet.time_ns < flow["first"]:
            flow.update(first=packet.time_ns, ends=ends)
        flow["last"] = max(flow["last"], packet.time_ns)
        sums = flow["sums"].setdefault(ends, [0, 0])
        sums[0] += 1
        sums[1] += packet.wire
    rows = []
    for (protocol, _), flow in flows.items():
        one, other = flow["ends"]
        there = flow["sums"][one, other]
        back = flow["sums"].get((other, one), [0, 0]) if one != other else [0, 0]
        rows.append(tuple(map(str, (seconds(flow["first"]), seconds(flow["last"]), protocol, *one, *other,
                                    *there, *back))))
    return rows


class Case(tool_cases.Case):
    def rows(self, *arguments):
        text = captures.run_good([PROGRAM, "-c", *arguments])
        reader = csv.reader(io.StringIO(text))
        self.assertEqual(next(reader), COLUMNS)
        return [tuple(row) for row in reader]

    def document(self, *arguments):
        return json.loads(captures.run_good([PROGRAM, "-j", *arguments]))


class Content(Case):
    def test_all_flows(self):
        path = self.write(captures.pcap_bytes(PACKETS, nanoseconds=True))
        for options in (), ("-d",):
            wanted = flows_of(PACKETS, bool(options))
            for tuning in "pt=1:", "pt=2,blk=8k:", "pt=5,blk=8k:", "":
                with self.subTest(options=options, tuning=tuning):
                    found = self.rows(*options, f"{tuning}pcapfile:{path}")
                    self.assertEqual(sorted(found), sorted(wanted))

    def test_several_inputs_are_one(self):
        middle = len(PACKETS) // 2
        one = self.write(captures.pcap_bytes(PACKETS[:middle], nanoseconds=True), "one.pcap")
        other = self.write(captures.pcap_bytes(PACKETS[middle:], nanoseconds=True), "other.pcap")
        for uris in ([f"pt=3:pcapfile:{one}", f"pt=4:pcapfile:{other}"], [other, one], [f"{one},{other}"]):
            with self.subTest(uris=uris):
                self.assertEqual(sorted(self.rows(*uris)), sorted(flows_of(PACKETS)))

    def test_orders(self):
        path = self.write(captures.pcap_bytes(PACKETS, nanoseconds=True))
        for order, key in (("bytes", lambda row: -int(row[8]) - int(row[10])),
                           ("packets", lambda row: -int(row[7]) - int(row[9])),
                           ("time", lambda row: row[0])):
            found = self.rows("-s", order, path)
            self.assertEqual([key(row) for row in found], sorted(key(row) for row in flows_of(PACKETS)))
            for tuning in "pt=1:", "pt=5,blk=8k:":
                self.assertEqual(self.rows("-s", order, f"{tuning}pcapfile:{path}"), found)
            self.assertEqual(self.rows("-s", order, "-n", 3, path), found[:3])

    def test_json(self):
        path = self.write(captures.pcap_bytes(PACKETS, nanoseconds=True))
        for options in (), ("-d",), ("-n", 2):
            found = self.document(*options, path)
            rows = [tuple(str(flow[name]) for name in COLUMNS) for flow in found.pop("flows")]
            self.assertEqual(rows, self.rows(*options, path))
            found.pop("version")
            self.assertEqual(found, {
                "program": "traceflows", "directed": options == ("-d",), "interrupted": False,
                "inputs": [{"uri": str(path), "error": None}],
                "packets": len(PACKETS), "wire_bytes": sum(packet.wire for packet in PACKETS),
                "packets_without_flow": sum(not has_flow(packet) for packet in PACKETS),
                "packets_without_room": 0,
                "flow_count": len(flows_of(PACKETS, options == ("-d",)))})

    def test_table(self):
        path = self.write(captures.pcap_bytes(PACKETS, nanoseconds=True))
        lines = captures.run_good([PROGRAM, path]).splitlines()
        n_bytes = sum(packet.wire for packet in PACKETS)
        self.assertEqual(lines[0], f"{len(flows_of(PACKETS))} flows: {len(PACKETS)} packets, {n_bytes} bytes")
        self.assertEqual(lines[1], f"{sum(not has_flow(packet) for packet in PACKETS)} packets have no flow")
        rows = self.rows("-n", 10, path)
        self.assertEqual(len(lines), 4 + len(rows))
        for line, row in zip(lines[4:], rows):
            words = line.split()
            self.assertEqual(words[:4], [row[8], row[10], row[7], row[9]])
            name = {"6": " (tcp)", "17": " (udp)", "1": " (icmp)", "58": " (ipv6-icmp)", "44": " (ipv6-frag)",
                    "89": " (ospf)"}[row[2]]
            self.assertTrue(line.endswith(f"  protocol {row[2]}{name}: {row[3]} port {row[4]} to {row[5]} port {row[6]}"))

    def test_names_of_protocols(self):
        """IANA's; of those that have none here, the number alone."""
        names = {0: "", 2: " (igmp)", 47: " (gre)", 132: " (sctp)", 136: " (udplite)", 253: "", 255: ""}
        path = self.write(captures.pcap_bytes([captures.ip_packet("192.0.2.1", "192.0.2.2", number, bytes(20), "")
                                               for number in names]))
        lines = captures.run_good([PROGRAM, path]).splitlines()[3:]
        self.assertEqual(sorted(line.split("  ")[-1].split(":")[0] for line in lines),
                         sorted(f"protocol {number}{name}" for number, name in names.items()))

    def test_filter(self):
        path = self.write(captures.pcap_bytes(PACKETS, nanoseconds=True))
        wanted = [row for row in flows_of(PACKETS) if row[2] == "6" and ":" not in row[3]]
        for row in self.rows("-f", "ip proto 6", path):
            self.assertIn(row[:7], [one[:7] for one in wanted])
        self.assertEqual(self.rows("-f", "greater 60000", path), [])
        self.assertEqual(self.document("-f", "greater 60000", path)["packets"], 0)

    def test_limit(self):
        path = self.write(captures.pcap_bytes(PACKETS, nanoseconds=True))
        found = self.document("-m", 5, f"pt=1:pcapfile:{path}")
        self.assertEqual(found["flow_count"], 5)
        n_counted = sum(flow["packets"] + flow["packets_back"] for flow in found["flows"])
        self.assertEqual(n_counted + found["packets_without_room"] + found["packets_without_flow"], len(PACKETS))
        whole = {row[2:7]: row for row in flows_of(PACKETS)}
        for flow in found["flows"]:
            row = tuple(str(flow[name]) for name in COLUMNS)
            self.assertEqual(row, whole[row[2:7]])


class Wrong(Case):
    def test_inputs(self):
        for _, _, output in self.expect_unreadable("-c"):
            self.assertEqual(output, ",".join(COLUMNS) + "\n")

    def test_what_is_good_is_shown(self):
        content = captures.pcap_bytes(PACKETS, nanoseconds=True)
        cut = self.write(content[:-1], "cut.pcap")
        whole = self.write(captures.pcap_bytes(PACKETS[-1:], nanoseconds=True), "whole.pcap")
        missing = self.folder / "missing.pcap"
        result = captures.run([PROGRAM, "-j", missing, cut, whole])
        self.assertEqual((result.returncode, result.stderr.count("\n")), (1, 2), result.stderr)
        found = json.loads(result.stdout)
        self.assertEqual([entry["error"] is None for entry in found["inputs"]], [False, False, True])
        self.assertEqual(found["packets"], len(PACKETS))
        self.assertEqual(found["flow_count"], len(flows_of(PACKETS)))

    def test_usage(self):
        for arguments, message in [
                ([], "no input given"), (["-n", "0", "x"], "not a number of flows: 0"),
                (["-m", "many", "x"], "not a number of flows: many"),
                (["-t", "1025", "x"], "not a number of threads: 1025"), (["-s", "size", "x"], "not an order: size"),
                (["-f", "tcp", "-f", "udp", "x"], "more than one filter: udp"), (["-x"], "invalid option"),
                (["-c", "-j", "x"], "either -c or -j"), (["-j", "-d", "-c", "x"], "either -c or -j"),
        ]:
            with self.subTest(arguments=arguments):
                self.assertEqual(self.expect_failure(2, message, *arguments), "")
        path = self.write(captures.pcap_bytes(PACKETS[:5]))
        self.expect_failure(1, "nonsense", "-f", "nonsense words", path)

    def test_output_that_cannot_be_written(self):
        self.expect_write_failure(self.write(captures.pcap_bytes(PACKETS)))

    def test_what_is_told(self):
        self.expect_options_are_told()
        self.expect_help_and_version()


class Endless(tool_cases.EndlessCase):
    def test_progress_on_a_terminal(self):
        self.expect_progress(PACKETS[:200])

    def test_signals(self):
        for number in signal.SIGINT, signal.SIGTERM:
            with self.running("-j", stdout=subprocess.PIPE) as (process, pipe):
                self.feed(process, pipe, captures.pcap_bytes(PACKETS[:100]))
                process.send_signal(number)
                found = json.loads(process.stdout.read())
                self.assertEqual(process.wait(), 128 + number)
                self.assertEqual((found["packets"], found["interrupted"]), (100, True))
                self.assertEqual(found["flow_count"], len(flows_of(PACKETS[:100])))

    def test_stopped_before_the_first_byte(self):
        for stdout in self.expect_silent_stop("-j"):
            found = json.loads(stdout)
            self.assertEqual((found["packets"], found["interrupted"]), (0, True))
            self.assertIsNone(found["inputs"][0]["error"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
