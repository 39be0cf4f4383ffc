# SPDX-License-Identifier: BSD-2-Clause
"""The goals, the table, bench.json and bench.csv."""
import csv
import json

import loads
from programs import FIELDS, min_ratio_of
from sections import MAX_COSTS, MAX_RSS_KB, SECTIONS

DIGITS = {"instructions": 1, "allocations": 4, "system_calls": 4}
CSV_COLUMNS = ("section", "capture", "round", "disturbed", "program", *FIELDS)


def programs_of(capture):
    """Those that ran."""
    return [program for program in SECTIONS[capture["section"]].programs if program.name in capture["summary"]]


def goals_of(capture, n_cpus):
    """One entry per goal, each with its verdict: PASS, FAIL, or why there is none."""
    section = SECTIONS[capture["section"]]
    goals = []

    def add(program, what, value, limit, is_met, obstacle=None):
        verdict = obstacle or ("PASS" if is_met else "FAIL")
        goals.append({"section": section.name, "capture": capture["name"],
                      "program": program.name, "what": what, "value": value, "limit": limit,
                      "verdict": verdict})

    for program in programs_of(capture):
        row = capture["summary"][program.name]
        obstacle = None
        if n_cpus < program.n_threads:
            obstacle = "TOO FEW CPUS"
        elif not capture["is_settled"]:
            obstacle = "DISTURBED"
        min_ratio = min_ratio_of(program, capture["name"])
        if min_ratio is not None:
            add(program, "ratio_to_peer", row["ratio_to_peer"], min_ratio,
                row["ratio_to_peer"] >= min_ratio, obstacle)
        if program.is_weir:
            add(program, "max_rss_kb", row["max_rss_kb"], MAX_RSS_KB,
                row["max_rss_kb"] < MAX_RSS_KB)
        found = capture["per_packet"].get("instructions", {}).get(program.name)
        if (found is not None and program.max_instructions is not None
                and capture["name"] == section.instruction_capture):
            add(program, "instructions_per_packet", found, program.max_instructions,
                found <= program.max_instructions)
        for what, most in (MAX_COSTS if program.is_weir and section.has_steady_state else {}).items():
            found = capture["per_packet"].get(what, {}).get(program.name)
            if found is not None:
                add(program, f"{what}_per_packet", found, most, found <= most)
    return goals


def format_goal(goal, digits):
    sign = ">=" if goal["what"] == "ratio_to_peer" else "<="
    return f"{sign} {goal['limit']:.{digits}f} {goal['verdict']}"


def table(capture, goals):
    """The lines of one capture's table."""
    section = SECTIONS[capture["section"]]
    goal_of = {(one["program"], one["what"]): one for one in goals
               if (one["section"], one["capture"]) == (section.name, capture["name"])}

    def goal(program, what, digits):
        one = goal_of.get((program.name, what))
        return format_goal(one, digits) if one else ""

    rounds = capture["rounds"]
    n_disturbed = sum(one["disturbed"] is not None for one in rounds)
    rows = [("program", "Mpps", "seconds", "cpu s", section.ratio_heading, "goal", "x floor",
             "MiB", "goal")]
    for program in programs_of(capture):
        row = capture["summary"][program.name]
        memory = goal_of.get((program.name, "max_rss_kb"))
        rows.append((
            program.name, f"{row['mpps']:.1f}", f"{row['seconds']:.3f}",
            f"{row['cpu_seconds']:.3f}",
            "" if row["ratio_to_peer"] is None else f"{row['ratio_to_peer']:.2f}",
            goal(program, "ratio_to_peer", 2), f"{row['ratio_to_floor']:.2f}",
            f"{row['max_rss_kb'] / 1024:.1f}",
            f"< {MAX_RSS_KB // 1024} {memory['verdict']}" if memory else ""))
    title = (f"{section.name}, {capture['name']}: {capture['packets']} packets, "
             f"{capture['bytes']} bytes; {len(rounds)} rounds, {n_disturbed} of them disturbed "
             "and not counted")
    if not capture["is_settled"]:
        title += "; too few good ones: the medians are of all rounds and prove nothing"
    lines = [title, *layout(rows)]
    if "loads" in capture:
        lines += ["", "packets of each thread, with a hasher", *layout(list(loads.rows(capture["loads"])))]
    if capture["per_packet"]:
        rows = [("per packet", *(word for what in capture["per_packet"] for word in (what.replace("_", " "), "goal")))]
        for program in programs_of(capture):
            rows.append((program.name, *(word for what, found in capture["per_packet"].items() for word in (
                f"{found[program.name]:.{DIGITS[what]}f}", goal(program, f"{what}_per_packet", DIGITS[what])))))
        lines += ["", *layout(rows)]
    return lines


def layout(rows):
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        first, *rest = (cell.ljust(width) if i == 0 or ("=" in cell or "<" in cell)
                        else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths)))
        yield "  ".join([first, *rest]).rstrip()


def write_json(path, report):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1)
        file.write("\n")


def write_csv(path, captures):
    """Every run, those of disturbed rounds too, with the reason."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(CSV_COLUMNS)
        for capture in captures:
            for number, one in enumerate(capture["rounds"], 1):
                for name, figures in one["programs"].items():
                    rows.writerow([capture["section"], capture["name"], number, one["disturbed"] or "", name,
                                   *(figures[field] for field in FIELDS)])
