"""The state of the warehouse: the last runs, freshness and completeness, skipped files and the reasons."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, WarehouseError
from figma_warehouse.job.build_file import open_build
from figma_warehouse.job.folder_sizes import FolderSizes, read_sizes
from figma_warehouse.job.publish import read_published_times
from figma_warehouse.job.run_lock import holder
from figma_warehouse.job.run_report import CUT_OFF, RUNNING
from figma_warehouse.source.api.budget import BudgetUse, read_budget
from figma_warehouse.source.api.tokens import TokenAbout
from figma_warehouse.source.documents.model import FLATTENING
from figma_warehouse.source.reasons import reasons_that
from figma_warehouse.source.resources import RESOURCES

RUN_COLUMNS = (
    *("run_id", "started_at", "finished_at", "published_at", "outcome", "exit_code", "message"),
    *(f"files_{status}" for status in ("expected", "loaded", "unchanged", "skipped", "put_off", "removed")),
    *(f"{spent}_tier_{tier}" for spent in ("requests", "wait_seconds") for tier in (1, 2, 3)),
)
LISTS = ", ".join(f"'{resource.name}'" for resource in RESOURCES.values() if resource.group.is_list)
# a run in the future, by a clock that was ahead, is not the last one
RUNS = "select * from figma.runs order by started_at > now(), started_at desc limit 5"
# a file is stale since its edit. If it was edited again meanwhile, the first run that could not load it is the best
# witness of the first edit; if it is in no listing any more, so is the first run that could not list it
FRESHNESS = f"""
with listing_runs as (
    select distinct runs.run_id, runs.started_at
    from figma.runs
    inner join figma.outcomes on runs.run_id = outcomes.run_id
    where outcomes.resource in ({LISTS}) and runs.started_at <= now()
),

unlisted as (
    select files.file_key, min(listing_runs.started_at) as since
    from figma.files
    inner join listing_runs on files.last_seen_at < listing_runs.started_at
    group by files.file_key
),

not_loaded as (
    select documents.file_key, min(runs.started_at) as since
    from figma.documents
    inner join figma.outcomes
        on
            documents.file_key = outcomes.file_key
            and outcomes.resource = 'documents'
            and outcomes.status = 'skipped'
    inner join figma.runs on outcomes.run_id = runs.run_id and documents.loaded_at < runs.started_at
    where runs.started_at <= now()
    group by documents.file_key
)

select
    coalesce(team_name, 'no team') as team,
    count(*) as files,
    count(*) filter (where is_current) as current,
    count(*) filter (where is_loaded and not is_current) as stale,
    count(*) filter (where not is_loaded) as never_loaded,
    min(coalesce(unlisted.since, least(last_modified_at, not_loaded.since)))
        filter (where is_loaded and not is_current) as stale_since
from marts.file_freshness
left join unlisted using (file_key)
left join not_loaded using (file_key)
where is_expected
group by team_id, team_name
order by team_name, team_id
"""  # noqa: S608  # names of ours
SKIPPED = """
select
    skip_reason as reason,
    count(*) as files,
    min(file_name) as example,
    min(skip_detail) as detail,
    max(retry_at) as retry_at
from marts.file_freshness
where skip_reason is not null
group by skip_reason
order by files desc, skip_reason
"""
NEVER_SERVED = ", ".join(f"'{reason}'" for reason in sorted(reasons_that(lambda reason: reason.is_never_served)))
UNLISTED = f"""
with listings as (
    select
        outcomes.resource,
        outcomes.item_id,
        coalesce(outcomes.name, teams.name, folders.path) as name,
        runs.started_at,
        outcomes.status,
        outcomes.reason,
        outcomes.detail
    from figma.outcomes
    inner join figma.runs on outcomes.run_id = runs.run_id
    left join figma.teams on outcomes.resource <> 'folders' and outcomes.item_id = teams.team_id
    left join figma.folders on outcomes.resource = 'folders' and outcomes.item_id = folders.folder_id
    where outcomes.resource in ({LISTS})
)
select resource, item_id, name, started_at as listed_at, reason, detail
from listings
where
    status = 'skipped'
    and reason not in ({NEVER_SERVED})
    and started_at = (select max(started_at) from listings where started_at <= now())
order by resource, item_id
"""  # noqa: S608  # names of ours
AS_OF = """
select max(finished_at) as as_of
from figma.runs
where finished_at <= now() and outcome is distinct from 'failed'
"""
COUNTS = """
select
    (select count(*) from figma.documents) as files,
    (select count(*) from figma.nodes) as nodes,
    (select count(*) from figma.components where removed_at is null) as components,
    (select count(*) from figma.styles where removed_at is null) as styles,
    (select count(*) from figma.file_snapshots) as snapshots
