# SPDX-License-Identifier: BSD-2-Clause
"""Instructions per packet, which do not depend on what else the machine does.

Counted by callgrind for n and for 2n packets; the difference divided by n has no start-up in it.
Threads take turns under callgrind, and what one spends on waiting for another is counted with the
rest. That only ever adds, so programs of several threads run RUNS times and the least counts.
"""
import pathlib
import re
import tempfile

from programs import BenchError, command_line, run
from sections import make_files

RUNS = 3
TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)


def count(folder, program, files, out):
    run(["valgrind", "--tool=callgrind", "--fair-sched=yes", f"--callgrind-out-file={out}",
         *command_line(folder, program, files[program.reads])])
    with open(out, encoding="utf-8", errors="replace") as file:
        totals = TOTALS.search(file.read())
    if not totals:
        raise BenchError(f"callgrind left no total in {out}")
    return int(totals[1])


def least(folder, program, files, out):
    n_runs = RUNS if program.n_threads > 1 else 1
    return min(count(folder, program, files, out) for _ in range(n_runs))


def per_packet(folder, section, mix, n_packets, seed, temp_root, say):
    """Program's name -> instructions per packet of that mix."""
    with tempfile.TemporaryDirectory(prefix="weir-bench-", dir=temp_root) as temp:
        captures = []
        for n in (n_packets, 2 * n_packets):
            place = pathlib.Path(temp) / str(n)
            place.mkdir()
            captures.append(make_files(folder, mix, section.files(), n, seed, place))
        result = {}
        for program in section.programs:
            once, twice = (least(folder, program, files, f"{temp}/callgrind.out")
                           for files in captures)
            result[program.name] = (twice - once) / n_packets
            say(f"  {program.name}: {result[program.name]:.1f}")
        return result
