"""The selection of a page: the one place that says what its filters leave, and what the filters can offer.

Queries apply a selection with the macros of macros.sql, for example
`where is_selected(team_id, folder_id, $team, $folders) and matches(file_name, $search)`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from figma_warehouse.dashboard import published_file

# the period of a page whose address names none
DEFAULT_WEEKS = "12"


@dataclass(frozen=True)
class Selection:
    """What the filters of a page leave; a filter without a value leaves everything.

    A folder stands for itself and all folders below it. A library is the key of a file.
    """

    team: str | None = None
    folder: str | None = None
    library: str | None = None
    search: str = ""

    @property
    def is_part(self) -> bool:
        """Whether a team or a folder is selected."""
        return self.team is not None or self.folder is not None

    @property
    def is_whole(self) -> bool:
        """Whether no filter is set, so that a statement about what is selected holds for the whole organisation."""
        return not self.is_part and self.library is None and not self.search.strip()

    def ask(self, query: str, **parameters: Any) -> pl.DataFrame:
        """Return the rows of a query that may use `$team`, `$folders`, `$library`, `$search`, and `parameters`."""
        return published_file.ask(
            query,
            team=self.team,
            folders=folders_below(self.folder),
            library=self.library,
            search=self.search.strip(),
            **parameters,
        )


def team_names() -> pl.DataFrame:
    """One row per team: key (its id) and name."""
    return published_file.ask("select team_id as key, name from figma.teams order by lower(name), team_id")


def folder_names(team: str | None = None) -> pl.DataFrame:
    """One row per folder with files in it or below, of one team or of all: key (its id) and name (its path)."""
    return published_file.ask(
        """
        with recursive holding as (
            select folder_id, folder_path as path
            from marts.file_freshness
            where folder_id is not null and is_or_all(team_id, $team)
            union
            select parents.folder_id, parents.path
            from holding
            inner join figma.folders as folders on holding.folder_id = folders.folder_id
            inner join figma.folders as parents on folders.parent_folder_id = parents.folder_id
        )
        select folder_id as key, coalesce(min(path), folder_id) as name
        from holding
        group by folder_id
        order by lower(name), key
        """,
        team=team,
    )


def library_names() -> pl.DataFrame:
    """One row per file that publishes or published components: key and name."""
    return published_file.ask("""
        select distinct reach.library_file_key as key, library_title(files.file_name) as name
        from marts.component_reach as reach
        left join marts.file_freshness as files on reach.library_file_key = files.file_key
        where reach.library_file_key is not null
        order by lower(name), key
    """)


def libraries_by_use() -> pl.DataFrame:
    """One row per file that publishes or published a component, set or style: key and name, the most used first."""
    return published_file.ask("""
        with publishing as (
            select library_file_key as key from marts.component_reach
            union
            select library_file_key from marts.library_changes
        ),
        users as (
            select library_file_key as key, count(*) as files
            from marts.library_usage
            group by library_file_key
        )
        select publishing.key, library_title(files.file_name) as name
        from publishing
        left join users on publishing.key = users.key
        left join marts.file_freshness as files on publishing.key = files.file_key
        where publishing.key is not null
        order by coalesce(users.files, 0) desc, lower(name), publishing.key
    """)


@dataclass(frozen=True)
class Span:
    """What a page compares with: the end of `week`, a Monday. Without a week there is nothing to compare with."""

    week: date | None = None

    @property
    def since(self) -> str:
        """The comparison in words, for example `since 7 September`."""
        return f"since {self.week + timedelta(days=6):%-d %B}" if self.week else "since the first load"


def compared_span(weeks: str | None) -> Span:
    """Return the span of a period: it begins with the first week of the period in which most files are loaded."""
    if not published_file.has("file_growth_weekly", "usage_history.is_mostly_scanned"):
        return Span()
    return Span(
        published_file.ask(
            """
            select min(week_start)
            from marts.usage_history
            where is_mostly_scanned
                and is_since(week_start, $since)
                and week_start < (select max(week_start) from marts.file_growth_weekly)
            """,
            since=first_day(weeks),
        ).item()
    )


def first_day(weeks: str | None) -> str | None:
    """Return the day, as YYYY-MM-DD, that many weeks before the last known week; None stands for all weeks."""
    if weeks is None or not weeks.isdigit() or not published_file.has("file_growth_weekly"):
        return None
    day: str | None = published_file.ask(
        "select strftime(max(week_start) - to_days(7 * $weeks::integer), '%Y-%m-%d') from marts.file_growth_weekly",
        weeks=int(weeks[:4]),
    ).item()
    return day


def folders_below(folder: str | None) -> list[str] | None:
    """Return the ids of a folder and of all folders below it, at any depth; None stands for all folders."""
    if folder is None:
        return None
    below = published_file.ask(
        """
        with recursive below as (
            select $folder::varchar as folder_id
            union
            select folders.folder_id
            from below
            inner join figma.folders as folders on below.folder_id = folders.parent_folder_id
        )
        select folder_id from below order by folder_id
        """,
        folder=folder,
    )
    return below["folder_id"].to_list()
