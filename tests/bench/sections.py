# SPDX-License-Identifier: BSD-2-Clause
"""What is compared with what. See docs/performance.md.

engine   Weir with libpcap: the same pcap files
formats  pcapng and ERF with pcap: the same packets, mode by mode
codecs   compressed pcap files with the command-line tools
filters  a filter over records in memory with libpcap's bpf_filter()
decoding what decoding a packet adds to counting it
tasks    flows, filtered packets, copies and results with libpcap and libtrace 3
scaling  one to many threads, without and with work of the user's
pipes    compressed files with the tool that decompresses and libpcap behind it
"""
import dataclasses
import os
import pathlib
import shutil

import model
from programs import COPY, COUNT, FILE, FOLDER, BenchError, Program, run

MAX_RSS_KB = 64 * 1024
MAX_COSTS = {"allocations": 0.0001, "system_calls": 0.001}  # per packet, where there is a steady state
FLOOR = Program("floor", ("floor", FILE))

#: Mode -> options of weir_count, threads.
MODES = {
    "serial": ((), 1),
    "1 worker": (("-n", "1"), 1),
    "2 workers": (("-n", "2"), 2),
    "2 hashed": (("-n", "2", "-b"), 2),
}

MIN_FORMAT_RATIO = 0.8      # within 20 % of pcapfile's Mpps
MAX_AROUND = 90             # instructions of the engine with one worker
MAX_AROUND_BATCHES = 80     # with a batch callback
MAX_DECODING = 120          # from Ethernet to the payload of TCP
MAX_COPYING = 195           # reading in a loop, and writing to a pcap file
MAX_TABLE = 465             # flows in Weir's table, 100,000 of them for as many packets: they are new
MIN_SCALING = 1.8           # two threads, with work of the user's, times one
MIN_CROWDED = 0.85          # more threads than CPUs, times as many threads as CPUs
MIN_GZIP_RATIO = 1.5        # of gzip -dc | tcpdump
MIN_FILTER_RATIO = 2.0      # of bpf_filter()
MIN_DECODER_RATIO = 1 / 1.1  # within 10 % of the tool's time


@dataclasses.dataclass(frozen=True)
class Section:
    """Captures, and what runs on each of them. The floor, which is the referee, is the first."""
    name: str
    captures: dict  # mix -> packets by default
    programs: tuple
    ratio_heading: str
    instruction_capture: str | None = None  # goals of instructions are for that mix
    has_instructions: bool = True
    has_steady_state: bool = False  # goals of allocations and system calls hold
    loaded: tuple = ()  # captures of which is looked at how packets come out among threads

    def files(self):
        """Kinds of files that the programs read."""
        return sorted({program.reads for program in self.programs})


def weir(name, mode, reads="pcap", fmt="pcapfile", **more):
    options, n_threads = MODES[mode]
    values = {"n_threads": n_threads, "reads": reads, "is_weir": True, **more}
    if fmt != "pcapfile":
        options = ("-m", *options)
    return Program(name, ("weir_count", "-f", fmt, *options, FILE), **values)


def engine():
    goals = {"serial": ((1.8, 1.6), 115), "1 worker": ((2.2, 1.7), MAX_AROUND),
             "2 workers": ((4.2, 3.3), 90), "2 hashed": ((3.2, 2.7), 190)}
    return Section(
        "engine", {"s64": 10_000_000, "imix": 4_000_000},
        (FLOOR, Program("libpcap", ("peer_pcap", FILE)),
         *(weir(f"weir {mode}", mode, peer="libpcap",
                min_ratio={"s64": s64, "imix": imix}, max_instructions=most)
           for mode, ((s64, imix), most) in goals.items()),
         *(Program(f"weir {name}", ("weir_count", *options, "-a", FILE), n_threads=n_threads,
                   peer="libpcap", is_weir=True, max_instructions=most)
           for name, (options, n_threads), most in (
               ("1 batches", MODES["1 worker"], MAX_AROUND_BATCHES),
               ("2 hashed batches", MODES["2 hashed"], 180)))),
        "x libpcap", "s64", has_steady_state=True)


def formats():
    programs = [FLOOR]
    for mode in MODES:
        peer = f"pcapfile {mode}"
        programs.append(weir(peer, mode))
        programs += (weir(f"{fmt} {mode}", mode, reads=fmt, fmt=fmt, peer=peer,
                          min_ratio=MIN_FORMAT_RATIO) for fmt in ("pcapng", "erf"))
    return Section("formats", {"s64": 5_000_000, "imix": 2_000_000}, tuple(programs),
                   "x pcapfile")


