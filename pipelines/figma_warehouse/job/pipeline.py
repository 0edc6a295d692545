"""The dlt pipeline of the job: how it is opened, and how tables are stored with it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.configuration.utils import get_resolved_traces
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.build_file import open_build
from figma_warehouse.job.pending import finish_pending, note_waiting
from figma_warehouse.logs import LOG
from figma_warehouse.source.documents.flatten import Tables, concat_tables
from figma_warehouse.source.figma import declared_tables, given_tables
from figma_warehouse.source.resources import SETTLING_TABLES
from figma_warehouse.source.schema import TABLES

PIPELINE = "figma"
# what is not checkpointed stays in memory, and dlt lets a gigabyte accumulate; load files are read once
PRAGMAS = ("checkpoint_threshold='16MB'", "enable_external_file_cache=false")


@contextmanager
def open_pipeline(data: DataDir) -> Iterator[dlt.Pipeline]:
    """Give the pipeline `figma` into the build file, on one connection for as long as the block runs.

    Raises UsageFailure where a newer version wrote that file.
    """
    data.make()
    with open_build(data) as connection:
        credentials = DuckDbCredentials(connection, pragmas=list(PRAGMAS))
        credentials.resolve()
        pipeline = dlt.pipeline(
            PIPELINE,
            destination=dlt.destinations.duckdb(credentials),
            dataset_name="figma",
            pipelines_dir=str(data.dlt / "pipelines"),
        )
        # of each step dlt keeps its jobs and schemas, and writes all of them down at the next: nobody reads that
        pipeline.config.enable_runtime_trace = False
        yield pipeline


@contextmanager
def ready_pipeline(data: DataDir) -> Iterator[dlt.Pipeline]:
    """Give the pipeline as `open_pipeline` does, with nothing pending from an earlier run and all tables there.

    A build file that is lost begins anew as a copy of the published one, which holds all history but that since.
    """
    _restore_lost_build(data)
    finish_pending(data.dlt / "pipelines" / PIPELINE, lambda: open_pipeline(data))
    with open_pipeline(data) as pipeline:
        _ensure_tables(pipeline)
        yield pipeline


def store_tables(pipeline: dlt.Pipeline, batch: Sequence[Tables]) -> None:
    """Store tables that are at hand, those that settle a file last."""
    tables = concat_tables(batch)
    for is_settling in (False, True):
        part = {name: table for name, table in tables.items() if (name in SETTLING_TABLES) == is_settling}
        if part:
            pipeline.extract(given_tables(part))
    if pipeline.has_pending_data:
        store_extracted(pipeline)


def store_extracted(pipeline: dlt.Pipeline) -> None:
    """Store what is extracted; the memory that Arrow took for it goes back to the system first.

    What dlt has noted of each setting it looked up is forgotten after: without a trace nothing else does that.
    """
    pa.default_memory_pool().release_unused()
    pipeline.normalize()
    note_waiting(Path(pipeline.working_dir))
    pipeline.load()
    get_resolved_traces().clear()


def _restore_lost_build(data: DataDir) -> None:
    if data.build.exists() or not data.published.exists():
        return
    LOG.warning("%s is lost: it begins anew from %s", data.build, data.published)
    data.build.with_name(f"{data.build.name}.wal").unlink(missing_ok=True)
    copy = data.build.with_suffix(".restoring")
    shutil.copyfile(data.published, copy)
    copy.replace(data.build)


def _ensure_tables(pipeline: dlt.Pipeline) -> None:
    """Create the tables and columns that are not there yet, so that the models find all of them on the first day."""
    if not pipeline.default_schema_name:
        pipeline.sync_destination()
    there: dict[str, Any] = dict(pipeline.default_schema.tables) if pipeline.default_schema_name else {}
    columns = {name: set(table["columns"]) for name, table in there.items()}
    missing = [name for name, table in TABLES.items() if not columns.get(name, set()).issuperset(table.schema.names)]
    if missing:
        with pipeline.sql_client() as client:
            declared = declared_tables(missing, client.capabilities)
        pipeline.extract(declared)
        pipeline.normalize()
        pipeline.sync_schema()
        pipeline.load()
