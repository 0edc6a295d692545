"""A soak test: a first load of thousands of small files, killed on its way. Its memory must stay flat."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from tests.chaos.baseline import settings_for
from tests.chaos.compare_builds import stored_versions
from tests.chaos.processes import Command
from tests.chaos.trials import MAX_REPEATED

NODES = 40
QUARTERS = 4
# the most memory that the last quarter of a run may take, in terms of the first
MAX_MEMORY_GROWTH = 1.25


@dataclass
class SoakRun:
    """One process: its exit code, the documents it was sent, and its peak memory in each quarter of them (MB)."""

    exit_code: int = 0
    documents: int = 0
    seconds: float = 0.0
    peaks: list[float] = field(default_factory=lambda: [0.0] * QUARTERS)


def soak(folder: Path, files: int, kills: int, print_line: Callable[[str], None]) -> bool:
    """Load so many files, and kill the first runs. Prints each run, and returns whether all promises held."""
    organisation = SampleOrganisation(week=0, sizes=(NODES,) * (files - 2))
    data, runs = DataDir(folder / "data"), []
    with serve(organisation) as server:
        for number in range(kills + 1):
            remaining = files - len(stored_versions(data.build))
            kill_after = remaining // (kills + 1 - number) if number < kills else None
            runs.append(_run(server, data, folder / f"run-{number}.log", remaining, kill_after))
            print_line(_describe(runs[-1]))
    stored, sent = len(stored_versions(data.build)), sum(run.documents for run in runs)
    peaks = runs[-1].peaks
    print_line(
        f"{stored:,} of {files:,} files stored · {sent:,} documents sent, {sent - files} more than there are files"
    )
    print_line(f"peak memory of the last quarter: {peaks[-1] / peaks[0]:.2f} times that of the first")
    repeats_little = files <= sent <= files + kills * MAX_REPEATED
    return stored == files and repeats_little and runs[-1].exit_code == 0 and peaks[-1] <= MAX_MEMORY_GROWTH * peaks[0]


def _run(server: Server, data: DataDir, output: Path, remaining: int, kill_after: int | None) -> SoakRun:
    server.reset_requests()
    data.root.mkdir(parents=True, exist_ok=True)
    run, started = SoakRun(), time.monotonic()
    process = Command("load", data, settings_for(server), output).start()
    while process.is_alive():
        process.join(0.05)
        run.documents = server.spent[1]
        quarter = min(QUARTERS - 1, QUARTERS * run.documents // max(1, kill_after or remaining))
        run.peaks[quarter] = max(run.peaks[quarter], _memory(process))
        if kill_after is not None and run.documents >= kill_after:
            process.kill()
    process.join()
    run.documents, run.seconds, run.exit_code = server.spent[1], time.monotonic() - started, process.exitcode or 0
    return run


def _memory(process: BaseProcess) -> float:
    try:
        return float(psutil.Process(process.pid).memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0


def _describe(run: SoakRun) -> str:
    peaks = " ".join(f"{peak:,.0f}" for peak in run.peaks)
    ended = "killed" if run.exit_code == -9 else f"exit {run.exit_code}"
    return f"{ended:8} {run.documents:5,} documents  {run.seconds:6,.0f} s  peak by quarter {peaks} MB"
