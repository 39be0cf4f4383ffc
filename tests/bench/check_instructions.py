#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Has the engine become slower? Counts its instructions per packet, which a busy machine does not change, and fails
where they are above the goal of docs/performance.md. For a release build on the processors that the goals are of.

usage: check_instructions.py FOLDER-OF-PROGRAMS
"""
import dataclasses
import os
import pathlib
import platform
import sys
import tempfile

import costs
from programs import BenchError
from sections import SECTIONS

N_PACKETS = 100_000
WAITING = 1.05  # threads that wait for each other count that too


def check(folder, section):
    """How many programs of the section miss their goal."""
    programs = tuple(program for program in section.programs if program.max_instructions)
    found = costs.per_packet(
        "instructions", folder, dataclasses.replace(section, programs=programs), section.instruction_capture, N_PACKETS, 1,
        os.environ.get("WEIR_CAPTURE_DIR") or tempfile.gettempdir(), lambda text: None)
    n_missed = 0
    for program in programs:
        most = program.max_instructions * (WAITING if program.n_threads > 1 else 1)
        is_missed = found[program.name] > most
        n_missed += is_missed
        print(f"{section.name}, {program.name}: {found[program.name]:.1f} instructions per packet, at most {most:g}"
              f"{': MISSED' if is_missed else ''}")
    return n_missed


def main():
    if platform.machine() != "x86_64":
        print(f"the goals are of x86_64, not of {platform.machine()}")
        return 0
    folder = pathlib.Path(sys.argv[1])
    try:
        n_missed = sum(check(folder, SECTIONS[name]) for name in ("engine", "decoding", "tasks"))
    except BenchError as error:
        sys.exit(str(error))
    return 1 if n_missed else 0


if __name__ == "__main__":
    sys.exit(main())
