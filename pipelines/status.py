"""How things stand: the last runs, how fresh and complete the warehouse is, what was skipped and why."""

from dataclasses import dataclass
from typing import Any

import duckdb

from pipelines.failures import UsageFailure
from pipelines.locking import holder
from pipelines.settings import DataDir

RUNS = """
select
    started_at,
    finished_at,
    outcome,
    files_expected,
    files_loaded,
    files_unchanged,
    files_skipped,
    files_removed,
    requests_tier_1,
    requests_tier_2,
    requests_tier_3
from figma.runs
order by started_at desc
limit 5
"""
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
group by team_name
order by team_name
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
    """All that `figma-warehouse status` shows, as plain data; times are UTC."""

    running: str | None
    runs: list[dict[str, Any]]
    freshness: list[dict[str, Any]]
    skipped: list[dict[str, Any]]
    counts: dict[str, Any]
    build_bytes: int
    published_bytes: int


def read_status(data: DataDir) -> Status:
    """Read how things stand from the published file, and the runs from the build file where no run holds it.

    Raises UsageFailure where nothing is published.
    """
    if not data.published.exists():
        raise UsageFailure(f"Nothing is published at {data.published} yet. Run figma-warehouse run, or make demo.")
    with duckdb.connect(str(data.published), read_only=True) as connection:
        return Status(
            running=holder(data.lock),
            runs=_runs(data) or _rows(connection, RUNS),
            freshness=_rows(connection, FRESHNESS),
            skipped=_rows(connection, SKIPPED),
            counts=_rows(connection, COUNTS)[0],
            build_bytes=data.build.stat().st_size if data.build.exists() else 0,
            published_bytes=data.published.stat().st_size,
        )


def _runs(data: DataDir) -> list[dict[str, Any]]:
    """Return the last runs, those included that published nothing."""
    try:
        with duckdb.connect(str(data.build), read_only=True) as connection:
            return _rows(connection, RUNS)
    except duckdb.Error:
        return []


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = connection.sql(query).to_arrow_table().to_pylist()
    return rows
