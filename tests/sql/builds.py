"""Write raw tables from plain rows, run dbt on them in its own process, and read the marts back as plain rows."""

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
    """Create all raw tables with the given rows. A column that a row omits is null, or 0 if it is not nullable."""
    data.make()
    with duckdb.connect(str(data.build)) as connection:
        connection.execute("create schema figma")
        for name, table in TABLES.items():
            connection.register("given", _arrow(table, rows.get(name, ())))
            connection.execute(f"create table figma.{name} as from given")
            connection.unregister("given")


def build(data: DataDir, *models: str) -> None:
    """Build the named models, the models they read, and their data tests, as a run does; by default, all models."""
    selection = ("--indirect-selection", "cautious", "--select", *(f"+{name}" for name in models)) if models else ()
    result = run_dbt(data, "build", "--exclude-resource-type", "unit_test", *selection)
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
