"""Backfill: the past of files, from versions that Figma still serves, as snapshots. Current tables are not touched."""

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
from figma_warehouse.job.load import Follow
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
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.outcomes import Row, skipped
from figma_warehouse.source.read_ahead import run_ahead
from figma_warehouse.source.reasons import REASONS
from figma_warehouse.source.schema import as_table
from figma_warehouse.source.stored_state import StoredState, is_permanent, read_stored_state
from figma_warehouse.stored_tables import StoredTables

NO_HISTORY = "No version history of these files is stored. Run figma-warehouse run first."
PERIODS = ("week", "month")
BATCH_VERSIONS = 10

# what each main file uses of each library that is published by another one, as of its present state
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
class WantedVersion:
    """One version to fetch; it was saved at `saved_at`, the next one at `next_saved_at`, if there is one."""

    ref: FileRef
    version: str
    saved_at: datetime
    next_saved_at: datetime | None
    period: date

    @property
    def item_id(self) -> str:
        """What outcomes call it."""
        return f"{self.ref.key}@{self.version}"


@dataclass(frozen=True)
class BackfillPlan:
    """What a backfill will fetch, in that order, one document request each. `documents` is None without a limit."""

    wanted: list[WantedVersion]
    files: int
    stored: int
    refused: int
    documents: Limit | None

    @property
    def minutes(self) -> int | None:
        """Minutes that the documents take at Figma's pace; None without a limit or where that is by the month."""
        if self.documents is None or self.documents.per != "minute":
            return None
        return ceil(len(self.wanted) / self.documents.requests)


@dataclass
class BackfillReport:
    """What a backfill did. `left` versions could not be had yet, as `why` says, and not before `retry_at`, if known."""

    planned: int
    stored: int = 0
    refused: int = 0
    left: int = 0
    nodes: int = 0
    requests: int = 0
    earliest: datetime | None = None
    why: str | None = None
    retry_at: datetime | None = None

    @property
    def exit_code(self) -> int:
        """3 where something is left or was refused."""
        return PARTIAL if self.left or self.refused else DONE

    @property
    def message(self) -> str | None:
        """What is left, and why."""
        return f"{self.left:,} versions wait ({self.why})." if self.left else None


def plan_backfill(
    settings: FigmaSettings, data: DataDir, since: date, every: str, files: Sequence[str] = (), *, named: bool = False
) -> BackfillPlan:
    """Choose the versions to fetch from the histories that are stored; nothing is asked of Figma. Raises UsageFailure.

    Of each period since that day the last version; with `named`, the last named one where there is any. Files are
    keys or URLs; without any, all main files that exist.
    """
    with reading_pipeline(data) as pipeline:
        if pipeline is None:
            raise UsageFailure(NO_HISTORY)
        return _plan(settings, pipeline, since, every, files, named=named)


def backfill(
    settings: FigmaSettings,
    data: DataDir,
    since: date,
    every: str,
    files: Sequence[str] = (),
    *,
    named: bool = False,
    follow: Follow = lambda *_: None,
    stop: Stop | None = None,
) -> BackfillReport:
    """Fetch what `plan_backfill` chooses and store its snapshots and usage counts; `stop` may end it early.

    `follow` is told ("backfilling", BackfillPlan) and ("backfilled", BackfillReport) after each version.
    Raises TokenRefused, Unreachable, UsageFailure; what was fetched before is stored.
    """
    api, archive, run_id = settings.client(data), settings.open_archive(), uuid.uuid4().hex
    api.stop = stop or Stop()
    with ready_pipeline(data) as pipeline:
        plan = _plan(settings, pipeline, since, every, files, named=named)
        follow("backfilling", plan)
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
                    store_tables(pipeline, [one.tables for one in batch])
                    batch = []
                follow("backfilled", report)
        finally:
            store_tables(pipeline, [one.tables for one in batch])
    report.requests, report.why = sum(api.meter.requests.values()), api.stop.reason or report.why
    return report


def _plan(
    settings: FigmaSettings, pipeline: dlt.Pipeline, since: date, every: str, files: Sequence[str], *, named: bool
) -> BackfillPlan:
    if every not in PERIODS:
        raise UsageFailure(f'--every "{every}" is none of {", ".join(PERIODS)}.')
    stored_state = read_stored_state(pipeline)
    keys = _chosen(stored_state, files)
    versions = [row for row in stored_state.read("file_versions").to_pylist() if row["file_key"] in keys]
    if not versions:
        raise UsageFailure(NO_HISTORY)
    states = stored_state.read("file_snapshots", ("file_key", "version")).to_pylist()
    stored = {f"{row['file_key']}@{row['version']}" for row in states}
    refused = {
        item for (resource, item), row in stored_state.skips.items() if resource == "backfill" and is_permanent(row)
    }
    chosen = list(_choose(stored_state, versions, since, every, named=named))
    ranks = _ranks(StoredTables(pipeline).query("snapshot_components", CONSUMERS).to_pylist())
    wanted = [one for one in chosen if one.item_id not in stored | refused]
    wanted.sort(key=lambda one: (-one.period.toordinal(), ranks.get(one.ref.key, len(ranks)), one.ref.key))
    return BackfillPlan(
        wanted=wanted,
        files=len({one.ref.key for one in chosen}),
        stored=sum(one.item_id in stored for one in chosen),
        refused=sum(one.item_id in refused for one in chosen),
        documents=settings.allowance().limit(1),
    )


