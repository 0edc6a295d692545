"""All models on the large sample organisation: time by model, and the memory of dbt's process."""

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
from tests.benchmarks.organisation import first_load, nodes_of
from tests.benchmarks.promises import Promise, say

SECONDS = 60
GIGABYTES = 4.0
SAID = 15


def measure_models(folder: Path) -> list[Promise]:
    """Build every model, without the tests on their data: as after a first load, and after years of weekly ones."""
    data = first_load(folder).data
    grown = DataDir(folder / "grown")
    grown.make()
    shutil.copy(data.build, grown.build)
    promises = _measure_build(data, f"all models on {nodes_of(data):,} nodes")
    say(f"  {YEARS} years later: {add_history(grown)}")
    return promises + _measure_build(grown, f"all models {YEARS} years later")


def _measure_build(data: DataDir, what: str) -> list[Promise]:
    # a process knows the peak of all children it ever had: in a new one that is dbt's alone
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        seconds, gigabytes = pool.submit(_build, data).result()
    _say_models(data)
    most = f"under {GIGABYTES:.0f} GB"
    return [
        Promise(f"{what}: time", f"{seconds:.1f} s", "", "", f"under {SECONDS} s", seconds < SECONDS),
        Promise(f"{what}: peak memory", f"{gigabytes:.1f} GB", "", "", most, gigabytes < GIGABYTES),
    ]


def _build(data: DataDir) -> tuple[float, float]:
    """Build all models; return the seconds and the peak of memory in gigabytes."""
    started = time.perf_counter()
    result = run_dbt(data, "run")
    seconds = time.perf_counter() - started
    if result.returncode:
        raise SystemExit(f"the models could not be built:\n{result.stdout[-4000:]}")
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9


def _say_models(data: DataDir) -> None:
    results = json.loads((data.dbt / "run_results.json").read_text())["results"]
    timed = sorted(((one["execution_time"], one["unique_id"].rsplit(".")[-1]) for one in results), reverse=True)
    for seconds, name in timed[:SAID]:
        say(f"  {name:28} {seconds:6.2f} s")
    say(f"  {len(timed) - SAID} more {sum(seconds for seconds, _ in timed[SAID:]):21.2f} s")
