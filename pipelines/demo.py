"""The demo: the sample organisation on loopback, loaded as a real one would be, week after week."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines.loading import load
from pipelines.locking import run_lock
from pipelines.runs import LoadReport
from pipelines.sandbox import SampleOrganisation, serve
from pipelines.settings import DataDir, FigmaSettings
from pipelines.warehouse import Follow, RunReport, run

WEEKS = 26
WEEKS_OF_HISTORY = 4
WEEKS_A_LOAD = 2

SUMMARY = {
    "most_used": """
        select coalesce(component_set_name, component_name) as name, sum(placements) as placements,
            count(distinct file_key) filter (where placements > 0) as files
        from marts.component_usage
        group by coalesce(component_set_key, component_key), coalesce(component_set_name, component_name)
        order by placements desc, name
        limit 5
    """,
    "unused": """
        select count(*) as unused, count(*) filter (where days_published > 90) as old, bool_and(is_conclusive) as sure,
            (select count(*) from marts.component_reach where is_published) as published
        from marts.unused_components
    """,
    "orphaned": """
        select count(*) filter (where kind = 'unused') as unused,
            count(*) filter (where kind = 'dangling') as dangling,
            sum("references") filter (where kind = 'dangling') as dangling_references
        from marts.orphaned_styles
    """,
    "growth": """
        select file_name as name, growth_4_weeks as growth
        from marts.file_growth
        where is_latest and not is_branch and not is_removed and growth_4_weeks is not null
        order by growth_4_weeks desc
        limit 1
    """,
    "complete": """
        select count(*) as expected, count(*) filter (where is_current) as current,
            string_agg(skip_reason, ', ') as reasons
        from marts.file_freshness
        where is_expected
    """,
}


@dataclass(frozen=True)
class DemoReport:
    """What the demo did and found; `summary` holds the answers by the names of SUMMARY."""

    week: int
    is_first: bool
    files: int
    teams: int
    history: list[LoadReport]
    run: RunReport
    summary: dict[str, list[dict[str, Any]]]


def run_demo(data: DataDir, follow: Follow) -> DemoReport:
    """Load the sample organisation: at first thrice over its last four weeks, then one week more each time.

    `follow` is told of the events of a run, and before them of ("serving", address) and ("history", week).
    """
    data.make()
    before = _read_week(data)
    week = WEEKS - WEEKS_OF_HISTORY if before is None else before + 1
    organisation = SampleOrganisation(weeks=WEEKS, week=week)
    with _served(organisation) as settings:
        follow("serving", settings.base_url)
        history = _load_history(settings, data, organisation, follow) if before is None else []
        follow("history", organisation.week)
        report = run(settings, data, follow)
    _week_file(data).write_text(str(organisation.week))
    return DemoReport(
        week=organisation.week,
        is_first=before is None,
        files=report.load.files_expected,
        teams=len(organisation.team_ids),
        history=history,
        run=report,
        summary=read_summary(data.published),
    )


def read_summary(published: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the answers that a newcomer sees first."""
    with duckdb.connect(str(published), read_only=True) as connection:
        return {name: connection.sql(query).to_arrow_table().to_pylist() for name, query in SUMMARY.items()}


def _load_history(
    settings: FigmaSettings, data: DataDir, organisation: SampleOrganisation, follow: Follow
) -> list[LoadReport]:
    reports = []
    for _ in range(0, WEEKS_OF_HISTORY, WEEKS_A_LOAD):
        follow("history", organisation.week)
        with run_lock(data.lock):
            reports.append(load(settings, data, follow))
        organisation.advance(WEEKS_A_LOAD)
    return reports


@contextmanager
def _served(organisation: SampleOrganisation) -> Iterator[FigmaSettings]:
    with serve(organisation) as server:
        settings = FigmaSettings()
        settings.figma_token = organisation.token
        settings.base_url = server.base_url
        settings.teams = organisation.team_ids
        yield settings


def _week_file(data: DataDir) -> Path:
    return data.root / "week"


def _read_week(data: DataDir) -> int | None:
    """Return the week up to which the demo has loaded, or None where it starts anew."""
    return int(_week_file(data).read_text()) if data.published.exists() and _week_file(data).exists() else None
