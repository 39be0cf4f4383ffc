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
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

import captures

N_PACKETS = 1500

MAGIC_NUMBERS = {"gz": b"\x1f\x8b", "bz2": b"BZh", "xz": b"\xfd7zXZ", "lzma": b"\x5d\0\0",
                 "zst": b"\x28\xb5\x2f\xfd", "lz4": b"\x04\x22\x4d\x18"}

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


def records_of_erf(content):
    """(time in ns, captured bytes, wire length) of each record of Ethernet."""
    at = 0
    while at < len(content):
        time, kind, _, length, _, wire = struct.unpack_from("<QBB", content, at) + struct.unpack_from(
            ">HHH", content, at + 10)
        assert kind == 2, f"a record of type {kind}"
        yield (time * 10**9 + (1 << 31)) >> 32, content[at + 18:at + length], wire
        at += length


def convert(program, source, target):
    """What it says of a conversion, which succeeds."""
    result = captures.run([program, source, target])
    if result.returncode != 0 or result.stdout:
        sys.exit(f"{source} to {target}: status {result.returncode}, {result.stdout!r}, {result.stderr!r}")
    return result.stderr


def test_convert(program, folder, packets):
    """Through all formats that can be written, compressed in all ways, and back."""
    original = captures.pcap_bytes(packets, nanoseconds=True)
    (folder / "a.pcap").write_bytes(original)
    n, source = len(packets), f"{folder}/a.pcap"
    for number, (form, suffix) in enumerate([("pcapng", "pcapng.zst"), ("erf", "erf.gz"), ("pcap", "pcap.xz"),
                                             ("pcapng", "pcapng"), ("rawerf", "erf"), ("pcapfile", "pcap.lz4"),
                                             ("pcapng", "pcapng.bz2"), ("pcapfile", "pcap.lzma")]):
        path = f"{folder}/{number}.{suffix}"
        n_other = 2 if ".pcapng" in source and form != "pcapng" else 0
        said = convert(program, source, f"{form}:{path}")
        expect(said, f"{n} packets written, {n_other} other records left out: complete\n", path)
        start = MAGIC_NUMBERS.get(suffix.split(".")[-1], b"")
        if not pathlib.Path(path).read_bytes().startswith(start):
            sys.exit(f"{path}: not compressed as its name says")
        source = path
    convert(program, source, f"pcapfile:{folder}/b.pcap")
    back = (folder / "b.pcap").read_bytes()
    if back[24:] != original[24:] or back[:4] != original[:4]:
        sys.exit("the packets that came back are others")

    convert(program, f"{folder}/a.pcap", f"erf:{folder}/a.erf")
    found = list(records_of_erf((folder / "a.erf").read_bytes()))
    if found != [(p.time_ns, p.frame, p.wire) for p in packets]:
        sys.exit("the ERF records are others")

    # What was good is written, and the rest is told.
    (folder / "cut.pcap").write_bytes(original[:-1])
    for source, target, text in [
            ("cut.pcap", f"pcapng:{folder}/c", f"{n - 1} packets written, 0 other records left out: NOT COMPLETE"),
            ("cut.pcap", f"pcapng:{folder}/e", "1 of its"),
            ("a.pcap", "pcapfile:/dev/full", "No space left on device"),
            ("a.pcap", "erf:/dev/full", "NOT COMPLETE"),
            ("a.pcap", "tsh:-", "cannot be written"),
            ("a.pcap", "c", "names no format"),
            ("missing.pcap", f"pcapng:{folder}/d", "No such file"),
    ]:
        result = captures.run([program, folder / source, target])
        if result.returncode != 1 or text not in result.stderr:
            sys.exit(f"{source} to {target}: status {result.returncode}, message {result.stderr!r}")

    # What is there stays as it is, whatever it is called.
    (folder / "same").symlink_to("a.pcap")
    content = {path: path.read_bytes() for path in (folder / "a.pcap", folder / "b.pcap")}
    for source, target in [("a.pcap", "pcapng:a.pcap"), ("pcapfile:a.pcap", "pcapfile:a.pcap"), ("same", "erf:a.pcap"),
                           ("a.pcap", "pcapfile:same"), ("pcapfile:a.pcap,b.pcap", "pcapfile:b.pcap"),
                           ("pcapfile:[ab].pcap", "pcapfile:a.pcap"), ("-", "pcapfile:a.pcap"),
                           ("memory=64M:pcapfile:a.pcap", "pcapfile:a.pcap"), ("a.pcap", "pcapfile:b.pcap")]:
        with open(folder / "a.pcap", "rb") as stdin:
            result = subprocess.run([os.path.abspath(program), source, target], cwd=folder, stdin=stdin,
                                    capture_output=True, text=True, check=False)
        if result.returncode != 1 or "File exists" not in result.stderr:
            sys.exit(f"{source} to {target}: status {result.returncode}, message {result.stderr!r}")
        if any(path.read_bytes() != bytes_before for path, bytes_before in content.items()):
            sys.exit(f"{source} to {target}: the file that was there is another one")
    convert(program, folder / "a.pcap", "pcapfile:/dev/null")
    result = subprocess.run([program, folder / "a.pcap", "pcapfile:-"], capture_output=True, check=False)
    if result.returncode != 0 or result.stdout != (folder / "b.pcap").read_bytes():
        sys.exit(f"to standard output: status {result.returncode}, message {result.stderr!r}")
    if (folder / "d").exists():
        sys.exit("an output was made of an input that is not there")


