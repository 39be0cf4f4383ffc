# SPDX-License-Identifier: BSD-2-Clause
"""Rounds: every program once, one after the other, so that all meet the same weather.

A round counts unless it was disturbed. The rule is fixed here, before anything is measured:
 - others used more than a tenth of the processors' time during the round, time stolen by the host
   included; or
 - the floor took more than 1.25 times its median over all rounds so far.
The floor is the referee because it does no work of its own: it is slow only where the machine is.
"""
import os
import statistics
import time

from programs import BenchError, check_counts, measure
from sections import FLOOR

MAX_OTHERS_SHARE = 0.10
MAX_FLOOR_RATIO = 1.25


class CpuWatch:
    """How much of the machine others use while this process and its children work."""

    def __init__(self):
        self.start = self.now()

    @staticmethod
    def now():
        """Seconds: of day, of all processors not idle, of ours."""
        with open("/proc/stat", encoding="ascii") as file:
            # user, nice, system, idle, iowait, irq, softirq, steal; guests are part of user
            ticks = [int(word) for word in file.readline().split()[1:9]]
        busy = sum(ticks) - ticks[3] - ticks[4]
        own = os.times()
        return (time.monotonic(), busy / os.sysconf("SC_CLK_TCK"), sum(own[:4]))

    def others_share(self):
        elapsed, busy, own = (now - then for now, then in zip(self.now(), self.start))
        return max(0.0, busy - own) / (elapsed * (os.cpu_count() or 1)) if elapsed > 0 else 0.0


def disturbances(rounds):
    """Per round the reason why it does not count, or None."""
    floor_median = statistics.median(r["programs"][FLOOR.name]["seconds"] for r in rounds)
    reasons = []
    for one in rounds:
        ratio = one["programs"][FLOOR.name]["seconds"] / floor_median
        if one["others_share"] > MAX_OTHERS_SHARE:
            reasons.append(f"others used {100 * one['others_share']:.0f} % of the processors")
        elif ratio > MAX_FLOOR_RATIO:
            reasons.append(f"the floor took {ratio:.2f} times its median")
        else:
            reasons.append(None)
    return reasons


def run_round(folder, programs, files, n_packets, first):
    """One round, beginning with another program each time."""
    watch = CpuWatch()
    order = [programs[(first + i) % len(programs)] for i in range(len(programs))]
    figures_of = {program.name: measure(folder, program, files) for program in order}
    check_counts(programs, figures_of, n_packets)
    return {"others_share": watch.others_share(),
            "programs": {program.name: figures_of[program.name] for program in programs}}


def warm_up(files):
    """Into the page cache with what is not there."""
    for path in files.values():
        with open(path, "rb") as file:
            while file.read(1 << 20):
                pass


def run_rounds(folder, programs, files, n_packets, n_wanted, n_most, say):
    """Rounds until n_wanted of them count, n_most at most. Each gets its "disturbed"."""
    warm_up(files)
    rounds = []
    while len(rounds) < n_most:
        rounds.append(run_round(folder, programs, files, n_packets, len(rounds)))
        for one, reason in zip(rounds, disturbances(rounds)):
            one["disturbed"] = reason
        n_good = sum(one["disturbed"] is None for one in rounds)
        reason = rounds[-1]["disturbed"]
        say(f"  round {len(rounds)}: " + (f"disturbed: {reason}" if reason else "good"))
        if n_good >= n_wanted:
            break
    return rounds


def summarise(programs, rounds, n_packets):
    """Per program the medians, over the rounds that count; over all where too few do.

    Returns the summary and whether it can be trusted: at least three rounds counted, or all that
    there were.
    """
    good = [one for one in rounds if one["disturbed"] is None]
    is_settled = len(good) >= min(3, len(rounds))
    used = good if is_settled else rounds
    if not used:
        raise BenchError("no rounds")
    summary = {}
    for program in programs:
        figures = [one["programs"][program.name] for one in used]
        seconds = statistics.median(f["seconds"] for f in figures)
        summary[program.name] = {
            "seconds": seconds,
            "best_seconds": min(f["seconds"] for f in figures),
            "cpu_seconds": statistics.median(f["cpu_seconds"] for f in figures),
            "mpps": n_packets / seconds / 1e6 if seconds else 0.0,
            "peer": program.peer or None,
            "ratio_to_peer": ratio(used, program.peer, program.name) if program.peer else None,
            "ratio_to_floor": ratio(used, FLOOR.name, program.name),
            "max_rss_kb": max(one["programs"][program.name]["max_rss_kb"] for one in rounds),
        }
    return summary, is_settled


def ratio(rounds, other, name):
    """How many times as fast as the other: the median of what each round says."""
    return statistics.median(
        one["programs"][other]["seconds"] / max(one["programs"][name]["seconds"], 1e-6)
        for one in rounds)
