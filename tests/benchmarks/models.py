"""All models on the large sample organisation: time by model, and the memory of dbt's process."""

import json
import resource
import time
from pathlib import Path

from pipelines.loading import load
from pipelines.sandbox import SampleOrganisation, serve
from pipelines.settings import DataDir, FigmaSettings, prepare_dlt
from pipelines.transform import run_dbt
from tests.benchmarks.promises import Promise, say

SECONDS = 60
GIGABYTES = 4.0
SAID = 15


def measure_models(folder: Path) -> list[Promise]:
    """Load the large sample organisation once, then build every model, without the tests on their data."""
    data = DataDir(folder / "models")
    nodes = _load(data)
    started = time.perf_counter()
    result = run_dbt(data, "run")
    seconds = time.perf_counter() - started
    if result.returncode:
        raise SystemExit(f"the models could not be built:\n{result.stdout[-4000:]}")
    gigabytes = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    _say_models(data)
    what, most = f"all models on {nodes:,} nodes", f"under {GIGABYTES:.0f} GB"
    return [
        Promise(f"{what}: time", f"{seconds:.1f} s", "", "", f"under {SECONDS} s", seconds < SECONDS),
        Promise(f"{what}: peak memory", f"{gigabytes:.1f} GB", "", "", most, gigabytes < GIGABYTES),
    ]


def _load(data: DataDir) -> int:
    organisation = SampleOrganisation(weeks=1, scale=True)
    prepare_dlt(data)
    with serve(organisation) as server:
        settings = FigmaSettings()
        settings.figma_token, settings.base_url = organisation.token, server.base_url
        settings.teams = organisation.team_ids
        return load(settings, data).nodes_loaded


def _say_models(data: DataDir) -> None:
    results = json.loads((data.dbt / "run_results.json").read_text())["results"]
    timed = sorted(((one["execution_time"], one["unique_id"].rsplit(".")[-1]) for one in results), reverse=True)
    for seconds, name in timed[:SAID]:
        say(f"  {name:28} {seconds:6.2f} s")
    say(f"  {len(timed) - SAID} more {sum(seconds for seconds, _ in timed[SAID:]):21.2f} s")
