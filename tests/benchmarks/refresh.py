"""A refresh with nothing changed: its time beside the start-up, and what it spends of the API's budget."""

import time
from pathlib import Path

from pipelines.loading import load
from pipelines.runs import LoadReport
from pipelines.sandbox import SampleOrganisation, serve
from pipelines.settings import DataDir, FigmaSettings, prepare_dlt
from tests.benchmarks.promises import Promise, say

SECONDS_PER_100_FILES = 5.0
FEWEST_FILES = 100


def measure_refresh(folder: Path) -> list[Promise]:
    """Load the large sample organisation once, then again with nothing changed."""
    organisation = SampleOrganisation(weeks=1, scale=True)
    data = DataDir(folder / "refresh")
    prepare_dlt(data)
    with serve(organisation) as server:
        settings = FigmaSettings()
        settings.figma_token, settings.base_url = organisation.token, server.base_url
        settings.teams = organisation.team_ids
        first, seconds = _timed_load(settings, data)
        say(f"  first load: {first.files_loaded} files, {first.nodes_loaded:,} nodes, {seconds:.1f} s, {server.spent}")
        server.reset_requests()
        again, seconds = _timed_load(settings, data)
        spent = server.spent
    say(f"  refresh: {again.files_unchanged} files unchanged, {seconds:.2f} s, requests by tier {spent}")
    return _promises(first, again, seconds, spent)


def _timed_load(settings: FigmaSettings, data: DataDir) -> tuple[LoadReport, float]:
    started = time.perf_counter()
    report = load(settings, data)
    return report, time.perf_counter() - started


def _promises(first: LoadReport, again: LoadReport, seconds: float, spent: dict[int, int]) -> list[Promise]:
    files = again.files_unchanged
    if files < FEWEST_FILES or files != first.files_loaded or again.files_loaded:
        raise SystemExit(f"no refresh of {FEWEST_FILES} unchanged files: {first}, then {again}")
    what = f"refresh of {files} unchanged files"
    allowed = SECONDS_PER_100_FILES * files / 100
    return [
        Promise(f"{what}: time", f"{seconds:.2f} s", "", "", f"under {allowed:.1f} s", seconds < allowed),
        Promise(f"{what}: tier-1 requests", str(spent[1]), "", "", "none", spent[1] == 0),
    ]
