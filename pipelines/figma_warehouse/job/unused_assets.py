"""Removes pictures that no row refers to any more from the data folder."""

import time
from pathlib import Path

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.source.pictures.asset_folder import NAME
from figma_warehouse.source.resources import Group, resources_in

KEPT_SECONDS = 7 * 24 * 3600.0
PICTURE_TABLES = frozenset(table for resource in resources_in(Group.PICTURE) for table in resource.tables)


def remove_unused_assets(data: DataDir, kept_seconds: float = KEPT_SECONDS) -> int:
    """Remove pictures that neither the build file nor the published file refers to; return their number.

    Call it with the lock held, before a load. Pictures of the published file stay for its readers, and pictures younger
    than `kept_seconds` stay as well. Only the data folder's own `assets` is cleaned, since other warehouses may share
    any other folder. If one of the files cannot be read, nothing is removed.
    """
    if not data.assets.is_dir():
        return 0
    try:
        used = _used_in(data.build) | _used_in(data.published)
    except duckdb.Error:
        return 0
    before = time.time() - kept_seconds
    unused = [path for path in data.assets.iterdir() if NAME.fullmatch(path.name) and path.name not in used]
    old = [path for path in unused if path.stat().st_mtime < before]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _used_in(warehouse: Path) -> set[str]:
    if not warehouse.exists():
        return set()
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        existing = connection.sql("select table_name from information_schema.tables where table_schema = 'figma'")
        tables = {name for (name,) in existing.fetchall()} & PICTURE_TABLES
        return {
            name
            for table in tables
            for (name,) in connection.sql(
                f"select distinct sha256 || '.' || format from figma.{table} where sha256 is not null"  # noqa: S608
            ).fetchall()
        }
