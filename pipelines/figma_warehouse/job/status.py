"""The state of the warehouse: the last runs, freshness and completeness, skipped files and the reasons."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.build_file import open_build
from figma_warehouse.job.publish import read_published_times
from figma_warehouse.job.run_lock import holder
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
# a run in the future, by a clock that was ahead, is not the last one
RUNS = "select * from figma.runs order by started_at > now(), started_at desc limit 5"
FRESHNESS = """
select
    coalesce(team_name, 'no team') as team,
    count(*) as files,
    count(*) filter (where is_current) as current,
    count(*) filter (where is_loaded and not is_current) as stale,
    count(*) filter (where not is_loaded) as never_loaded,
    min(last_modified_at) filter (where is_loaded and not is_current) as stale_since
from marts.file_freshness
where is_expected
group by team_id, team_name
order by team_name, team_id
"""
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
LISTS = ", ".join(f"'{resource.name}'" for resource in RESOURCES.values() if resource.group.is_list)
NEVER_SERVED = ", ".join(f"'{reason}'" for reason in sorted(reasons_that(lambda reason: reason.is_never_served)))
UNLISTED = f"""
with listings as (
    select runs.started_at, outcomes.resource, outcomes.item_id, outcomes.status, outcomes.reason, outcomes.detail
    from figma.outcomes
    inner join figma.runs on outcomes.run_id = runs.run_id
    where outcomes.resource in ({LISTS})
)
select resource, item_id, reason, detail
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
    )


def too_old_message(status: Status, hours: float) -> str | None:
    """Return a message if the published data is older than `hours`, else None."""
    if status.as_of is None:
        return "Nothing is published."
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
    except (duckdb.Error, UsageFailure):
        return []


def _last_runs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the last five runs. Columns that an older file lacks are None."""
    return [{name: row.get(name) for name in RUN_COLUMNS} for row in _rows(connection, RUNS)]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    result = connection.sql(query)
    return [dict(zip(result.columns, row, strict=True)) for row in result.fetchall()]
