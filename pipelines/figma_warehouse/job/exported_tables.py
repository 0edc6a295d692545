"""The tables of the published file that other tools get, as files or in another database: the marts and small lists."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure

if TYPE_CHECKING:
    import duckdb

# raw tables without rows of layers and without a history of every file; no mart has the name of one of them
SMALL_TABLES = (
    *("teams", "folders", "files", "documents"),
    *("components", "component_sets", "styles"),
    *("runs", "outcomes"),
)
TABLES = """
select schema_name, table_name, comment
from duckdb_tables()
where schema_name = 'marts' or (schema_name = 'figma' and list_contains($small, table_name))
order by table_name
"""
# dlt's own columns start with an underscore
COLUMNS = """
select column_name, data_type, comment
from duckdb_columns()
where schema_name = $schema and table_name = $table and not starts_with(column_name, '_')
order by column_index
"""


@dataclass(frozen=True)
class ExportedColumn:
    """A column with DuckDB's name of its type and its meaning."""

    name: str
    type: str
    comment: str | None


@dataclass(frozen=True)
class ExportedTable:
    """A table of the published file with its meaning. `name` is unique among all of them, without the schema."""

    schema: str
    name: str
    comment: str | None
    columns: tuple[ExportedColumn, ...]

    @property
    def query(self) -> str:
        """A query of all its rows."""
        return f"select {', '.join(_quote(column.name) for column in self.columns)} from {self.source}"  # noqa: S608

    @property
    def source(self) -> str:
        """Its name in DuckDB, with the schema."""
        return f"{_quote(self.schema)}.{_quote(self.name)}"


@contextmanager
def published_tables(data: DataDir) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[ExportedTable]]]:
    """Open the published file, with times in UTC, and list its exported tables by name.

    All of them are of one state, even if a job publishes meanwhile. Raises UsageFailure if there is none.
    """
    import duckdb

    if not data.published.exists():
        raise UsageFailure(
            f"There is nothing to export: {data.published} does not exist. Run figma-warehouse run first."
        )
    with duckdb.connect(str(data.published), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        tables = [
            _read_table(connection, *row) for row in connection.execute(TABLES, {"small": SMALL_TABLES}).fetchall()
        ]
        if not any(table.schema == "marts" for table in tables):
            raise UsageFailure(
                f"There is nothing to export: {data.published} has no marts. Run figma-warehouse run first."
            )
        yield connection, tables


def _read_table(connection: duckdb.DuckDBPyConnection, schema: str, name: str, comment: str | None) -> ExportedTable:
    columns = connection.execute(COLUMNS, {"schema": schema, "table": name}).fetchall()
    return ExportedTable(schema, name, comment, tuple(ExportedColumn(*column) for column in columns))


def _quote(name: str) -> str:
    return f'"{name}"'