def test_event_loop(program, folder, packets):
    content = captures.pcap_bytes(packets, nanoseconds=True)
    (folder / "a.pcap").write_bytes(content)
    seconds = (packets[-1].time_ns - packets[0].time_ns) / 10**9
    whole = f"{len(packets)} packets, {seconds:.3f} s of the capture\n"
    began = time.monotonic()
    expect(captures.run_good([program, "-x", "100", folder / "a.pcap"]), whole, "replayed")
    if time.monotonic() - began < seconds / 100:
        sys.exit("replayed more than 100 times as fast as recorded")

    # A pipe that has no more for now makes nobody wait who has a command.
    path = folder / "pipe"
    os.mkfifo(path)
    one = captures.pcap_bytes(packets[:1], nanoseconds=True)
    process = subprocess.Popen([program, f"pcapfile:{path}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with open(path, "wb", buffering=0) as pipe:
        pipe.write(one)
        found = b""
        while not found.startswith(b"1 "):
            process.stdin.write(b"s")
            process.stdin.flush()
            found = process.stdout.readline()
        process.stdin.write(b"q")
        process.stdin.flush()
        expect(process.stdout.read().decode(), "1 packets, 0.000 s of the capture\n", "after q")
    if process.wait() != 0:
        sys.exit(f"after q: status {process.returncode}")
    result = captures.run([program, folder / "missing.pcap"])
    if result.returncode != 1 or "No such file" not in result.stderr:
        sys.exit(f"missing.pcap: status {result.returncode}, message {result.stderr!r}")


def test_batches(program, folder, packets):
    flows = flows_of(packets, list)
    n_single = sum(n == 1 for _, n in flows.values())
    expect_output(program, folder, packets, lines([
        f"{len(flows)} flows, {n_single} of them a single packet",
        f"the largest: {max(n_bytes for n_bytes, _ in flows.values())} bytes"]))


def pcapng_block(order, kind, fixed, options):
    body = fixed
    for code, value in options:
        body += struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
    body += bytes(4)
    length = struct.pack(order + "I", 12 + len(body))
    return struct.pack(order + "I", kind) + length + body + length


def test_interfaces(program, folder, packets):
    """In both byte orders; the names are those that tshark shows."""
    for order in "<>":
        content = pcapng_block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1),
                               [(4, b"a test")])
        names = [f"port{i}" for i in range(20)]
        for i, name in enumerate(names):
            options = [(2, name.encode())]
            if i % 2:
                options += [(3, f"the port with number {i}".encode()), (8, struct.pack(order + "Q", 10**9 * i))]
            content += pcapng_block(order, 1, struct.pack(order + "HHI", 1, 0, 0), options)
        for i in range(len(names)):  # tshark tells of an interface by its packets
            content += struct.pack(order + "IIIIIII", 6, 36, i, 0, 0, 4, 4) + b"abcd" + struct.pack(order + "I", 36)
        path = folder / "a.pcapng"
        path.write_bytes(content)
        wanted = ["record 0: captured by a test"]
        for i, name in enumerate(names):
            more = f", the port with number {i}, {10**9 * i} bit/s" if i % 2 else ""
            wanted.append(f"record {i + 1}: {name}{more}")
        for tuning in TUNINGS:
            found = captures.run_good([program, f"{tuning}pcapng:{path}"]).splitlines()
            found.sort(key=lambda line: int(line.split()[1].rstrip(":")))
            expect(lines(found), lines(wanted), f"{order}, {tuning}")
        if shutil.which("tshark"):
            seen = captures.run(["tshark", "-r", path, "-T", "fields", "-e", "frame.interface_name"]).stdout
            expect(seen, lines(names), "tshark")


