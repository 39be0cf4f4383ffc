#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Draws what bench.json says, as SVG files, with gnuplot. See docs/performance.md.

scaling-MIX.svg               throughput by threads, the cost model beside it
load-MIX.svg                  of the packets, what the busiest thread gets
SECTION.svg                   how many times as fast as its peer each program is
model.svg                     throughput of the section scaling against what the model says
instructions-SECTION-MIX.svg  processor time against instructions, where they were counted
"""
import argparse
import json
import pathlib
import shutil
import subprocess
import sys

import model

NO_GNUPLOT = "gnuplot is not installed (Debian: gnuplot-nox)"
COLOURS = ("#0060ad", "#c03000", "#2a8a3e", "#8a3fa0", "#b07800", "#008c8c", "#606060", "#d0508c")
MARKS = ((7, 6), (5, 4), (9, 8), (11, 10), (13, 12))  # gnuplot's point types, filled and hollow
GREY = 'lc rgb "#606060"'
KEY = "set key outside right center Left reverse samplen 3 spacing 1.3 noenhanced\n"


def quoted(text):
    """A string for gnuplot, which would run what is between backquotes."""
    return json.dumps(str(text).replace("`", "'"), ensure_ascii=False)


def colour(i):
    return f'lc rgb "{COLOURS[i % len(COLOURS)]}"'


def mark(i, is_hollow=False):
    return f"pt {MARKS[i % len(MARKS)][is_hollow]} ps 1.1"


def where(report, captures):
    """The second line of a title."""
    text = f"{report['machine']['cpu']}, {report['machine']['cpus']} CPUs"
    return text if all(capture["is_settled"] for capture in captures) else f"{text}; DISTURBED, proves nothing"


def head(title, second, width=960, height=560):
    return (f'set terminal svg size {width},{height} font "Arial,13" noenhanced background rgb "white"\n'
            f"set title {quoted(title)[:-1]}\\n{quoted(second)[1:]}\n"
            f"set border 3\nset tics nomirror\nset grid {GREY} lw 0.3\n" + KEY)


def data(name, rows):
    return "\n".join([f"${name} << EOD", *(" ".join(map(str, row)) for row in rows), "EOD", ""])


def log_axis(axis, numbers):
    """Some room on both sides of the numbers; labels at 1, 2 and 5 of each decade."""
    low, high = min(numbers) / 1.25, max(numbers) * 1.25
    steps = [float(f"{digit}e{power}") for power in range(-6, 9) for digit in (1, 2, 5)]
    labels = ", ".join(f'"{step:g}" {step:g}' for step in steps if low <= step <= high)
    return f"set logscale {axis} 10\nset {axis}range [{low:g}:{high:g}]\nset {axis}tics ({labels})\n"


def plot(curves):
    return "plot " + ", \\\n     ".join(curves) + "\n"


def scaling(report, capture):
    """Both axes logarithmic, so that what scales is a straight line."""
    n_cpus = report["machine"]["cpus"]
    text, curves, rates, counts = "", [], [], set()

    def add(name, rows, style):
        nonlocal text
        if rows:
            text += data(name, rows)
            curves.append(f"${name} using 1:2 with {style}")
            rates.extend(rate for _, rate in rows)
            counts.update(n for n, _ in rows)

    for i, (name, measured) in enumerate(model.points(capture).items()):
        rows = [(n, rate / 1e6) for n, rate in sorted(measured.items())]
        add(f"here{i}", [row for row in rows if row[0] <= n_cpus], f"points {mark(i)} {colour(i)} title {quoted(name)}")
        add(f"crowded{i}", [row for row in rows if row[0] > n_cpus], f"points {mark(i, True)} {colour(i)} notitle")
        fitted = model.fit(capture, name, n_cpus)
        if fitted:
            rows = [(n, fitted.packets_per_s(n) / 1e6) for n in model.worker_counts(n_cpus) if n >= fitted.first]
            add(f"model{i}", [row for row in rows if row[0] <= n_cpus], f"lines lw 1.5 {colour(i)} notitle")
            add(f"beyond{i}", [row for row in rows if row[0] >= n_cpus], f"lines lw 1.5 dt 2 {colour(i)} notitle")
    curves += [f'NaN with points pt 7 {GREY} title "measured"', f'NaN with points pt 6 {GREY} title "more threads than CPUs"',
               f'NaN with lines lw 1.5 {GREY} title "model"', f'NaN with lines lw 1.5 dt 2 {GREY} title "model, more CPUs"']
    return (head(f"Throughput by threads: {capture['name']}", where(report, [capture])) + text + log_axis("y", rates)
            + f"set logscale x 2\nset xrange [0.9:{1.1 * max(counts):g}]\nset xtics ({', '.join(map(str, sorted(counts)))})\n"
            + 'set xlabel "packet threads"\nset ylabel "throughput, million packets per second"\n'
            + f"set arrow from first {n_cpus}, graph 0 to first {n_cpus}, graph 1 nohead {GREY} lw 1 dt 3\n"
            + f"set label \"{n_cpus} CPUs here\" at first {n_cpus}, graph 0.98 offset 0.6,0 tc rgb \"#606060\"\n" + plot(curves))


def load(report, capture):
    """Where both are the same, all threads have as many packets."""
    rows = [(n, 100 * share, 100 / n) for n, share in sorted(model.busiest(capture).items())]
    counts = [row[0] for row in rows]
    return (head(f"Packets of the busiest thread, with a hasher: {capture['name']}", where(report, [capture]))
            + data("loads", rows) + log_axis("y", [share for row in rows for share in row[1:]])
            + f"set logscale x 2\nset xrange [{0.9 * counts[0]:g}:{1.1 * counts[-1]:g}]\nset xtics ({', '.join(map(str, counts))})\n"
            + 'set xlabel "packet threads"\nset ylabel "of all packets, percent"\n'
            + plot([f'$loads using 1:2 with linespoints {mark(0)} {colour(0)} title "the busiest thread"',
                    f'$loads using 1:3 with lines dt 2 {GREY} title "each, if all had as many"']))


def by_program(report, captures):
    """A line for each program, a mark for each mix; none of the programs without a peer."""
    names = list(dict.fromkeys(name for capture in captures for name, row in capture["summary"].items()
                               if row["ratio_to_peer"]))
    section = captures[0]["section"]
    line_of = {name: len(names) - i for i, name in enumerate(names)}
    peers = {row["peer"].split()[0] for capture in captures for row in capture["summary"].values() if row["peer"]}
    peer = peers.pop() if len(peers) == 1 else "its peer"
    text, curves, ratios = "", [], [1.0]
    for i, capture in enumerate(captures):
        rows = [(row["ratio_to_peer"], line_of[name]) for name, row in capture["summary"].items() if row["ratio_to_peer"]]
        text += data(f"ratios{i}", rows)
        curves.append(f"$ratios{i} using 1:2 with points {mark(i)} {colour(i)} title {quoted(capture['name'])}")
        goals = [(goal["limit"], line_of[goal["program"]]) for goal in report.get("goals", [])
                 if (goal["section"], goal["capture"], goal["what"]) == (section, capture["name"], "ratio_to_peer")
                 and goal["program"] in line_of]
        if goals:
            text += data(f"goals{i}", [(limit, line - 0.4, line + 0.4) for limit, line in goals])
            curves.append(f"$goals{i} using 1:2:(0):($3-$2) with vectors nohead lw 2 {colour(i)} "
                          f"title {quoted('goal, ' + capture['name'])}")
            ratios += [limit for limit, _ in goals]
        ratios += [row[0] for row in rows]
    labels = ", ".join(f"{quoted(name)} {line}" for name, line in line_of.items())
    return (head(f"Speed by program: {section}", where(report, captures), height=150 + 26 * len(names)) + text
            + log_axis("x", ratios) + f"set yrange [0.3:{len(names) + 0.7}]\nset ytics ({labels})\n"
            + f"set xlabel {quoted(f'times as fast as {peer}')}\n"
            + f"set arrow from first 1, graph 0 to first 1, graph 1 nohead {GREY} lw 1.5\n" + plot(curves))


def against_model(report, captures):
    """On the diagonal measurement and model are the same. The model is fitted to the first point of each line."""
    n_cpus = report["machine"]["cpus"]
    text, curves, rates = "", [], []
    for i, capture in enumerate(captures):
        for j, (name, measured) in enumerate(model.points(capture).items()):
            fitted = model.fit(capture, name, n_cpus)
            rows = [(fitted.packets_per_s(n) / 1e6, rate / 1e6) for n, rate in sorted(measured.items())
                    if fitted.first <= n <= n_cpus] if fitted else []
            if rows:
                text += data(f"rates{i}_{j}", rows)
                curves.append(f"$rates{i}_{j} using 1:2 with points {mark(j)} {colour(i)} "
                              f"title {quoted(capture['name'] + ', ' + name)}")
                rates += [rate for row in rows for rate in row]
    if not rates:
        return None
    return (head("Measured throughput against the cost model", where(report, captures)) + text
            + log_axis("x", rates) + log_axis("y", rates)
            + 'set xlabel "model, million packets per second"\nset ylabel "measured, million packets per second"\n'
            + plot([*curves, f'x with lines {GREY} title "as the model says"']))


def instructions(report, capture):
    """The line is what the floor takes, and what lies between it and the others for each instruction, by least squares."""
    found, summary = capture["per_packet"]["instructions"], capture["summary"]
    rows = {name: (found[name], summary[name]["cpu_seconds"] * 1e9 / capture["packets"])
            for name in summary if name in found}
    x0, y0 = rows["floor"]
    away = [(x - x0, y - y0) for x, y in rows.values()]
    per_instruction = sum(x * y for x, y in away) / (sum(x * x for x, _ in away) or 1)
    most = max(x for x, _ in rows.values())
    text = "".join(data(f"program{i}", [row]) for i, row in enumerate(rows.values()))
    curves = [f"$program{i} using 1:2 with points {mark(i)} {colour(i)} title {quoted(name)}" for i, name in enumerate(rows)]
    line = f"{y0:g} + {per_instruction:g} * (x - {x0:g})"
    return (head(f"What a packet costs: {capture['section']}, {capture['name']}", where(report, [capture])) + text
            + f"set xrange [0:{1.1 * most:g}]\nset yrange [0:]\n"
            + 'set xlabel "instructions per packet"\nset ylabel "processor time per packet, ns"\n'
            + plot([*curves, f'{line} with lines {GREY} title "floor + {per_instruction:.2f} ns per instruction"']))


def scripts(report):
    """File's name -> what gnuplot has to be told."""
    captures = report["captures"]
    by_section = {}
    for capture in captures:
        by_section.setdefault(capture["section"], []).append(capture)
    found = {}
    for section, its in by_section.items():
        if section == "scaling":
            found |= {f"scaling-{capture['name']}.svg": scaling(report, capture) for capture in its}
            found |= {f"load-{capture['name']}.svg": load(report, capture) for capture in its if capture.get("loads")}
            found["model.svg"] = against_model(report, its)
        elif any(row["ratio_to_peer"] for capture in its for row in capture["summary"].values()):
            found[f"{section}.svg"] = by_program(report, its)
    for capture in captures:
        if capture["per_packet"].get("instructions"):
            found[f"instructions-{capture['section']}-{capture['name']}.svg"] = instructions(report, capture)
    return {name: script for name, script in found.items() if script}


