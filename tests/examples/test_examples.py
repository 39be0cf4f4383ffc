#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs one example on captures of known content and compares all that it prints.

usage: test_examples.py NAME PROGRAM
"""
import collections
import contextlib
import ipaddress
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import captures

N_PACKETS = 1500

# Many small blocks and more threads than CPUs: what goes wrong between threads shows sooner.
TUNINGS = ["", "pt=1:", "pt=2,blk=8k:", "pt=5,blk=8k:"]


def expect(found, wanted, what):
    if found == wanted:
        return
    for number, (a, b) in enumerate(zip(found.splitlines(), wanted.splitlines())):
        if a != b:
            sys.exit(f"{what}: line {number + 1} is\n  {a}\nand not\n  {b}")
    sys.exit(f"{what}: {len(found.splitlines())} lines, not {len(wanted.splitlines())}:\n{found}")


def expect_output(program, folder, packets, wanted):
    """With all tunings, and for both kinds of time stamps."""
    for nanoseconds in (False, True):
        path = folder / f"capture-{nanoseconds}.pcap"
        path.write_bytes(captures.pcap_bytes(packets, nanoseconds))
        for tuning in TUNINGS:
            uri = f"{tuning}pcapfile:{path}"
            expect(captures.run_good([program, uri]), wanted, uri)
    path = folder / "empty.pcap"
    path.write_bytes(captures.pcap_header())
    captures.run_good([program, path])
    for uri, reason in [(folder / "missing.pcap", "No such file"), ("bogus:x", "no format")]:
        result = captures.run([program, uri])
        if result.returncode != 1 or reason not in result.stderr:
            sys.exit(f"{uri}: status {result.returncode}, message {result.stderr!r}")


def lines(iterable):
    return "".join(line + "\n" for line in iterable)


def test_read(program, folder, packets):
    wanted = lines(
        f"{number} {p.time_ns // 10**9}.{p.time_ns % 10**9:09d} {p.source} > {p.destination}, {p.wire} bytes"
        for number, p in enumerate(packets))
    expect_output(program, folder, packets, wanted)
    path = folder / "cut.pcap"
    path.write_bytes(captures.pcap_bytes(packets)[:-1])
    result = captures.run([program, path])
    expect(result.stdout, lines(wanted.splitlines()[:-1]), "a file that was cut")
    if result.returncode != 1 or "1 of its" not in result.stderr:
        sys.exit(f"a file that was cut: status {result.returncode}, message {result.stderr!r}")


def test_count(program, folder, packets):
    n_tcp = sum(packet.transport == "tcp" for packet in packets)
    expect_output(program, folder, packets, f"{n_tcp} TCP packets\n")


def test_histogram(program, folder, packets):
    sizes = [64, 128, 256, 512, 1024, 1518, 9000, float("inf")]
    counts = collections.Counter(next(size for size in sizes if packet.wire <= size) for packet in packets)
    wanted = lines([f"up to {size:4} bytes: {counts[size]}" for size in sizes[:-1]] + [f"larger: {counts[sizes[-1]]}"])
    expect_output(program, folder, packets, wanted)


def test_ordered(program, folder, packets):
    wanted = lines(
        f"packet {number}: {p.source} port {p.ports[0]} to {p.destination} port {p.ports[1]}"
        for number, p in enumerate(packets) if p.is_syn)
    expect_output(program, folder, packets, wanted)


def test_combiner(program, folder, packets):
    sums = collections.Counter()
    for packet in packets:
        if packet.protocol >= 0:
            sums[packet.protocol] += packet.wire
    expect_output(program, folder, packets,
                  lines(f"protocol {protocol:3}: {sums[protocol]} bytes" for protocol in sorted(sums)))


def test_ticks(program, folder, packets):
    """A tick comes behind packets 0, 100, 200, ..."""
    sizes = [packet.wire for packet in packets]
    wanted, begin = [], 0
    for end in range(0, len(sizes), 100):
        wanted.append(f"up to packet {end}: {sum(sizes[begin:end + 1])} bytes")
        begin = end + 1
    wanted.append(f"behind that: {sum(sizes[begin:])} bytes")
    expect_output(program, folder, packets, lines(wanted))


def read_until(stream, text):
    for line in stream:
        if line == text:
            return
    sys.exit(f"the program ended without saying {text!r}")


@contextlib.contextmanager
def endless(program, folder, content):
    """The program on a pipe that stays open behind `content`."""
    path = folder / "pipe"
    os.mkfifo(path)
    process = subprocess.Popen([program, f"pcapfile:{path}"], stdout=subprocess.PIPE, text=True)
    with open(path, "wb", buffering=0) as pipe:
        try:
            pipe.write(content)
            yield process
        finally:
            process.kill()
            process.wait()


def test_signal(program, folder, packets):
    with endless(program, folder, captures.pcap_bytes(packets)) as process:
        read_until(process.stdout, f"{len(packets)} packets\n")
        process.send_signal(signal.SIGINT)
        expect(process.stdout.read(), f"interrupted after {len(packets)} packets\n", "after Ctrl-C")
        if process.wait() != 0:
            sys.exit(f"after Ctrl-C: status {process.returncode}")
    path = folder / "capture.pcap"
    path.write_bytes(captures.pcap_bytes(packets))
    last = captures.run_good([program, path]).splitlines()[-1]
    expect(last, f"the end after {len(packets)} packets", "a file that ends")


TESTS = {
    "01_read": test_read,
    "02_parallel_count": test_count,
    "03_thread_local_state": test_histogram,
    "04_ordered_results": test_ordered,
    "05_own_combiner": test_combiner,
    "06_ticks": test_ticks,
    "07_stop_from_signal": test_signal,
}


def main():
    name, program = sys.argv[1:]
    packets = captures.mixed_traffic(captures.seeded_random(), N_PACKETS)
    for packet in packets:  # as the library writes them
        if ":" in packet.source and not packet.source.startswith("02:"):
            packet.source = ipaddress.ip_address(packet.source).compressed
    with tempfile.TemporaryDirectory() as folder:
        TESTS[name](program, pathlib.Path(folder), packets)


if __name__ == "__main__":
    main()
