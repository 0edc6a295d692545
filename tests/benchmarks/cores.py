"""How much of the processors a load at unlimited budget uses, beside the sandbox that it asks."""

import os
from pathlib import Path

from tests.benchmarks.organisation import first_load, nodes_of
from tests.benchmarks.promises import Promise

CORES = 2
LEAST = 0.9


def measure_cores(folder: Path) -> list[Promise]:
    """Hold the processor time of a first load of the large sample organisation against its time on the clock."""
    if (there := os.cpu_count() or 0) != CORES:
        raise SystemExit(f"the promise is about {CORES} processor cores; this machine has {there}")
    taken = first_load(folder)
    busy = (taken.cpu + taken.sandbox_cpu) / taken.clock / CORES
    what = f"first load of {nodes_of(taken.data):,} nodes"
    ours = f"{taken.cpu:.0f} s + sandbox {taken.sandbox_cpu:.0f} s"
    return [
        Promise(f"{what}: processors", ours, f"{taken.clock:.0f} s", f"{busy:.0%} busy", f"{LEAST:.0%}", busy >= LEAST)
    ]
