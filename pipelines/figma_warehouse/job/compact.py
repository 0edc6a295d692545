"""Compacting: the build file is written anew if much of it is free, which DuckDB keeps for later rows."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, WarehouseError
from figma_warehouse.files import replacing
from figma_warehouse.job.build_file import check_build, open_build

# below, the time to write all anew is better spent elsewhere
LEAST_FREE_SHARE = 1 / 3
SPACE = "select free_blocks * block_size, total_blocks * block_size from pragma_database_size()"
ROWS = """
select schema_name || '.' || table_name, estimated_size
from duckdb_tables()
where database_name = ? and not internal
"""


@dataclass(frozen=True)
class Compaction:
    """The size of the build file before and after, and the free bytes in it before."""

    bytes_before: int
    free_bytes: int
    bytes_after: int
    is_compacted: bool


def read_space(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return the free bytes of an open database file, and its size as DuckDB counts it."""
    free, total = connection.execute(SPACE).fetchone() or (0, 0)
    return int(free), int(total)


def compact(data: DataDir) -> Compaction:
    """Write the build file anew if a third of it is free. Call it with the lock held.

    A process that is killed leaves the build file as it was. Raises UsageFailure if there is no build file, and the
    errors of `open_build`.
    """
    if not data.build.exists():
        raise UsageFailure(f"{data.build} does not exist: there is nothing to compact. Run figma-warehouse run first.")
    check_build(data)
    with open_build(data) as connection:
        connection.execute("checkpoint")
        free, total = read_space(connection)
    before = data.build.stat().st_size
    is_compacted = total > 0 and free / total >= LEAST_FREE_SHARE
    if is_compacted:
        copy = data.build.with_suffix(".compacting")
        copy.unlink(missing_ok=True)
        with replacing(data.build, temporary=copy):
            _write_anew(data.build, copy)
    return Compaction(before, free, data.build.stat().st_size, is_compacted)


def _write_anew(source: Path, target: Path) -> None:
    """Copy all schemas, tables, views, rows and comments into a new file. Raises WarehouseError if rows are missing."""
    with duckdb.connect() as connection:
        # DuckDB prints its own to standard output
        connection.execute("set enable_progress_bar = false")
        connection.execute(f"attach {_quoted(source)} as old_file (read_only)")
        connection.execute(f"attach {_quoted(target)} as new_file")
        connection.execute("copy from database old_file to new_file")
        old, new = (sorted(connection.execute(ROWS, [name]).fetchall()) for name in ("old_file", "new_file"))
        if old != new:
            raise WarehouseError(f"{source} could not be compacted: rows would be lost. It stays as it was.")
        connection.execute("detach new_file")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
