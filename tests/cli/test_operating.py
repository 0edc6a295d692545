"""Backups, restored and loaded from again; compacting; the sizes that status shows."""

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.run_lock import run_lock
from figma_warehouse.sandbox import Server
from figma_warehouse.source.schema import TABLES
from tests.fixtures.build_files import first_difference
from tests.fixtures.commands import Command

pytestmark = pytest.mark.process

OF_RUNS = ("runs", "outcomes")


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A folder for a backup."""
    return tmp_path / "backups" / "figma"


def _restore(folder: Path, data: DataDir) -> None:
    """What docs/upgrading.md says."""
    shutil.rmtree(data.root)
    shutil.copytree(folder, data.root)


def test_a_restored_backup_is_loaded_from_without_a_document_request(
    command: Command, loaded: DataDir, server: Server, target: Path
) -> None:
    picture = loaded.assets / "ab" / "abcd.png"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"picture")

    result = command("backup", str(target))

    assert (result.returncode, result.stderr) == (0, "")
    assert "warehouse.duckdb (" in result.stdout
    assert ", 1 pictures." in result.stdout
    assert {path.name for path in target.iterdir()} == {"build.duckdb", "warehouse.duckdb", "budget.sqlite", "assets"}
    published, spent = loaded.published.read_bytes(), _requests(loaded)
    _restore(target, loaded)
    server.reset_requests()
    assert command("load").returncode == 3
    assert server.spent[1] == 0
    assert loaded.published.read_bytes() == published
    assert picture.read_bytes() == b"picture"
    assert _requests(loaded) >= spent
    kept = [name for name in TABLES if name not in OF_RUNS]
    assert first_difference(loaded.build, target / "build.duckdb", kept, without=("last_seen_at", "seen_at")) == ""
    assert command("backup", str(target)).returncode == 0


def test_a_backup_while_a_run_is_active_is_the_published_file(
    command: Command, loaded: DataDir, server: Server, target: Path
) -> None:
    assert command("backup", str(target)).returncode == 0
    with run_lock(loaded.lock), duckdb.connect(str(loaded.build)) as connection:
        connection.execute("create table half as select 1 as done")
        result = command("backup", str(target))

    assert result.returncode == 0
    assert "what is loaded and not yet published is left out." in result.stdout
    assert {path.name for path in target.iterdir()} == {"warehouse.duckdb", "budget.sqlite"}
    _restore(target, loaded)
    server.reset_requests()
    assert command("load").returncode == 3
    assert server.spent[1] == 0


def test_a_backup_that_cannot_be_made_is_named(command: Command, data: DataDir, tmp_path: Path) -> None:
    nothing = command("backup", str(tmp_path / "backup"))
    data.make()
    data.published.write_bytes(b"no database")
    inside = command("backup", str(data.root / "backup"))
    damaged = command("backup", str(tmp_path / "backup"))

    assert (nothing.returncode, inside.returncode, damaged.returncode) == (2, 2, 1)
    assert "There is nothing to back up in" in nothing.stderr
    assert "is in the data folder" in inside.stderr
    assert "is damaged or not a DuckDB database" in damaged.stderr
    assert not (tmp_path / "backup" / "warehouse.duckdb").exists()


def test_compact_writes_a_build_file_with_the_same_content_if_a_third_is_free(
    command: Command, loaded: DataDir, tmp_path: Path, server: Server
) -> None:
    calm = command("compact")
    size = loaded.build.stat().st_size
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("create table filler as select hash(range) as h from range(6000000)")
        connection.execute("checkpoint")
        connection.execute("drop table filler")
    before = tmp_path / "before.duckdb"
    shutil.copyfile(loaded.build, before)
    assert "of the build file are free: figma-warehouse compact gives them back." in command("status").stdout

    result = command("compact")

    assert calm.stdout.startswith("The build file stays as it is: ")
    assert result.stdout.startswith("The build file has ")
    assert loaded.build.stat().st_size <= 1.1 * size < before.stat().st_size / 1.5
    assert first_difference(loaded.build, before, TABLES) == ""
    assert _catalog(loaded.build) == _catalog(before)
    server.reset_requests()
    assert command("load").returncode == 3
    assert server.spent[1] == 0
    assert list(loaded.root.glob("*.compacting*")) == []


def test_status_has_the_size_of_everything_and_of_what_grows(command: Command, loaded: DataDir) -> None:
    (loaded.root / "notes.txt").write_bytes(b"x" * 1_000_000)
    found = json.loads(command("status", "--json").stdout)["sizes"]

    parts: dict[str, int] = found["parts"]
    sizes = {path: path.stat().st_size for path in loaded.root.rglob("*") if path.is_file()}
    assert parts["published"] == sizes[loaded.published]
    assert parts["build"] == sizes[loaded.build]
    assert parts["dbt"] == sum(size for path, size in sizes.items() if path.is_relative_to(loaded.dbt))
    assert sum(parts.values()) == sum(sizes.values())
    assert parts["other"] >= 1_000_000
    growing = {row["table"]: row["rows"] for row in found["growing"]}
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        rows = {name: connection.table(f"figma.{name}").aggregate("count(*)").fetchone() for name in growing}
    assert {name: (count,) for name, count in growing.items()} == rows
    assert {"file_snapshots", "runs", "outcomes"} <= growing.keys()
    assert "Grows with each run: " in command("status").stdout


def _requests(data: DataDir) -> int:
    with sqlite3.connect(data.budget) as budget:
        names = [name for (name,) in budget.execute("select name from sqlite_master where type = 'table'")]
        return sum(int(budget.execute(f'select count(*) from "{name}"').fetchone()[0]) for name in names)


def _catalog(path: Path) -> list[Any]:
    """The tables, views, constraints and comments of a database."""
    queries = (
        "select schema_name, table_name, comment, has_primary_key, column_count from duckdb_tables() order by all",
        "select schema_name, view_name, comment from duckdb_views() where not internal order by all",
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() order by all",
        "select schema_name, table_name, constraint_text from duckdb_constraints() order by all",
    )
    with duckdb.connect(str(path), read_only=True) as connection:
        return [connection.execute(query).fetchall() for query in queries]
