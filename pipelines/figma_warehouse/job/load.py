"""The load: pending packages first, then the listings, then changed files in batches, each stored before the next."""

import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields

import dlt

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import StoppedWhileListing, UsageFailure
from figma_warehouse.job.events import NO_EVENTS, RunEvents
from figma_warehouse.job.pipeline import ready_pipeline, replace_damaged_build, store_extracted, store_tables
from figma_warehouse.job.run_record import mark_cut_off_runs, recording_failure, recording_refused_start, store_run
from figma_warehouse.job.run_report import LoadReport, Outcome, named_item
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import parse_reload
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.archive import NotArchived
from figma_warehouse.source.documents.file_load import Loaded
from figma_warehouse.source.documents.flatten import Tables, concat_tables
from figma_warehouse.source.extras import extra_resources, module_of
from figma_warehouse.source.figma import figma_refresh, given_tables
from figma_warehouse.source.pictures.images import picture_tables
from figma_warehouse.source.pictures.picture_job import Imaging
from figma_warehouse.source.reasons import REASONS
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.resources import RESOURCES, SETTLING_TABLES, Group, topics_of
from figma_warehouse.source.stored_state import read_stored_state

BATCH_FILES = 25
# of the listings that failed, in a message
FAILURES_NAMED = 3
BATCH_NODES = 150_000
# between two stores of an extra resource
STORE_SECONDS = 2.0
# names of dlt's resources
LISTED = tuple(name for topic in topics_of(Group.LISTING, Group.PUBLISHED) for name in topic.dlt_names)
CONTENT = tuple(table for topic in topics_of(Group.DOCUMENT) for table in topic.tables if table not in SETTLING_TABLES)
PICTURES = tuple(table for topic in topics_of(Group.PICTURE) for table in topic.tables)


def load(
    settings: FigmaSettings,
    data: DataDir,
    events: RunEvents = NO_EVENTS,
    stop: Stop | None = None,
    reload: Sequence[str] = (),
) -> LoadReport:
    """Load what changed into the build file. `stop` can end the load early.

    If the build file turns out to be damaged, a copy of the published file takes its place, and the load starts again.

    `reload` has URLs or keys of files that are fetched even if they did not change, or `all`.

    Raises TokenRefused, Unreachable, UsageFailure, also if a first load can list nothing. What was stored before the
    error stays, and the table `runs` records the error.
    """
    try:
        return _load(settings, data, events, stop or Stop(), reload)
    except Exception as error:
        if not replace_damaged_build(data, error):
            raise
    return _load(settings, data, events, stop or Stop(), reload)


def _load(settings: FigmaSettings, data: DataDir, events: RunEvents, stop: Stop, reload: Sequence[str]) -> LoadReport:
    report = LoadReport()
    with recording_refused_start(data, report):
        scope, imaging, archive = settings.scope(), settings.imaging(data), settings.open_archive()
        tokens_files, namespaces = settings.tokens_files(), settings.namespaces()
        reloaded = parse_reload(reload)
        api = settings.client(data)
    api.stop = stop
    api.on_wait(events.waiting)
    events.load_started(report)
    with ready_pipeline(data) as pipeline, recording_failure(pipeline, report, api.meter):
        mark_cut_off_runs(pipeline)
        refresh = Refresh(api, scope, read_stored_state(pipeline), report.run_id, report.started_at, archive=archive)
        refresh.asks_again, refresh.reload = settings.ask_again, reloaded
        refresh.activity_people = settings.activity_people
        refresh.tokens_files, refresh.namespaces = tokens_files, namespaces
        refresh.keeps_comment_texts = settings.comment_texts
        refresh.check_reload()
        _store_listing(pipeline, refresh, report)
        if stop.reason:
            raise StoppedWhileListing(
                f"Ended while listing ({stop.reason}). Nothing new was published; the next run lists everything again."
            )
        _check_listing(refresh)
        events.listed(refresh)
        _store_files(pipeline, refresh, report, events)
        for extra in extra_resources(settings):
            _store_extra(pipeline, module_of(extra).fetch_tables(refresh))
        _store_pictures(pipeline, refresh, imaging, events)
        _finish(pipeline, report, api)
    for tier in report.closed_tiers:
        events.tier_closed(tier)
    if archive:
        with suppress(NotArchived):  # the next run tries again
            archive.prune(settings.archive_keep_days, settings.archive_keep_states)
    return report


def _store_listing(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport) -> None:
    source = figma_refresh(refresh).with_resources(*LISTED)
    pipeline.extract(source)
    report.files_expected = len(refresh.listing.files)
    store_run(pipeline, report)
    store_extracted(pipeline)