"""
# all columns, because an older file lacks the last one
DOCUMENTS = "select * from figma.documents"


@dataclass(frozen=True)
class Status:
    """Everything that `figma-warehouse status` shows, as plain data. Times are UTC.

    `as_of` is the end of the last load that is published, or None. `unlisted` has the listings and published lists
    that the last run with listings could not read. `flattened_earlier` is the number of files whose rows an earlier
    version of the flattening made.
    """

    running: str | None
    as_of: datetime | None
    runs: list[dict[str, Any]]
    freshness: list[dict[str, Any]]
    skipped: list[dict[str, Any]]
    unlisted: list[dict[str, Any]]
    counts: dict[str, Any]
    flattened_earlier: int
    token: TokenAbout | None
    budget: BudgetUse | None
    build_bytes: int
    published_bytes: int
    sizes: FolderSizes

    def as_json(self) -> dict[str, Any]:
        """Return the status under the keys of `status --json`, where the team of a budget is called `place`."""
        status = asdict(self)
        for tier in status["budget"]["tiers"] if status["budget"] else ():
            tier["place"] = tier.pop("team_id")
        return status


def read_status(data: DataDir, token: TokenAbout | None = None) -> Status:
    """Read the published file, and the runs from the build file unless a run has it open.

    `token` describes the configured token, if there is one. Raises UsageFailure if nothing was loaded yet and no run is
    in progress.
    """
    (found, times), running = _published(data), holder(data.lock)
    published_runs = found.get("runs", [])
    runs = published_runs if running else _runs(data) or published_runs
    for run in runs:
        run["published_at"] = run["published_at"] or times.get(run["run_id"])
    if not (data.published.exists() or runs or running):
        raise UsageFailure(
            f"Nothing is published at {data.published} yet. Run figma-warehouse run, or figma-warehouse demo."
        )
    budget = read_budget(data.budget)
    return Status(
        running=running,
        as_of=next((row["as_of"] for row in found.get("as_of", [])), None),
        runs=runs,
        freshness=found.get("freshness", []),
        skipped=found.get("skipped", []),
        unlisted=found.get("unlisted", []),
        counts=next(iter(found.get("counts", [])), {}),
        flattened_earlier=sum(row.get("flattening") != FLATTENING for row in found.get("documents", [])),
        token=token,
        budget=budget,
        build_bytes=_size(data.build),
        published_bytes=_size(data.published),
        sizes=read_sizes(data),
    )


def excess_messages(
    status: Status, max_age: float | None = None, max_stale: int | None = None, max_missing: int | None = None
) -> list[str]:
    """Return a message for each limit that the published data exceeds: hours, files in an older state, files without.

    If nothing is published, every limit is exceeded.
    """
    if status.as_of is None and (max_age, max_stale, max_missing) != (None, None, None):
        return ["Nothing is published."]
    too_old = None if max_age is None else _too_old_message(status, max_age)
    limits = (("stale", "loaded in an older state", max_stale), ("never_loaded", "never loaded", max_missing))
    too_many = (_too_many_message(status, column, words, most) for column, words, most in limits if most is not None)
    return [message for message in (too_old, *too_many) if message]


def _too_many_message(status: Status, column: str, words: str, most: int) -> str | None:
    files = sum(row[column] for row in status.freshness)
    if files <= most:
        return None
    return f"Files {words}: {files:,}, more than {most:,}: figma-warehouse status names the reasons."


def _too_old_message(status: Status, hours: float) -> str | None:
    if status.as_of is None:
        return None
    age = datetime.now(UTC) - status.as_of
    if age <= timedelta(hours=hours):
        return None
    return (
        f"The published data is {age / timedelta(hours=1):,.1f} hours old, more than {hours:g}:"
        " figma-warehouse status shows how the last runs ended."
    )


def _published(data: DataDir) -> tuple[dict[str, list[dict[str, Any]]], dict[str, datetime]]:
    """Return the rows of each query on the published file, and when its runs were published."""
    if not data.published.exists():
        return {}, {}
    queries = {"freshness": FRESHNESS, "skipped": SKIPPED, "unlisted": UNLISTED, "counts": COUNTS, "as_of": AS_OF}
    queries["documents"] = DOCUMENTS
    with duckdb.connect(str(data.published), read_only=True) as connection:
        found = {name: _rows(connection, query) for name, query in queries.items()}
        return found | {"runs": _last_runs(connection)}, read_published_times(connection)


def _runs(data: DataDir) -> list[dict[str, Any]]:
    """Return the last runs, including runs that published nothing."""
    try:
        with open_build(data, read_only=True, timeout=0) as connection:
            return _last_runs(connection)
    except (duckdb.Error, WarehouseError):
        return []


def _last_runs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the last five runs. Columns that an older file lacks are None."""
    runs = [{name: row.get(name) for name in RUN_COLUMNS} for row in _rows(connection, RUNS)]
    # a run in progress writes to the build file, which is not read then
    return [run | {"outcome": CUT_OFF if run["outcome"] == RUNNING else run["outcome"]} for run in runs]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.sql(query)
    return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
