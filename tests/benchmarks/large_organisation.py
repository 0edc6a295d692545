"""The large sample organisation, loaded once for all benchmarks that start from its warehouse."""

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
from figma_warehouse.environment import prepare_dlt
from figma_warehouse.job.load import load
from figma_warehouse.sandbox import SampleOrganisation, serve
from figma_warehouse.settings import FigmaSettings
from tests.benchmarks.targets import print_line


@dataclass(frozen=True)
class FirstLoad:
    """Seconds of the first load: on the clock, of its own processor time, and of the processor time of the sandbox."""

    data: DataDir
    clock: float
    cpu: float
    sandbox_cpu: float


def large_sample() -> SampleOrganisation:
    """Return an organisation with 115 files of 1.7 million nodes in all."""
    return SampleOrganisation(weeks=1, scale=True)


def settings_for(base_url: str, organisation: SampleOrganisation) -> FigmaSettings:
    """Return settings that point at the served organisation."""
    settings = FigmaSettings()
    settings.figma_token, settings.base_url, settings.teams = organisation.token, base_url, organisation.team_ids
    return settings


@cache
def first_load(folder: Path) -> FirstLoad:
    """Load the large sample organisation from a sandbox in a process of its own."""
    data = DataDir(folder / "large")
    prepare_dlt(data)
    with _sandbox() as (base_url, sandbox):
        sandbox_before, own_before, started = _cpu(sandbox), _cpu(psutil.Process()), time.perf_counter()
        report = load(settings_for(base_url, large_sample()), data)
        clock = time.perf_counter() - started
        first = FirstLoad(data, clock, _cpu(psutil.Process()) - own_before, _cpu(sandbox) - sandbox_before)
    print_line(f"  first load: {report.files_loaded} files, {report.nodes_loaded:,} nodes, {clock:.1f} s")
    return first


def count_nodes(data: DataDir) -> int:
    """Return how many nodes are loaded."""
    with duckdb.connect(str(data.build), read_only=True) as connection:
        (nodes,) = connection.sql("select count(*) from figma.nodes").fetchone() or (0,)
    return int(nodes)


@contextmanager
def _sandbox() -> Iterator[tuple[str, psutil.Process]]:
    """Serve the large sample organisation. Yields its address and the process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    yield ours.recv(), psutil.Process(process.pid)
    ours.send("stop")
    process.join()


def _serve(connection: Connection) -> None:
    with serve(large_sample()) as server:
        connection.send(server.base_url)
        connection.recv()


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
