"""How much of the processors a load without rate limits uses, together with the sandbox that serves it."""

import os
from pathlib import Path

from tests.benchmarks.large_organisation import count_nodes, first_load
from tests.benchmarks.targets import Target

CORES = 2
MIN_BUSY = 0.9


def measure_cores(folder: Path) -> list[Target]:
    """Compare the processor time of a first load of the large sample organisation with its time on the clock."""
    if (cores := os.cpu_count() or 0) != CORES:
        raise SystemExit(f"the target is for {CORES} processor cores; this machine has {cores}")
    first = first_load(folder)
    busy = (first.cpu + first.sandbox_cpu) / first.clock / CORES
    what = f"first load of {count_nodes(first.data):,} nodes"
    ours = f"{first.cpu:.0f} s + sandbox {first.sandbox_cpu:.0f} s"
    return [
        Target(
            f"{what}: processors", ours, f"{first.clock:.0f} s", f"{busy:.0%} busy", f"{MIN_BUSY:.0%}", busy >= MIN_BUSY
        )
    ]
