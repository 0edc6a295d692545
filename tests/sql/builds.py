"""Raw tables from plain rows, dbt as its own process on them, and the marts read back as plain rows."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.figma.schema import TABLES, Table

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]

ROOT = Path(__file__).parents[2]


def write_raw_tables(path: Path, rows: Rows) -> None:
    """All raw tables, each with its rows; what a row leaves out is null, or 0 where the column allows no null."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema figma")
        for name, table in TABLES.items():
            connection.register("arrived", _arrow(table, rows.get(name, ())))
            connection.execute(
                f"create table figma.{name} as select * exclude (is_tombstone) from arrived"
                if table.replaced_by
                else f"create table figma.{name} as select * from arrived"
            )
            connection.unregister("arrived")


def run_dbt(path: Path, target: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """dbt on the build file at `path`; everything it writes beside the file goes to `target`."""
    return subprocess.run(
        [Path(sys.executable).with_name("dbt"), *command, "--project-dir", "sql", "--profiles-dir", "sql"],
        cwd=ROOT,
        env=os.environ
        | {"FIGMA_WAREHOUSE_BUILD": str(path), "DBT_TARGET_PATH": str(target), "DBT_LOG_PATH": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )


def build(path: Path, target: Path) -> None:
    """All models and their data tests, as a run of the job has them."""
    result = run_dbt(path, target, "build", "--exclude-resource-type", "unit_test")
    assert result.returncode == 0, result.stdout


def query(path: Path, sql: str) -> list[Row]:
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.sql(sql).pl().to_dicts()


def mart(path: Path, name: str, order: str) -> list[Row]:
    return query(path, f"from marts.{name} order by {order}")


def _arrow(table: Table, rows: Sequence[Row]) -> pa.Table:
    zeros = {field.name: 0 for field in table.schema if not field.nullable and pa.types.is_integer(field.type)}
    return pa.Table.from_pylist([zeros | row for row in rows], schema=table.schema)
