# SPDX-License-Identifier: BSD-2-Clause
"""What is compared, and how one program is run."""
import dataclasses
import json
import os
import pathlib
import subprocess

RUN_TIMEOUT_S = 900

#: What every program prints, see measure.h.
FIELDS = ("packets", "bytes", "seconds", "max_rss_kb", "cpu_seconds")


class BenchError(Exception):
    """Something that makes the figures worthless; the text is for the user."""


@dataclasses.dataclass(frozen=True)
class Program:
    """One row of the table. The goals are of docs/performance.md; None where there is none."""
    name: str
    command: tuple
    n_threads: int = 1
    min_ratio: float | None = None         # times as fast as the peer
    max_instructions: float | None = None  # per packet of INSTRUCTION_CAPTURE


FLOOR = Program("floor", ("floor",))
PEER = Program("libpcap", ("peer_pcap",))
WEIR = (
    Program("weir serial", ("weir_count",), 1, 1.2, 150),
    Program("weir 1 worker", ("weir_count", "-n", "1"), 1, 1.3),
    Program("weir 2 workers", ("weir_count", "-n", "2"), 2, 2.0, 90),
    Program("weir 2 hashed", ("weir_count", "-n", "2", "-b"), 2, 1.5, 190),
)
ALL = (FLOOR, PEER, *WEIR)
MAX_RSS_KB = 64 * 1024

#: Name of a capture -> packets in it by default.
CAPTURES = {"s64": 10_000_000, "imix": 4_000_000}
INSTRUCTION_CAPTURE = "s64"


def environment():
    """The caller's, without what would change how Weir runs."""
    return {key: value for key, value in os.environ.items() if not key.startswith("LIBTRACE_CONF")}


def run(command):
    """Runs a command to its good end. Returns its stdout and stderr."""
    command = [str(word) for word in command]
    try:
        result = subprocess.run(
            command, env=environment(), text=True, errors="replace", stdin=subprocess.DEVNULL,
            capture_output=True, timeout=RUN_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{' '.join(command)}: {error}") from error
    if result.returncode != 0:
        raise BenchError(f"{' '.join(command)}: status {result.returncode}\n"
                         f"{result.stdout}{result.stderr}".rstrip())
    return result.stdout, result.stderr


def make_capture(folder, mix, n_packets, seed, path):
    run([folder / "make_capture", "-m", mix, "-c", n_packets, "-s", seed, path])


def command_line(folder, program, capture):
    return [pathlib.Path(folder) / program.command[0], *program.command[1:], capture]


def parse_line(text):
    """The figures of one run, checked: the line is what measure.h promises."""
    try:
        figures = json.loads(text)
    except json.JSONDecodeError as error:
        raise BenchError(f"no line of figures: {text!r}") from error
    if not isinstance(figures, dict) or set(figures) != set(FIELDS):
        raise BenchError(f"unexpected figures: {text!r}")
    return {field: figures[field] for field in FIELDS}


def measure(folder, program, capture):
    return parse_line(run(command_line(folder, program, capture))[0])


def check_counts(figures_of, n_packets):
    """All programs must have found the same, and as many packets as were written."""
    answers = {name: (figures["packets"], figures["bytes"]) for name, figures in figures_of.items()}
    if len(set(answers.values())) != 1 or answers[PEER.name][0] != n_packets:
        lines = [f"  {name}: {packets} packets, {n_bytes} bytes"
                 for name, (packets, n_bytes) in answers.items()]
        raise BenchError("\n".join([f"the programs do not agree on {n_packets} packets:", *lines]))
