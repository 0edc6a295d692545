"""How things stand: the last runs, how fresh and complete the warehouse is, what was skipped and why."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.build_file import open_build
from figma_warehouse.job.publish import published_times
from figma_warehouse.job.run_lock import holder
from figma_warehouse.source.api.budget import BudgetUse, read_budget
from figma_warehouse.source.api.tokens import TokenAbout
from figma_warehouse.source.reasons import reasons_that
from figma_warehouse.source.resources import RESOURCES

RUN_COLUMNS = (
    *("run_id", "started_at", "finished_at", "published_at", "outcome", "exit_code", "message"),
    *(f"files_{fate}" for fate in ("expected", "loaded", "unchanged", "skipped", "put_off", "removed")),
    *(f"{spent}_tier_{tier}" for spent in ("requests", "wait_seconds") for tier in (1, 2, 3)),
)
# what a clock that was ahead has put into the future was not the last
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


@dataclass(frozen=True)
class Status:
    """All that `figma-warehouse status` shows, as plain data; times are UTC.

    `as_of` is when what is published was last loaded, None where nothing is. `unlisted` are the listings and published
    lists that the last run which listed anything could not read.
    """

    running: str | None
    as_of: datetime | None
    runs: list[dict[str, Any]]
    freshness: list[dict[str, Any]]
    skipped: list[dict[str, Any]]
    unlisted: list[dict[str, Any]]
    counts: dict[str, Any]
    token: TokenAbout | None
    budget: BudgetUse | None
    build_bytes: int
    published_bytes: int

    def as_json(self) -> dict[str, Any]:
        """Return it under the keys of `status --json`, where the team of a budget is its `place`."""
        found = asdict(self)
        for tier in found["budget"]["tiers"] if found["budget"] else ():
            tier["place"] = tier.pop("team_id")
        return found


def read_status(data: DataDir, token: TokenAbout | None = None) -> Status:
    """Read how things stand from the published file, and the runs from the build file where no run holds it.

    `token` is what is known of the one that is set, if any. Raises UsageFailure where nothing was loaded, nor is being.
    """
    found, running = _published(data), holder(data.lock)
    published_runs = found.pop("runs", [])
    runs = published_runs if running else _runs(data) or published_runs
    times = published_times(data.published)
    for run in runs:
        run["published_at"] = run["published_at"] or times.get(run["run_id"])
    if not (data.published.exists() or runs or running):
        raise UsageFailure(f"Nothing is published at {data.published} yet. Run figma-warehouse run, or make demo.")
    budget = read_budget(data.budget)
    return Status(
        running=running,
        as_of=next((row["as_of"] for row in found.get("as_of", [])), None),
        runs=runs,
        freshness=found.get("freshness", []),
        skipped=found.get("skipped", []),
        unlisted=found.get("unlisted", []),
        counts=next(iter(found.get("counts", [])), {}),
        token=token,
        budget=budget,
        build_bytes=_size(data.build),
        published_bytes=_size(data.published),
    )


def why_too_old(status: Status, hours: float) -> str | None:
    """Return in a sentence that what is published is older than so many hours; None where it is not."""
    if status.as_of is None:
        return "Nothing is published."
    age = datetime.now(UTC) - status.as_of
    if age <= timedelta(hours=hours):
        return None
    told = f"{age / timedelta(hours=1):,.1f} hours old, more than {hours:g}"
    return f"What is published is {told}: figma-warehouse status shows how the last runs ended."


def _published(data: DataDir) -> dict[str, list[dict[str, Any]]]:
    if not data.published.exists():
        return {}
    with duckdb.connect(str(data.published), read_only=True) as connection:
        queries = {"freshness": FRESHNESS, "skipped": SKIPPED, "unlisted": UNLISTED, "counts": COUNTS, "as_of": AS_OF}
        return {"runs": _last_runs(connection)} | {name: _rows(connection, query) for name, query in queries.items()}


def _runs(data: DataDir) -> list[dict[str, Any]]:
    """Return the last runs, those included that published nothing."""
    try:
        with open_build(data, read_only=True, patience=0) as connection:
            return _last_runs(connection)
    except (duckdb.Error, UsageFailure):
        return []


def _last_runs(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """Return the last five runs; columns that the file is too old to have are null."""
    return [{name: row.get(name) for name in RUN_COLUMNS} for row in _rows(connection, RUNS)]


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows
