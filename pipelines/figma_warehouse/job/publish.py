"""Publishing: a copy of the build file takes the place of the published one in a single step."""

import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.files import PRIVATE, replacing
from figma_warehouse.job.build_file import open_build
from figma_warehouse.logs import LOG

HAS_TIMES = """
select 1
from duckdb_columns()
where schema_name = 'figma' and table_name = 'runs' and column_name = 'published_at'
"""
UNSEEN = "select run_id from figma.runs where outcome in ('done', 'partial') and published_at is null"


def publish(data: DataDir) -> int:
    """Replace the published file by a copy of the build file; return its size in bytes.

    The table `runs` says from then on of every run that loaded that it is published: what it loaded is there.
    Readers that have the old file open go on reading it. Raises UsageFailure where no model was built yet.
    """
    if not data.build.exists():
        raise UsageFailure(f"There is nothing to publish: {data.build} does not exist. Run figma-warehouse run first.")
    times = published_times(data.published)
    with open_build(data) as connection:
        found = "select 1 from duckdb_tables() where schema_name = 'marts' limit 1"
        if not connection.execute(found).fetchone():
            raise UsageFailure(f"{data.build} holds no models yet. Run figma-warehouse transform first.")
        # what a run that was killed right after publishing had no time to write
        _write_times(connection, times)
        unseen = connection.execute(UNSEEN).fetchall() if connection.execute(HAS_TIMES).fetchone() else []
        connection.execute("checkpoint")
    now = dict.fromkeys((run_id for (run_id,) in unseen), datetime.now(UTC))
    _replace_by_copy(data, now)
    try:
        with open_build(data) as connection:
            _write_times(connection, now)
    except (duckdb.Error, OSError, UsageFailure) as error:
        LOG.warning("that it is published stands in %s, not yet in %s: %s", data.published, data.build, error)
    return data.published.stat().st_size


def published_times(published: Path) -> dict[str, datetime]:
    """Return by its id when each run was published, as the published file says; empty without one that can be read.

    Of a file that an older version wrote it is the end of each run that loaded: nothing else is known of them.
    """
    if not published.exists():
        return {}
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            loaded = "finished_at from figma.runs where outcome in ('done', 'partial')"
            told = "published_at from figma.runs where published_at is not null"
            chosen = told if connection.execute(HAS_TIMES).fetchone() else loaded
            return dict(connection.execute(f"select run_id, {chosen}").fetchall())
    except duckdb.Error:
        return {}


def remove_unfinished_copy(data: DataDir) -> None:
    """Remove the copy that a run left behind which was killed while it published."""
    copy = _unfinished(data)
    for path in (copy, copy.with_name(f"{copy.name}.wal")):
        path.unlink(missing_ok=True)


def _replace_by_copy(data: DataDir, times: Mapping[str, datetime]) -> None:
    """Let a copy of the build file take the place of the published one, with these times in it."""
    # a link stays one; who may read the file is for its owner to say
    target, copy = data.published.resolve(), _unfinished(data)
    mode = target.stat().st_mode & 0o777 if target.exists() else PRIVATE
    remove_unfinished_copy(data)
    try:
        with replacing(target, mode, temporary=copy):
            shutil.copyfile(data.build, copy)
            with duckdb.connect(str(copy)) as connection:
                _write_times(connection, times)
    finally:
        remove_unfinished_copy(data)


def _write_times(connection: duckdb.DuckDBPyConnection, times: Mapping[str, datetime]) -> None:
    """Say of runs when they were published, unless that is said already or the file is too old to have the column."""
    if not connection.execute(HAS_TIMES).fetchone():
        return
    for (run_id,) in connection.execute("select run_id from figma.runs where published_at is null").fetchall():
        if run_id in times:
            connection.execute("update figma.runs set published_at = ? where run_id = ?", [times[run_id], run_id])


def _unfinished(data: DataDir) -> Path:
    return data.published.resolve().with_suffix(".publishing")
