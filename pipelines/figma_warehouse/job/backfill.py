"""Backfill: snapshots of past versions that Figma still serves, and the events between them and their neighbours.

Tables of the current state are not touched.
"""

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from math import ceil
from typing import Any

import dlt

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DONE, PARTIAL, UsageFailure
from figma_warehouse.job.events import NO_EVENTS, RunEvents
from figma_warehouse.job.pipeline import ready_pipeline, store_tables
from figma_warehouse.job.plan import reading_pipeline
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.limits import Limit
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.stop import Stop
from figma_warehouse.source.documents.archive import BACKFILL, About, Archive
from figma_warehouse.source.documents.fetch import Fetched, fetch_document
from figma_warehouse.source.documents.file_load import Loaded, Run, keep_state, state_tables
from figma_warehouse.source.documents.state_events import state_events
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.outcomes import Row, skipped
from figma_warehouse.source.read_ahead import run_ahead
from figma_warehouse.source.reasons import REASONS
from figma_warehouse.source.schema import as_table
from figma_warehouse.source.stored_state import StoredState, is_permanent, read_stored_state, waits_for_retry
from figma_warehouse.stored_tables import StoredTables

NO_HISTORY = "No version history of these files is stored. Run figma-warehouse run first."
PERIODS = ("week", "month")
BATCH_VERSIONS = 10

# how often each main file, in its current state, uses each library that another file publishes
CONSUMERS = """
select
    used.file_key,
    published.file_key as library_file_key,
    sum(used.usages) as usages
from snapshot_components as used
inner join documents
    on
        used.file_key = documents.file_key
        and used.version = documents.version
        and used.last_modified_at = documents.last_modified_at
inner join components as published
    on used.component_key = published.component_key
where
    published.removed_at is null
    and published.file_key <> used.file_key
group by
    used.file_key,
    published.file_key
"""


@dataclass(frozen=True)
class PastVersion:
    """A version to fetch. It was saved at `saved_at`, the next version at `next_saved_at`, if there is one."""

    ref: FileRef
    version_id: str
    saved_at: datetime
    next_saved_at: datetime | None
    period: date

    @property
    def item_id(self) -> str:
        """The id of the version in `outcomes`."""
        return f"{self.ref.key}@{self.version_id}"


@dataclass(frozen=True)
class BackfillPlan:
    """The versions that a backfill fetches, in order, with one document request each.

    `stored` versions are in the warehouse already, `refused` ones are not requested again. `documents` is the limit of
    tier 1, or None if there is none.
    """

    wanted: list[PastVersion]
    files: int
    stored: int
    refused: int
    documents: Limit | None

    @property
    def minutes(self) -> int | None:
        """Minutes that the requests take at a limit per minute. None at a limit per day or month, or without one."""
        if self.documents is None or self.documents.per != "minute":
            return None
        return ceil(len(self.wanted) / self.documents.requests)


@dataclass
class BackfillReport:
    """What a backfill did. The next backfill fetches `deferred` versions; `retry_at` is the earliest time for that."""

    planned: int
    stored: int = 0
    refused: int = 0
    deferred: int = 0
    nodes: int = 0
    requests: int = 0
    earliest: datetime | None = None
    reason: str | None = None
    retry_at: datetime | None = None

    @property
    def exit_code(self) -> int:
        """3 if versions are deferred or were refused."""
        return PARTIAL if self.deferred or self.refused else DONE

    @property
    def message(self) -> str | None:
        """How many versions are deferred, and the reason."""
        return f"{self.deferred:,} versions are deferred ({self.reason})." if self.deferred else None


def plan_backfill(
    settings: FigmaSettings, data: DataDir, since: date, every: str, files: Sequence[str] = (), *, named: bool = False
) -> BackfillPlan:
    """Choose the versions to fetch from the stored version histories, without a request. Raises UsageFailure.

    For each file and each period since that day, this is the last version, or the last named one if `named` is set and
    there is one. `files` are keys or URLs; without any, all main files that exist.
    """
    with reading_pipeline(data) as pipeline:
        if pipeline is None:
            raise UsageFailure(NO_HISTORY)
        return _plan(settings, pipeline, read_stored_state(pipeline), since, every, files, named=named)


