"""The recipes of docs/connect.md that need no other program: each reads the published file, and then its successor."""

import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import polars as pl
import pytest
import sqlalchemy
from sqlalchemy.pool import NullPool

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.export import Format, export_tables

STATE = "select state from marts.published"


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A published file in state 1."""
    path = tmp_path / "warehouse.duckdb"
    publish(path, 1)
    return path


def publish(path: Path, state: int) -> None:
    """Replace the file as a run does: by renaming another one."""
    fresh = path.with_suffix(".publishing")
    with duckdb.connect(str(fresh)) as connection:
        connection.execute(f"create schema marts; create table marts.published as select {state} as state")
    fresh.replace(path)


def test_sqlalchemy_reads_the_marts_with_their_comments(sample: DataDir) -> None:
    engine = sqlalchemy.create_engine(f"duckdb:///{sample.published}", connect_args={"read_only": True})

    inspected = sqlalchemy.inspect(engine)

    assert "component_reach" in inspected.get_table_names("marts")
    columns = {column["name"]: column["comment"] for column in inspected.get_columns("component_reach", "marts")}
    assert columns["component_key"] == "Key of the component, the same in every file"
    comment = inspected.get_table_comment("component_reach", "marts")["text"] or ""
    assert comment.startswith("One row per component that is published now")
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
        connection.execute(sqlalchemy.text("delete from marts.component_reach"))
    engine.dispose()


def test_sqlalchemy_keeps_the_old_file_with_a_pool_and_sees_the_new_one_without(published: Path) -> None:
    arguments = {"read_only": True}
    pooled = sqlalchemy.create_engine(f"duckdb:///{published}", connect_args=arguments)
    assert _state(pooled) == 1
    publish(published, 2)
    assert _state(pooled) == 1
    pooled.dispose()
    assert _state(pooled) == 2
    pooled.dispose()

    single = sqlalchemy.create_engine(f"duckdb:///{published}", connect_args=arguments, poolclass=NullPool)
    assert _state(single) == 2
    publish(published, 3)
    assert _state(single) == 3


def test_an_attached_file_is_the_new_one_after_it_is_attached_again(published: Path) -> None:
    with duckdb.connect() as connection:
        attach = f"attach '{published}' as figma (read_only)"
        connection.execute(attach)
        publish(published, 2)
        assert connection.sql("select state from figma.marts.published").fetchall() == [(1,)]
        connection.execute(f"detach figma; {attach}")
        assert connection.sql("select state from figma.marts.published").fetchall() == [(2,)]


@pytest.mark.process
def test_the_command_line_of_duckdb_sees_the_new_file_after_it_opens_it_again(published: Path) -> None:
    program = shutil.which("duckdb", path=Path(sys.executable).parent) or "duckdb"
    command = [program, "-readonly", "-csv", "-noheader", str(published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as shell:
        assert shell.stdin
        assert shell.stdout
        print(f"{STATE};", file=shell.stdin, flush=True)
        assert shell.stdout.readline() == "1\n"
        publish(published, 2)
        seen, _ = shell.communicate(f"{STATE};\n.open --readonly {published}\n{STATE};\n", timeout=60)
    assert seen.split() == ["1", "2"]


def test_polars_reads_exported_files_and_the_next_export(sample: DataDir, tmp_path: Path) -> None:
    folder = tmp_path / "marts"
    export_tables(sample, folder, Format.PARQUET)
    lazy = pl.scan_parquet(folder / "files.parquet").select(pl.len())
    counted = lazy.collect().item()

    export_tables(sample, folder, Format.PARQUET)

    assert lazy.collect().item() == counted > 0


def test_the_init_sql_of_an_assistant_keeps_it_from_other_files_and_from_lifting_that(published: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "connect.md").read_text(encoding="utf-8")
    init_sql = "set enable_external_access = false; set lock_configuration = true"
    assert f'"{init_sql}"' in page
    secrets = published.with_name("secrets.toml")
    secrets.write_text("figma_token = 'figd_secret'")
    with duckdb.connect(str(published), read_only=True) as connection:
        assert connection.sql(f"select * from read_text('{secrets}')").fetchall()
        connection.execute(init_sql)

        for query in (
            f"select * from read_text('{secrets}')",
            f"copy (select 1) to '{secrets}'",
            f"attach '{secrets}.duckdb'",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error, match=r"disabled by configuration|has been locked"):
                connection.execute(query)
        assert connection.sql(STATE).fetchall() == [(1,)]
    assert "figd_secret" in secrets.read_text()


def _state(engine: sqlalchemy.Engine) -> object:
    with engine.connect() as connection:
        return connection.execute(sqlalchemy.text(STATE)).scalar()
