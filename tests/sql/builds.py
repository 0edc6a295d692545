"""Raw tables from plain rows, dbt as its own process on them, and the marts read back as plain rows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.transform import run_dbt
from figma_warehouse.source.schema import TABLES, Table

Row = dict[str, Any]
Rows = Mapping[str, Sequence[Row]]


def write_raw_tables(data: DataDir, rows: Rows) -> None:
    """All raw tables, each with its rows; what a row leaves out is null, or 0 where the column allows no null."""
    data.make()
    with duckdb.connect(str(data.build)) as connection:
        connection.execute("create schema figma")
        for name, table in TABLES.items():
            connection.register("arrived", _arrow(table, rows.get(name, ())))
            connection.execute(
                f"create table figma.{name} as select * exclude (is_tombstone) from arrived"
                if table.replaced_by
                else f"create table figma.{name} as select * from arrived"
            )
            connection.unregister("arrived")


def build(data: DataDir, *models: str) -> None:
    """The models named, with all they need and their data tests, as a run of the job has them; without names, all."""
    chosen = ("--indirect-selection", "cautious", "--select", *(f"+{name}" for name in models)) if models else ()
    result = run_dbt(data, "build", "--exclude-resource-type", "unit_test", *chosen)
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
