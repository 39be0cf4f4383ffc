# SPDX-License-Identifier: BSD-2-Clause
"""How one program is run, and what it says."""
import dataclasses
import json
import os
import pathlib
import subprocess

RUN_TIMEOUT_S = 900

#: What every program prints, see measure.h.
FIELDS = ("packets", "bytes", "found", "seconds", "max_rss_kb", "cpu_seconds")

#: Stands for the capture's file in a command.
FILE = "FILE"

#: Stands, in a word of a command, for a file beside the capture that the program writes.
COPY = "COPY"

#: Starts a word of a command that is another program of the benchmark.
FOLDER = "FOLDER/"

#: The task of most programs: to count all packets. What the others have to agree on is among themselves.
COUNT = "count"


class BenchError(Exception):
    """Something that makes the figures worthless; the text is for the user."""


@dataclasses.dataclass(frozen=True)
class Program:
    """One row of a table. The goals are of docs/performance.md; None where there is none."""
    name: str
    command: tuple
    n_threads: int = 1
    reads: str = "pcap"      # which of the capture's files
    peer: str = ""           # the program that it is compared with, or none
    min_ratio: float | dict | None = None  # times as fast as the peer; mix -> that
    max_instructions: float | None = None  # per packet of the section's INSTRUCTION_CAPTURE
    is_weir: bool = False    # goals of memory hold for it
    is_counting: bool = True  # it says how many packets and bytes there were
    task: str = COUNT        # programs of one task have the same answer
    has_all: bool = True     # its packets are all that there are
    is_optional: bool = False  # built only where what it needs was there


def min_ratio_of(program, mix):
    """The goal for a mix, or None."""
    return program.min_ratio[mix] if isinstance(program.min_ratio, dict) else program.min_ratio


def is_there(folder, program):
    return not program.is_optional or (pathlib.Path(folder) / program.command[0]).exists()


def environment():
    """The caller's, without what would change how Weir runs."""
    return {key: value for key, value in os.environ.items() if not key.startswith("LIBTRACE_CONF")}


def run(command, stdout=subprocess.PIPE):
    """Runs a command to its good end. Returns its stdout and stderr."""
    command = [str(word) for word in command]
    try:
        result = subprocess.run(
            command, env=environment(), text=True, errors="replace", stdin=subprocess.DEVNULL,
            stdout=stdout, stderr=subprocess.PIPE, timeout=RUN_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"{' '.join(command)}: {error}") from error
    if result.returncode != 0:
        raise BenchError(f"{' '.join(command)}: status {result.returncode}\n"
                         f"{result.stdout or ''}{result.stderr}".rstrip())
    return result.stdout, result.stderr


def copy_of(path):
    return f"{path}.copy"


def command_line(folder, program, path):
    words = [path if word == FILE else
             pathlib.Path(folder).resolve() / word[len(FOLDER):] if word.startswith(FOLDER) else
             word.replace(COPY, copy_of(path))
             for word in program.command[1:]]
    return [pathlib.Path(folder) / program.command[0], *words]


def parse_line(text):
    """The figures of one run, checked: the line is what measure.h promises."""
    try:
        figures = json.loads(text)
    except json.JSONDecodeError as error:
        raise BenchError(f"no line of figures: {text!r}") from error
    if not isinstance(figures, dict) or set(figures) != set(FIELDS):
        raise BenchError(f"unexpected figures: {text!r}")
    return {field: figures[field] for field in FIELDS}


def measure(folder, program, files):
    """Runs a program on its file of those of a capture (kind -> path). What it wrote is removed at once, before the
    system writes it to the disk, and so that the next program need not empty the file."""
    path = files[program.reads]
    try:
        return parse_line(run(command_line(folder, program, path))[0])
    finally:
        pathlib.Path(copy_of(path)).unlink(missing_ok=True)


def answer_of(figures):
    return figures["packets"], figures["bytes"], figures["found"]


def check_counts(programs, figures_of, n_packets):
    """All programs of a task must have found the same; as many packets as were written, where nothing is left out."""
    for task in dict.fromkeys(program.task for program in programs if program.is_counting):
        group = [program for program in programs if program.is_counting and program.task == task]
        answers = {program.name: answer_of(figures_of[program.name]) for program in group}
        packets = {answer[0] for answer in answers.values()}
        if len(set(answers.values())) != 1 or (group[0].has_all and packets != {n_packets}):
            lines = [f"  {name}: {n} packets, {n_bytes} bytes, {found} found"
                     for name, (n, n_bytes, found) in answers.items()]
            raise BenchError("\n".join([f"{task}: the programs do not agree on {n_packets} packets:", *lines]))
