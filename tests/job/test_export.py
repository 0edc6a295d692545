"""The marts and small tables as files: every row as in the warehouse, and no name that a spreadsheet would run."""

import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from figma_warehouse.cli import app
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.export import MARK, Format, export_tables, safe_csv
from figma_warehouse.job.exported_tables import SMALL_TABLES, published_tables

FORMULA = '=HYPERLINK("https://evil.example","Report")'


def test_parquet_holds_every_mart_and_small_table_row_for_row(loaded: DataDir, tmp_path: Path) -> None:
    files = export_tables(loaded, tmp_path / "out", Format.PARQUET)

    with published_tables(loaded) as (connection, tables):
        names = [f"{table.name}.parquet" for table in tables]
        assert [file.path.name for file in files] == names == sorted(set(names))
        assert {path.name for path in (tmp_path / "out").iterdir()} == {*names, MARK}
        for table in tables:
            written = f"select * from read_parquet('{tmp_path}/out/{table.name}.parquet')"
            for one, other in ((written, table.query), (table.query, written)):
                assert not connection.sql(f"{one} except all {other}").fetchall(), table.name


def test_the_exported_tables_are_all_marts_and_the_small_tables(loaded: DataDir) -> None:
    with published_tables(loaded) as (connection, tables):
        marts = connection.sql("select table_name from information_schema.tables where table_schema = 'marts'")
        assert {table.name for table in tables if table.schema == "marts"} == {name for (name,) in marts.fetchall()}
    assert {table.name for table in tables if table.schema == "figma"} == set(SMALL_TABLES)
    assert all(column.comment for table in tables for column in table.columns)
    assert all((table.comment or "").startswith("One row per ") for table in tables)


def test_a_reader_in_the_folder_finds_all_files_of_one_export(loaded: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    export_tables(loaded, folder, Format.CSV)
    folder.chmod(0o750)
    before = folder.stat().st_ino

    export_tables(loaded, folder, Format.PARQUET)

    assert folder.stat().st_ino != before
    assert {path.suffix for path in folder.iterdir() if path.name != MARK} == {".parquet"}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert stat.S_IMODE((folder / "files.parquet").stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_an_export_by_an_earlier_version_is_replaced(loaded: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("adoption.csv", "adoption.parquet", ".unfinished-killed.parquet"):
        (folder / name).touch()

    export_tables(loaded, folder, Format.PARQUET)

    assert not (folder / "adoption.csv").exists()


def test_a_second_export_to_csv_replaces_the_first(loaded: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for _ in range(2):
        done = CliRunner().invoke(app, ["export", "--format", "csv", str(folder), "--data-dir", str(loaded.root)])
        assert (done.exit_code, done.stderr) == (0, "")
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        counted = connection.sql("select count(*), sum(usages) from marts.component_reach").fetchone()
    rows = pl.read_csv(folder / "component_reach.csv", infer_schema_length=None)
    assert (rows.height, rows["usages"].sum()) == counted
    assert {path.suffix for path in folder.iterdir() if path.name != MARK} == {".csv"}


def test_a_spreadsheet_reads_no_name_as_a_formula() -> None:
    rows = pl.DataFrame(
        {"Name": [FORMULA, "@2x", "＝1+1", "Button", None, "ok;=1+1", "a;b"], "Change": [-1, 2, 3, 4, 5, 6, 7]}
    )

    assert safe_csv(rows).decode().splitlines() == [
        "Name,Change",
        '"\'=HYPERLINK(""https://evil.example"",""Report"")",-1',
        "'@2x,2",
        "'＝1+1,3",
        "Button,4",
        ",5",
        "ok;'=1+1,6",
        "a;b,7",
    ]


@pytest.mark.parametrize("case", ["nothing published", "no marts", "a file", "in a file", "other files"])
def test_an_export_that_cannot_be_written_names_the_remedy(case: str, data: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    data.root.mkdir()
    if case != "nothing published":
        with duckdb.connect(str(data.published)) as connection:
            connection.execute("create schema marts")
            if case != "no marts":
                connection.execute("create table marts.adoption (level varchar)")
    if case in ("a file", "in a file"):
        folder.touch()
    if case == "other files":
        folder.mkdir()
        (folder / "notes.txt").touch()
    named = folder / "inner" if case == "in a file" else folder
    done = CliRunner().invoke(app, ["export", str(named), "--data-dir", str(data.root)])

    words = {
        "nothing published": "There is nothing to export",
        "no marts": "has no marts. Run figma-warehouse run first.",
        "a file": "cannot be written: it is a file. Choose another one.",
        "in a file": "cannot be written (File exists). Choose another one.",
        "other files": "holds other files, such as notes.txt. Name a new or empty folder",
    }
    assert done.exit_code == 2
    assert words[case] in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not case.startswith("other") or (folder / "notes.txt").exists()


def test_an_unknown_format_or_destination_is_named_with_what_is_accepted(data: DataDir, tmp_path: Path) -> None:
    unknown = {
        "'parquet', 'csv'": ["export", "--format", "xlsx", str(tmp_path / "out")],
        "'file', 'postgres'": ["publish", "--to", "mysql"],
    }
    for words, arguments in unknown.items():
        done = CliRunner().invoke(app, [*arguments, "--data-dir", str(data.root)])
        assert (done.exit_code, words in done.stderr) == (2, True)