def draw(report, folder):
    """Writes the files. Returns their paths, and what is wrong or None."""
    if not shutil.which("gnuplot"):
        return [], NO_GNUPLOT
    written = []
    for name, script in scripts(report).items():
        result = subprocess.run(["gnuplot", "-"], input=script, text=True, capture_output=True, check=False)
        if result.returncode != 0 or not result.stdout.rstrip().endswith("</svg>"):
            return written, f"{name}: gnuplot: {result.stderr.strip()}"
        written.append(pathlib.Path(folder) / name)
        written[-1].write_text(result.stdout, encoding="utf-8")
    return written, None


def main():
    parser = argparse.ArgumentParser(prog="scripts/bench --plot", description=__doc__.splitlines()[0])
    parser.add_argument("report", type=pathlib.Path, metavar="bench.json", help="of this machine or another one")
    parser.add_argument("--output", type=pathlib.Path, help="folder for the plots; default: that of bench.json")
    arguments = parser.parse_args()
    try:
        report = json.loads(arguments.report.read_text(encoding="utf-8"))
        folder = arguments.output or arguments.report.parent
        folder.mkdir(parents=True, exist_ok=True)
        written, problem = draw(report, folder)
    except (OSError, ValueError, KeyError) as error:
        sys.exit(f"{arguments.report}: {error!r}")
    for path in written:
        print(path)
    if problem:
        sys.exit(f"no plots: {problem}")


if __name__ == "__main__":
    main()
