# SPDX-License-Identifier: BSD-2-Clause
"""What throughput to expect of n workers, each with a CPU of its own. docs/performance.md explains it.

    throughput(n) = min(n / work, 1 / token, 1 / copy, 1 / (share(n) * callback))

All times are seconds per packet, all of them from one run of the section `scaling`.
"""
import dataclasses
import re

#: How often the program `hops` goes over each block, and the floor once.
N_HOPS = 9

#: Passing the token on: two cache lines from core to core. Assumed, not measured by the run.
HANDOVER_S = 0.3e-6
BLOCK_BYTES = 256 * 1024

#: Copies on all CPUs that reach less of what as many single ones would are held up by the memory, not by the CPUs.
SATURATED = 0.8

PROGRAM = re.compile(r"(.+), (\d+) threads?")


@dataclasses.dataclass(frozen=True)
class Model:
    """None: that limit is not known, or there is none."""
    work_s: float                   # of one worker
    token_s: float | None = None    # under the token: one worker at a time
    copy_s: float | None = None     # all CPUs copying, where the memory limits them
    callback_s: float | None = None  # what only the thread that a packet's flow belongs to can do
    shares: dict = dataclasses.field(default_factory=dict)  # workers -> of the packets, what the busiest one gets
    first: int = 1                  # fewest workers that it is for

    def limits(self, n):
        """What limits -> packets per second."""
        found = {"work": n / self.work_s}
        if self.token_s:
            found["token"] = 1 / self.token_s
        if self.copy_s:
            found["memory"] = 1 / self.copy_s
        if self.callback_s and n in self.shares:
            found["busiest worker"] = 1 / (self.shares[n] * self.callback_s)
        return found

    def packets_per_s(self, n):
        return min(self.limits(n).values())


def points(capture):
    """Name -> threads -> packets per second, as measured."""
    found = {}
    for program, row in capture["summary"].items():
        match = PROGRAM.fullmatch(program)
        if match:
            found.setdefault(match[1], {})[int(match[2])] = row["mpps"] * 1e6
    return found


def token_s(capture):
    """Hopping over a block that lies in the cache, and handing over the token. None where that was not measured."""
    summary, n_packets = capture["summary"], capture["packets"]
    if "hops" not in summary:
        return None
    hop_s = max(0.0, summary["hops"]["seconds"] - summary["floor"]["seconds"]) / (N_HOPS - 1) / n_packets
    return hop_s + HANDOVER_S * capture["file_bytes"]["pcap"] / n_packets / BLOCK_BYTES


def copy_s(capture, n_cpus):
    """What all CPUs together take to copy a packet, if the memory and not the CPUs limits them; else None."""
    summary, n_packets = capture["summary"], capture["packets"]
    if n_cpus < 2 or not {"copies", "one copy"} <= set(summary):
        return None
    all_s, one_s = summary["copies"]["seconds"], summary["one copy"]["seconds"]
    return all_s / n_packets if one_s / all_s < SATURATED * n_cpus else None


def callback_s(measured, name):
    """What the work for each packet adds to counting it, with one worker. None without a hasher: any worker can do it."""
    task, _, hashed = name.rpartition(" ")
    busy, count = (measured.get(one, {}).get(1) for one in (task, "count"))
    return max(0.0, 1 / busy - 1 / count) if hashed == "hashed" and busy and count else None


def busiest(capture):
    """Workers -> of the packets, what the busiest one gets. Empty where nobody looked."""
    return {int(n): max(packets) / sum(packets) for n, packets in capture.get("loads", {}).items()}


def fit(capture, name, n_cpus):
    """The model of a line of the section `scaling`, or None where there is too little to go by."""
    measured = points(capture).get(name, {})
    first = 2 if name.endswith("hashed") and n_cpus > 1 else 1  # one worker has nobody to share with
    if not measured.get(first):
        return None
    return Model(first / measured[first], token_s(capture), copy_s(capture, n_cpus),
                 callback_s(points(capture), name), busiest(capture), first)


def worker_counts(n_cpus):
    """For the curve: powers of two up to 64, or four times the CPUs where that is more; and all CPUs."""
    most = max(64, 4 * n_cpus)
    return sorted({n_cpus, *(1 << i for i in range(most.bit_length()))})