def _chosen(stored_state: StoredState, files: Sequence[str]) -> Collection[str]:
    """Return the keys of the files to go through."""
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
) -> Iterator[WantedVersion]:
    """Yield the version of each file and period that stands for it."""
    histories: dict[str, list[Row]] = {}
    for row in sorted((row for row in versions if row["created_at"]), key=lambda row: row["created_at"]):
        histories.setdefault(row["file_key"], []).append(row)
    for key, history in histories.items():
        last: dict[date, tuple[bool, WantedVersion]] = {}
        following = [*(row["created_at"] for row in history[1:]), None]
        for row, next_saved_at in zip(history, following, strict=True):
            period = period_of(row["created_at"], every)
            is_named = row["label"] is not None or row["description"] is not None
            if period < period_of(datetime(since.year, since.month, since.day, tzinfo=UTC), every):
                continue
            if named and not is_named and last.get(period, (False,))[0]:
                continue
            one = WantedVersion(_ref(stored_state, key), row["version_id"], row["created_at"], next_saved_at, period)
            last[period] = is_named, one
        yield from (one for _, one in last.values())


def period_of(moment: datetime, every: str) -> date:
    """Return the first day of the week or month, UTC, that a moment lies in."""
    day = moment.astimezone(UTC).date()
    return day.replace(day=1) if every == "month" else day - timedelta(days=day.weekday())


def _ref(stored_state: StoredState, key: str) -> FileRef:
    row = stored_state.files.get(key) or stored_state.documents[key]
    return FileRef(key, row["name"], row.get("team_id"))


def _ranks(consumers: list[Row]) -> dict[str, int]:
    """Rank files: those that use the most used library first, and of these the ones that use it most."""
    totals: dict[str, int] = {}
    for row in consumers:
        totals[row["library_file_key"]] = totals.get(row["library_file_key"], 0) + int(row["usages"])

    def weight(row: Row) -> tuple[int, int, str]:
        return -totals[row["library_file_key"]], -int(row["usages"]), row["file_key"]

    ordered = dict.fromkeys(row["file_key"] for row in sorted(consumers, key=weight))
    return {key: rank for rank, key in enumerate(ordered)}


def _fetched(api: FigmaClient, wanted: list[WantedVersion], archive: Archive | None, run_id: str) -> Iterator[Loaded]:
    """Yield each version, fetched or not to be had; those that were not asked for when it is to end are left out."""
    run = Run(run_id, archive)
    jobs = (partial(_fetch, api, one, run) for one in wanted)
    for loaded in run_ahead(jobs, api.stop):
        if not api.stop.reason or loaded.status != "put_off":
            yield loaded


def _fetch(api: FigmaClient, one: WantedVersion, run: Run) -> Loaded:
    try:
        with api.for_team(one.ref.team_id), run.outage.counting():
            fetched = fetch_document(
                api,
                one.ref.key,
                keeps_body=run.archive is not None,
                version=one.version,
                may_be_size=run.outage.may_be_size,
            )
    except Refused as refusal:
        row = skipped(run.id, "backfill", one.item_id, refusal, file_key=one.ref.key, name=one.ref.name)
        return Loaded(one.ref, _outcomes([row]), "skipped" if is_permanent(row) else "put_off")
    fetched = replace(fetched, version=one.version, last_modified_at=_last_edit(one, fetched))
    tables = state_tables(one.ref.key, fetched, run.id)
    tables |= _outcomes(keep_state(run.archive, _about(one, fetched, run.id), fetched.body))
    return Loaded(one.ref, tables, "loaded", tables["file_snapshots"]["nodes"][0].as_py())


def _outcomes(rows: list[Row]) -> dict[str, Any]:
    return {"outcomes": as_table("outcomes", rows)} if rows else {}


def _last_edit(one: WantedVersion, fetched: Fetched) -> datetime:
    """Return when the version was last edited: as its document says, unless that is later than the next version."""
    said = fetched.last_modified_at
    if fetched.version != one.version or said is None or (one.next_saved_at and said > one.next_saved_at):
        return one.saved_at
    return said


def _about(one: WantedVersion, fetched: Fetched, run_id: str) -> About:
    edited_at = fetched.last_modified_at or one.saved_at
    return About(one.ref.key, one.version, edited_at, fetched.read_at, run_id, BACKFILL, size=fetched.size)


def _count(report: BackfillReport, loaded: Loaded) -> None:
    if loaded.status == "loaded":
        report.stored += 1
        report.nodes += loaded.nodes
        (edited_at,) = loaded.tables["file_snapshots"]["last_modified_at"].to_pylist()
        report.earliest = min(report.earliest or edited_at, edited_at)
    if loaded.status == "put_off" and report.why is None:
        (row,) = loaded.tables["outcomes"].to_pylist()
        report.why, report.retry_at = REASONS[row["reason"]].words, row["retry_at"]
    report.refused += loaded.status == "skipped"
    report.left = report.planned - report.stored - report.refused