def codecs():
    """Weir has a thread that decompresses beside those of the mode, so it needs two CPUs."""
    def peer(name, reads, *words):
        return Program(name, ("peer_command", *words), n_threads=2, reads=reads,
                       is_counting=False)

    programs = [FLOOR]
    for kind, goal, its_peers in (
            ("gz", MIN_GZIP_RATIO, [peer("gzip | tcpdump", "gz", "gzip", "-dc", FILE, "--",
                                         "tcpdump", "-r", "-", "-w", "/dev/null"),
                                    peer("gzip -dc", "gz", "gzip", "-dc", FILE)]),
            ("zst", MIN_DECODER_RATIO, [peer("zstd -dc", "zst", "zstd", "-dc", FILE)]),
            ("lz4", MIN_DECODER_RATIO, [peer("lz4 -dc", "lz4", "lz4", "-dc", FILE)])):
        if kind == "gz" and shutil.which("igzip"):
            its_peers.append(peer("igzip -dc", "gz", "igzip", "-dc", FILE))
        programs += its_peers
        programs += (weir(f"{kind} {mode}", mode, reads=kind, peer=its_peers[0].name,
                          min_ratio=goal, n_threads=2) for mode in MODES)
    return Section("codecs", {"r64": 4_000_000, "imixr": 1_000_000}, tuple(programs), "x tool",
                   has_instructions=False)


#: What is filtered for -> the expression, and half the instructions that libpcap takes with what is around it.
FILTERS = {
    "port": ("tcp port 443", 126),
    "20 terms": (" or ".join((
        "tcp port 22", "tcp port 25", "tcp port 80", "tcp port 110", "tcp port 143", "tcp port 993",
        "udp port 123", "udp port 161", "udp port 514", "host 10.1.2.3", "host 10.4.5.6",
        "host 192.0.2.7", "net 192.168.0.0/16", "net 172.16.0.0/12", "net 198.51.100.0/24", "icmp",
        "arp", "ip6", "tcp portrange 8000-8099", "udp port 53")), 485),
}


def filters():
    """Instructions have what is around the filters in them, which is the program `around`."""
    def loop(name, mode, expression, **more):
        return Program(name, ("filter_loop", mode, expression, FILE), **more)

    programs = [FLOOR, loop("around", "none", "", task="around")]
    for name, (expression, most) in FILTERS.items():
        programs += [loop(f"libpcap {name}", "libpcap", expression, task=name),
                     loop(f"weir {name}", "weir", expression, is_weir=True, task=name,
                          peer=f"libpcap {name}", min_ratio=MIN_FILTER_RATIO,
                          max_instructions=most)]
    return Section("filters", {"s64": 1_000_000, "imix": 1_000_000}, tuple(programs),
                   "x bpf_filter", "s64")


def decoding():
    """Instructions have the engine's in them, which is the program `around`."""
    def work(name, *options, most=None):
        return Program(name, ("weir_count", "-n", "1", *options, FILE), is_weir=True,
                       max_instructions=most, task=options[-1] if options else COUNT)

    return Section("decoding", {"s64": 5_000_000, "imix": 2_000_000},
                   (FLOOR, work("around"),
                    work("to the payload", "-w", "decode", most=MAX_AROUND + MAX_DECODING),
                    work("flow", "-w", "flow", most=MAX_AROUND + MAX_DECODING)), "", "s64")


def tasks():
    """What programs do with packets. Each task has its peer, which is libpcap, and its own answer."""
    copied, filed = "pcapfile:/dev/null", f"pcapfile:{COPY}"

    def peer(task, *options, has_all=True):
        return Program(f"libpcap {task}", ("peer_pcap", *options, FILE), task=task, has_all=has_all)

    def other_peer(task, *options, has_all=True):
        return Program(f"libtrace {task}", ("peer_libtrace", *options, FILE), task=task, peer=f"libpcap {task}",
                       has_all=has_all, is_optional=True)

    def work(task, mode, *options, goal=None, has_all=True, answer=None, name=None, most=None):
        mode_options, n_threads = MODES[mode]
        s64, imix = goal or (None, None)
        return Program(f"weir {name or task}, {mode}", ("weir_count", *mode_options, *options, FILE), n_threads=n_threads,
                       task=answer or task, peer=f"libpcap {task}", is_weir=True, has_all=has_all,
                       min_ratio={"s64": s64, "imix": imix} if goal else None, max_instructions=most)

    only = ("-F", FILTERS["port"][0])
    return Section("tasks", {"s64": 5_000_000, "imix": 2_000_000}, (
        FLOOR,
        peer("count"), other_peer("count"),
        peer("flows", "-w", "flows"), other_peer("flows", "-w", "flows"),
        work("flows", "serial", "-w", "flows"),
        work("flows", "2 hashed", "-w", "flows"),
        work("flows", "2 hashed", "-a", "-w", "table", goal=(3.5, 3.5), name="table", most=MAX_TABLE),
        peer("filter", *only, has_all=False), other_peer("filter", *only, has_all=False),
        work("filter", "serial", *only, has_all=False),
        work("filter", "2 hashed", *only, goal=(3.0, 2.5), has_all=False),
        peer("copy", "-o", "/dev/null"), other_peer("copy", "-o", copied),
        work("copy", "serial", "-w", "copy", "-o", copied, goal=(6.0, 4.0), most=MAX_COPYING),
        work("copy", "2 workers", "-w", "copy", "-o", copied, answer="copied results"),
        peer("file copy", "-o", COPY), other_peer("file copy", "-o", filed),
        work("file copy", "serial", "-w", "copy", "-o", filed, goal=(2.0, 1.5)),
        work("count", "2 workers", "-w", "results", goal=(0.8, None), answer="results", name="results"),
        work("count", "2 hashed", "-w", "results", answer="results", name="results"),
    ), "x libpcap", "s64", has_instructions=False)


