"""The marts and small lists as files: Parquet, or CSV in which a spreadsheet runs no formula."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure, folder_error
from figma_warehouse.files import PRIVATE, replacing, replacing_folder
from figma_warehouse.job.exported_tables import ExportedTable, published_tables

if TYPE_CHECKING:
    import duckdb
    import polars as pl

# a spreadsheet takes a cell that starts with one of these for a formula; some also split cells at semicolons and tabs
# (https://owasp.org/www-community/attacks/CSV_Injection)
FORMULA_START = r"(^|[;\t\r\n])([=+\-@＝＋－＠])|^([\t\r\n])"
# the file in the folder that lists the names of the files of the export
MARK = ".figma-warehouse-export"
# how `replacing` of earlier versions named the file that a killed export left
UNFINISHED = ".unfinished-"
READABLE = 0o444


class Format(StrEnum):
    """The format of an export."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True)
class ExportedFile:
    """A file of one table."""

    path: Path
    rows: int


def export_tables(data: DataDir, folder: Path, format_: Format) -> list[ExportedFile]:
    """Write the marts and small tables of the published file into `folder`, one file each; return them by name.

    The folder is replaced whole: readers find all files of the earlier export or all of this one. Its mode stays, and
    who may read the folder may read the files. In CSV, text that a spreadsheet would take for a formula starts with an
    apostrophe. Raises UsageFailure if nothing is published, the folder has other files, or it cannot be written.
    """
    # a link stays a link
    folder = folder.resolve()
    try:
        with published_tables(data) as (connection, tables):
            _check_folder(folder, tables)
            mode = stat.S_IMODE(folder.stat().st_mode) if folder.exists() else None
            with replacing_folder(folder, MARK) as fresh:
                written = [_export(connection, table, fresh, format_, mode or 0) for table in tables]
                (fresh / MARK).write_text("".join(f"{file.path.name}\n" for file in written), encoding="utf-8")
                if mode is not None:
                    _take_access(fresh, folder, mode)
    except OSError as error:
        raise folder_error(folder, error) from error
    return [ExportedFile(folder / file.path.name, file.rows) for file in written]


def _check_folder(folder: Path, tables: list[ExportedTable]) -> None:
    """Raise UsageFailure if the folder has files that no export wrote, because they would be lost."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise UsageFailure(f"The folder {folder} cannot be written: it is a file. Choose another one.")
    # an earlier version wrote the files of the marts and no list of them
    own = {MARK, *(f"{table.name}.{format_}" for table in tables for format_ in Format)}
    if (folder / MARK).exists():
        own.update((folder / MARK).read_text(encoding="utf-8", errors="replace").splitlines())
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith(UNFINISHED))
    other = next((name for name in names if name not in own), None)
    if other is not None:
        raise UsageFailure(
            f"{folder} holds other files, such as {other}. Name a new or empty folder, or one of an earlier export."
        )


def _export(
    connection: duckdb.DuckDBPyConnection, table: ExportedTable, folder: Path, format_: Format, folder_mode: int
) -> ExportedFile:
    rows = connection.sql(table.query).pl()
    path = folder / f"{table.name}.{format_}"
    with replacing(path, PRIVATE | folder_mode & READABLE) as fresh:
        if format_ is Format.CSV:
            fresh.write_bytes(safe_csv(rows))
        else:
            rows.write_parquet(fresh)
    return ExportedFile(path, rows.height)


def _take_access(new: Path, old: Path, mode: int) -> None:
    """Give a new folder and its files the group of the old folder, if this user may, and the folder its mode."""
    group = old.stat().st_gid
    for path in (new, *new.iterdir()):
        if path.stat().st_gid != group:
            with suppress(PermissionError):
                os.chown(path, -1, group)
    new.chmod(mode)


def safe_csv(rows: pl.DataFrame) -> bytes:
    """Return CSV in which text that a spreadsheet would take for a formula starts with an apostrophe."""
    import polars as pl

    text = pl.selectors.string()
    escaped = text.str.replace_all(FORMULA_START, "${1}'${2}${3}")
    return rows.with_columns(escaped.name.keep()).write_csv(datetime_format="%Y-%m-%d %H:%M:%S").encode()
