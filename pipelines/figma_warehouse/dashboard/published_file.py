"""The published warehouse: opened for a moment and closed again, so that a newly published file is seen at once.

Opening takes longer than most queries, so those of one page share an opening. What was asked of a file is kept for as
long as that file is the published one.
"""

import os
import threading
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

ANSWERS_KEPT = 256
SECONDS_OPEN = 2.0

State = tuple[str, int, int, int, int]


@dataclass(frozen=True)
class Freshness:
    """When the warehouse was last loaded, UTC, and how much of what it should hold it holds at its current version."""

    as_of: datetime | None
    files_expected: int
    files_current: int
    is_conclusive: bool


def published_file() -> Path:
    """Return where readers find the warehouse: `DATA_DIR` (default `data`) / warehouse.duckdb; it need not exist."""
    return Path(os.environ.get("DATA_DIR") or "data") / "warehouse.duckdb"


def ask(question: str, **parameters: Any) -> pl.DataFrame:
    """Rows of one SQL query; `$name` in it stands for the parameter of that name. Times come back in UTC."""
    given = tuple((name, tuple(value) if isinstance(value, list) else value) for name, value in parameters.items())
    with _open_file.lock:
        return _answer(_state_of(published_file()), question, given).clone()


def freshness() -> Freshness | None:
    """Return how fresh and complete the warehouse is; None where nothing was published or loaded yet."""
    if not published_file().exists() or not has("file_freshness", "unused_components", "orphaned_styles"):
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


def has(*names: str, schema: str = "marts") -> bool:
    """Whether the published file has all of these, each a `table` or a `table.column`: an older one lacks the newer."""
    known = ask(
        """
        select table_name as name from information_schema.tables where table_schema = $schema
        union all
        select table_name || '.' || column_name from information_schema.columns where table_schema = $schema
        """,
        schema=schema,
    )
    return set(names) <= set(known["name"])


def team_names() -> pl.DataFrame:
    """Every team: key (its id) and name."""
    return ask("select team_id as key, name from figma.teams order by lower(name), team_id")


def folder_names(team: str | None = None) -> pl.DataFrame:
    """Every folder with files in it or below, of one team or of all: key (its id) and its path as name."""
    return ask(
        """
        with recursive holding as (
            select folder_id, folder_path as path
            from marts.file_freshness
            where folder_id is not null and ($team::varchar is null or team_id = $team)
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


def within(folder: str | None) -> list[str] | None:
    """Return the ids of a folder and of all that lie in it, however deep; None for no folder in particular."""
    if folder is None:
        return None
    found = ask(
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
    return found["folder_id"].to_list()


def library_names() -> pl.DataFrame:
    """Every file that publishes components, or did: key and name."""
    return ask("""
        select distinct reach.library_file_key as key, coalesce(files.file_name, 'No longer listed') as name
        from marts.component_reach as reach
        left join marts.file_freshness as files on reach.library_file_key = files.file_key
        where reach.library_file_key is not null
        order by lower(name), key
    """)


def definitions() -> pl.DataFrame:
    """Every component and set that is or was published: its key and `definition`, the address that opens it."""
    if not has("components", "component_sets", schema="figma"):
        return pl.DataFrame(schema={"key": pl.String, "definition": pl.String})
    return ask("""
        with things as (
            select component_key as key, file_key, node_id from figma.components
            union all
            select component_set_key, file_key, node_id from figma.component_sets
        )
        select
            key,
            'https://www.figma.com/design/' || file_key || '?node-id=' || replace(node_id, ':', '-') as definition
        from things
    """)


def since(weeks: str | None) -> str | None:
    """Return the day, as YYYY-MM-DD, that many weeks before the last week there is; None for all weeks."""
    if weeks is None or not weeks.isdigit() or not has("file_growth_weekly"):
        return None
    last = ask(
        "select strftime(max(week_start) - to_days(7 * $weeks::integer), '%Y-%m-%d') as day "
        "from marts.file_growth_weekly",
        weeks=int(weeks[:4]),
    )
    day: str | None = last["day"].item(0)
    return day


class _OpenFile:
    """The connection to the published file, closed some seconds after it was opened; to be used under its lock.

    The lock keeps DuckDB from handing the file that it has open to whoever opens that path when another lies there.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._state: State | None = None

    def connection(self, state: State) -> duckdb.DuckDBPyConnection:
        """Return a connection to the file of that state."""
        if self._connection is None or self._state != state:
            self._close()
            self._connection, self._state = duckdb.connect(state[0], read_only=True), state
            self._connection.execute("set TimeZone = 'UTC'")
            closing = threading.Timer(SECONDS_OPEN, self._end, [self._connection])
            closing.daemon = True
            closing.start()
        return self._connection

    def _end(self, connection: duckdb.DuckDBPyConnection) -> None:
        with self.lock:
            if self._connection is connection:
                self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None


_open_file = _OpenFile()


def _state_of(path: Path) -> State:
    """Return what tells a file from the one that takes its place. Raises FileNotFoundError."""
    about = path.stat()
    return str(path), about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns


@lru_cache(maxsize=ANSWERS_KEPT)
def _answer(state: State, question: str, parameters: tuple[tuple[str, Any], ...]) -> pl.DataFrame:
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in parameters}
    return _open_file.connection(state).sql(question, params=given or None).pl()
