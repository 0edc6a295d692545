"""The load: what is pending first, then the listings, then changed files in batches, each stored before the next."""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.configuration.utils import get_resolved_traces
from dlt.common.storages import LoadStorage, NormalizeStorage, PackageStorage, ParsedLoadJobFileName
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from pipelines.build_file import open_build
from pipelines.failures import explain
from pipelines.figma import FILE_CONTENT, LIBRARY, LISTING, PICTURES, declared_tables, figma_refresh, given_tables
from pipelines.figma.archive import NotArchived
from pipelines.figma.client import FigmaClient, Meter
from pipelines.figma.documents import Loaded, as_table
from pipelines.figma.flatten import Tables, together
from pipelines.figma.halting import Halt
from pipelines.figma.images import picture_tables
from pipelines.figma.imaging import Imaging
from pipelines.figma.known import read_known
from pipelines.figma.library_usages import library_usage_tables
from pipelines.figma.refresh import Refresh
from pipelines.figma.schema import TABLES
from pipelines.locking import AlreadyRunning, run_lock
from pipelines.logs import LOG
from pipelines.runs import LoadReport, Settled
from pipelines.settings import DataDir, FigmaSettings

# what is not checkpointed stays in memory, and dlt lets a gigabyte come together; load files are read once
PRAGMAS = ("checkpoint_threshold='16MB'", "enable_external_file_cache=false")
BATCH_FILES = 25
BATCH_NODES = 150_000
LISTED = (
    *(*LISTING, *LIBRARY, "listing_outcomes"),
    *(f"{topic}_{name}" for topic in LIBRARY for name in ("library_events", "outcomes")),
)
# what says that a file is settled is stored after all else of it: what is there by half is never believed whole
SETTLING = ("documents", "files", "outcomes")
CONTENT = tuple(name for name in FILE_CONTENT if name not in SETTLING)
# of each load package that waits, what it is made of
WAITING = "waiting.json"

Follow = Callable[[str, Any], None]


def load(
    settings: FigmaSettings, data: DataDir, follow: Follow = lambda *_: None, halt: Halt | None = None
) -> LoadReport:
    """Load what changed into the build file and return what was done; `halt` may end it early.

    `follow` is told of events: ("loading", LoadReport), ("listed", Refresh), ("file", Loaded) for each file,
    ("stored", LoadReport) after each batch, ("pictures", int) after some hundred pictures,
    ("waiting", (tier, seconds, why)) from any thread, ("parked", Parked).
    Raises TokenRefused, Unreachable, UsageFailure; whatever was stored before stays, and `runs` says how it ended.
    """
    report = LoadReport()
    with _noting_refusal(data, report):
        scope, imaging, archive = settings.scope(), settings.imaging(data), settings.open_archive()
        api = settings.client(data)
    api.meter.halt = halt or Halt()
    api.on_wait(lambda tier, seconds, why: follow("waiting", (tier, seconds, why)))
    follow("loading", report)
    with ready_pipeline(data) as pipeline, _noting_failure(pipeline, report, api.meter):
        refresh = Refresh(api, scope, read_known(pipeline), report.run_id, report.started_at, archive=archive)
        refresh.asks_again = settings.ask_again
        _store_listing(pipeline, refresh, report)
        follow("listed", refresh)
        _store_files(pipeline, refresh, report, follow)
        if settings.library_analytics:
            store_tables(pipeline, list(library_usage_tables(refresh)))
        _store_pictures(pipeline, refresh, imaging, follow)
        _finish(pipeline, report, api)
    for parked in report.parked:
        follow("parked", parked)
    if archive:
        with suppress(NotArchived):  # what cannot be deleted now will be by the next run
            archive.forget(settings.archive_keep_days, settings.archive_keep_states)
    return report


def note_failure(data: DataDir, report: LoadReport, error: BaseException) -> None:
    """Say in `runs` that the run failed after its load."""
    report.fail(error)
    with _or_warning(), open_pipeline(data) as pipeline:
        _store_run(pipeline, report)


def note_unset(data: DataDir, error: BaseException) -> None:
    """Say in `runs` that no run could begin with these settings, unless one is going on."""
    with suppress(AlreadyRunning), run_lock(data.lock):
        _note_refusal(data, LoadReport(), error)


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
            "figma",
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
    _finish_pending(data)
    with open_pipeline(data) as pipeline:
        _ensure_tables(pipeline)
        yield pipeline


