"""The published warehouse: opened for a moment and closed again, so that readers see a newly published file at once.

Opening the file takes longer than most queries, so the queries of one page share a connection. An answer is kept as
long as the file that gave it is the published one.
"""

import atexit
import os
import re
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from figma_warehouse.source.reasons import reasons_that
from figma_warehouse.source.resources import RESOURCES

MACROS = Path(__file__).with_name("macros.sql").read_text(encoding="utf-8")
MAX_ANSWERS = 256
SECONDS_OPEN = 2.0
# columns that older versions call by other names
RENAMED = ("component_reach.published_at", "orphaned_styles.style_references", "style_usage.style_references")

# what a team or file publishes
PUBLISHED_LISTS = ("components", "component_sets", "styles")

FileState = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class FailedListing:
    """A list that the last run could not read: what it is of in words, and the start of that run, in UTC.

    It is of a team, a folder, or, if `is_published_list`, of what a team or file publishes.
    """

    of: str
    name: str
    at: datetime
    is_published_list: bool


@dataclass(frozen=True)
class Freshness:
    """When the warehouse was last loaded, in UTC, and how many of the expected files are at their current version."""

    as_of: datetime | None
    files_expected: int
    files_current: int
    is_conclusive: bool

    @property
    def files_behind(self) -> int:
        """Expected files that are not loaded at their current version."""
        return self.files_expected - self.files_current


def published_file() -> Path:
    """Return `DATA_DIR` (default `data`) / warehouse.duckdb, which need not exist."""
    return Path(os.environ.get("DATA_DIR") or "data") / "warehouse.duckdb"


def ask(query: str, **parameters: Any) -> pl.DataFrame:
    """Return the rows of one query, with times in UTC.

    `$name` in the query stands for the parameter of that name; parameters that the query does not name are ignored.
    Raises FileNotFoundError if nothing is published, and the errors of DuckDB.
    """
    names = set(re.findall(r"\$(\w+)", query))
    named = tuple(
        (name, tuple(value) if isinstance(value, list) else value)
        for name, value in parameters.items()
        if name in names
    )
    with _open_file.lock:
        return _answer(file_state(), query, named).clone()


def file_state() -> FileState:
    """Return values that differ between the published file and its successors. Raises FileNotFoundError."""
    return _file_state(published_file())


def freshness() -> Freshness | None:
    """Return None if nothing is published or loaded yet, or if the marts are of an older version."""
    if not published_file().exists() or not has("file_freshness", "unused_components", "orphaned_styles"):
        return None
    if is_outdated():
        return None
    row = ask("""
        select
            coalesce(
                (
                    select max(runs.finished_at)
                    from figma.runs as runs
                    where runs.finished_at <= now() and runs.outcome is distinct from 'failed'
                ),
                (select max(documents.loaded_at) from figma.documents as documents)
            ) as as_of,
            count(*) filter (where files.is_expected) as files_expected,
            count(*) filter (where files.is_expected and files.is_current) as files_current,
            coalesce((select bool_and(is_conclusive) from marts.unused_components), true)
            and coalesce((select bool_and(is_conclusive) from marts.orphaned_styles), true)
            and files_current = files_expected as is_conclusive
        from marts.file_freshness as files
    """).row(0, named=True)
    return Freshness(**row) if row["files_expected"] else None


def failed_listings() -> tuple[FailedListing, ...]:
    """Return the lists of teams, folders and libraries that the last run with listings could not read."""
    if not has("outcomes.resource", "outcomes.item_id", schema="figma"):
        return ()
    failed = ask(
        """
        with listings as (
            select outcomes.*, runs.started_at
            from figma.outcomes
            inner join figma.runs on outcomes.run_id = runs.run_id
            where list_contains($resources, outcomes.resource) and runs.started_at <= now()
        )
        select
            listings.resource,
            coalesce(listings.name, teams.name, folders.path, listings.item_id) as name,
            listings.started_at as at
        from listings
        left join figma.teams on listings.resource <> 'folders' and listings.item_id = teams.team_id
        left join figma.folders on listings.resource = 'folders' and listings.item_id = folders.folder_id
        where
            listings.status = 'skipped'
            and not list_contains($harmless, listings.reason)
            and listings.started_at = (select max(started_at) from listings)
        order by listings.resource <> 'teams', listings.resource, name
        """,
        resources=[resource.name for resource in RESOURCES.values() if resource.is_listing],
        harmless=sorted(reasons_that(lambda reason: reason.is_deferred or reason.is_never_served)),
    )
    return tuple(
        FailedListing(RESOURCES[row["resource"]].label, row["name"], row["at"], row["resource"] in PUBLISHED_LISTS)
        for row in failed.to_dicts()
    )


def has_failed() -> bool:
    """Whether the last run failed. A run that started in the future, by a wrong clock, counts as the oldest."""
    runs = "select outcome from figma.runs order by started_at > now(), started_at desc nulls last limit 1"
    return ask(runs)["outcome"].to_list() == ["failed"]


def is_outdated() -> bool:
    """Whether an older version, in which columns have other names, published the file."""
    return published_file().exists() and has("component_reach") and not has(*RENAMED)


def has(*names: str, schema: str = "marts") -> bool:
    """Whether the published file has all these tables and columns, each a `table` or a `table.column`.

    A file that an older version published lacks the newer ones.
    """
    existing = ask(
        """
        select table_name as name from information_schema.tables where table_schema = $schema
        union all
        select table_name || '.' || column_name from information_schema.columns where table_schema = $schema
        """,
        schema=schema,
    )
    return set(names) <= set(existing["name"])


class _OpenFile:
    """The connection to the published file, closed some seconds after it was opened. Use it under its lock.

    Without the lock, DuckDB would hand its open file to a caller that opens the same path after a new file was
    published there.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._state: FileState | None = None
        self._openings = 0

    def connection(self, state: FileState) -> duckdb.DuckDBPyConnection:
        """Return a connection to the file in that state."""
        if self._connection is None or self._state != state:
            self._close()
            self._connection, self._state = duckdb.connect(state[0], read_only=True), state
            self._connection.execute("set TimeZone = 'UTC'")
            self._connection.execute(MACROS)
            self._openings += 1
            # the thread gets no reference to the connection: Python aborts if it ends while a thread destroys one
            closing = threading.Timer(SECONDS_OPEN, self._close_opening, [self._openings])
            closing.daemon = True
            closing.start()
        return self._connection

    def close(self) -> None:
        """Close the connection, if there is one."""
        with self.lock:
            self._close()

    def _close_opening(self, number: int) -> None:
        with self.lock:
            if number == self._openings:
                self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


_open_file = _OpenFile()
# waits until the thread that closes the connection, if it does so now, has finished
atexit.register(_open_file.close)


def _file_state(path: Path) -> FileState:
    """Return values that differ between a file and its successor at the same path. Raises FileNotFoundError."""
    stat = path.stat()
    return str(path), stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns


@lru_cache(maxsize=MAX_ANSWERS)
def _answer(state: FileState, query: str, parameters: tuple[tuple[str, Any], ...]) -> pl.DataFrame:
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters}
    return _open_file.connection(state).sql(query, params=values or None).pl()
