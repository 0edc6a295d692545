"""What the data folder holds in bytes, and the tables that grow with every run."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import WarehouseError
from figma_warehouse.job.build_file import open_build
from figma_warehouse.job.compact import read_space

# tables whose rows are kept for ever
GROWING = (
    *("file_snapshots", "snapshot_components", "snapshot_styles", "instance_events", "library_events"),
    *("file_versions", "outcomes", "runs"),
)
# a block belongs to one table, or to a few that share it
TABLE_SIZE = """
select
    (select count(*) from figma."{name}") as rows,
    count(distinct block_id) * (select block_size from pragma_database_size()) as bytes
from pragma_storage_info('figma.{name}')
where block_id >= 0
"""


@dataclass(frozen=True)
class FolderSizes:
    """The bytes of each part of the data folder, the free bytes in the build file, and the tables that grow.

    `build_free` is None while a run has the build file open.
    """

    parts: dict[str, int]
    build_free: int | None
    growing: list[dict[str, Any]]


def read_sizes(data: DataDir) -> FolderSizes:
    """Return the sizes of the data folder."""
    paths = {
        "published": data.published,
        "build": data.build,
        "damaged_build": data.damaged,
        "pictures": data.assets,
        "dlt": data.dlt,
        "dbt": data.dbt,
    }
    parts = {name: sum(_sizes(path)) for name, path in paths.items()}
    parts["other"] = sum(_sizes(data.root)) - sum(parts.values())
    return FolderSizes(parts, _build_free(data), _growing(data.published))


def _sizes(path: Path) -> Iterator[int]:
    if path.is_file():
        yield path.stat().st_size
    for folder, _, names in os.walk(path):
        for name in names:
            # a run may just have removed it
            if (file := Path(folder, name)).exists():
                yield file.stat().st_size


def _build_free(data: DataDir) -> int | None:
    if not data.build.exists():
        return None
    try:
        with open_build(data, read_only=True, timeout=0) as connection:
            return read_space(connection)[0]
    except (duckdb.Error, WarehouseError):
        return None


def _growing(published: Path) -> list[dict[str, Any]]:
    """Return rows and bytes of the growing tables, the largest first."""
    if not published.exists():
        return []
    with duckdb.connect(str(published), read_only=True) as connection:
        query = "select table_name from duckdb_tables() where schema_name = 'figma'"
        existing = {name for (name,) in connection.execute(query).fetchall()}
        found = [_table_size(connection, name) for name in GROWING if name in existing]
    return sorted(found, key=lambda row: (-row["bytes"], -row["rows"], row["table"]))


def _table_size(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    rows, size = connection.execute(TABLE_SIZE.format(name=name)).fetchone() or (0, 0)
    return {"table": name, "rows": rows, "bytes": size}
