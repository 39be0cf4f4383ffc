#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The benchmark itself: do all programs count the captures right, is the report well-formed, and do the rules judge as
they say? No timing is judged."""
import argparse
import csv
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import model
import plot
import programs
import report
import rounds
import samples
import sections
from samples import WithFolder, records

N_PACKETS = 50_000
ALL_OPTIONS = ([], *(["-n", n, *how] for n in "12347" for how in ([], ["-b"], ["-a"], ["-b", "-a"])))
TOOLS = ("gzip", "tcpdump", "zstd", "lz4")
MISSING_TOOLS = [tool for tool in TOOLS if not shutil.which(tool)]
HERE = pathlib.Path(__file__).resolve().parent
FOLDER = None


def make(*arguments):
    return samples.make(FOLDER, *arguments)


def run_bench(*arguments, folder=None, temp=None):
    return subprocess.run(
        [sys.executable, HERE / "run_bench.py", "--programs", folder or FOLDER, "--rounds", "1",
         "--max-rounds", "1", *map(str, arguments)],
        env={**os.environ, "WEIR_CAPTURE_DIR": str(temp)}, text=True, capture_output=True,
        check=False)


class Counts(WithFolder):
    def count(self, path, *options):
        program = programs.Program("any", ("weir_count", *options, programs.FILE))
        figures = programs.measure(FOLDER, program, {"pcap": path})
        self.assertGreater(figures["max_rss_kb"], 0)
        self.assertGreater(figures["seconds"], 0)
        return figures["packets"], figures["bytes"]

    def test_any_number_of_workers(self):
        for mix in ("s64", "imix"):
            path = self.temp / mix
            n_bytes = sum(wire for _, wire, _ in records(make(mix, 30_000, 3, path)))
            for options in ALL_OPTIONS:
                with self.subTest(mix=mix, options=options):
                    self.assertEqual(self.count(path, *options), (30_000, n_bytes))

    def test_other_formats(self):
        pcap = make("imix", 30_000, 3, self.temp / "pcap")
        n_bytes = sum(wire for _, wire, _ in records(pcap))
        for fmt in ("pcapng", "erf"):
            path = self.temp / fmt
            make("imix", 30_000, 3, path, fmt)
            for options in ALL_OPTIONS:
                with self.subTest(fmt=fmt, options=options):
                    self.assertEqual(self.count(path, "-f", fmt, "-m", *options),
                                     (30_000, n_bytes))

    def test_the_hasher_shares_out(self):
        path = self.temp / "s64"
        make("s64", 3000, 1, path)  # one block: without a hasher one thread gets it
        for options, n_busy in ((["-n", "2"], 1), (["-n", "2", "-b"], 2), (["-n", "3", "-b"], 3)):
            program = programs.Program("any", ("weir_count", *options, "-v", programs.FILE))
            _, shares = programs.run(programs.command_line(FOLDER, program, path))
            busy = [int(word) for word in shares.split() if int(word) > 0]
            self.assertEqual((len(busy), sum(busy)), (n_busy, 3000), options)
            for n_packets in busy:
                self.assertAlmostEqual(n_packets / 3000, 1 / n_busy, delta=0.05)

    def test_a_cut_file_is_no_success(self):
        for fmt, section in (("pcap", "engine"), ("pcapng", "formats"), ("erf", "formats")):
            path = self.temp / fmt
            data = make("s64", 10_000, 1, path, fmt)
            for n_lost in (1, 64, 79):
                path.write_bytes(data[:-n_lost])
                for program in sections.SECTIONS[section].programs:
                    if program.reads != fmt:
                        continue
                    with self.subTest(program.name, n_lost=n_lost), \
                            self.assertRaises(programs.BenchError):
                        programs.measure(FOLDER, program, {fmt: path})

    def test_a_missing_file_is_no_success(self):
        for section in sections.SECTIONS.values():
            for program in section.programs:
                files = {program.reads: self.temp / "missing"}
                with self.subTest(program.name), self.assertRaises(programs.BenchError):
                    programs.measure(FOLDER, program, files)


class Filters(WithFolder):
    def test_the_same_match(self):
        for mix in ("s64", "imix"):
            path = self.temp / mix
            make(mix, 20_000, 1, path)
            for name, (expression, _) in sections.FILTERS.items():
                matched = {mode: int(programs.run([pathlib.Path(FOLDER) / "filter_loop", "-v", mode,
                                                   expression, path])[1])
                           for mode in ("none", "libpcap", "weir")}
                with self.subTest(mix=mix, filter=name):
                    self.assertEqual(matched["weir"], matched["libpcap"])
                    self.assertEqual(matched["none"], 20_000)
                    self.assertTrue(4000 < matched["weir"] < 16_000, matched)


class Floor(WithFolder):
    def test_hopping_again_and_copies(self):
        path = self.temp / "imix"
        data = make("imix", 30_000, 3, path)
        n_bytes = sum(wire for _, wire, _ in records(data))
        for options, found in (((), 0), (("-n", "9"), 8 * 30_000)):
            program = programs.Program("any", ("floor", *options, programs.FILE))
            self.assertEqual(programs.answer_of(programs.measure(FOLDER, program, {"pcap": path})), (30_000, n_bytes, found))
        for n_threads in (1, 2, 7, 99):  # more than there are blocks
            trace = self.temp / "trace"
            program = programs.Program("any", ("copies", str(n_threads), programs.FILE))
            if not shutil.which("strace"):
                programs.measure(FOLDER, program, {"pcap": path})
                continue
            # under strace no leaks can be looked for
            programs.run(["strace", "-E", "ASAN_OPTIONS=detect_leaks=0", "-f", "-e", "trace=pread64", "-o", trace,
                          *programs.command_line(FOLDER, program, path)])
            wanted = {min(len(data) - at, 262144) for at in range(0, len(data), 262144)}
            read = [int(n) for n in re.findall(r"262144, \d+\) += (\d+)|resumed.* = (\d+)", trace.read_text())
                    for n in n if n]
            self.assertEqual(sum(read), len(data))
            self.assertLessEqual({n for n in read if n}, wanted)


class Commands(WithFolder):
    """peer_command, which runs what is no program of this folder."""

    def run_command(self, *words):
        return programs.parse_line(programs.run([pathlib.Path(FOLDER) / "peer_command",
                                                 *words])[0])

    def test_bytes_go_through_the_pipe(self):
        path = self.temp / "out"
        self.run_command("printf", "%s", "some bytes", "--", "dd", f"of={path}", "status=none")
        self.assertEqual(path.read_text(), "some bytes")

    def test_time_is_that_of_all(self):
        spin = ("python3", "-c", "import time\nwhile time.process_time() < 0.2: pass")
        figures = self.run_command(*spin, "--", *spin)
        self.assertGreater(figures["cpu_seconds"], 0.39)
        self.assertGreater(figures["seconds"], 0.19)
        self.assertGreater(figures["max_rss_kb"], 2000)

    def test_a_failure_is_no_success(self):
        for words in (("false",), ("false", "--", "true"), ("true", "--", "false"),
                      ("no-such-program",), ("true", "--", "no-such-program"),
                      ("true", "--", "true", "--", "true"), ()):
            with self.subTest(words), self.assertRaises(programs.BenchError):
                self.run_command(*words)


class Report(WithFolder):
    def check_run(self, *names):
        """Runs sections; returns the table that was printed and what bench.json says."""
        out = self.temp / "out"
        captures = self.temp / "captures"
        captures.mkdir()
        result = run_bench("--packets", N_PACKETS, "--only", ",".join(names), "--output", out,
                           temp=captures)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(list(captures.iterdir()), [], "captures were left behind")
        found = json.loads((out / "bench.json").read_text())
        chosen = [sections.SECTIONS[name] for name in names]
        self.assertEqual([(c["section"], c["name"]) for c in found["captures"]],
                         [(section.name, mix) for section in chosen for mix in section.captures])
        n_goals = 0
        wanted_rows = []
        for capture in found["captures"]:
            section = sections.SECTIONS[capture["section"]]
            present = [p for p in section.programs if programs.is_there(FOLDER, p)]
            self.assertEqual(list(capture["summary"]), [p.name for p in present])
            self.assertEqual(set(capture["file_bytes"]), set(section.files()))
            self.assertEqual(len(capture["rounds"]), 1)
            for program in present:
                figures = capture["rounds"][0]["programs"][program.name]
                self.assertEqual(set(figures), set(programs.FIELDS))
                if program.has_all:
                    self.assertEqual((figures["packets"], figures["bytes"]),
                                     (N_PACKETS, capture["bytes"]) if program.is_counting else (0, 0))
                self.assertIn(program.name, result.stdout)
                n_goals += (programs.min_ratio_of(program, capture["name"]) is not None) + program.is_weir
                wanted_rows.append((section.name, capture["name"], program.name))
        self.assertEqual(len(found["goals"]), n_goals)
        with open(out / "bench.csv", newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([(row["section"], row["capture"], row["program"]) for row in rows],
                         wanted_rows)
        for row in rows:
            self.assertEqual(tuple(row), report.CSV_COLUMNS)
            self.assertGreater(float(row["seconds"]), 0)
        self.check_plots(found, out, result.stdout)
        return found

    def check_plots(self, found, out, printed):
        if not shutil.which("gnuplot"):
            self.assertIn("no plots: gnuplot is not installed", printed)
            return
        names = {path.name for path in out.glob("*.svg")}
        self.assertEqual(names, set(plot.scripts(found)))
        for name in names:
            self.assertIn(name, printed)

    def test_engine_and_formats(self):
        found = self.check_run("engine", "formats")
        self.assertEqual(found["captures"][0]["bytes"], 64 * N_PACKETS)

    @unittest.skipIf(MISSING_TOOLS, f"not installed: {', '.join(MISSING_TOOLS)}")
    def test_codecs(self):
        found = self.check_run("codecs")
        for capture in found["captures"]:
            sizes = capture["file_bytes"]
            for kind in ("gz", "zst", "lz4"):
                self.assertLess(sizes[kind], 0.85 * sizes["pcap"])

    def test_filters(self):
        self.check_run("filters")

    def test_scaling(self):
        found = self.check_run("scaling")
        loads = [capture.get("loads") for capture in found["captures"]]
        self.assertEqual(loads[:2], [None, None])
        for n, packets in loads[2].items():
            self.assertEqual((len(packets), sum(packets)), (int(n), N_PACKETS))
            # the first elephant, and not all of them on one
            self.assertTrue(0.29 < max(packets) / N_PACKETS < 0.7, (n, packets))
        self.assertEqual([int(n) for n in loads[2]], model.worker_counts(len(os.sched_getaffinity(0)))[1:])

    def test_thread_counts(self):
        for n_cpus, wanted in ((1, [1, 2, 4]), (2, [1, 2, 4, 8]), (6, [1, 2, 4, 6, 12, 24]), (8, [1, 2, 4, 8, 16, 32])):
            self.assertEqual(sections.thread_counts(n_cpus), wanted)

    def test_tasks(self):
        """The answers, which peers and Weir agree on: the bench looks at that itself."""
        found = self.check_run("tasks")
        for capture in found["captures"]:
            figures = capture["rounds"][0]["programs"]
            flows = {figures[name]["found"] for name in figures if " flows" in name or " table" in name}
            self.assertEqual(len(flows), 1)
            self.assertAlmostEqual(flows.pop(), 100_000 * (1 - math.exp(-N_PACKETS / 100_000)), delta=500)
            self.assertAlmostEqual(figures["libpcap filter"]["packets"] / N_PACKETS, 0.75, delta=0.01)
            self.assertEqual(figures["weir results, 2 hashed"]["found"], N_PACKETS)
            self.assertEqual(figures["weir copy, 2 workers"]["found"], N_PACKETS)
            self.assertEqual(figures["weir file copy, serial"]["packets"], N_PACKETS)

    @unittest.skipIf(MISSING_TOOLS, f"not installed: {', '.join(MISSING_TOOLS)}")
    def test_pipes(self):
        self.check_run("pipes")

    def test_copies_are_the_same(self):
        path = self.temp / "s64.pcap"
        for mix in ("s64", "imix"):
            data = make(mix, 20_000, 3, path)
            for mode in ((), ("-n", "1"), ("-n", "2"), ("-n", "3", "-b")):
                with self.subTest(mix=mix, mode=mode):
                    copy = self.temp / "copy.pcap"
                    programs.run([pathlib.Path(FOLDER) / "weir_count", *mode, "-w", "copy", "-o", f"pcapfile:{copy}",
                                  path])
                    # libpcap's snap length, which is the output's own, stands at 16
                    self.assertEqual(copy.read_bytes()[24:], data[24:])

    def test_a_copy_is_written_beside_the_capture_and_removed(self):
        path = self.temp / "s64.pcap"
        data = make("s64", 1000, 1, path)
        copying = [program for program in sections.SECTIONS["tasks"].programs
                   if programs.is_there(FOLDER, program) and program.task == "file copy"]
        self.assertGreaterEqual(len(copying), 2)
        for program in copying:
            with self.subTest(program.name):
                programs.run(programs.command_line(FOLDER, program, path))
                copy = pathlib.Path(programs.copy_of(path))
                self.assertEqual(len(copy.read_bytes()), len(data))
                programs.measure(FOLDER, program, {"pcap": path})
                self.assertEqual(list(self.temp.iterdir()), [path])

    def test_an_unknown_section_is_refused(self):
        result = run_bench("--only", "engine,nonsense", temp=self.temp)
        self.assertEqual(result.returncode, 2)
        self.assertIn("'nonsense' is none of engine, formats, codecs, filters, decoding, tasks, scaling, pipes", result.stderr)

    def test_help_builds_nothing(self):
        script = HERE.parents[1] / "scripts/bench"
        build = self.temp / "build"
        result = subprocess.run([script, "--only", "engine", "--help"], text=True, capture_output=True, check=True,
                                env={**os.environ, "WEIR_BENCH_DIR": str(build)})
        self.assertTrue(result.stdout.startswith("usage: scripts/bench [-h] [--programs"), result.stdout)
        self.assertIn("WEIR_BENCH_DIR", result.stdout)
        self.assertFalse(build.exists() or build.with_suffix(".log").exists())

    def test_captures_are_kept_when_asked(self):
        result = run_bench("--packets", 1000, "--only", "engine", "--captures", "s64",
                           "--keep-captures", "--output", self.temp / "out", temp=self.temp)
        self.assertEqual(result.returncode, 0, result.stderr)
        kept = list(self.temp.glob("weir-bench-*/engine/s64.pcap"))
        self.assertEqual([path.stat().st_size for path in kept], [24 + 80 * 1000])

    def test_a_wrong_count_is_found(self):
        liars = self.temp / "programs"
        liars.mkdir()
        for name in ("make_capture", "floor", "peer_pcap"):
            (liars / name).symlink_to(pathlib.Path(FOLDER).resolve() / name)
        for was, put in (("packets", 999), ("bytes", 63999)):
            with self.subTest(was):
                line = json.dumps({"packets": 1000, "bytes": 64000, "found": 0, "seconds": 0.1,
                                   "max_rss_kb": 1, "cpu_seconds": 0.1, was: put})
                liar = liars / "weir_count"
                liar.write_text(f"#!/bin/sh\necho '{line}'\n")
                liar.chmod(0o755)
                result = run_bench("--packets", 1000, "--only", "engine", "--captures", "s64",
                                   "--output", self.temp / "out", folder=liars, temp=self.temp)
                self.assertEqual(result.returncode, 1, result.stdout)
                self.assertIn("do not agree", result.stderr)
                self.assertFalse((self.temp / "out").exists())
        self.assertEqual(list(self.temp.glob("weir-bench-*")), [], "captures were left behind")


ENGINE = sections.SECTIONS["engine"]


def made_up_round(floor_s, others=0.0, weir_s=0.5, peer_s=1.0, rss_kb=5000):
    seconds = {"floor": floor_s, "libpcap": peer_s}
    return {"others_share": others, "disturbed": None, "programs": {
        p.name: {"packets": 1000, "bytes": 64000, "max_rss_kb": rss_kb, "cpu_seconds": 0.1,
                 "seconds": seconds.get(p.name, weir_s)} for p in ENGINE.programs}}


def summarise(made):
    return rounds.summarise(ENGINE.programs, made, 1000)


class Rules(unittest.TestCase):
    def test_disturbed_rounds(self):
        reasons = rounds.disturbances([made_up_round(0.100), made_up_round(0.124),
                                       made_up_round(0.126), made_up_round(0.100, others=0.09),
                                       made_up_round(0.100, others=0.11)])
        self.assertEqual([reason is None for reason in reasons], [True, True, False, True, False])

    def test_disturbed_rounds_do_not_count(self):
        made = [made_up_round(0.1), made_up_round(0.1), made_up_round(0.1),
                made_up_round(0.1, weir_s=0.001, rss_kb=9000)]
        made[3]["disturbed"] = "by somebody"
        summary, is_settled = summarise(made)
        self.assertTrue(is_settled)
        row = summary["weir serial"]
        self.assertEqual((row["seconds"], row["ratio_to_peer"], row["max_rss_kb"]),
                         (0.5, 2.0, 9000))
        made[0]["disturbed"] = "too"
        self.assertFalse(summarise(made)[1])

    def test_ratios_are_of_the_same_round(self):
        made = [made_up_round(0.1, weir_s=s, peer_s=2 * s) for s in (0.5, 1.0, 4.0)]
        self.assertEqual(summarise(made)[0]["weir serial"]["ratio_to_peer"], 2.0)

    def goals(self, n_cpus=2, is_settled=True, instructions=None, costs=None, **round_values):
        made = [made_up_round(0.1, **round_values)] * 3
        capture = {"section": "engine", "name": "s64", "summary": summarise(made)[0],
                   "is_settled": is_settled, "per_packet": {"instructions": instructions or {}, **(costs or {})}}
        return {(goal["program"], goal["what"]): goal["verdict"]
                for goal in report.goals_of(capture, n_cpus)}

    def test_goals(self):
        verdicts = self.goals(weir_s=1 / 3.4)
        ratios = {name: verdict for (name, what), verdict in verdicts.items()
                  if what == "ratio_to_peer"}
        self.assertEqual(ratios, {"weir serial": "PASS", "weir 1 worker": "PASS",
                                  "weir 2 workers": "FAIL", "weir 2 hashed": "PASS"})
        self.assertEqual(self.goals(weir_s=2.0)["weir serial", "ratio_to_peer"], "FAIL")
        self.assertEqual(verdicts["weir serial", "max_rss_kb"], "PASS")
        self.assertEqual(self.goals(rss_kb=65536)["weir serial", "max_rss_kb"], "FAIL")

    def test_goals_that_cannot_be_judged(self):
        self.assertEqual(self.goals(n_cpus=1)["weir 2 hashed", "ratio_to_peer"], "TOO FEW CPUS")
        self.assertEqual(self.goals(is_settled=False)["weir serial", "ratio_to_peer"], "DISTURBED")

    def test_goals_of_instructions(self):
        for found, verdict in ((190, "PASS"), (191, "FAIL")):
            goals = self.goals(instructions={"weir 2 hashed": found, "floor": 10})
            self.assertEqual(goals["weir 2 hashed", "instructions_per_packet"], verdict)

    def test_goals_of_a_steady_state(self):
        for what, limit in (("allocations", 0.0001), ("system_calls", 0.001)):
            for found, verdict in ((limit, "PASS"), (1.1 * limit, "FAIL")):
                goals = self.goals(costs={what: {"weir 2 hashed": found, "libpcap": 1}})
                self.assertEqual(goals["weir 2 hashed", f"{what}_per_packet"], verdict)
                self.assertNotIn(("libpcap", f"{what}_per_packet"), goals)

    def test_goals_of_formats(self):
        """Each mode of a format is compared with the same mode of pcapfile."""
        section = sections.SECTIONS["formats"]
        seconds = {"floor": 0.1, "pcapng serial": 1.3, "erf serial": 1.2, "pcapfile 1 worker": 2.0,
                   "erf 1 worker": 2.6}
        made = [{"others_share": 0.0, "disturbed": None, "programs": {
            p.name: {"packets": 1000, "bytes": 64000, "max_rss_kb": 5000, "cpu_seconds": 0.1,
                     "seconds": seconds.get(p.name, 1.0)} for p in section.programs}}] * 3
        summary, is_settled = rounds.summarise(section.programs, made, 1000)
        self.assertIsNone(summary["pcapfile serial"]["ratio_to_peer"])
        capture = {"section": "formats", "name": "s64", "summary": summary,
                   "is_settled": is_settled, "per_packet": {}}
        failed = {goal["program"] for goal in report.goals_of(capture, 2)
                  if goal["what"] == "ratio_to_peer" and goal["verdict"] == "FAIL"}
        self.assertEqual(failed, {"pcapng serial", "erf 1 worker"})

    def test_exit_status(self):
        import run_bench as runner
        for verdicts, status in ((["PASS"], 0), (["PASS", "TOO FEW CPUS"], 0),
                                 (["PASS", "FAIL", "DISTURBED"], 2), (["PASS", "DISTURBED"], 3)):
            goals = [{"verdict": verdict} for verdict in verdicts]
            self.assertEqual(runner.exit_status(goals, True), status)
            self.assertEqual(runner.exit_status(goals, False), 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--programs", type=pathlib.Path, required=True)
    parsed, rest = parser.parse_known_args()
    FOLDER = parsed.programs
    if MISSING_TOOLS:
        print("skipping the codecs, not installed:", ", ".join(MISSING_TOOLS))
    unittest.main(argv=[sys.argv[0], *rest])
