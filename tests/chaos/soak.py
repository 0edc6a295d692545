"""A first load of thousands of small files, killed on its way: what it costs, and whether memory stays flat."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from tests.chaos.processes import Command
from tests.chaos.tables import committed
from tests.chaos.trials import AT_MOST_LOST
from tests.chaos.village import settings_of

NODES = 40
STEPS = 4
# how much more memory the last quarter of a run may take than its first
FLAT = 1.25


@dataclass
class SoakedRun:
    """One process: how it ended, the documents it was sent, and the peak of its memory in each quarter of them (MB)."""

    exit_code: int = 0
    documents: int = 0
    seconds: float = 0.0
    peaks: list[float] = field(default_factory=lambda: [0.0] * STEPS)


def soak(folder: Path, files: int, kills: int, tell: Callable[[str], None]) -> bool:
    """Load so many files in runs of which the first ones are killed; tell each run, and whether all of it held."""
    organisation = SampleOrganisation(week=0, sizes=(NODES,) * (files - 2))
    data, runs = DataDir(folder / "data"), []
    with serve(organisation) as server:
        for number in range(kills + 1):
            left = files - len(committed(data.build))
            kill_after = left // (kills + 1 - number) if number < kills else None
            runs.append(_run(server, data, folder / f"run-{number}.log", left, kill_after))
            tell(_words(runs[-1]))
    stored, sent = len(committed(data.build)), sum(run.documents for run in runs)
    peaks = runs[-1].peaks
    tell(f"{stored:,} of {files:,} files stored · {sent:,} documents sent, {sent - files} more than there are files")
    tell(f"memory in the last quarter: {peaks[-1] / peaks[0]:.2f} times that of the first")
    is_thrifty = files <= sent <= files + kills * AT_MOST_LOST
    return stored == files and is_thrifty and runs[-1].exit_code == 0 and peaks[-1] <= FLAT * peaks[0]


def _run(server: Server, data: DataDir, output: Path, left: int, kill_after: int | None) -> SoakedRun:
    server.reset_requests()
    data.root.mkdir(parents=True, exist_ok=True)
    run, began = SoakedRun(), time.monotonic()
    process = Command("load", data, settings_of(server), output).start()
    while process.is_alive():
        process.join(0.05)
        run.documents = server.spent[1]
        quarter = min(STEPS - 1, STEPS * run.documents // max(1, kill_after or left))
        run.peaks[quarter] = max(run.peaks[quarter], _memory(process))
        if kill_after is not None and run.documents >= kill_after:
            process.kill()
    process.join()
    run.documents, run.seconds, run.exit_code = server.spent[1], time.monotonic() - began, process.exitcode or 0
    return run


def _memory(process: BaseProcess) -> float:
    try:
        return float(psutil.Process(process.pid).memory_info().rss) / 1e6
    except psutil.Error:
        return 0.0


def _words(run: SoakedRun) -> str:
    peaks = " ".join(f"{peak:,.0f}" for peak in run.peaks)
    ended = "killed" if run.exit_code == -9 else f"exit {run.exit_code}"
    return f"{ended:8} {run.documents:5,} documents  {run.seconds:6,.0f} s  peak by quarter {peaks} MB"