def backfill(
    settings: FigmaSettings,
    data: DataDir,
    since: date,
    every: str,
    files: Sequence[str] = (),
    *,
    named: bool = False,
    events: RunEvents = NO_EVENTS,
    stop: Stop | None = None,
) -> BackfillReport:
    """Fetch the versions that `plan_backfill` chooses, and store their snapshots. `stop` can end the backfill early.

    Raises TokenRefused, Unreachable, UsageFailure. Versions fetched before the error are stored.
    """
    api, archive, run_id = settings.client(data), settings.open_archive(), uuid.uuid4().hex
    api.stop = stop or Stop()
    with ready_pipeline(data) as pipeline:
        stored_state = read_stored_state(pipeline)
        plan = _plan(settings, pipeline, stored_state, since, every, files, named=named)
        events.backfill_started(plan)
        api.stop.start_limits()
        report = BackfillReport(len(plan.wanted))
        batch: list[Loaded] = []
        try:
            for loaded in _fetched(api, plan.wanted, archive, run_id):
                _count(report, loaded)
                if loaded.status == "put_off":
                    continue
                batch.append(loaded)
                if len(batch) >= BATCH_VERSIONS:
                    _store(pipeline, stored_state, batch)
                    batch = []
                events.version_done(report)
        finally:
            _store(pipeline, stored_state, batch)
    report.requests, report.reason = sum(api.meter.requests.values()), api.stop.reason or report.reason
    events.backfill_ended(report)
    return report


def _store(pipeline: dlt.Pipeline, stored_state: StoredState, batch: list[Loaded]) -> None:
    """Store the states of a batch, and the events between them and the neighbouring states of their files."""
    added: dict[str, list[Row]] = {}
    for loaded in batch:
        if "file_snapshots" in loaded.tables:
            added.setdefault(loaded.ref.key, []).extend(loaded.tables["file_snapshots"].to_pylist())
    events = [state_events(stored_state.history(key), states) for key, states in added.items()]
    store_tables(pipeline, [*(loaded.tables for loaded in batch), *events])


def _plan(
    settings: FigmaSettings,
    pipeline: dlt.Pipeline,
    stored_state: StoredState,
    since: date,
    every: str,
    files: Sequence[str],
    *,
    named: bool,
) -> BackfillPlan:
    if every not in PERIODS:
        raise UsageFailure(f'--every "{every}" is not one of {", ".join(PERIODS)}.')
    keys = _file_keys(stored_state, files)
    versions = [row for row in stored_state.read("file_versions").to_pylist() if row["file_key"] in keys]
    if not versions:
        raise UsageFailure(NO_HISTORY)
    states = stored_state.read("file_snapshots", ("file_key", "version")).to_pylist()
    stored = {f"{row['file_key']}@{row['version']}" for row in states}
    now = datetime.now(UTC)
    refused = {
        item
        for (resource, item), row in stored_state.skips.items()
        if resource == "backfill" and (is_permanent(row) or waits_for_retry(row, now))
    }
    chosen = list(_choose(stored_state, versions, since, every, named=named))
    ranks = _ranks(StoredTables(pipeline).query("snapshot_components", CONSUMERS).to_pylist())
    wanted = [version for version in chosen if version.item_id not in stored | refused]
    wanted.sort(
        key=lambda version: (-version.period.toordinal(), ranks.get(version.ref.key, len(ranks)), version.ref.key)
    )
    return BackfillPlan(
        wanted=wanted,
        files=len({version.ref.key for version in chosen}),
        stored=sum(version.item_id in stored for version in chosen),
        refused=sum(version.item_id in refused for version in chosen),
        documents=settings.allowance().limit(1),
    )


def _file_keys(stored_state: StoredState, files: Sequence[str]) -> Collection[str]:
    """Return the keys of the files to search. Raises UsageFailure if one of `files` is not loaded."""
    if not files:
        return {
            key for key, row in stored_state.files.items() if row["main_file_key"] is None and row["removed_at"] is None
        } & stored_state.documents.keys()
    keys = parse_scope((), (), files).files
    missing = [key for key in keys if key not in stored_state.documents]
    if missing:
        raise UsageFailure(f"{', '.join(missing)}: not loaded. Run figma-warehouse run with these files first.")
    return keys


def _choose(
    stored_state: StoredState, versions: list[Row], since: date, every: str, *, named: bool
) -> Iterator[PastVersion]:
    """Yield one version for each file and period."""
    histories: dict[str, list[Row]] = {}
    for row in sorted((row for row in versions if row["created_at"]), key=lambda row: row["created_at"]):
        histories.setdefault(row["file_key"], []).append(row)
    for key, history in histories.items():
        last: dict[date, tuple[bool, PastVersion]] = {}
        following = [*(row["created_at"] for row in history[1:]), None]
        for row, next_saved_at in zip(history, following, strict=True):
            period = period_of(row["created_at"], every)
            is_named = row["label"] is not None or row["description"] is not None
            if period < period_of(datetime(since.year, since.month, since.day, tzinfo=UTC), every):
                continue
            if named and not is_named and last.get(period, (False,))[0]:
                continue
            version = PastVersion(_ref(stored_state, key), row["version_id"], row["created_at"], next_saved_at, period)
            last[period] = is_named, version
        yield from (version for _, version in last.values())


