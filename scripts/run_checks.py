#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The steps of scripts/check. Run from the project's root.

A step is a build and its tests; the build itself counts as one. Builds stay in $WEIR_BUILD_DIR (build-check), so
that the next run is quick.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

BUILD_ROOT = pathlib.Path(os.environ.get("WEIR_BUILD_DIR", "build-check"))
LOG_LINES = 60

# Where address space is randomised by more bits, the older ThreadSanitizers do not start.
MAX_RANDOM_BITS = 28

ASAN = {
    "ASAN_OPTIONS": "halt_on_error=1:abort_on_error=1:detect_leaks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:print_stacktrace=1",
}
TSAN = {"TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1"}


class Counts:
    """Results of all steps."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, is_good):
        if is_good:
            self.passed += 1
        else:
            self.failed += 1

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def print_end(text):
    lines = text.splitlines()
    if len(lines) > LOG_LINES:
        print(f"    [... {len(lines) - LOG_LINES} lines before]")
    for line in lines[-LOG_LINES:]:
        print("    " + line)


def run(title, command, environment=None):
    """Runs a command that must succeed and tells whether it did. Prints its output only if it fails."""
    result = subprocess.run(
        command, env={**os.environ, **(environment or {})}, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode != 0:
        print(f"  FAILED: {title}: {' '.join(map(str, command))}")
        print_end(result.stdout)
    return result.returncode == 0


def build(counts, name, options=(), environment=None):
    """Configures, anew where that was done before, and compiles. Returns the folder, or None when that failed."""
    folder = BUILD_ROOT / name
    if (folder / "build.ninja").exists():
        options = ["--reconfigure", *options]
    else:
        shutil.rmtree(folder, ignore_errors=True)
    is_good = (run("setup", ["meson", "setup", *options, folder], environment)
               and run("compilation", ["meson", "compile", "-C", folder]))
    counts.add(is_good)
    return folder if is_good else None


def count_test(counts, test):
    result = test["result"]
    if result in ("OK", "EXPECTEDFAIL"):
        counts.passed += 1
    elif result == "SKIP":
        counts.skipped += 1
    else:
        counts.failed += 1
        print(f"  FAILED: {test['name']} ({result}, {test['duration']:.1f} s)")
        print_end(test.get("stdout", "") + test.get("stderr", ""))
    output = test.get("stdout", "") + test.get("stderr", "")
    if result == "SKIP":
        reason = output.strip().splitlines()[-1:] or ["no reason given"]
        print(f"  skipped: {test['name']}: {reason[0]}")
    for line in output.splitlines():
        if line.startswith("[  SKIPPED ]"):
            print(f"  skipped in {test['name']}: {line[12:].strip()}")


def run_tests(counts, folder, suites=(), environment=None, multiplier=1, wrapper=None):
    """Runs a build's tests, of all suites if none are named, and counts each."""
    for old in (folder / "meson-logs").glob("testlog*.json"):
        old.unlink()
    command = ["meson", "test", "-C", folder, "--no-rebuild", "--timeout-multiplier", str(multiplier)]
    if wrapper:
        command += ["--wrapper", wrapper]
    for suite in suites:
        command += ["--suite", suite]
    result = subprocess.run(
        command, env={**os.environ, **(environment or {})}, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    n_failed = counts.failed
    n_tests = 0
    for log in (folder / "meson-logs").glob("testlog*.json"):  # a wrapper adds to the name
        for line in log.read_text(errors="replace").splitlines():
            n_tests += 1
            count_test(counts, json.loads(line))
    if (result.returncode != 0 and counts.failed == n_failed) or n_tests == 0:
        counts.add(False)
        print(f"  FAILED: meson test (status {result.returncode}, {n_tests} results)")
        print_end(result.stdout)


def fixed_addresses():
    """The wrapper that ThreadSanitizer's programs need here, or None."""
    try:
        bits = int(pathlib.Path("/proc/sys/vm/mmap_rnd_bits").read_text())
    except (OSError, ValueError):
        bits = 0
    return "setarch -R" if bits > MAX_RANDOM_BITS and shutil.which("setarch") else None


def step_format(counts):
    counts.add(run("format", ["scripts/format", "--check"]))


def step_gcc(counts):
    folder = build(counts, "gcc", environment={"CC": "gcc", "CXX": "g++"})
    if folder:
        run_tests(counts, folder)


def step_address_sanitizer(counts):
    options = ["-Db_sanitize=address,undefined", "-Db_lundef=false"]
    folder = build(counts, "asan", options, {"CC": "gcc", "CXX": "g++"})
    if folder:
        run_tests(counts, folder, environment=ASAN, multiplier=4)


def step_thread_sanitizer(counts):
    options = ["-Db_sanitize=thread", "-Db_lundef=false"]
    folder = build(counts, "tsan", options, {"CC": "gcc", "CXX": "g++"})
    if folder:
        run_tests(counts, folder, ["parallel", "unit", "hostile", "stress"], TSAN, 10, fixed_addresses())


def step_clang(counts):
    build(counts, "clang", environment={"CC": "clang", "CXX": "clang++"})


def step_release(counts):
    """As users build it: does the optimiser see something to warn of, and has the engine become slower?"""
    folder = BUILD_ROOT / "release"
    options = ["--buildtype=release"]
    if (folder / "build.ninja").exists():
        options.append("--reconfigure")
    environment = {"CC": "gcc", "CXX": "g++"}
    counts.add(run("setup", ["meson", "setup", *options, folder], environment)
               and run("compilation", ["meson", "compile", "-C", folder])
               and run("instructions per packet",
                       [sys.executable, "tests/bench/check_instructions.py", folder / "tests/bench"]))


STEPS = {
    "format": step_format,
    "gcc, all tests": step_gcc,
    "address and undefined behaviour sanitizer, all tests": step_address_sanitizer,
    "thread sanitizer, tests of unit, parallel, hostile and stress": step_thread_sanitizer,
    "clang, build only": step_clang,
    "release build, instructions per packet": step_release,
}


def main():
    counts = Counts()
    for title, step in STEPS.items():
        print(f"== {title}", flush=True)
        start = time.monotonic()
        before = (counts.passed, counts.failed, counts.skipped)
        step(counts)
        passed, failed, skipped = (
            now - then for now, then in
            zip((counts.passed, counts.failed, counts.skipped), before))
        print(f"   {passed} passed, {failed} failed, {skipped} skipped in "
              f"{time.monotonic() - start:.0f} s", flush=True)
    print(counts)
    return 1 if counts.failed else 0


if __name__ == "__main__":
    sys.exit(main())
