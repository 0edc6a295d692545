"""All models on the large sample organisation: the time of each, and the memory of dbt's process."""

import json
import multiprocessing
import resource
import shutil
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import run_dbt
from tests.benchmarks.history import YEARS, add_history
from tests.benchmarks.large_organisation import count_nodes, first_load
from tests.benchmarks.targets import Target, print_line

SECONDS = 60
GIGABYTES = 4.0
PRINTED_MODELS = 15


def measure_models(folder: Path) -> list[Target]:
    """Build every model without the data tests: as after a first load, and as after years of weekly loads."""
    data = first_load(folder).data
    grown = DataDir(folder / "grown")
    grown.make()
    shutil.copy(data.build, grown.build)
    targets = _measure_build(data, f"all models on {count_nodes(data):,} nodes")
    print_line(f"  {YEARS} years later: {add_history(grown)}")
    return targets + _measure_build(grown, f"all models {YEARS} years later")


def _measure_build(data: DataDir, what: str) -> list[Target]:
    # a process has the peak of all its children so far: in a new process it is that of dbt alone
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        seconds, gigabytes = pool.submit(_build, data).result()
    _print_models(data)
    most = f"under {GIGABYTES:.0f} GB"
    return [
        Target(f"{what}: time", f"{seconds:.1f} s", "", "", f"under {SECONDS} s", seconds < SECONDS),
        Target(f"{what}: peak memory", f"{gigabytes:.1f} GB", "", "", most, gigabytes < GIGABYTES),
    ]


def _build(data: DataDir) -> tuple[float, float]:
    """Build all models. Returns the seconds, and the peak memory in gigabytes."""
    started = time.perf_counter()
    result = run_dbt(data, "run")
    seconds = time.perf_counter() - started
    if result.returncode:
        raise SystemExit(f"the models could not be built:\n{result.stdout[-4000:]}")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9


def _print_models(data: DataDir) -> None:
    results = json.loads((data.dbt / "run_results.json").read_text())["results"]
    timed = sorted(((one["execution_time"], one["unique_id"].rsplit(".")[-1]) for one in results), reverse=True)
    for seconds, name in timed[:PRINTED_MODELS]:
        print_line(f"  {name:28} {seconds:6.2f} s")
    print_line(f"  {len(timed) - PRINTED_MODELS} more {sum(seconds for seconds, _ in timed[PRINTED_MODELS:]):21.2f} s")