def period_of(moment: datetime, every: str) -> date:
    """Return the first day of the week or month, in UTC, that contains a moment."""
    day = moment.astimezone(UTC).date()
    return day.replace(day=1) if every == "month" else day - timedelta(days=day.weekday())


def _ref(stored_state: StoredState, key: str) -> FileRef:
    row = stored_state.files.get(key) or stored_state.documents[key]
    return FileRef(key, row["name"], row.get("team_id"))


def _ranks(consumers: list[Row]) -> dict[str, int]:
    """Rank files: first those that use the most used library, of these first the ones that use it most."""
    totals: dict[str, int] = {}
    for row in consumers:
        totals[row["library_file_key"]] = totals.get(row["library_file_key"], 0) + int(row["usages"])

    def weight(row: Row) -> tuple[int, int, str]:
        return -totals[row["library_file_key"]], -int(row["usages"]), row["file_key"]

    ordered = dict.fromkeys(row["file_key"] for row in sorted(consumers, key=weight))
    return {key: rank for rank, key in enumerate(ordered)}


def _fetched(api: FigmaClient, wanted: list[PastVersion], archive: Archive | None, run_id: str) -> Iterator[Loaded]:
    """Yield the result for each version. After a stop, versions that were not requested yet are left out."""
    run = Run(run_id, archive)
    jobs = (partial(_fetch, api, version, run) for version in wanted)
    for loaded in run_ahead(jobs, api.stop):
        if not api.stop.reason or loaded.status != "put_off":
            yield loaded


def _fetch(api: FigmaClient, version: PastVersion, run: Run) -> Loaded:
    try:
        with api.for_team(version.ref.team_id), run.outage.counting():
            fetched = fetch_document(
                api,
                version.ref.key,
                keeps_body=run.archive is not None,
                version=version.version_id,
                may_be_size=run.outage.may_be_size,
            )
    except Refused as refusal:
        row = skipped(run.id, "backfill", version.item_id, refusal, file_key=version.ref.key, name=version.ref.name)
        is_refused = is_permanent(row) or waits_for_retry(row, row["finished_at"])
        return Loaded(version.ref, _outcomes([row]), "skipped" if is_refused else "put_off")
    fetched = replace(fetched, version=version.version_id, last_modified_at=_last_edit(version, fetched))
    tables = state_tables(version.ref.key, fetched, run.id)
    tables |= _outcomes(keep_state(run.archive, _about(version, fetched, run.id), fetched.body))
    return Loaded(version.ref, tables, "loaded", tables["file_snapshots"]["nodes"][0].as_py())


def _outcomes(rows: list[Row]) -> dict[str, Any]:
    return {"outcomes": as_table("outcomes", rows)} if rows else {}


def _last_edit(version: PastVersion, fetched: Fetched) -> datetime:
    """Return the last edit of a version: the one in its document, unless that is later than the next version."""
    edited_at = fetched.last_modified_at
    if fetched.version != version.version_id or edited_at is None:
        return version.saved_at
    is_later = version.next_saved_at is not None and edited_at > version.next_saved_at
    return version.saved_at if is_later else edited_at


def _about(version: PastVersion, fetched: Fetched, run_id: str) -> About:
    edited_at = fetched.last_modified_at or version.saved_at
    return About(version.ref.key, version.version_id, edited_at, fetched.read_at, run_id, BACKFILL, size=fetched.size)


def _count(report: BackfillReport, loaded: Loaded) -> None:
    if loaded.status == "loaded":
        report.stored += 1
        report.nodes += loaded.nodes
        (edited_at,) = loaded.tables["file_snapshots"]["last_modified_at"].to_pylist()
        report.earliest = min(report.earliest or edited_at, edited_at)
    if loaded.status == "put_off" and report.reason is None:
        (row,) = loaded.tables["outcomes"].to_pylist()
        report.reason, report.retry_at = REASONS[row["reason"]].words, row["retry_at"]
    report.refused += loaded.status == "skipped"
    report.deferred = report.planned - report.stored - report.refused
