"""The load: what is pending first, then the listings, then changed files in batches, each stored before the next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from typing import Any

import dlt

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.pipeline import open_pipeline, ready_pipeline, store_extracted, store_tables
from figma_warehouse.job.run_lock import AlreadyRunning, run_lock
from figma_warehouse.job.run_report import LoadReport, Outcome
from figma_warehouse.logs import LOG
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.api.client import FigmaClient, Meter
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.archive import NotArchived
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.documents.flatten import Tables, concat_tables
from figma_warehouse.source.extras import extra_resources, module_of
from figma_warehouse.source.figma import figma_refresh, given_tables
from figma_warehouse.source.pictures.images import picture_tables
from figma_warehouse.source.pictures.picture_job import Imaging
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import SETTLING_TABLES, Group, topics_of
from figma_warehouse.source.schema import as_table
from figma_warehouse.source.stored_state import read_stored_state

BATCH_FILES = 25
BATCH_NODES = 150_000
# names of dlt's resources
LISTED = tuple(name for topic in topics_of(Group.LISTING, Group.PUBLISHED) for name in topic.dlt_names)
CONTENT = tuple(table for topic in topics_of(Group.DOCUMENT) for table in topic.tables if table not in SETTLING_TABLES)
PICTURES = tuple(table for topic in topics_of(Group.PICTURE) for table in topic.tables)

Follow = Callable[[str, Any], None]


def load(
    settings: FigmaSettings, data: DataDir, follow: Follow = lambda *_: None, stop: Stop | None = None
) -> LoadReport:
    """Load what changed into the build file and return what was done; `stop` may end it early.

    `follow` is told of events: ("loading", LoadReport), ("listed", Refresh), ("file", Loaded) for each file,
    ("stored", LoadReport) after each batch, ("pictures", int) after some hundred pictures,
    ("waiting", (tier, seconds, why)) from any thread, ("parked", Parked).
    Raises TokenRefused, Unreachable, UsageFailure; whatever was stored before stays, and `runs` says how it ended.
    """
    report = LoadReport()
    with _noting_refusal(data, report):
        scope, imaging, archive = settings.scope(), settings.imaging(data), settings.open_archive()
        api = settings.client(data)
    api.stop = stop or Stop()
    api.on_wait(lambda tier, seconds, why: follow("waiting", (tier, seconds, why)))
    follow("loading", report)
    with ready_pipeline(data) as pipeline, _noting_failure(pipeline, report, api.meter):
        refresh = Refresh(api, scope, read_stored_state(pipeline), report.run_id, report.started_at, archive=archive)
        refresh.asks_again = settings.ask_again
        _store_listing(pipeline, refresh, report)
        follow("listed", refresh)
        _store_files(pipeline, refresh, report, follow)
        for extra in extra_resources(settings):
            store_tables(pipeline, list(module_of(extra).fetch_tables(refresh)))
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


def _store_listing(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport) -> None:
    source = figma_refresh(refresh).with_resources(*LISTED)
    pipeline.extract(source)
    report.files_expected = len(refresh.listing.files)
    _store_run(pipeline, report)
    store_extracted(pipeline)


def _store_files(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport, follow: Follow) -> None:
    """Load the files of the plan, batch after batch, until each has been taken."""
    refresh.api.stop.start_limits()
    left = refresh.plan.size
    while left:
        batch = _Batch(follow)
        pipeline.extract(figma_refresh(refresh, batch).with_resources(*CONTENT))
        pipeline.extract(given_tables(concat_tables(batch.settled)))
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
        self.settled.append({name: table for name, table in loaded.tables.items() if name in SETTLING_TABLES})
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


def _outcomes(pipeline: dlt.Pipeline, run_id: str) -> list[Outcome]:
    columns = ", ".join(one.name for one in fields(Outcome))
    query = f"select {columns} from outcomes where run_id = %s"  # noqa: S608  # names of ours
    with pipeline.sql_client() as client:
        return [Outcome(*row) for row in client.execute_sql(query, run_id) or ()]
