"""The demo: loads the sample organisation from a local server as a real one would be loaded, week after week."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.files import write_whole
from figma_warehouse.job.events import RunEvents
from figma_warehouse.job.load import load
from figma_warehouse.job.run import RunReport, run
from figma_warehouse.job.run_lock import run_lock
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.job.transform import record_shares
from figma_warehouse.sandbox import FIRST_MONDAY, SampleOrganisation, serve
from figma_warehouse.settings import FigmaSettings

WEEKS = 26
WEEKS_OF_HISTORY = 4
WEEKS_A_LOAD = 2
# weeks between the sample organisation and the present, so that further demos need not wait for a real week to pass;
# two, so that growth over four weeks still has two weeks to show
WEEKS_BEHIND = 2

SUMMARY = {
    "most_used": """
        select coalesce(component_set_name, component_name) as name, sum(placements) as placements,
            count(distinct file_key) filter (where usages > 0 and not is_at_home) as files
        from marts.component_usage
        group by coalesce(component_set_key, component_key), coalesce(component_set_name, component_name)
        order by placements desc, name
        limit 5
    """,
    "unused": """
        select count(*) as unused, bool_and(is_conclusive) as sure,
            (select count(*) from marts.component_reach where is_published) as published,
            (select count(*) from marts.attention where kind = 'unused_component') as old,
            (select floor(min(figure))::bigint from marts.attention where kind = 'unused_component') as days
        from marts.unused_components
    """,
    "orphaned": """
        select
            (select count(*) from marts.orphaned_styles where kind = 'unused') as unused,
            count(distinct subject_key) as dangling,
            sum(figure)::bigint as dangling_references
        from marts.attention
        where kind = 'dangling_style'
    """,
    "growth": """
        select file_name as name, growth_4_weeks as growth
        from marts.file_growth
        where is_latest and not is_branch and not is_removed and growth_4_weeks > 0
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
    """What the demo loaded and found. `summary` has the result of each query of SUMMARY.

    `next_at` is the end of the sample organisation's next week, UTC, which usually is in the past.
    """

    week: int
    is_first: bool
    next_at: datetime
    files: int
    teams: int
    history: list[LoadReport]
    run: RunReport
    summary: dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Sample:
    """The current week of the sample organisation, and the Monday on which its first week began, UTC."""

    week: int
    start: datetime = FIRST_MONDAY

    @classmethod
    def first(cls, now: datetime) -> Self:
        """Return the sample of a first demo: its last week ended WEEKS_BEHIND weeks before the current week began."""
        monday = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=now.weekday())
        return cls(WEEKS, monday - timedelta(weeks=WEEKS + WEEKS_BEHIND))

    def advanced(self, now: datetime) -> Self:
        """Return the sample one week later, or WEEKS_BEHIND weeks before now if that is later, but never after now."""
        weeks = (now - self.start) // timedelta(weeks=1)
        return replace(self, week=max(self.week, min(weeks, max(self.week + 1, weeks - WEEKS_BEHIND))))


def run_demo(data: DataDir, events: RunEvents) -> DemoReport:
    """Load the sample organisation: the first time three times over its last four weeks, then one more week each time.

    Its weeks lie in the recent past and never in the future.
    """
    data.make()
    now, is_first = datetime.now(UTC), not data.published.exists()
    sample = read_sample(data) or Sample.first(now)
    if is_first:
        _save_sample(data, sample)
    else:
        sample = sample.advanced(now)
    week = WEEKS - WEEKS_OF_HISTORY if is_first else sample.week
    organisation = SampleOrganisation(weeks=WEEKS, week=week, start=sample.start)
    with _served(organisation) as settings:
        events.sandbox_started(settings.base_url)
        history = _load_history(settings, data, organisation, events) if is_first else []
        events.sample_week(organisation.week)
        # the sample organisation needs nobody's attention
        report = run(settings, data, events, is_sample=True)
    _save_sample(data, sample)
    return DemoReport(
        week=organisation.week,
        is_first=is_first,
        next_at=organisation.at + timedelta(weeks=1),
        files=report.load.files_expected,
        teams=len(organisation.team_ids),
        history=history,
        run=report,
        summary=read_summary(data.published),
    )


def read_summary(published: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the answers that a new user sees first, by the names of SUMMARY."""
    with duckdb.connect(str(published), read_only=True) as connection:
        return {name: connection.sql(query).to_arrow_table().to_pylist() for name, query in SUMMARY.items()}


def read_sample(data: DataDir) -> Sample | None:
    """Return the sample of this data folder, or None before the first demo."""
    if not sample_file(data).exists():
        return None
    week, *start = sample_file(data).read_text(encoding="utf-8").split()
    return Sample(int(week), *(datetime.fromisoformat(day).replace(tzinfo=UTC) for day in start))


def _load_history(
    settings: FigmaSettings, data: DataDir, organisation: SampleOrganisation, events: RunEvents
) -> list[LoadReport]:
    reports = []
    for _ in range(0, WEEKS_OF_HISTORY, WEEKS_A_LOAD):
        events.sample_week(organisation.week)
        with run_lock(data.lock):
            reports.append(load(settings, data, events))
            # the last run builds all models; these loads leave only what no later build can compute
            record_shares(data)
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


def sample_file(data: DataDir) -> Path:
    """Return the file that has the current week of the sample organisation; only the folder of a demo has it."""
    return data.root / "week"


def _save_sample(data: DataDir, sample: Sample) -> None:
    write_whole(sample_file(data), f"{sample.week} {sample.start:%Y-%m-%d}\n".encode())
