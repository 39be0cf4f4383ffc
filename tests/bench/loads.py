# SPDX-License-Identifier: BSD-2-Clause
"""How packets come out among threads with a hasher. That is the hash's doing, not that of time or of CPUs, so it is
looked at once, and for more threads than there are CPUs too."""
import model
from programs import FILE, BenchError, Program, command_line, run

OPTIONS = ("-b", "-v")
N_SHOWN = 8  # threads, of which a table has each one's share


def measure(folder, path, n_cpus):
    """Threads, as text, which JSON's keys are -> packets of each of them."""
    found = {}
    for n in model.worker_counts(n_cpus):
        if n > 1:
            program = Program("load", ("weir_count", "-n", str(n), *OPTIONS, FILE))
            found[str(n)] = [int(word) for word in run(command_line(folder, program, path))[1].split()]
            if len(found[str(n)]) != n:
                raise BenchError(f"packets of {len(found[str(n)])} threads, not of {n}")
    return found


def rows(loads):
    """Of a table: shares in percent; the busiest one's times the even share."""
    yield ("threads", "busiest %", "even %", "x even", "each, %")
    for n, packets in loads.items():
        shares = sorted((100 * one / sum(packets) for one in packets), reverse=True)
        yield (n, f"{shares[0]:.1f}", f"{100 / len(packets):.1f}", f"{shares[0] * len(packets) / 100:.2f}",
               " ".join(f"{share:.1f}" for share in shares) if len(packets) <= N_SHOWN else "")
