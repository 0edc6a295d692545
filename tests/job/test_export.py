"""The marts as files: every row as in the warehouse, and no name that a spreadsheet would run."""

from pathlib import Path

import duckdb
import polars as pl
import pytest
from typer.testing import CliRunner

from figma_warehouse.cli import app
from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.export import Format, export_marts, safe_csv

FORMULA = '=HYPERLINK("https://evil.example","Report")'


def test_parquet_holds_every_mart_row_for_row(loaded: DataDir, tmp_path: Path) -> None:
    export_marts(loaded, tmp_path / "out", Format.PARQUET)

    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        tables = connection.sql("select table_name from information_schema.tables where table_schema = 'marts'")
        marts = {name for (name,) in tables.fetchall()}
        assert {path.name for path in (tmp_path / "out").iterdir()} == {f"{mart}.parquet" for mart in marts}
        for mart in marts:
            written = f"select * from read_parquet('{tmp_path}/out/{mart}.parquet')"
            there = f"select * from marts.{mart}"
            for one, other in ((written, there), (there, written)):
                assert not connection.sql(f"{one} except all {other}").fetchall(), mart


def test_a_second_export_to_csv_replaces_the_first(loaded: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    for _ in range(2):
        done = CliRunner().invoke(app, ["export", "--format", "csv", str(folder), "--data-dir", str(loaded.root)])
        assert (done.exit_code, done.stderr) == (0, "")
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        counted = connection.sql("select count(*), sum(usages) from marts.component_reach").fetchone()
    rows = pl.read_csv(folder / "component_reach.csv", infer_schema_length=None)
    assert (rows.height, rows["usages"].sum()) == counted
    assert all(path.suffix == ".csv" for path in folder.iterdir())


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


@pytest.mark.parametrize("case", ["nothing published", "folder is a file"])
def test_an_export_that_cannot_be_written_names_the_remedy(case: str, data: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    data.root.mkdir()
    if case == "folder is a file":
        folder.touch()
        duckdb.connect(str(data.published)).close()
    done = CliRunner().invoke(app, ["export", str(folder), "--data-dir", str(data.root)])

    words = {
        "nothing published": "There is nothing to export",
        "folder is a file": "cannot be written (File exists). Choose another one.",
    }
    assert done.exit_code == 2
    assert words[case] in done.stderr
