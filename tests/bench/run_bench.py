#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares Weir with other programs on captures made for it. See docs/performance.md.

Exit status: 0; 1 when the programs do not agree or one fails; with --strict 2 when a goal is missed
and 3 when the machine was too busy to tell.
"""
import argparse
import dataclasses
import os
import pathlib
import platform
import shutil
import signal
import sys
import tempfile

import costs
import loads
import plot
import report
import rounds
from programs import BenchError, is_there
from sections import MAX_RSS_KB, SECTIONS, make_files


def captures_of(sections):
    """Names of captures, each once."""
    return list(dict.fromkeys(name for section in sections for name in section.captures))


def comma_list(choices):
    """A type for argparse: names of these choices, separated by commas."""
    def parse(text):
        names = text.split(",")
        unknown = [name for name in names if name not in choices]
        if unknown:
            raise argparse.ArgumentTypeError(
                f"{unknown[0]!r} is none of {', '.join(choices)}")
        return [name for name in choices if name in names]
    return parse


def parse_arguments():
    build = pathlib.Path(os.environ.get("WEIR_BENCH_DIR") or "build-bench")
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description=__doc__.splitlines()[0],
        epilog="The programs are built first, in $WEIR_BENCH_DIR (build-bench). `scripts/bench --plot bench.json` only "
               "draws the plots again, of this machine's figures or another one's.")
    parser.add_argument("--programs", type=pathlib.Path, default=build / "tests/bench",
                        help="folder of the compiled programs; default: tests/bench in the build folder")
    parser.add_argument("--output", type=pathlib.Path, default=build,
                        help="folder for bench.json, bench.csv and the plots; default: the build folder")
    parser.add_argument("--only", type=comma_list(SECTIONS), default=list(SECTIONS),
                        metavar="SECTION,...", help="default: " + ",".join(SECTIONS))
    parser.add_argument("--captures", nargs="+", choices=captures_of(SECTIONS.values()),
                        help="default: all")
    parser.add_argument("--packets", type=int, help="in each capture; default: " + "; ".join(
        f"{section.name}: " + ", ".join(f"{name} {n}" for name, n in section.captures.items())
        for section in SECTIONS.values()))
    parser.add_argument("--seed", type=int, default=1, help="of the captures; default: 1")
    parser.add_argument("--rounds", type=int, default=7, help="undisturbed ones; default: 7")
    parser.add_argument("--max-rounds", type=int, help="default: three times --rounds")
    parser.add_argument("--instructions", action="store_true",
                        help="count instructions, allocations and system calls per packet too")
    parser.add_argument("--instruction-packets", type=int, default=100_000,
                        help="n of the n and 2n packets for that; default: 100000")
    parser.add_argument("--temp", type=pathlib.Path,
                        default=os.environ.get("WEIR_CAPTURE_DIR") or tempfile.gettempdir(),
                        help="folder for the captures; default: $WEIR_CAPTURE_DIR, or /tmp")
    parser.add_argument("--keep-captures", action="store_true", help="do not delete them")
    parser.add_argument("--strict", action="store_true",
                        help="a missed goal is a failure: see the exit status")
    arguments = parser.parse_args()
    arguments.captures = arguments.captures or captures_of(SECTIONS.values())
    arguments.max_rounds = arguments.max_rounds or 3 * arguments.rounds
    for name in ("rounds", "max_rounds", "instruction_packets"):
        if getattr(arguments, name) < 1:
            parser.error(f"--{name.replace('_', '-')} must be at least 1")
    if arguments.packets is not None and arguments.packets < 1:
        parser.error("--packets must be at least 1")
    return arguments


def say(text):
    print(text, flush=True)


def first_value(path, name):
    """What follows `name:` in a file of such lines."""
    for line in pathlib.Path(path).read_text(encoding="utf-8", errors="replace").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def machine():
    return {"cpu": first_value("/proc/cpuinfo", "model name"),
            "cpus": len(os.sched_getaffinity(0)),
            "memory": first_value("/proc/meminfo", "MemTotal"),
            "system": f"{platform.system()} {platform.release()} {platform.machine()}"}


def bench_capture(arguments, section, name, temp):
    """Makes the files of one capture and runs a section's programs on them."""
    n_packets = arguments.packets or section.captures[name]
    section = dataclasses.replace(section, programs=tuple(
        program for program in section.programs if is_there(arguments.programs, program)))
    place = temp / section.name
    place.mkdir(exist_ok=True)
    say(f"{section.name}, {name}: making {n_packets} packets, seed {arguments.seed}, "
        f"in {place}")
    try:
        files = make_files(arguments.programs, name, section.files(), n_packets, arguments.seed,
                           place)
        all_rounds = rounds.run_rounds(arguments.programs, section.programs, files, n_packets,
                                       arguments.rounds, arguments.max_rounds, say)
        summary, is_settled = rounds.summarise(section.programs, all_rounds, n_packets)
        result = {"section": section.name, "name": name, "seed": arguments.seed,
                  "packets": n_packets,
                  "bytes": all_rounds[0]["programs"][section.programs[0].name]["bytes"],
                  "file_bytes": {kind: path.stat().st_size for kind, path in files.items()},
                  "is_settled": is_settled, "summary": summary, "per_packet": {},
                  "rounds": all_rounds}
        if name in section.loaded:
            result["loads"] = loads.measure(arguments.programs, files["pcap"], len(os.sched_getaffinity(0)))
    finally:
        if not arguments.keep_captures:
            shutil.rmtree(place, ignore_errors=True)
    for what in costs.COUNTERS if arguments.instructions and section.has_instructions else ():
        problem = costs.why_not(what)
        say(f"{section.name}, {name}: {what.replace('_', ' ')} per packet" + (f": {problem}" if problem else ""))
        if not problem:
            result["per_packet"][what] = costs.per_packet(
                what, arguments.programs, section, name, arguments.instruction_packets, arguments.seed, temp, say)
    return result


