#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs fuzz targets for some time each and tells what came of it.

A target starts from its seeds, from what was found before (finds/) and from what earlier runs have learnt
(BUILD/learnt/TARGET). An input that makes it fail is kept as BUILD/found/TARGET-...: mend what is wrong, then
move the input to tests/fuzz/finds/TARGET, where every check replays it.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).parent
MAX_BYTES = {"uri": 500, "output": 4096}
OPTIONS = ["-timeout=20", "-rss_limit_mb=2048", "-malloc_limit_mb=512", "-print_final_stats=1", "-use_value_profile=1"]
ENVIRONMENT = {
    "ASAN_OPTIONS": "detect_leaks=1:abort_on_error=0:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
}


def fuzz(build, target, seconds):
    """Runs one target. Its log and exit status."""
    learnt, found = build / "learnt" / target, build / "found"
    learnt.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    seeds = "gzip" if target == "gzip_zlib" else target
    folders = [learnt, *(f for f in (build / "tests/fuzz/corpus" / seeds, HERE / "finds" / seeds) if f.is_dir())]
    dictionary = HERE / f"{seeds}.dict"
    command = [build / "tests/fuzz" / f"fuzz_{target}", *OPTIONS, f"-max_total_time={seconds}",
               f"-max_len={MAX_BYTES.get(target, 8192)}", f"-artifact_prefix={found}/{target}-",
               *([f"-dict={dictionary}"] if dictionary.exists() else []), *folders]
    log = build / "found" / f"{target}.log"
    with open(log, "w") as output:
        result = subprocess.run([str(word) for word in command], env={**os.environ, **ENVIRONMENT},
                                stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)
    return log.read_text(errors="replace"), result.returncode


def number(pattern, text):
    found = re.findall(pattern, text)
    return int(found[-1]) if found else 0


def describe(target, log, status, elapsed):
    runs = number(r"stat::number_of_executed_units: *(\d+)", log)
    branches = number(r"cov: (\d+)", log)
    row = f"{target:<10} {elapsed:6.0f} {runs:11} {runs / max(elapsed, 1):8.0f} {branches:9}  "
    if status == 0:
        return row + "nothing"
    reason = re.search(r"(ERROR: .*|runtime error: .*|SUMMARY: .*)", log)
    where = re.search(r"Test unit written to (\S+)", log)
    return row + f"{reason.group(1) if reason else f'status {status}'}; {where.group(1) if where else 'no input kept'}"


def main():
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument("seconds", type=int, help="how long each target runs")
    parser.add_argument("targets", nargs="*", metavar="target", help="all, if none is named")
    parser.add_argument("-j", "--jobs", type=int, default=len(os.sched_getaffinity(0)),
                        help="targets that run at a time (one for each CPU)")
    arguments = parser.parse_intermixed_args()
    known = sorted(path.name[len("fuzz_"):] for path in (arguments.build / "tests/fuzz").glob("fuzz_*")
                   if path.is_file() and os.access(path, os.X_OK))
    targets = arguments.targets or known
    unknown = set(targets) - set(known)
    if unknown:
        parser.error(f"there is no target {', '.join(sorted(unknown))}; there are: {', '.join(known)}")

    print(f"{'target':<10} {'time s':>6} {'runs':>11} {'runs/s':>8} {'branches':>9}  found", flush=True)
    n_found = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        def run(target):
            start = time.monotonic()
            log, status = fuzz(arguments.build.resolve(), target, arguments.seconds)
            return target, log, status, time.monotonic() - start

        for done in concurrent.futures.as_completed([pool.submit(run, target) for target in targets]):
            target, log, status, elapsed = done.result()
            n_found += status != 0
            print(describe(target, log, status, elapsed), flush=True)
    print(f"{n_found} of {len(targets)} targets found something" + (f"; see {arguments.build}/found" if n_found else ""))
    return 1 if n_found else 0


if __name__ == "__main__":
    sys.exit(main())
