"""A refresh without changes: its time, and the requests that it spends."""

import time
from pathlib import Path

from figma_warehouse.job.load import load
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.sandbox import serve
from tests.benchmarks.large_organisation import first_load, large_sample, settings_for
from tests.benchmarks.targets import Target, print_line

SECONDS_PER_100_FILES = 5.0
FEWEST_FILES = 100


def measure_refresh(folder: Path) -> list[Target]:
    """Load the large sample organisation once more, without changes."""
    data, organisation = first_load(folder).data, large_sample()
    with serve(organisation) as server:
        started = time.perf_counter()
        report = load(settings_for(server.base_url, organisation), data)
        seconds = time.perf_counter() - started
        spent = server.spent
    print_line(f"  refresh: {report.files_unchanged} files unchanged, {seconds:.2f} s, requests by tier {spent}")
    return _targets(report, seconds, spent)


def _targets(report: LoadReport, seconds: float, spent: dict[int, int]) -> list[Target]:
    files = report.files_unchanged
    if files < FEWEST_FILES or report.files_loaded:
        raise SystemExit(f"not a refresh of {FEWEST_FILES} unchanged files: {report}")
    what = f"refresh of {files} unchanged files"
    allowed = SECONDS_PER_100_FILES * files / 100
    return [
        Target(f"{what}: time", f"{seconds:.2f} s", "", "", f"under {allowed:.1f} s", seconds < allowed),
        Target(f"{what}: tier-1 requests", str(spent[1]), "", "", "none", spent[1] == 0),
    ]
