#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""tracestats and programs of others agree on the demo capture.

usage: test_peers.py PROGRAM CAPTURE
"""
import json
import shutil
import sys

import captures

# Ethernet frames as tcpdump and capinfos count them have no frame check sequence.
FILTERS = {
    ("network", "arp"): "arp or (vlan and arp)",
    ("network", "ipv4"): "ip or (vlan and ip)",
    ("network", "ipv6"): "ip6 or (vlan and ip6)",
    ("transport", "icmp"): "icmp and ip[6:2] & 0x1fff = 0",
}


def ask_capinfos(capture):
    output = captures.run_good(["capinfos", "-T", "-M", "-r", "-c", "-d", "-a", "-e", "-S", capture])
    _, n_packets, n_bytes, first, last = output.strip().split("\t")
    return {"packets": int(n_packets), "captured_bytes": int(n_bytes),
            "wire_bytes": int(n_bytes) + int(n_packets) * captures.FCS_BYTES,
            "first_time": first, "last_time": last}


def count_with_tcpdump(capture, expression):
    result = captures.run(["tcpdump", "-n", "-r", capture, expression])
    if result.returncode != 0:
        sys.exit(f"tcpdump {expression}: {result.stderr}")
    return len(result.stdout.splitlines())


def count_with_tshark(capture, expression):
    """What tcpdump's filters cannot see: headers behind IPv6 extension headers."""
    result = captures.run(["tshark", "-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
                           "-r", capture, "-Y", expression])
    if result.returncode != 0:
        sys.exit(f"tshark {expression}: {result.stderr}")
    return len(result.stdout.splitlines())


def main():
    program, capture = sys.argv[1:]
    for peer in ("capinfos", "tcpdump", "tshark"):
        if not shutil.which(peer):
            captures.skip(f"{peer} is not installed")
    found = json.loads(captures.run_good([program, "-j", "-t", "3", "-H", "bidirectional", capture]))["inputs"][0]
    problems = []

    def compare(what, ours, theirs, peer):
        if ours != theirs:
            problems.append(f"{what}: {ours}, {peer} says {theirs}")

    for key, value in ask_capinfos(capture).items():
        if key.endswith("time"):  # capinfos prints as many digits as the file has
            compare(key, found[key].ljust(20, "0"), value.ljust(20, "0"), "capinfos")
        else:
            compare(key, found[key], value, "capinfos")
    for (group, key), expression in FILTERS.items():
        compare(key, found[group][key]["packets"], count_with_tcpdump(capture, expression), "tcpdump")
    transport = {name: tally["packets"] for name, tally in found["transport"].items()}
    for key, expression in [
            ("tcp", "tcp && !icmp && !icmpv6"),
            ("udp", "udp && !icmp && !icmpv6"),
            ("icmpv6", "icmpv6"),
            ("later_fragments", "ip.frag_offset > 0 || ipv6.fraghdr.offset > 0"),
    ]:
        compare(key, transport[key], count_with_tshark(capture, expression), "tshark")

    # The capture is there to show a bit of everything.
    for group, key in [("network", "ipv4"), ("network", "ipv6"), ("network", "arp"), *[
            ("transport", key) for key in ("tcp", "udp", "icmp", "icmpv6", "later_fragments")]]:
        if found[group][key]["packets"] == 0:
            problems.append(f"{capture}: no {key} in it")
    if count_with_tcpdump(capture, "vlan") == 0:
        problems.append(f"{capture}: no VLAN tags in it")
    print(*problems, sep="\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
