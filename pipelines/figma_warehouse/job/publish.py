"""Publishing: a copy of the build file replaces the published file in one step."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, WarehouseError
from figma_warehouse.files import PRIVATE, replacing
from figma_warehouse.job.build_file import check_build, open_build
from figma_warehouse.logs import LOG

HAS_PUBLISHED_AT = """
select 1
from duckdb_columns()
where schema_name = 'figma' and table_name = 'runs' and column_name = 'published_at'
"""
UNPUBLISHED = "select run_id from figma.runs where outcome in ('done', 'partial') and published_at is null"


def publish(data: DataDir) -> int:
    """Replace the published file with a copy of the build file, and return its size in bytes.

    In both files, the table `runs` then marks each run that loaded something as published. Readers that have the old
    file open continue to read it. Raises UsageFailure if there are no models yet, and DamagedFile if the build file is
    shorter than its data.
    """
    if not data.build.exists():
        raise UsageFailure(f"There is nothing to publish: {data.build} does not exist. Run figma-warehouse run first.")
    times = _published_times(data.published)
    check_build(data)
    with open_build(data) as connection:
        has_models = "select 1 from duckdb_tables() where schema_name = 'marts' limit 1"
        if not connection.execute(has_models).fetchone():
            raise UsageFailure(f"{data.build} holds no models yet. Run figma-warehouse transform first.")
        # a run that was killed right after publishing could not write them
        _write_times(connection, times)
        unpublished = (
            connection.execute(UNPUBLISHED).fetchall() if connection.execute(HAS_PUBLISHED_AT).fetchone() else []
        )
        connection.execute("checkpoint")
    now = dict.fromkeys((run_id for (run_id,) in unpublished), datetime.now(UTC))
    _replace_by_copy(data, now)
    try:
        with open_build(data) as connection:
            _write_times(connection, now)
    except (duckdb.Error, OSError, WarehouseError) as error:
        LOG.warning("the time of publishing is in %s, but not yet in %s: %s", data.published, data.build, error)
    return data.published.stat().st_size


def read_published_times(connection: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """Return when each run was published, by run id.

    In a file of an older version, which has no such column, it is the end of each run that loaded something.
    """
    finished = "finished_at from figma.runs where outcome in ('done', 'partial')"
    published = "published_at from figma.runs where published_at is not null"
    times = published if connection.execute(HAS_PUBLISHED_AT).fetchone() else finished
    return dict(connection.execute(f"select run_id, {times}").fetchall())


def remove_unfinished_copy(data: DataDir) -> None:
    """Remove the copy that is left if a run was killed while it published."""
    copy = _unfinished_copy(data)
    for path in (copy, copy.with_name(f"{copy.name}.wal")):
        path.unlink(missing_ok=True)


def _published_times(published: Path) -> dict[str, datetime]:
    """Return the times in the published file, or nothing if there is none that can be read."""
    if not published.exists():
        return {}
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            return read_published_times(connection)
    except duckdb.Error:
        return {}


def _replace_by_copy(data: DataDir, times: Mapping[str, datetime]) -> None:
    """Replace the published file with a copy of the build file, with these times of publishing in it."""
    # a link stays a link, and the owner decides who can read the file
    target, copy = data.published.resolve(), _unfinished_copy(data)
    mode = target.stat().st_mode & 0o777 if target.exists() else PRIVATE
    remove_unfinished_copy(data)
    try:
        with replacing(target, mode, temporary=copy):
            shutil.copyfile(data.build, copy)
            with duckdb.connect(str(copy)) as connection:
                _write_times(connection, times)
                # dlt's tables for a load in progress, which are empty after it
                connection.execute("drop schema if exists figma_staging cascade")
    finally:
        remove_unfinished_copy(data)


def _write_times(connection: duckdb.DuckDBPyConnection, times: Mapping[str, datetime]) -> None:
    """Write when runs were published, unless that is known already or the file is too old to have the column."""
    if not connection.execute(HAS_PUBLISHED_AT).fetchone():
        return
    for (run_id,) in connection.execute("select run_id from figma.runs where published_at is null").fetchall():
        if run_id in times:
            connection.execute("update figma.runs set published_at = ? where run_id = ?", [times[run_id], run_id])


def _unfinished_copy(data: DataDir) -> Path:
    return data.published.resolve().with_suffix(".publishing")
