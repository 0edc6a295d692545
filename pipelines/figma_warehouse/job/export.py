"""The marts as files for spreadsheets and other tools: Parquet, or CSV that no spreadsheet takes for formulas."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, no_folder
from figma_warehouse.files import replacing

if TYPE_CHECKING:
    import duckdb
    import polars as pl

# a cell that starts with one of these is a formula to a spreadsheet, whatever a designer meant by it
# (https://owasp.org/www-community/attacks/CSV_Injection); some read what follows a semicolon or a tab as the next cell
FORMULA_START = r"(^|[;\t\r\n])([=+\-@＝＋－＠])|^([\t\r\n])"


class Format(StrEnum):
    """What an export writes."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True)
class Exported:
    """One written file."""

    path: Path
    rows: int


def export_marts(data: DataDir, folder: Path, format_: Format) -> list[Exported]:
    """Write every mart of the published file into the folder, each file in one step; return them by name.

    In CSV a text that a spreadsheet would take for a formula starts with an apostrophe. Raises UsageFailure where
    nothing is published or the folder cannot be written.
    """
    import duckdb

    if not data.published.exists():
        raise UsageFailure(f"There is nothing to export: {data.published} does not exist. Run figma-warehouse run.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with duckdb.connect(str(data.published), read_only=True) as connection:
            return [_export(connection, mart, folder, format_) for mart in _marts(connection)]
    except OSError as error:
        raise no_folder(folder, error) from error


def _marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = connection.sql("select table_name from duckdb_tables() where schema_name = 'marts' order by 1").fetchall()
    return [name for (name,) in found]


def _export(connection: duckdb.DuckDBPyConnection, mart: str, folder: Path, format_: Format) -> Exported:
    rows = connection.table(f"marts.{mart}").pl()
    path = folder / f"{mart}.{format_}"
    with replacing(path) as fresh:
        if format_ is Format.CSV:
            fresh.write_bytes(safe_csv(rows))
        else:
            rows.write_parquet(fresh)
    return Exported(path, rows.height)


def safe_csv(rows: pl.DataFrame) -> bytes:
    """Return CSV in which a spreadsheet reads no text as a formula: such text gets an apostrophe in front."""
    import polars as pl

    text = pl.selectors.string()
    harmless = text.str.replace_all(FORMULA_START, "${1}'${2}${3}")
    safe = rows.with_columns(harmless.name.keep())
    return safe.write_csv(datetime_format="%Y-%m-%d %H:%M:%S").encode()
