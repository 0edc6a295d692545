"""What `publish` and `transform` need, and how the published file is replaced."""

from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from tests.fixtures.build_files import published_times
from tests.fixtures.commands import Command

pytestmark = pytest.mark.process


def test_transform_before_a_load_names_the_next_step(data: DataDir, tmp_path: Path) -> None:
    result = Command(data, tmp_path / "elsewhere")("transform")

    assert result.returncode == 2
    assert "Nothing is loaded into" in result.stderr
    assert not data.build.exists()


@pytest.mark.usefixtures("loaded")
def test_a_memory_limit_that_is_not_a_size_is_named(command: Command) -> None:
    command.environment["FIGMA_WAREHOUSE_MEMORY"] = "lots"

    result = command("transform")

    assert result.returncode == 2
    assert 'FIGMA_WAREHOUSE_MEMORY "lots" is not a size. Write it as 8GB.' in result.stderr


def test_a_build_file_without_models_is_not_published(command: Command, data: DataDir) -> None:
    command("load", "--max-requests", "1")

    result = command("publish")

    assert result.returncode == 2
    assert "holds no models yet. Run figma-warehouse transform first." in result.stderr
    assert not data.published.exists()


def test_a_run_that_was_killed_right_after_publishing_counts_as_published(command: Command, loaded: DataDir) -> None:
    published = published_times(loaded.published)
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("update figma.runs set published_at = null")

    assert "not published" not in command("status").stdout
    assert command("publish").returncode == 0
    assert published_times(loaded.build) == published_times(loaded.published) == published


def test_runs_in_a_file_that_an_older_version_published_count_as_published(command: Command, loaded: DataDir) -> None:
    for path in (loaded.build, loaded.published):
        with duckdb.connect(str(path)) as connection:
            # what is in a view cannot lose a column
            connection.execute("drop view staging.stg_runs; alter table figma.runs drop column published_at")

    assert "not published" not in command("status").stdout
    assert command("publish").returncode == 0
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute("alter table figma.runs add column published_at timestamptz")
    assert command("publish").returncode == 0

    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        assert connection.execute("select published_at = finished_at from figma.runs").fetchall() == [(True,)]


def test_a_run_keeps_its_result_if_postgres_cannot_be_reached(command: Command, loaded: DataDir) -> None:
    before = published_times(loaded.published)
    command.environment |= {"PUBLISH__POSTGRES__URL": "postgresql://writer:hush@127.0.0.1:9/bi"}
    command.environment |= {"PUBLISH__POSTGRES__AFTER_RUN": "true"}

    result = command("run")

    assert result.returncode == 3
    assert "Not published to Postgres: No connection to Postgres: connection to server" in " ".join(
        result.stdout.split()
    )
    assert "postgres_failed" in result.stderr
    (end,) = [line for line in result.stderr.splitlines() if " INFO end " in line]
    assert "Not published to Postgres" in end
    assert "hush" not in result.stdout + result.stderr
    assert len(published_times(loaded.published)) > len(before)


@pytest.mark.parametrize(
    ("value", "words"), [("true", "There is no address of Postgres."), ("perhaps", "must be true or false.")]
)
def test_a_run_whose_settings_of_postgres_are_wrong_loads_nothing(
    command: Command, data: DataDir, value: str, words: str
) -> None:
    command.environment["PUBLISH__POSTGRES__AFTER_RUN"] = value

    result = command("run")

    assert (result.returncode, words in result.stderr) == (2, True), result.stderr
    assert not data.build.exists()


def test_only_the_owner_can_read_the_published_file(command: Command, loaded: DataDir) -> None:
    loaded.published.unlink()
    command("publish")

    assert loaded.published.stat().st_mode & 0o077 == 0


def test_a_published_file_keeps_its_link_and_its_mode(command: Command, loaded: DataDir, tmp_path: Path) -> None:
    elsewhere = tmp_path / "warehouse.duckdb"
    loaded.published.rename(elsewhere)
    loaded.published.symlink_to(elsewhere)
    elsewhere.chmod(0o640)
    before = elsewhere.stat().st_ino

    command("publish")

    assert loaded.published.is_symlink()
    assert elsewhere.stat().st_ino != before
    assert elsewhere.stat().st_mode & 0o777 == 0o640