def _check_listing(refresh: Refresh) -> None:
    """Raise UsageFailure if nothing could be listed and the warehouse is empty: it would publish an empty file.

    If all listings are deferred, the next run requests them: nothing has to be changed.
    """
    listing = refresh.listing
    if refresh.stored_state.files or listing.teams or listing.folders or listing.files or not listing.failed:
        return
    if all(row["reason"] and REASONS[row["reason"]].is_deferred for row in listing.outcomes):
        return
    failures = (
        f"{RESOURCES[row['resource']].label} {named_item(row['name'], row['item_id'])}: {REASONS[row['reason']].words}"
        + (f" ({row['detail'].rstrip('.')})" if row["detail"] else "")
        for row in listing.outcomes[:FAILURES_NAMED]
    )
    raise UsageFailure(
        f"Nothing can be listed: {'; '.join(failures)}. Nothing was published. Are teams, folders and files under"
        " [sources.figma] right? figma-warehouse check tries each of them."
    )


def _store_files(pipeline: dlt.Pipeline, refresh: Refresh, report: LoadReport, events: RunEvents) -> None:
    """Load the files of the plan in batches."""
    refresh.api.stop.start_limits()
    left = refresh.plan.size
    while left:
        batch = _Batch(events)
        pipeline.extract(figma_refresh(refresh, batch).with_resources(*CONTENT))
        pipeline.extract(given_tables(concat_tables(batch.settling_rows)))
        store_extracted(pipeline)
        left -= len(batch.settling_rows)
        report.nodes_loaded += batch.nodes
        events.batch_stored(report)
        if refresh.failure:
            raise refresh.failure
        if left:
            _checkpoint(pipeline)


def _checkpoint(pipeline: dlt.Pipeline) -> None:
    """Move rows from DuckDB's log to the build file. Rows that are only in the log take up memory."""
    with pipeline.sql_client() as client:
        client.execute_sql("checkpoint")


def _store_extra(pipeline: dlt.Pipeline, fetched: Iterable[Tables]) -> None:
    """Store the tables of an extra resource, every few seconds, so that a kill loses only the last of them."""
    batch: list[Tables] = []
    stored_at = time.monotonic()
    for tables in fetched:
        batch.append(tables)
        if time.monotonic() - stored_at >= STORE_SECONDS:
            store_tables(pipeline, batch)
            batch, stored_at = [], time.monotonic()
    store_tables(pipeline, batch)


def _store_pictures(pipeline: dlt.Pipeline, refresh: Refresh, imaging: Imaging, events: RunEvents) -> None:
    """Load pictures, after the documents. A missing picture does not change the outcome of the run."""
    for tables in picture_tables(refresh, imaging):
        pipeline.extract(given_tables(tables))
        store_extracted(pipeline)
        times = (tables[name]["rendered_at"].to_pylist() for name in PICTURES if name in tables)
        events.pictures_stored(sum(at >= refresh.started_at for moments in times for at in moments))


@dataclass
class _Batch:
    """Takes the files of one batch until it is full. Keeps the rows that mark them as done, which are stored last.

    Deferred files do not count towards the size of a batch.
    """

    events: RunEvents
    files: int = 0
    nodes: int = 0
    settling_rows: list[Tables] = field(default_factory=list)

    def __call__(self, loaded: Loaded) -> bool:
        """Add a file. Return whether the batch has room for another one."""
        self.files += loaded.status != "put_off"
        self.nodes += loaded.nodes
        self.settling_rows.append({name: table for name, table in loaded.tables.items() if name in SETTLING_TABLES})
        self.events.file_done(loaded)
        return self.files < BATCH_FILES and self.nodes < BATCH_NODES


def _finish(pipeline: dlt.Pipeline, report: LoadReport, api: FigmaClient) -> None:
    """Complete the report from the outcomes in the warehouse and from the requests of the client."""
    report.record_outcomes(_outcomes(pipeline, report.run_id), api.budget.used())
    report.record_spent(api.meter)
    report.is_finished = True
    store_run(pipeline, report)


def _outcomes(pipeline: dlt.Pipeline, run_id: str) -> list[Outcome]:
    """Return the outcomes of a run. A listing that failed has no name in its response: it takes the stored one."""
    names = {"name": "coalesce(outcomes.name, teams.name, folders.path)"}
    columns = ", ".join(names.get(column.name, f"outcomes.{column.name}") for column in fields(Outcome))
    query = f"""
        select {columns}
        from outcomes
        left join teams on outcomes.resource <> 'folders' and outcomes.item_id = teams.team_id
        left join folders on outcomes.resource = 'folders' and outcomes.item_id = folders.folder_id
        where outcomes.run_id = %s
    """  # noqa: S608  # names of ours
    with pipeline.sql_client() as client:
        return [Outcome(*row) for row in client.execute_sql(query, run_id) or ()]
