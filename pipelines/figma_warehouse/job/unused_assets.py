"""Pictures that nothing shows any more, taken out of the data folder after a while."""

import time
from pathlib import Path

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.source.pictures.asset_folder import NAME
from figma_warehouse.source.resources import Group, resources_in

KEPT_SECONDS = 7 * 24 * 3600.0
SHOWN_BY = frozenset(table for resource in resources_in(Group.PICTURE) for table in resource.tables)


def remove_unused_assets(data: DataDir, kept_seconds: float = KEPT_SECONDS) -> int:
    """Remove pictures that neither the build file nor the published one refers to; return how many.

    To be called under the lock, before a load. What the published file shows stays until the next run, for readers and
    exports under way; what is younger than a week stays too. Another folder than the data folder's own, which other
    warehouses may share, is left alone; so is everything where one of the files cannot be read.
    """
    if not data.assets.is_dir():
        return 0
    try:
        shown = _shown_by(data.build) | _shown_by(data.published)
    except duckdb.Error:
        return 0
    before = time.time() - kept_seconds
    unused = [path for path in data.assets.iterdir() if NAME.fullmatch(path.name) and path.name not in shown]
    old = [path for path in unused if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _shown_by(warehouse: Path) -> set[str]:
    if not warehouse.exists():
        return set()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        there = connection.sql("select table_name from information_schema.tables where table_schema = 'figma'")
        tables = {name for (name,) in there.fetchall()} & SHOWN_BY
        return {
            name
            for table in tables
            for (name,) in connection.sql(
                f"select distinct sha256 || '.' || format from figma.{table} where sha256 is not null"  # noqa: S608
            ).fetchall()
        }