def bench_all(arguments):
    temp = pathlib.Path(tempfile.mkdtemp(prefix="weir-bench-", dir=arguments.temp))
    chosen = [(SECTIONS[section], name) for section in arguments.only
              for name in SECTIONS[section].captures if name in arguments.captures]
    try:
        return [bench_capture(arguments, section, name, temp) for section, name in chosen]
    finally:
        if arguments.keep_captures:
            say(f"the captures are in {temp}")
        else:
            shutil.rmtree(temp, ignore_errors=True)


def exit_status(goals, is_strict):
    verdicts = {goal["verdict"] for goal in goals}
    if not is_strict or verdicts <= {"PASS", "TOO FEW CPUS"}:
        return 0
    return 2 if "FAIL" in verdicts else 3


def main():
    arguments = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the captures are deleted
    try:
        captures = bench_all(arguments)
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 1
    goals = [goal for capture in captures
             for goal in report.goals_of(capture, len(os.sched_getaffinity(0)))]
    arguments.output.mkdir(parents=True, exist_ok=True)
    whole = {
        "machine": machine(),
        "rule": {"max_others_share": rounds.MAX_OTHERS_SHARE,
                 "max_floor_ratio": rounds.MAX_FLOOR_RATIO,
                 "rounds_wanted": arguments.rounds, "max_rss_kb": MAX_RSS_KB},
        "captures": captures, "goals": goals}
    report.write_json(arguments.output / "bench.json", whole)
    report.write_csv(arguments.output / "bench.csv", captures)
    for capture in captures:
        say("")
        for line in report.table(capture, goals):
            say(line)
    plots, problem = plot.draw(whole, arguments.output)
    say("")
    if problem:
        say(f"no plots: {problem}")
    n_passed = sum(goal["verdict"] == "PASS" for goal in goals)
    say(f"{n_passed} of {len(goals)} goals met; written in {arguments.output}: "
        + ", ".join(["bench.json", "bench.csv", *(path.name for path in plots)]))
    return exit_status(goals, arguments.strict)


if __name__ == "__main__":
    sys.exit(main())
