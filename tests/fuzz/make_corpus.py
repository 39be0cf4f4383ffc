#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Writes the seeds of every fuzz target: small files with a bit of everything that a format has.

usage: make_corpus.py FOLDER    (a folder for each target is made in it; always the same content)
"""
import bz2
import gzip
import lzma
import pathlib
import random
import shutil
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "examples"))
import captures  # noqa: E402

START_S = 1_700_000_000
RNG = random.Random(20)
PACKETS = captures.mixed_traffic(RNG, 12)
FRAMES = [packet.frame[:90] for packet in PACKETS]
OTHER_LINKS = {
    "raw": (101, [frame[14:] for frame in FRAMES]),
    "sll": (113, [bytes([0, i, 0, 1, 0, 6]) + bytes(8) + frame[12:] for i, frame in enumerate(FRAMES[:5])]),
    "sll2": (276, [frame[12:14] + bytes(6) + bytes([0, 1, i, 6]) + bytes(8) + frame[14:]
                   for i, frame in enumerate(FRAMES[:5])]),
    "ppp": (9, [b"\xff\x03\x00\x21" + frame[14:] for frame in FRAMES[:3]]),
    "chdlc": (104, [b"\x0f\x00\x08\x00" + frame[14:] for frame in FRAMES[:3]]),
    "llcsnap": (11, [b"\xaa\xaa\x03\0\0\0" + frame[12:] for frame in FRAMES[:3]]),
    "radiotap": (127, [b"\0\0\x0d\0\x2e\0\0\0\x10\x02\x6c\x09\xa0" + b"\x08\x01" + bytes(22) + b"\xaa\xaa\x03\0\0\0"
                       + frame[12:] for frame in FRAMES[:3]]),
    "loop": (108, [b"\0\0\0\x02" + frame[14:] for frame in FRAMES[:3]]),
    "odd": (0xffff, FRAMES[:2]),
}


def ipv4(proto, payload):
    return (bytes([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2]) + b"\x08\0"
            + struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, proto, 0) + b"\x0a\0\0\1\x0a\0\0\2" + payload)


def udp(port, payload):
    return ipv4(17, struct.pack(">HHHH", 40000, port, 8 + len(payload), 0) + payload)


def chunk(kind, value):
    return struct.pack(">BBH", kind, 3, 4 + len(value)) + value + bytes(-len(value) % 4)


def lsa(kind, body):
    return struct.pack(">HBBIIIHH", 1, 2, kind, 1, 2, 0x80000001, 0, 20 + len(body)) + body


def contents():
    """What IP and transport carry."""
    inner = FRAMES[0][:60]
    yield ipv4(132, bytes(12) + chunk(1, bytes(16)) + chunk(0, bytes(12) + b"data!") + chunk(3, bytes(12)) + chunk(10, b"c"))
    yield ipv4(47, b"\0\0\x08\0" + inner[14:])
    yield ipv4(47, b"\xf0\0\x08\0" + bytes(12) + b"\x08\0\0\4\x0a\0\0\1" + bytes(4) + inner[14:])
    yield ipv4(47, b"\x30\x81\x88\x0b" + bytes(12) + b"\xff\3\0\x21" + inner[14:])
    yield udp(4789, b"\x08\0\0\0\0\0\7\0" + inner)
    yield udp(6081, b"\2\0\x65\x58\0\0\7\0\xff\xff\1\1data" + inner)
    yield udp(1812, b"\1\7\0\x28" + bytes(16) + b"\1\6name\x20\x08server\x04\x06\x0a\0\0\1")
    update = (lsa(1, b"\1\0\0\2" + b"\x0a\0\0\1\x0a\0\0\2\2\0\0\5" + b"\x0a\0\0\1\xff\0\0\0\3\1\0\5\1\0\0\6")
              + lsa(2, bytes(12)) + lsa(3, bytes(8)) + lsa(5, bytes(16)))
    for kind, body in ((1, bytes(24)), (2, bytes(8) + lsa(1, b"") + lsa(2, b"")), (4, b"\0\0\0\4" + update)):
        yield ipv4(89, struct.pack(">BBH", 2, kind, 24 + len(body)) + bytes(20) + body)


def radiotap(*words, fields):
    return (struct.pack("<BBH", 0, 0, 4 + 4 * len(words) + len(fields)) + struct.pack(f"<{len(words)}I", *words) + fields
            + b"\xd4\0\0\0\2\0\0\0\0\1")


def radiotaps():
    yield radiotap(0x0fffffff, fields=bytes(range(120)))
    yield radiotap(0xa000002a, 0x820, fields=b"\0\0\x6c\x09\xa0\0\xd6\xd5\1")
    yield radiotap(0xc0000002, 0xa00000ff, 0x20, fields=b"\0\0\1\2\3\4\5\0vvvvv\xd6")
    yield radiotap(0x10000002, fields=bytes(4) + b"\5\0\1\0\xd6\0\0\0\0\0\3\0\1\2\3\0")


OTHER_LINKS["contents"] = (1, list(contents()))
OTHER_LINKS["radiotaps"] = (127, list(radiotaps()))
OTHER_LINKS["cooked_radiotaps"] = (113, [b"\0\0\3\x23\0\6" + bytes(8) + b"\0\4" + frame for frame in radiotaps()])


def pcap(frames, link=1, order="<", magic=0xa1b2c3d4):
    yield struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for i, frame in enumerate(frames):
        yield struct.pack(order + "IIII", START_S + i, i * 1000, len(frame), len(frame) + i) + frame


def options(order, *pairs):
    for code, value in pairs:
        yield struct.pack(order + "HH", code, len(value)) + value + bytes(-len(value) % 4)
    yield bytes(4)


def block(order, kind, *parts):
    body = b"".join(parts)
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def section(order, frames, links, resolution):
    yield block(order, 0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1),
                *options(order, (1, b"a comment"), (2, b"hardware"), (3, b"system"), (4, b"program")))
    for link in links:
        yield block(order, 1, struct.pack(order + "HHI", link, 0, 96),
                    *options(order, (2, b"eth0"), (9, bytes([resolution])), (14, struct.pack(order + "q", -5)),
                             (4, bytes(8)), (6, bytes(6)), (8, bytes(8)), (13, b"\4")))
    for i, frame in enumerate(frames):
        ticks = (START_S + i) * 10 ** 6
        yield block(order, 6, struct.pack(order + "IIIII", i % len(links), ticks >> 32, ticks & 0xffffffff, len(frame),
                                          len(frame) + 4), frame + bytes(-len(frame) % 4),
                    *(options(order, (1, b"comment"), (2, struct.pack(order + "I", i % 3)), (4, bytes(8)))
                      if i % 3 == 0 else ()))
    yield block(order, 3, struct.pack(order + "I", len(frames[0])), frames[0])
    yield block(order, 2, struct.pack(order + "HHIIII", 0, 3, 1, 2, len(frames[1]), len(frames[1])), frames[1])
    yield block(order, 4, struct.pack(order + "HH", 1, 9) + bytes([10, 0, 0, 1]) + b"host\0" + bytes(3) + bytes(4))
    yield block(order, 5, struct.pack(order + "III", 0, 1, 2),
                *options(order, (4, struct.pack(order + "Q", 20)), (5, struct.pack(order + "Q", 1))))
    yield block(order, 10, struct.pack(order + "II", 0x544c534b, 5) + b"CLIEN")
    yield block(order, 9, b"MESSAGE=hello\n")
    yield block(order, 0xbad, struct.pack(order + "I", 32473) + b"ours")
    yield block(order, 0x80000001, b"unknown")


def erf(kind, payload, flags=4, extensions=(), lctr=0, wire=None, pad=b""):
    more = b"".join(bytes([0x80 * (i + 1 < len(extensions)) | ext]) + bytes(7) for i, ext in enumerate(extensions))
    length = 16 + len(more) + len(pad) + len(payload)
    return (struct.pack("<Q", (START_S << 32) + (1 << 30)) + bytes([kind | 0x80 * bool(extensions), flags])
            + struct.pack(">HHH", length, lctr, len(payload) + 4 if wire is None else wire) + more + pad + payload)


def erf_records():
    for i, frame in enumerate(FRAMES):
        yield erf(2, frame, flags=4 + i % 4, pad=b"\0\0", lctr=i % 3)
    yield erf(2, FRAMES[0], flags=0x14, pad=b"\0\0")
    yield erf(2, FRAMES[0], extensions=[3, 5], pad=b"\0\0")
    yield erf(11, FRAMES[1], pad=b"\0\0")
    yield erf(1, b"\x0f\0\x08\0" + FRAMES[1][14:])
    yield erf(3, bytes([0, 0, 1, 0]) + bytes(48))
    yield erf(4, bytes(4) + b"\xaa\xaa\3\0\0\0\x08\0" + FRAMES[1][14:])
    yield erf(22, FRAMES[1][14:])
    yield erf(23, bytes([0x60]) + bytes(50))
    yield erf(27, struct.pack(">HHHH", 10, 16, 0, 0) + bytes(8) + struct.pack(">HH", 1, 4) + b"name", wire=0)
    yield erf(48, bytes(16))


def dns(name):
    """A question, and answers whose names point back."""
    question = b"".join(bytes([len(label)]) + label for label in name.split(b".")) + b"\0\0\1\0\1"
    answers = (b"\xc0\x0c\0\5\0\1\0\0\1\x2c\0\6\3web\xc0\x10" + b"\xc0\x0c\0\x0f\0\1\0\0\1\x2c\0\4\0\x0a\xc0\x10"
               + b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\x0a\0\0\1" + b"\0\0\x29\x10\0\0\0\0\0\0\0")
    return struct.pack(">HHHHHH", 1, 0x8180, 1, 3, 0, 1) + question + answers


def printed():
    """Packets with what only libpacketdump looks into, by link type of libtrace."""
    for frame in [*FRAMES, *contents()]:
        yield 2, frame
    for name, link in (("raw", 5), ("sll", 6), ("sll2", 27), ("ppp", 17), ("chdlc", 1), ("llcsnap", 16), ("radiotap", 15),
                       ("radiotaps", 15), ("loop", 20)):
        for packet in OTHER_LINKS[name][1][:3]:
            yield link, packet
    yield 2, udp(53, dns(b"www.example.com"))
    yield 2, udp(67, b"\1\1\6\0" + bytes(232) + b"\x63\x82\x53\x63\x35\1\1\x0c\4host\6\4\x0a\0\0\1\xff")
    yield 2, ipv4(1, b"\3\4\0\0\0\0\5\xdc" + FRAMES[0][14:42])
    yield 2, ipv4(6, b"\0\x50\xc0\0" + bytes(8) + b"\xb0\x12\xff\xff" + bytes(4)
                  + b"\2\4\5\xb4\1\3\3\7\4\2\x08\x0a" + bytes(12))
    yield 2, ipv4(41, b"\x60" + bytes(3) + b"\0\x40\0\x40" + bytes(32) + b"\x2b\0\5\2\0\0\1\0\x2c\0\4\0" + bytes(4)
                  + b"\x33\0\0\1" + bytes(4) + b"\x3a\1" + bytes(10) + b"\x86\0" + bytes(14) + b"\1\1" + bytes(6))
    yield 2, bytes(12) + b"\x88\x63\x11\x09\0\0\0\x0c\1\1\0\0\1\2\0\4conc"
    yield 2, bytes(12) + b"\x88\x64\x11\0\0\1\0\x0c\xc0\x21\1\1\0\x0a\1\4\5\xd4"
    yield 2, bytes(12) + b"\x88\x47\0\0\1\x40" + bytes(4) + FRAMES[0]
    yield 4, b"\x80\0" + bytes(34) + b"\0\4name\1\2\x82\x84\3\1\6"
    yield 4, b"\x88\3" + bytes(30) + b"\xaa\xaa\3\0\0\0\x08\0" + FRAMES[0][14:]
    yield 7, b"\x3d\2\0\0" + b"em0".ljust(60, b"\0") + FRAMES[0][14:]


def fixed_files():
    """By number of format, as the target counts them."""
    ip = FRAMES[0][14:50].ljust(36, b"\0")
    yield 0, b"".join(struct.pack(">II", START_S + i, (i % 2) << 24 | i) + ip for i in range(4))
    stamp = struct.pack("<Q", START_S << 32)
    yield 1, b"".join(stamp + struct.pack(">I", i) + bytes([0, 0, 1, 0]) + bytes(48) for i in range(4))
    yield 2, b"".join(stamp + struct.pack(">H", 60) + FRAMES[i][:54].ljust(54, b"\0") for i in range(4))
    yield 3, b"".join(stamp + struct.pack(">III", 0, 60, i) [:12] + b"\xff\x03\0\x21" + ip + bytes(4) for i in range(4))
    yield 4, b"".join(struct.pack("<III", i * 1000, 0, 60) + FRAMES[i][:56].ljust(56, b"\0") for i in range(4))
    yield 5, b"".join(stamp + bytes([0, 0, 1, 0]) for i in range(8))


def etsi():
    """A PS-PDU by hand: sequence numbers, a time, an IP packet (ETSI TS 102 232-1)."""
    def tlv(tag, body):
        head = bytes([tag, len(body)]) if len(body) < 128 else bytes([tag, 0x82]) + struct.pack(">H", len(body))
        return head + body
    for i in range(3):
        header = tlv(0xa1, tlv(0x80, b"\4\0\2\2\5\1") + tlv(0x81, b"liid") + tlv(0x82, b"NZ")
                     + tlv(0xa3, tlv(0x80, b"operator") + tlv(0x81, b"\1")) + tlv(0x84, bytes([i]))
                     + tlv(0x85, b"20231114221320.%03dZ" % i))
        content = tlv(0xa2, tlv(0xa1, tlv(0x30, tlv(0xa2, tlv(0xa2, tlv(0x80, b"\0") + tlv(0xa1, tlv(
            0x80, FRAMES[i][14:])))))))
        yield tlv(0x30, header + content)


def duck():
    yield b"TRIB"
    for kind in (0x0000, 0x0500):
        yield struct.pack("<II", kind, 1) + bytes(80)


def pack_by(command, content):
    if not shutil.which(command[0]):
        return b""
    return subprocess.run(command, input=content, stdout=subprocess.PIPE, check=True).stdout


def outputs():
    for output in range(5):
        for compression in range(8):
            packets = b"".join(bytes([link, 40]) + FRAMES[link % len(FRAMES)][:40].ljust(40, b"\0") for link in range(19))
            yield bytes([output, compression]) + packets
        yield bytes([output, 0]) + b"".join(bytes([0, len(frame)]) + frame for frame in FRAMES)
        sll = OTHER_LINKS["sll"][1]
        yield bytes([output, 0]) + b"".join(bytes([2, len(packet)]) + packet for packet in sll)


def texts():
    for name in ("pcapfile:x", "erf:x,y*", "nothing:x", "pt=3,ti=5:pcapng:x", "a:b.pcap", "coremap=[1,2]:tsh:", ":::"):
        yield b"\0" + name.encode()
    for line in ("perpkt_threads=2,tick_interval=100", "coremap=[0,1,1]", "mem=4k,blk=1m", "rt=x", "fc=true,ds=false", ","):
        yield b"\1" + line.encode()
        yield b"\2" + (line + "\n\n# no\r\n" + line).encode()
    for expression in ("tcp port 443", "host 10.0.0.1 or (ip6 and udp)", "vlan 5 and mpls", "len > 1000", "ether[0] & 1 = 0"):
        yield b"\3" + expression.encode()


EXPRESSIONS = ("tcp port 443", "host 10.0.0.1 or (ip6 and udp)", "net 10.0.0.0/8 and not port 53", "tcp portrange 80-90",
               "tcp[tcpflags] & (tcp-syn|tcp-ack) = tcp-syn", "ip6 protochain 6", "len > 1000", "vlan 5 and mpls",
               "ip[2:2] - ((ip[0] & 0xf) << 2) > 40", "ether[0] & 1 = 0", "tcp or udp or icmp or arp or igmp or sctp", "ip and arp")


def instruction(code, k=0, jt=0, jf=0):
    return struct.pack("<HBBI", code, jt, jf, k)


def programs():
    """BPF (the numbers are in pcap/bpf.h)."""
    ports = (instruction(0xb1, 14), instruction(0x48, 14), instruction(0x15, 443, 2), instruction(0x48, 16),
             instruction(0x15, 443, 0, 1), instruction(6, 262144), instruction(6))
    yield (instruction(0x28, 12), instruction(0x15, 0x800, 0, 10), instruction(0x30, 23), instruction(0x15, 6, 0, 8),
           instruction(0x28, 20), instruction(0x45, 0x1fff, 6), *ports)
    yield ports
    yield (instruction(0x20, 26), instruction(0x54, 0xff000000), instruction(0x15, 0x0a000000, 3), instruction(0x20, 30),
           instruction(0x54, 0xff000000), instruction(0x15, 0x0a000000, 0, 1), instruction(6, 1), instruction(0x16))
    alu = [instruction(code | source, 3) for code in range(4, 0xa5, 16) for source in (0, 8)]
    yield (instruction(0x80), instruction(7), instruction(0x30, 3), *alu, instruction(0x16))
    yield (instruction(0x61, 3), instruction(0x60, 15), instruction(0x81), instruction(0x87), instruction(0x1d, 0, 1),
           instruction(0x05, 1), instruction(0x3d), instruction(0x2d), instruction(0x4d), instruction(0x16))


def filters():
    for missing in (0, 4):
        for frame in FRAMES[:4]:
            for expression in EXPRESSIONS:
                yield bytes([missing, 0]) + expression.encode() + b"\0" + frame
            for code in programs():
                yield bytes([missing, len(code)]) + b"".join(code) + frame[:60]


def seeds():
    """(target, name, content)"""
    plain = b"".join(pcap(FRAMES))
    for name, order, magic in (("us", "<", 0xa1b2c3d4), ("ns", "<", 0xa1b23c4d), ("swapped", ">", 0xa1b2c3d4),
                               ("swapped_ns", ">", 0xa1b23c4d), ("modified", "<", 0xa1b2cd34), ("no", "<", 0x0a0b0c0d)):
        content = b"".join(pcap(FRAMES, order=order, magic=magic))
        yield "pcapfile", name, content
        yield "libpcap", name, content
    for name, (link, frames) in OTHER_LINKS.items():
        content = b"".join(pcap(frames, link))
        yield "pcapfile", name, content
        yield "libpcap", name, content
    for name, order, links, resolution in (("little", "<", [1], 6), ("big", ">", [1, 101], 9),
                                           ("binary", "<", [1, 113, 276], 0x8a), ("odd", "<", [1], 0xff)):
        content = b"".join(section(order, FRAMES, links, resolution))
        yield "pcapng", name, content
        yield "libpcap", name + "_ng", content
    yield "pcapng", "sections", (b"".join(section("<", FRAMES[:2], [1, 1], 6))
                                 + b"".join(section(">", FRAMES[:2], [101], 9)))
    yield "erf", "all", b"".join(erf_records())
    yield "erf", "ethernet", b"".join(erf(2, frame, pad=b"\0\0") for frame in FRAMES)
    for number, content in fixed_files():
        yield "fixed", str(number), bytes([number]) + content
    yield "etsifile", "ip", b"".join(etsi())
    yield "duck", "two", b"".join(duck())
    yield "gzip", "one", gzip.compress(plain, mtime=0)
    yield "gzip", "members", gzip.compress(plain[:300], mtime=0) + gzip.compress(plain[300:], 1, mtime=0) + bytes(20)
    yield "gzip", "stored", gzip.compress(plain, 0, mtime=0)
    yield "bzip2", "one", bz2.compress(plain)
    yield "bzip2", "streams", bz2.compress(plain[:300], 1) + bz2.compress(plain[300:]) + b"garbage"
    yield "xz", "one", lzma.compress(plain)
    yield "xz", "streams", lzma.compress(plain[:300]) + bytes(4) + lzma.compress(plain[300:], check=lzma.CHECK_CRC32)
    yield "xz", "lzma", lzma.compress(plain, lzma.FORMAT_ALONE)
    for tool in ("zstd", "lz4"):
        yield tool, "one", pack_by([tool, "-c", "-q"], plain)
        yield tool, "best", pack_by([tool, "-c", "-q", "-9"], plain)
        yield tool, "frames", pack_by([tool, "-c", "-q"], plain[:300]) + pack_by([tool, "-c", "-q"], plain[300:])
        yield tool, "skipped", b"\x50\x2a\x4d\x18\x03\0\0\0abc" + pack_by([tool, "-c", "-q"], plain)
    for i, (link, packet) in enumerate(printed()):
        yield "packetdump", str(i), bytes([link - 1, i % 2 * 4]) + packet
    for i, content in enumerate(outputs()):
        yield "output", str(i), content
    for i, content in enumerate(filters()):
        yield "filter", str(i), content
    for i, content in enumerate(texts()):
        yield "uri", str(i), content


def main():
    root = pathlib.Path(sys.argv[1])
    for target, name, content in seeds():
        folder = root / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


if __name__ == "__main__":
    main()
