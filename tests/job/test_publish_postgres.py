"""What `publish --to postgres` refuses before it connects, without a word of the password."""

import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from figma_warehouse.cli import app
from figma_warehouse.failures import UsageFailure, WarehouseError
from figma_warehouse.job.postgres_settings import read_postgres_settings
from figma_warehouse.job.run import RunReport
from figma_warehouse.job.run_report import LoadReport
from figma_warehouse.job.transform import TransformReport

HERE = "postgresql://writer:hush@127.0.0.1:9/bi"


@pytest.mark.parametrize(
    ("url", "exit_code", "words"),
    [
        ("", 2, "There is no address of Postgres. Set url under [publish.postgres] in .dlt/secrets.toml, or PUBLISH__"),
        ("hush.example/bi", 2, "url under [publish.postgres] is not an address of Postgres. Write it as postgresql://"),
        ("postgresql://writer:hu@sh@127.0.0.1/bi", 2, "with %40 for @, %2F for / and %25 for % in a password."),
        ("postgresql://writer:hu/sh@127.0.0.1/bi", 2, "with %40 for @, %2F for / and %25 for % in a password."),
        (f"{HERE}?hush=1", 2, "url under [publish.postgres] is not an address of Postgres."),
        (HERE, 1, 'No connection to Postgres: connection to server at "127.0.0.1", port 9 failed: Connection refused'),
    ],
)
def test_an_address_that_cannot_be_used_is_one_sentence(
    url: str, exit_code: int, words: str, loaded_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH__POSTGRES__URL", url)

    refused = _publish(loaded_file)

    assert (refused[0], words in refused[1]) == (exit_code, True), refused
    assert len(refused[1].splitlines()) == 1
    assert not any(part in refused[1] for part in ("hush", "hu@", "sh@", "hu/"))


def test_without_the_driver_the_extra_is_named(loaded_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg2", None)

    assert _publish(loaded_file) == (
        2,
        "publish --to postgres needs a driver: pip install 'figma-warehouse[postgres]'. Nothing was sent.\n",
    )


def test_nothing_published_names_the_next_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH__POSTGRES__URL", HERE)

    code, message = _publish(tmp_path / "data" / "warehouse.duckdb")

    assert (code, "There is nothing to export" in message) == (2, True)


def test_a_misspelt_setting_is_refused_with_the_nearest_one(loaded_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH__POSTGRES__SCHMA", "figma")

    code, message = _publish(loaded_file)

    assert (code, "is not a setting: PUBLISH__POSTGRES__SCHEMA?" in message) == (2, True)


@pytest.mark.parametrize(("code", "ends_with"), [(0, 3), (3, 3), (4, 4)])
def test_a_run_that_could_not_publish_to_postgres_is_partial(code: int, ends_with: int) -> None:
    load = LoadReport(items_missing=int(code == 3), listings_failed=int(code == 4))
    report = RunReport(load, TransformReport(1, 1), 1, WarehouseError("No connection."))

    assert (load.exit_code, report.exit_code) == (code, ends_with)
    assert report.message == "Not published to Postgres: No connection."


@pytest.mark.parametrize(
    ("url", "sslmode"),
    [
        (HERE, None),
        ("postgresql:///bi", None),
        ("postgresql://writer@[::1]/bi", None),
        ("postgresql://%2Frun%2Fpostgresql/bi", None),
        ("postgresql://db.example/bi", "require"),
        ("postgresql://127.0.0.1,db.example/bi", "require"),
        ("host=db.example dbname=bi", "require"),
        ("postgresql://db.example/bi?sslmode=verify-full", "verify-full"),
    ],
)
def test_a_connection_to_another_machine_is_encrypted(
    url: str, sslmode: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH__POSTGRES__URL", url)

    assert read_postgres_settings().connection.get("sslmode") == sslmode


def test_the_settings_do_not_show_the_password_and_a_long_schema_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLISH__POSTGRES__URL", HERE)
    settings = read_postgres_settings()

    assert (settings.schema, settings.password, "hush" in repr(settings)) == ("figma_warehouse", "hush", False)
    monkeypatch.setenv("PUBLISH__POSTGRES__SCHEMA", "é" * 32)
    with pytest.raises(UsageFailure, match="not a name of at most 63 bytes"):
        read_postgres_settings()


@pytest.fixture
def loaded_file(tmp_path: Path) -> Path:
    """A published file with one mart."""

    path = tmp_path / "data" / "warehouse.duckdb"
    path.parent.mkdir()
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts; create table marts.adoption (level varchar)")
    return path


def _publish(published: Path) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["publish", "--to", "postgres", "--data-dir", str(published.parent)])
    return done.exit_code, done.stderr
