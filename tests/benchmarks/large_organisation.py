"""The large sample organisation, loaded once for all subjects that start from its warehouse."""

import multiprocessing
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb
import psutil

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import load
from figma_warehouse.sandbox import SampleOrganisation, serve
from figma_warehouse.settings import FigmaSettings, prepare_dlt
from tests.benchmarks.promises import say


@dataclass(frozen=True)
class FirstLoad:
    """What the first load took, seconds: on the clock, of processors by itself, and by the sandbox that it asked."""

    data: DataDir
    clock: float
    cpu: float
    sandbox_cpu: float


def large_sample() -> SampleOrganisation:
    """Return 115 files of 1.7 million nodes in all."""
    return SampleOrganisation(weeks=1, scale=True)


def settings_for(base_url: str, organisation: SampleOrganisation) -> FigmaSettings:
    """Return settings that point at the served organisation."""
    settings = FigmaSettings()
    settings.figma_token, settings.base_url, settings.teams = organisation.token, base_url, organisation.team_ids
    return settings


@cache
def first_load(folder: Path) -> FirstLoad:
    """Load the large sample organisation, from a sandbox that is a process of its own."""
    data = DataDir(folder / "large")
    prepare_dlt(data)
    with _sandbox() as (base_url, sandbox):
        served, own, began = _cpu(sandbox), _cpu(psutil.Process()), time.perf_counter()
        report = load(settings_for(base_url, large_sample()), data)
        clock = time.perf_counter() - began
        taken = FirstLoad(data, clock, _cpu(psutil.Process()) - own, _cpu(sandbox) - served)
    say(f"  first load: {report.files_loaded} files, {report.nodes_loaded:,} nodes, {clock:.1f} s")
    return taken


def nodes_of(data: DataDir) -> int:
    """Return how many nodes are loaded."""
    with duckdb.connect(str(data.build), read_only=True) as connection:
        (nodes,) = connection.sql("select count(*) from figma.nodes").fetchone() or (0,)
    return int(nodes)


@contextmanager
def _sandbox() -> Iterator[tuple[str, psutil.Process]]:
    """Serve the large sample organisation; hand over its address and the process."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,), daemon=True)
    process.start()
    yield here.recv(), psutil.Process(process.pid)
    here.send("enough")
    process.join()


def _serve(told: Connection) -> None:
    with serve(large_sample()) as server:
        told.send(server.base_url)
        told.recv()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
