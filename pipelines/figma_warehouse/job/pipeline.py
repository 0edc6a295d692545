"""The dlt pipeline of the job: opening it, and storing tables with it."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow as pa
from dlt.common.configuration.utils import get_resolved_traces
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import WarehouseError, is_damaged
from figma_warehouse.files import replacing
from figma_warehouse.job.build_file import check_build, open_build
from figma_warehouse.job.pending import finish_pending, record_waiting
from figma_warehouse.logs import LOG
from figma_warehouse.source.documents.flatten import Tables, concat_tables
from figma_warehouse.source.figma import declared_tables, given_tables
from figma_warehouse.source.resources import SETTLING_TABLES
from figma_warehouse.source.schema import TABLES

PIPELINE = "figma"
# data that is not checkpointed stays in memory, and dlt's own threshold is a gigabyte; load files are read once
PRAGMAS = ("checkpoint_threshold='16MB'", "enable_external_file_cache=false")


@contextmanager
def open_pipeline(data: DataDir) -> Iterator[dlt.Pipeline]:
    """Open the pipeline `figma` into the build file, with one connection for the whole block.

    Raises UsageFailure if a newer version wrote the file.
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
        # the trace grows by the jobs and schemas of each step and is written out at each step; nobody reads it
        pipeline.config.enable_runtime_trace = False
        yield pipeline


@contextmanager
def ready_pipeline(data: DataDir) -> Iterator[dlt.Pipeline]:
    """Open the pipeline as `open_pipeline` does. No package is pending, and all tables exist.

    If the build file is lost or damaged, it starts as a copy of the published file, which lacks only later loads.
    """
    replace_damaged_build(data)
    _restore_lost_build(data)
    finish_pending(data.dlt / "pipelines" / PIPELINE, lambda: open_pipeline(data))
    with open_pipeline(data) as pipeline:
        _ensure_tables(pipeline)
        yield pipeline


def store_tables(pipeline: dlt.Pipeline, batch: Sequence[Tables]) -> None:
    """Store tables. Those that mark a file as done come last."""
    tables = concat_tables(batch)
    for is_settling in (False, True):
        part = {name: table for name, table in tables.items() if (name in SETTLING_TABLES) == is_settling}
        if part:
            pipeline.extract(given_tables(part))
    if pipeline.has_pending_data:
        store_extracted(pipeline)


def store_extracted(pipeline: dlt.Pipeline) -> None:
    """Store the extracted packages. Unused memory of Arrow goes back to the system first.

    dlt traces each setting it resolves. The trace is cleared here, since dlt clears it only if its runtime trace is on.
    """
    pa.default_memory_pool().release_unused()
    pipeline.normalize()
    record_waiting(Path(pipeline.working_dir))
    pipeline.load()
    get_resolved_traces().clear()


def replace_damaged_build(data: DataDir, found: BaseException | None = None) -> bool:
    """Move a build file away that is damaged, so that it is restored. Return whether it was.

    `found` is an error that says so; without one, the file is opened, which finds only some damages. The file stays if
    the published file cannot take its place.
    """
    if not data.build.exists() or not _opens(data.published):
        return False
    try:
        if found is None:
            check_build(data)
    except (duckdb.Error, WarehouseError) as error:
        found = error
    if not is_damaged(found):
        return False
    LOG.warning("%s is damaged: it is kept as %s", data.build, data.damaged)
    data.build.replace(data.damaged)
    return True


def _opens(path: Path) -> bool:
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            connection.execute("select 1 from figma.runs limit 1")
    except duckdb.Error:
        return False
    return True


def _restore_lost_build(data: DataDir) -> None:
    if data.build.exists() or not data.published.exists():
        return
    LOG.warning("%s is lost: it starts again as a copy of %s", data.build, data.published)
    data.build.with_name(f"{data.build.name}.wal").unlink(missing_ok=True)
    with replacing(data.build, temporary=data.build.with_suffix(".restoring")) as copy:
        shutil.copyfile(data.published, copy)


def _ensure_tables(pipeline: dlt.Pipeline) -> None:
    """Create missing tables and columns, so that the models find all of them at the first run."""
    if not pipeline.default_schema_name:
        pipeline.sync_destination()
    existing: dict[str, Any] = dict(pipeline.default_schema.tables) if pipeline.default_schema_name else {}
    columns = {name: set(table["columns"]) for name, table in existing.items()}
    missing = [name for name, table in TABLES.items() if not columns.get(name, set()).issuperset(table.schema.names)]
    if missing:
        with pipeline.sql_client() as client:
            declared = declared_tables(missing, client.capabilities)
        pipeline.extract(declared)
        pipeline.normalize()
        pipeline.sync_schema()
        pipeline.load()