def flow_key(packet, order):
    """As trace_get_flow() has it; IPv6 fragments do not say what they carry. `order` is what becomes of both ends."""
    ends = order((ipaddress.ip_address(address).packed.ljust(16, b"\0"), port)
                 for address, port in zip((packet.source, packet.destination), packet.ports))
    is_ipv6 = packet.network == "ipv6"
    protocol = (44 if is_ipv6 else 17) if packet.protocol == -1 else packet.protocol
    return struct.pack("=16s16sHHBBH", ends[0][0], ends[1][0], ends[0][1], ends[1][1],
                       6 if is_ipv6 else 4, protocol, 0)


def flows_of(packets, order):
    """Key -> bytes on the wire, packets."""
    flows = collections.defaultdict(lambda: [0, 0])
    for packet in packets:
        if packet.network in ("ipv4", "ipv6"):
            key = flow_key(packet, order)
            flows[key][0] += packet.wire
            flows[key][1] += 1
    return flows


def test_flows(program, folder, packets):
    flows = flows_of(packets, sorted)

    def line(flow, n_bytes, n_packets):
        *ends, port, other_port, version, protocol, _ = struct.unpack("=16s16sHHBBH", flow)
        one, other = (ipaddress.ip_address(end[:4 if version == 4 else 16]) for end in ends)
        return (f"{n_bytes} bytes in {n_packets} packets: {one} port {port} and {other} port {other_port}, "
                f"protocol {protocol}")

    largest = sorted(flows.items(), key=lambda item: (-item[1][0], item[0]))[:10]
    expect_output(program, folder, packets, lines(
        [f"{len(flows)} conversations", *(line(flow, *counts) for flow, counts in largest)]))


def test_filter(program, folder, packets):
    path = folder / "a.pcap"
    path.write_bytes(captures.pcap_bytes(packets))

    def is_tagged(packet):
        return packet.frame[12:14] == b"\x81\0"

    rules = {  # libpcap neither looks behind VLAN tags nor counts the frame check sequence
        "tcp port 443": lambda p: p.transport == "tcp" and 443 in p.ports,
        "arp or len > 400": lambda p: p.network == "arp" or len(p.frame) > 400,
        "vlan and udp dst port 53": lambda p: is_tagged(p) and p.ports[1] == 53,
        "ip6": lambda p: p.network == "ipv6" and not is_tagged(p),
    }
    for expression, matches in rules.items():
        matched = [packet for packet in packets if matches(packet)]
        wanted = (f"{len(matched)} packets match, {sum(packet.wire for packet in matched)} bytes; "
                  f"{len(packets) - len(matched)} do not\n")
        for tuning in TUNINGS:
            expect(captures.run_good([program, f"{tuning}pcapfile:{path}", expression]), wanted,
                   f"{expression}, {tuning}")
    for command, status, reason in (([path, "tcp prot 443"], 1, "syntax error"), ([path], 2, "usage"),
                                    ([folder / "missing.pcap", "tcp"], 1, "No such file")):
        result = captures.run([program, *command])
        if result.returncode != status or reason not in result.stderr or result.stdout:
            sys.exit(f"{command}: status {result.returncode}, message {result.stderr!r}")


TESTS = {
    "01_read": test_read,
    "02_parallel_count": test_count,
    "03_thread_local_state": test_histogram,
    "04_ordered_results": test_ordered,
    "05_own_combiner": test_combiner,
    "06_ticks": test_ticks,
    "07_stop_from_signal": test_signal,
    "08_convert": test_convert,
    "09_filter": test_filter,
    "10_flows": test_flows,
    "11_interfaces": test_interfaces,
    "12_event_loop": test_event_loop,
    "13_batches": test_batches,
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
