"""The published warehouse: opened, asked and closed per query, so that a newly published file is seen at once."""

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl


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
    with duckdb.connect(str(published_file()), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.sql(question, params=parameters or None).pl()


def freshness() -> Freshness | None:
    """Return how fresh and complete the warehouse is; None where nothing was published or loaded yet."""
    if not published_file().exists() or not _has_marts():
        return None
    row = ask("""
        select
            coalesce(
                (select max(runs.finished_at) from figma.runs as runs),
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


def team_names() -> pl.DataFrame:
    """Every team: key (its id) and name."""
    return ask("select team_id as key, name from figma.teams order by lower(name), team_id")


def _has_marts() -> bool:
    return ask("select 1 from duckdb_tables() where schema_name = 'marts'").height > 0
