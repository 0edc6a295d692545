"""The marts as files: Parquet, or CSV in which a spreadsheet runs no formula."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, folder_error
from figma_warehouse.files import replacing

if TYPE_CHECKING:
    import duckdb
    import polars as pl

# a spreadsheet takes a cell that starts with one of these for a formula; some also split cells at semicolons and tabs
# (https://owasp.org/www-community/attacks/CSV_Injection)
FORMULA_START = r"(^|[;\t\r\n])([=+\-@＝＋－＠])|^([\t\r\n])"


class Format(StrEnum):
    """The format of an export."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True)
class ExportedFile:
    """A file of one mart."""

    path: Path
    rows: int


def export_marts(data: DataDir, folder: Path, format_: Format) -> list[ExportedFile]:
    """Write each mart of the published file into the folder, whole; return the files by name.

    In CSV, text that a spreadsheet would take for a formula starts with an apostrophe. Raises UsageFailure if nothing
    is published or the folder cannot be written.
    """
    import duckdb

    if not data.published.exists():
        raise UsageFailure(
            f"There is nothing to export: {data.published} does not exist. Run figma-warehouse run first."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(data.published), read_only=True) as connection:
            return [_export(connection, mart, folder, format_) for mart in _marts(connection)]
    except OSError as error:
        raise folder_error(folder, error) from error


def _marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.sql("select table_name from duckdb_tables() where schema_name = 'marts' order by 1").fetchall()
    return [name for (name,) in found]


def _export(connection: duckdb.DuckDBPyConnection, mart: str, folder: Path, format_: Format) -> ExportedFile:
    rows = connection.table(f"marts.{mart}").pl()
    path = folder / f"{mart}.{format_}"
    with replacing(path) as fresh:
        if format_ is Format.CSV:
            fresh.write_bytes(safe_csv(rows))
        else:
            rows.write_parquet(fresh)
    return ExportedFile(path, rows.height)


def safe_csv(rows: pl.DataFrame) -> bytes:
    """Return CSV in which text that a spreadsheet would take for a formula starts with an apostrophe."""
    import polars as pl

    text = pl.selectors.string()
    escaped = text.str.replace_all(FORMULA_START, "${1}'${2}${3}")
    return rows.with_columns(escaped.name.keep()).write_csv(datetime_format="%Y-%m-%d %H:%M:%S").encode()
