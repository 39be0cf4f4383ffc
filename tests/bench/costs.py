# SPDX-License-Identifier: BSD-2-Clause
"""What a packet costs in things that can be counted, so that it does not depend on what else the machine does:
instructions (callgrind), allocations (memcheck) and system calls (strace).

Counted for n and for 2n packets; the difference divided by n has no start-up in it. Threads take turns under
valgrind, and what one spends on waiting for another is counted with the rest. That only ever adds, so programs of
several threads run RUNS times and the least counts.
"""
import pathlib
import re
import shutil
import tempfile

from programs import BenchError, command_line, run
from sections import make_files

RUNS = 3
TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)
ALLOCATIONS = re.compile(r"total heap usage: ([\d,]+) allocs")
SYSTEM_CALLS = re.compile(r"^\s*100\.00\s+[\d.]+\s+(?:\d+\s+)?(\d+)(?:\s+\d+)?\s+total", re.MULTILINE)


def number_in(pattern, text, what):
    found = pattern.search(text)
    if not found:
        raise BenchError(f"no {what} in: {text[-500:]}")
    return int(found[1].replace(",", ""))


def count_instructions(command, out):
    run(["valgrind", "--tool=callgrind", "--fair-sched=yes", f"--callgrind-out-file={out}", *command])
    return number_in(TOTALS, pathlib.Path(out).read_text(encoding="utf-8", errors="replace"), "total")


def count_allocations(command, out):
    del out
    return number_in(ALLOCATIONS, run(["valgrind", "--fair-sched=yes", *command])[1], "allocations")


def count_system_calls(command, out):
    run(["strace", "-f", "-c", "-o", out, *command])
    return number_in(SYSTEM_CALLS, pathlib.Path(out).read_text(encoding="utf-8", errors="replace"), "total")


#: Name -> how it is counted, and the program that does it.
COUNTERS = {
    "instructions": (count_instructions, "valgrind"),
    "allocations": (count_allocations, "valgrind"),
    "system_calls": (count_system_calls, "strace"),
}


def why_not(name):
    """Why something cannot be counted here, or None."""
    tool = COUNTERS[name][1]
    return None if shutil.which(tool) else f"{tool} is not installed"


def least(count, folder, program, files, out):
    n_runs = RUNS if program.n_threads > 1 else 1
    return min(count(command_line(folder, program, files[program.reads]), out) for _ in range(n_runs))


def per_packet(name, folder, section, mix, n_packets, seed, temp_root, say):
    """Program's name -> how many per packet of that mix."""
    count = COUNTERS[name][0]
    with tempfile.TemporaryDirectory(prefix="weir-bench-", dir=temp_root) as temp:
        captures = []
        for n in (n_packets, 2 * n_packets):
            place = pathlib.Path(temp) / str(n)
            place.mkdir()
            captures.append(make_files(folder, mix, section.files(), n, seed, place))
        result = {}
        for program in section.programs:
            once, twice = (least(count, folder, program, files, f"{temp}/counted") for files in captures)
            result[program.name] = (twice - once) / n_packets
            say(f"  {program.name}: {result[program.name]:.4g}")
        return result
