# SPDX-License-Identifier: BSD-2-Clause
"""Instructions per packet, which do not depend on what else the machine does.

Counted by callgrind for n and for 2n packets; the difference divided by n has no start-up in it.
Threads take turns under callgrind, and what one spends on waiting for another is counted with the
rest. That only ever adds, so programs of several threads run RUNS times and the least counts.
"""
import re
import tempfile

from programs import ALL, BenchError, command_line, make_capture, run

RUNS = 3
TOTALS = re.compile(r"^totals: (\d+)", re.MULTILINE)


def count(folder, program, capture, out):
    run(["valgrind", "--tool=callgrind", "--fair-sched=yes", f"--callgrind-out-file={out}",
         *command_line(folder, program, capture)])
    with open(out, encoding="utf-8", errors="replace") as file:
        totals = TOTALS.search(file.read())
    if not totals:
        raise BenchError(f"callgrind left no total in {out}")
    return int(totals[1])


def least(folder, program, capture, out):
    n_runs = RUNS if program.n_threads > 1 else 1
    return min(count(folder, program, capture, out) for _ in range(n_runs))


def per_packet(folder, mix, n_packets, seed, temp_root, say):
    """Program's name -> instructions per packet of that mix."""
    with tempfile.TemporaryDirectory(prefix="weir-bench-", dir=temp_root) as temp:
        captures = [f"{temp}/{n}.pcap" for n in (n_packets, 2 * n_packets)]
        for capture, n in zip(captures, (n_packets, 2 * n_packets)):
            make_capture(folder, mix, n, seed, capture)
        result = {}
        for program in ALL:
            once, twice = (least(folder, program, capture, f"{temp}/callgrind.out")
                           for capture in captures)
            result[program.name] = (twice - once) / n_packets
            say(f"  {program.name}: {result[program.name]:.1f}")
        return result
