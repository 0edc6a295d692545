"""Two build files held against each other by DuckDB itself, row for row."""

from collections.abc import Collection, Iterable
from pathlib import Path

import duckdb

from pipelines.figma.schema import TABLES


def differing(found: Path, due: Path, tables: Iterable[str], without: Collection[str] = (), only: str = "true") -> str:
    """The first rows that one file has more often than the other, in these tables where `only` holds; else nothing.

    Columns that `without` names are not compared, nor is whether a row takes back another.
    """
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, path in (("found", found), ("due", due)):
            connection.execute(f"attach '{path}' as {name} (read_only)")
        for table in tables:
            left_out = {"is_tombstone", *without}
            columns = ", ".join(f'"{name}"' for name in TABLES[table].schema.names if name not in left_out)
            rows = [f"select {columns} from {one}.figma.{table} where {only}" for one in ("found", "due")]
            for what, these, those in (("too many", *rows), ("lost", *reversed(rows))):
                first = connection.execute(f"({these}) except all ({those}) limit 3").fetchall()
                if first:
                    return f"{table}, {what}: {first}"
    return ""