def store_tables(pipeline: dlt.Pipeline, batch: Sequence[Tables]) -> None:
    """Store tables that are at hand, those that settle a file last."""
    tables = together(batch)
    for is_settling in (False, True):
        part = {name: table for name, table in tables.items() if (name in SETTLING) == is_settling}
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
    _note_waiting(Path(pipeline.working_dir))
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


def _finish_pending(data: DataDir) -> None:
    """Store what an earlier run was storing, then empty dlt's working folder: the warehouse is the only state.

    What was extracted only, or cannot be finished since the folder is damaged, is fetched again.
    """
    folder = data.dlt / "pipelines" / "figma"
    if not folder.exists():
        return
    try:
        if any((folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/")):
            with open_pipeline(data) as pipeline:
                shutil.rmtree(folder / "normalize" / NormalizeStorage.EXTRACTED_FOLDER, ignore_errors=True)
                _check_whole(folder)
                _begin_anew(pipeline, folder)
                pipeline.run()
    except Exception as error:
        if explain(error):
            raise
        LOG.warning("what an earlier run had begun cannot be finished and is fetched again: %s", type(error).__name__)
    shutil.rmtree(folder)


def _waiting_parts(folder: Path) -> dict[str, list[str]]:
    """Return the ids of the files of rows in each package that waits to be stored."""
    packages = (folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/")
    return {
        package.name: [ParsedLoadJobFileName.parse(path.name).file_id for path in package.glob("*_jobs/*")]
        for package in packages
    }


def _note_waiting(folder: Path) -> None:
    """Note of each package what it is made of, once: later there are dlt's own steps in it too, which it makes anew."""
    noted = _noted(folder) if (folder / WAITING).exists() else {}
    parts = {package: noted.get(package, ids) for package, ids in _waiting_parts(folder).items()}
    (folder / WAITING).write_text(json.dumps(parts))


def _noted(folder: Path) -> dict[str, list[str]]:
    """Return what `_note_waiting` has noted. Raises OSError where that is missing, ValueError where it is torn."""
    noted: dict[str, list[str]] = json.loads((folder / WAITING).read_text())
    return noted


def _check_whole(folder: Path) -> None:
    """Raise RuntimeError where a package lacks a file that it had before it was stored: dlt would not miss it."""
    if not (folder / WAITING).exists():
        raise RuntimeError("the run ended before it noted what waits")
    noted = _noted(folder)
    for package, parts in _waiting_parts(folder).items():
        if package not in noted or not set(parts).issuperset(noted[package]):
            raise RuntimeError(f"package {package} is not whole")


def _begin_anew(pipeline: dlt.Pipeline, folder: Path) -> None:
    """Let dlt store the packages that wait from their first row on, also what it has noted as stored.

    The end of the build file's log may be lost, and with it what dlt took for done. Tables that are replaced by file
    get their rows from staging tables, which are emptied; others take each key once anyhow.
    """
    noted = _noted(folder)
    replaced = set()
    for package in (folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/"):
        for path in [*package.glob("*_jobs/*"), *package.glob(f"{PackageStorage.PENDING_TRANSITIONS_FOLDER}/*")]:
            job = ParsedLoadJobFileName.parse(path.name)
            if not path.parent.name.endswith("_jobs") or job.file_id not in noted[package.name]:
                path.unlink()  # dlt makes it anew
                continue
            path.replace(package / PackageStorage.NEW_JOBS_FOLDER / path.name)
            if job.table_name in TABLES and TABLES[job.table_name].replaced_by:
                replaced.add(job.table_name)
    with pipeline.sql_client() as client, client.with_staging_dataset():
        for table in replaced:
            with suppress(DatabaseUndefinedRelation):
                client.truncate_tables(table)


@contextmanager
def _noting_refusal(data: DataDir, report: LoadReport) -> Iterator[None]:
    """Let `runs` say what in the settings kept a load from beginning."""
    try:
        yield
    except Exception as failure:
        _note_refusal(data, report, failure)
        raise


def _note_refusal(data: DataDir, report: LoadReport, error: BaseException) -> None:
    """Add the row of a run that could not begin, where there is a build file and it can be opened."""
    report.fail(error)
    if not data.build.exists():
        return
    with _or_warning(), ready_pipeline(data) as pipeline:
        _store_run(pipeline, report)


@contextmanager
def _noting_failure(pipeline: dlt.Pipeline, report: LoadReport, meter: Meter) -> Iterator[None]:
    """Let `runs` say how a load failed, as far as that can still be written."""
    try:
        yield
    except Exception as failure:
        report.take_spent(meter)
        report.fail(failure)
        with _or_warning():
            if pipeline.has_pending_data:
                store_extracted(pipeline)
            _store_run(pipeline, report)
        raise


@contextmanager
def _or_warning() -> Iterator[None]:
    """Warn where a failure cannot be noted: that must not take its place."""
    try:
        yield
    except Exception as error:
        LOG.warning("the failure cannot be noted in the table runs: %s", type(error).__name__)


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


def _store_listing(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport) -> None:
    source = figma_refresh(refresh).with_resources(*LISTED)
    pipeline.extract(source)
    report.files_expected = len(refresh.listing.files)
    _store_run(pipeline, report)
    store_extracted(pipeline)


def _store_files(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport, follow: Follow) -> None:
    """Load the files of the plan, batch after batch, until each has been taken."""
    refresh.api.meter.halt.start_limits()
    left = refresh.plan.size
    while left:
        batch = _Batch(follow)
        pipeline.extract(figma_refresh(refresh, batch).with_resources(*CONTENT))
        pipeline.extract(given_tables(together(batch.settled)))
        store_extracted(pipeline)
        left -= len(batch.settled)
        report.nodes_loaded += batch.nodes
        follow("stored", report)
        if refresh.failure:
            raise refresh.failure
        if left:
            _write_log_into_file(pipeline)


def _write_log_into_file(pipeline: dlt.Pipeline) -> None:
    """Bring what is stored into the build file proper: what is only in its log stays in memory, batch after batch."""
    with pipeline.sql_client() as client:
        client.execute_sql("checkpoint")


def _store_pictures(pipeline: dlt.Pipeline, refresh: Refresh, imaging: Imaging, follow: Follow) -> None:
    """Load what is to be pictured, after the documents: a picture that is missing is no part of the run's outcome."""
    for tables in picture_tables(refresh, imaging):
        pipeline.extract(given_tables(tables))
        store_extracted(pipeline)
        taken = (tables[name]["rendered_at"].to_pylist() for name in PICTURES if name in tables)
        follow("pictures", sum(at >= refresh.started_at for moments in taken for at in moments))


@dataclass
class _Batch:
    """Keeps what settles the files of one batch, and says when it is full. A file put off weighs nothing."""

    follow: Follow
    files: int = 0
    nodes: int = 0
    settled: list[Tables] = field(default_factory=list)

    def __call__(self, loaded: Loaded) -> bool:
        self.files += loaded.status != "put_off"
        self.nodes += loaded.nodes
        self.settled.append({name: table for name, table in loaded.tables.items() if name in SETTLING})
        self.follow("file", loaded)
        return self.files < BATCH_FILES and self.nodes < BATCH_NODES


def _store_run(pipeline: dlt.Pipeline, report: LoadReport) -> None:
    """Write the row of `runs` as it is now. By statements: a load package of one row takes dlt a third of a second."""
    (row,) = as_table("runs", [report.row()]).to_pylist()
    with pipeline.sql_client() as client, client.begin_transaction():
        runs = client.make_qualified_table_name("runs")
        columns = ", ".join(map(client.escape_column_name, row))
        client.execute_sql(f"delete from {runs} where run_id = %s", report.run_id)  # noqa: S608
        values = ", ".join(["%s"] * len(row))
        client.execute_sql(f"insert into {runs} ({columns}) values ({values})", *row.values())  # noqa: S608


def _finish(pipeline: dlt.Pipeline, report: LoadReport, api: FigmaClient) -> None:
    """Complete the report from what the warehouse says became of each thing, and from what the client spent."""
    report.take_outcomes(_outcomes(pipeline, report.run_id), api.budget.used())
    report.take_spent(api.meter)
    report.is_finished = True
    _store_run(pipeline, report)


def _outcomes(pipeline: dlt.Pipeline, run_id: str) -> list[Settled]:
    columns = ", ".join(one.name for one in fields(Settled))
    query = f"select {columns} from outcomes where run_id = %s"  # noqa: S608  # names of ours
    with pipeline.sql_client() as client:
        return [Settled(*row) for row in client.execute_sql(query, run_id) or ()]
