"""A refresh with nothing changed: its time beside the start-up, and what it spends of the API's budget."""

import time
from pathlib import Path

from figma_warehouse.job.load import load
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.sandbox import serve
from tests.benchmarks.organisation import first_load, large_sample, settings_for
from tests.benchmarks.promises import Promise, say

SECONDS_PER_100_FILES = 5.0
FEWEST_FILES = 100


def measure_refresh(folder: Path) -> list[Promise]:
    """Load the large sample organisation once more, with nothing changed."""
    data, organisation = first_load(folder).data, large_sample()
    with serve(organisation) as server:
        began = time.perf_counter()
        report = load(settings_for(server.base_url, organisation), data)
        seconds = time.perf_counter() - began
        spent = server.spent
    say(f"  refresh: {report.files_unchanged} files unchanged, {seconds:.2f} s, requests by tier {spent}")
    return _promises(report, seconds, spent)


def _promises(report: LoadReport, seconds: float, spent: dict[int, int]) -> list[Promise]:
    files = report.files_unchanged
    if files < FEWEST_FILES or report.files_loaded:
        raise SystemExit(f"no refresh of {FEWEST_FILES} unchanged files: {report}")
    what = f"refresh of {files} unchanged files"
    allowed = SECONDS_PER_100_FILES * files / 100
    return [
        Promise(f"{what}: time", f"{seconds:.2f} s", "", "", f"under {allowed:.1f} s", seconds < allowed),
        Promise(f"{what}: tier-1 requests", str(spent[1]), "", "", "none", spent[1] == 0),
    ]