def pipes():
    """Counting what is compressed, as it is done with libpcap: the tool in front of a pipe."""
    programs = [FLOOR]
    for kind, tool, goal in (("gz", "gzip", {"r64": 2.8, "imixr": 2.0}), ("zst", "zstd", {"r64": 1.5, "imixr": 1.5})):
        peer = f"{tool} | libpcap"
        programs += [Program(peer, ("peer_command", tool, "-dc", FILE, "--", FOLDER + "peer_pcap", "-"), n_threads=2,
                             reads=kind, is_counting=False),
                     weir(f"{kind} 2 hashed", "2 hashed", reads=kind, peer=peer, min_ratio=goal)]
    return Section("pipes", {"r64": 4_000_000, "imixr": 1_000_000}, tuple(programs), "x pipe", has_instructions=False)


def thread_counts(n_cpus):
    """1, 2, 4 ... all CPUs, and two and four times as many."""
    counts = [1]
    while 2 * counts[-1] < n_cpus:
        counts.append(2 * counts[-1])
    return sorted({*counts, n_cpus, 2 * n_cpus, 4 * n_cpus})


def scaling():
    """With more than one thread the peer is one thread; with more threads than CPUs it is as many as there are CPUs."""
    n_cpus = len(os.sched_getaffinity(0))
    programs = [FLOOR, Program("hops", ("floor", "-n", str(model.N_HOPS), FILE), task="hops"),
                Program("one copy", ("copies", "1", FILE), is_counting=False),
                Program("copies", ("copies", str(n_cpus), FILE), n_threads=n_cpus, is_counting=False)]
    for name, options, task, goal in (("count", (), COUNT, None), ("hashed", ("-b",), COUNT, None),
                                      ("busy", ("-w", "busy"), "busy", MIN_SCALING),
                                      ("busy hashed", ("-b", "-w", "busy"), "busy", None)):
        for n in thread_counts(n_cpus):
            peer, wanted = "", None
            if n > n_cpus:
                peer, wanted = f"{name}, {n_cpus} threads", MIN_CROWDED
            elif n > 1:
                peer, wanted = f"{name}, 1 thread", goal if n == 2 else None
            programs.append(Program(f"{name}, {n} thread{'s' if n > 1 else ''}",
                                    ("weir_count", "-n", str(n), *options, FILE), n_threads=min(n, n_cpus), peer=peer,
                                    min_ratio={"s64": wanted, "imix": wanted, "skewed": None}, is_weir=True, task=task))
    return Section("scaling", {"s64": 5_000_000, "imix": 2_000_000, "skewed": 1_000_000}, tuple(programs), "x peer",
                   has_instructions=False, loaded=("skewed",))


SECTIONS = {section.name: section
            for section in (engine(), formats(), codecs(), filters(), decoding(), tasks(), scaling(), pipes())}

COMPRESSORS = {"gz": ("gzip", "-6", "-c"), "zst": ("zstd", "-q", "-3", "-c"),
               "lz4": ("lz4", "-q", "-c")}

#: Bytes of a packet in the largest file of it, for a look at the room there is.
PACKET_BYTES = {"s64": 96, "r64": 96, "imix": 396, "imixr": 396, "skewed": 448}


def compress(kind, path, packed):
    with open(packed, "wb") as file:
        run([*COMPRESSORS[kind], path], stdout=file)
        os.fsync(file.fileno())


def make_files(folder, mix, kinds, n_packets, seed, temp):
    """Makes a capture's files. Kind -> path."""
    free = shutil.disk_usage(temp).free
    n_bytes = n_packets * PACKET_BYTES[mix] * len(kinds)
    if free < n_bytes:
        raise BenchError(f"{temp}: the captures take {n_bytes >> 20} MiB, {free >> 20} are free; "
                         "WEIR_CAPTURE_DIR names another folder")
    files = {}
    for kind in sorted(kinds, key=lambda kind: kind in COMPRESSORS):
        if kind in COMPRESSORS:
            files[kind] = pathlib.Path(f"{files['pcap']}.{kind}")
            compress(kind, files["pcap"], files[kind])
        else:
            files[kind] = pathlib.Path(temp) / f"{mix}.{kind}"
            run([folder / "make_capture", "-m", mix, "-t", kind, "-c", n_packets, "-s", seed,
                 files[kind]])
    return files
