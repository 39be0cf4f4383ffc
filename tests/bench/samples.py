# SPDX-License-Identifier: BSD-2-Clause
"""Captures for the tests of the benchmark, and readers of them that are not Weir's."""
import pathlib
import struct
import tempfile
import unittest
import zlib

import programs


def make(folder, mix, n_packets, seed, path, fmt="pcap"):
    programs.run([pathlib.Path(folder) / "make_capture", "-m", mix, "-t", fmt, "-c", n_packets,
                  "-s", seed, path])
    return path.read_bytes()


def records(data):
    """Time in microseconds, wire length and bytes of each packet of a pcap file."""
    at = 24
    while at < len(data):
        seconds, us, captured, wire = struct.unpack_from("=4I", data, at)
        yield seconds * 1_000_000 + us, wire, data[at + 16:at + 16 + captured]
        at += 16 + captured


def pcapng_records(data):
    """The same of a pcapng file, whose blocks are looked at on the way."""
    at = 0
    kinds = []
    while at < len(data):
        kind, length = struct.unpack_from("=2I", data, at)
        assert length % 4 == 0 and struct.unpack_from("=I", data, at + length - 4)[0] == length
        kinds.append(kind)
        if kind == 6:
            interface, high, low, captured, wire = struct.unpack_from("=5I", data, at + 8)
            assert interface == 0 and length == 32 + (captured + 3) // 4 * 4
            yield high << 32 | low, wire, data[at + 28:at + 28 + captured]
        at += length
    assert kinds[:2] == [0x0A0D0D0A, 1] and set(kinds[2:]) == {6}


def erf_records(data):
    """The same of an ERF file, whose frame check sequences are checked and left out."""
    at = 0
    while at < len(data):
        fraction, seconds, kind, flags = struct.unpack_from("<2I2B", data, at)
        length, lost, wire = struct.unpack_from(">3H", data, at + 10)
        assert (kind, flags, lost, length % 8) == (2, 4, 0, 0) and 0 <= length - 18 - wire < 8
        frame = data[at + 18:at + 18 + wire]
        assert struct.unpack("<I", frame[-4:])[0] == zlib.crc32(frame[:-4])
        yield seconds * 1_000_000 + round(fraction * 1_000_000 / 2**32), wire - 4, frame[:-4]
        at += length


def folded_sum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


class WithFolder(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="weir-test-bench-")
        self.addCleanup(holder.cleanup)
        self.temp = pathlib.Path(holder.name)
