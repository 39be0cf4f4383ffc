#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The cost model with numbers that are easy to reckon with, and the plots of made-up figures."""
import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree

import loads
import model
import plot

HERE = pathlib.Path(__file__).resolve().parent


def texts_of(path):
    """What is written in an SVG file."""
    root = xml.etree.ElementTree.parse(path).getroot()
    return ["".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")]


def made_up_scaling(n_cpus, seconds, n_packets=1_000_000, **more):
    """A capture of the section scaling; seconds: program -> that of a million packets of 64 bytes."""
    return {"machine": {"cpu": "a `CPU` \"of\" 'ours'", "cpus": n_cpus}, "goals": [], "captures": [{
        "section": "scaling", "name": "s64", "packets": n_packets, "file_bytes": {"pcap": 24 + 80 * n_packets},
        "is_settled": True, "per_packet": {}, **more,
        "summary": {name: {"seconds": s, "cpu_seconds": s, "mpps": n_packets / s / 1e6, "peer": None, "ratio_to_peer": None}
                    for name, s in seconds.items()}}]}


class CostModel(unittest.TestCase):
    SECONDS = {"floor": 0.010, "hops": 0.026, "one copy": 0.008, "copies": 0.006,
               "count, 1 thread": 0.020, "count, 2 threads": 0.011, "busy, 1 thread": 0.070,
               "busy hashed, 1 thread": 0.070, "busy hashed, 2 threads": 0.050, "busy hashed, 4 threads": 0.060}

    def setUp(self):
        holder = tempfile.TemporaryDirectory(prefix="weir-test-model-")
        self.addCleanup(holder.cleanup)
        self.temp = pathlib.Path(holder.name)

    def capture(self, **more):
        return made_up_scaling(2, self.SECONDS, **more)["captures"][0]

    def test_the_least_counts(self):
        limits = {"work_s": 20e-9, "token_s": 2e-9, "copy_s": 5e-9, "callback_s": 10e-9, "shares": {4: 0.5, 8: 0.9}}
        for n, without, wanted in ((1, (), 50e6), (2, (), 100e6), (4, (), 200e6), (8, (), 1e9 / 9),
                                   (8, ("shares",), 200e6), (8, ("shares", "copy_s"), 400e6), (64, ("copy_s",), 500e6),
                                   (64, ("copy_s", "token_s"), 3200e6)):
            with self.subTest(n=n, without=without):
                told = {name: value for name, value in limits.items() if name not in without}
                self.assertAlmostEqual(model.Model(**told).packets_per_s(n) / wanted, 1)

    def test_fitted_to_a_run(self):
        fitted = model.fit(self.capture(), "count", 2)
        self.assertAlmostEqual(fitted.work_s, 20e-9)
        # 16 ns for eight hops more, and 0.3 us for each 256 KiB
        self.assertAlmostEqual(fitted.token_s, 2e-9 + 0.3e-6 * 80 / 262144, delta=1e-14)
        self.assertAlmostEqual(fitted.copy_s, 6e-9)  # 8 / 6 of one, where 2 * 0.8 would be CPUs enough
        self.assertIsNone(fitted.callback_s)
        self.assertAlmostEqual(fitted.packets_per_s(2) / 1e6, 100)
        self.assertAlmostEqual(fitted.packets_per_s(64) / 1e6, 1e3 / 6)

    def test_copies_that_scale_are_no_limit(self):
        for copies, wanted in ((0.0049, None), (0.0051, 5.1e-9)):
            seconds = {**self.SECONDS, "copies": copies}
            found = model.copy_s(made_up_scaling(2, seconds)["captures"][0], 2)
            self.assertEqual(found is None, wanted is None)
            self.assertAlmostEqual(found or 0, wanted or 0)
        self.assertIsNone(model.copy_s(self.capture(), 1))

    def test_a_hasher_begins_with_two(self):
        fitted = model.fit(self.capture(loads={"2": [75, 25], "64": [60, *[10] * 4]}), "busy hashed", 2)
        self.assertEqual(fitted.first, 2)
        self.assertAlmostEqual(fitted.work_s, 100e-9)
        self.assertAlmostEqual(fitted.callback_s, 50e-9)
        self.assertEqual(fitted.shares, {2: 0.75, 64: 0.6})
        self.assertAlmostEqual(fitted.packets_per_s(2) / 1e6, 20)
        self.assertAlmostEqual(fitted.packets_per_s(64) / 1e6, 1e3 / 30)

    def test_loads(self):
        found = list(loads.rows({"2": [30, 70], "16": [10] * 16}))
        self.assertEqual(found[1:], [("2", "70.0", "50.0", "1.40", "70.0 30.0"), ("16", "6.2", "6.2", "1.00", "")])
        drawn = plot.scripts(made_up_scaling(2, self.SECONDS, loads={"2": [30, 70], "16": [10] * 16}))
        self.assertIn("\n2 70.0 50.0\n16 6.25 6.25\n", drawn["load-s64.svg"])

    def test_too_little_to_go_by(self):
        self.assertIsNone(model.fit(self.capture(), "hashed", 2))
        old = made_up_scaling(2, {"floor": 0.01, "busy, 1 thread": 0.07})["captures"][0]
        self.assertEqual(model.fit(old, "busy", 2).limits(4), {"work": 4 / 70e-9})

    def test_worker_counts(self):
        self.assertEqual(model.worker_counts(2), [1, 2, 4, 8, 16, 32, 64])
        self.assertEqual(model.worker_counts(48), [1, 2, 4, 8, 16, 32, 48, 64, 128])

    @unittest.skipUnless(shutil.which("gnuplot"), "gnuplot is not installed")
    def test_drawn_again(self):
        """As `scripts/bench --plot` does, of another machine's figures, whose name would be a command to gnuplot."""
        (self.temp / "bench.json").write_text(json.dumps(made_up_scaling(2, self.SECONDS)))
        result = subprocess.run([HERE.parents[1] / "scripts/bench", "--plot", "bench.json", "--output", "plots"], text=True,
                                capture_output=True, check=False, cwd=self.temp)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertEqual(result.stdout.split(), ["plots/scaling-s64.svg", "plots/model.svg"])
        texts = texts_of(self.temp / "plots/scaling-s64.svg")
        for text in ("Throughput by threads: s64", "a 'CPU' \"of\" 'ours', 2 CPUs", "packet threads",
                     "throughput, million packets per second", "busy hashed", "model, more CPUs", "64", "more threads than CPUs"):
            self.assertIn(text, texts)

    def test_without_gnuplot(self):
        path = os.environ["PATH"]
        self.addCleanup(os.environ.__setitem__, "PATH", path)
        os.environ["PATH"] = str(self.temp)
        written, problem = plot.draw(made_up_scaling(2, self.SECONDS), self.temp)
        self.assertEqual(written, [])
        self.assertIn("not installed", problem)

    def test_instructions(self):
        found = made_up_scaling(2, {"floor": 0.010, "a": 0.030, "b": 0.050})
        found["captures"][0] |= {"section": "engine", "per_packet": {"instructions": {"floor": 10, "a": 110, "b": 210}}}
        scripts = plot.scripts(found)
        self.assertEqual(list(scripts), ["instructions-engine-s64.svg"])
        self.assertIn("floor + 0.20 ns per instruction", scripts["instructions-engine-s64.svg"])


if __name__ == "__main__":
    if not shutil.which("gnuplot"):
        print("skipping what is drawn:", plot.NO_GNUPLOT)
    unittest.main()
