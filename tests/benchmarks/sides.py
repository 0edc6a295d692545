"""One load in a process of its own: `python -m tests.benchmarks.sides ours|baseline FOLDER DOCUMENT [FIRST]`.

Both sides get the same bytes in memory and write a new DuckDB file. What is timed runs from those bytes to the loaded
tables, JSON decoding included. A small document FIRST goes into a warehouse of its own before that: imports, and all
that a process does once, are timed on neither side. Prints a Measured as JSON. Memory is that of the whole process.
"""

import json
import resource
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import dlt
import duckdb
import msgspec

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.pipeline import open_pipeline, store_extracted
from figma_warehouse.settings import prepare_dlt
from figma_warehouse.source.addresses import Scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.endpoints import FILE_META, EndpointPath
from figma_warehouse.source.figma import figma_refresh
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import NODE_TABLES
from tests.benchmarks.facts import NODE_IDS, Facts

T = TypeVar("T")

FILE_KEY = "benchmark0000000000000"
META = {"file": {"name": "Measured", "version": "1", "last_touched_at": "2026-01-01T00:00:00Z"}}


class Measured(msgspec.Struct):
    """What a load took; megabytes are 10^6 bytes of the process, `base_mb` after imports with the body in memory."""

    seconds: float
    base_mb: float
    peak_mb: float
    facts: Facts


class AtHand(FigmaClient):
    """The API of one file whose answer is in memory: everything but HTTP is what a real load does."""

    def __init__(self, body: bytes) -> None:
        super().__init__("unused", "http://127.0.0.1")
        self._body = body

    def fetch(self, at: EndpointPath, read: Callable[[bytes], T], **params: Any) -> T:  # noqa: ARG002
        """Return the document, or the metadata that stands for the listing."""
        return read(json.dumps(META).encode() if at.endpoint is FILE_META else self._body)

    def pages_by_link(self, at: EndpointPath, **params: Any) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        """Yield no version history."""
        yield from ()


def load_ours(body: bytes, folder: Path) -> float:
    """Load as the job loads a changed file: decode, flatten, hash, merge. Return the seconds it took.

    Both sides store the same facts, the document's: snapshots and outcomes, which the baseline lacks, are left out.
    """
    refresh = Refresh(AtHand(body), Scope(files=(FILE_KEY,)))
    content = figma_refresh(refresh).with_resources("documents", *NODE_TABLES)

    def store(pipeline: dlt.Pipeline) -> None:
        pipeline.extract(content)
        store_extracted(pipeline)

    with open_pipeline(DataDir(folder)) as pipeline:
        return _seconds(pipeline, store)


def load_baseline(body: bytes, folder: Path) -> float:
    """Load as dlt's documentation has it: yield the dict, let dlt normalise it into child tables.

    Every setting is dlt's own. A file that changed replaces its rows, on both sides: here by `merge` on its key.
    """

    @dlt.resource(write_disposition="merge", primary_key="file_key")
    def files() -> Iterator[dict[str, Any]]:
        yield json.loads(body) | {"file_key": FILE_KEY}

    folder.mkdir()
    pipeline = dlt.pipeline(
        "figma",
        destination=dlt.destinations.duckdb(str(folder / "build.duckdb")),
        dataset_name="figma",
        pipelines_dir=str(folder / "dlt"),
    )
    return _seconds(pipeline, lambda pipeline: pipeline.run(files()))


def _seconds(pipeline: dlt.Pipeline, work: Callable[[dlt.Pipeline], object]) -> float:
    """Extract, normalise and load; opening, looking for stored state and closing is not part of it on either side."""
    pipeline.sync_destination()
    started = time.perf_counter()
    work(pipeline)
    return time.perf_counter() - started


SIDES = {"ours": load_ours, "baseline": load_baseline}


def main(side: str, folder: str, document: str, first: str | None = None) -> None:
    """Run one side and print what was measured."""
    prepare_dlt(DataDir(Path(folder)))
    body = Path(document).read_bytes()
    base = _peak_mb()
    if first:
        SIDES[side](Path(first).read_bytes(), Path(folder) / "first")
    measured = Path(folder) / "measured"
    seconds, peak = SIDES[side](body, measured), _peak_mb()
    with duckdb.connect(str(measured / "build.duckdb"), read_only=True) as connection:
        facts = NODE_IDS[side](connection)
    sys.stdout.write(msgspec.json.encode(Measured(seconds, base, peak, facts)).decode())


def _peak_mb() -> float:
    """Return the peak of this process; Linux's ru_maxrss would be at least that of the parent that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024 / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
