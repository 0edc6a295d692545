"""`publish --to postgres`: every row and comment arrives, and readers see the old state or the new one, never a mix."""

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import duckdb
import pytest
import sqlalchemy
from typer.testing import CliRunner, Result

from figma_warehouse.cli import app
from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.exported_tables import published_tables
from figma_warehouse.job.publish_postgres import LIST, PostgresReport, publish_to_postgres
from figma_warehouse.job.run import run
from figma_warehouse.settings import FigmaSettings
from tests.fixtures.commands import wait_for
from tests.postgres.cluster import DATABASE, Cluster

pytestmark = pytest.mark.postgres

SCHEMA = "marts_of_figma"
SECRET = "hush-hush"
# a trigger that runs in the middle of the copy of one table
IN_THE_MIDDLE = f"""
create function {SCHEMA}.middle() returns trigger language plpgsql as $$ begin perform {{}}; return new; end $$;
create trigger middle before insert on {SCHEMA}.usage_history for each statement execute function {SCHEMA}.middle()
"""
TURN = 20_260_504


@pytest.fixture(autouse=True)
def _address(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PUBLISH__POSTGRES__URL", cluster.url)
    monkeypatch.setenv("PUBLISH__POSTGRES__SCHEMA", SCHEMA)
    yield
    _change(cluster, f"drop schema if exists {SCHEMA} cascade")


def test_every_row_and_every_comment_arrives(cluster: Cluster, sample: DataDir) -> None:
    report = publish_to_postgres(sample)

    with published_tables(sample) as (source, tables):
        found = {table.name: _rows(cluster, f"select * from {SCHEMA}.{table.name}") for table in tables}
        assert found == {table.name: _sorted(source.sql(table.query).fetchall()) for table in tables}
        comments = {
            (table.name, number, text)
            for table in tables
            for number, text in enumerate([table.comment, *(column.comment for column in table.columns)])
            if text
        }
    assert comments == {row for row in _comments(cluster) if row[0] != LIST}
    listed = dict(_rows(cluster, f"select table_name, row_count from {SCHEMA}.{LIST}"))
    assert listed == {name: len(rows) for name, rows in found.items()}
    assert (report.tables, report.rows) == (len(found), sum(listed.values()))


def test_a_run_publishes_to_postgres_at_its_end_if_it_is_told_to(
    cluster: Cluster, settings: FigmaSettings, loaded: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PUBLISH__POSTGRES__AFTER_RUN", "true")

    report = run(settings, loaded)

    listed = dict(_rows(cluster, f"select table_name, row_count from {SCHEMA}.{LIST}"))
    assert report.postgres == PostgresReport(SCHEMA, len(listed), sum(listed.values()))
    assert report.exit_code == report.load.exit_code
    runs = _rows(cluster, f"select run_id from {SCHEMA}.runs")
    assert (report.load.run_id,) in runs


def test_texts_keep_their_quotes_breaks_and_emptiness(cluster: Cluster, loaded: DataDir) -> None:
    texts = ['say "hi", now', "two\nlines\r\n", "\\.", "\\N", "", None, "é\u202e🚀", "1,2;3\t'"]
    with duckdb.connect(str(loaded.published)) as connection:
        connection.execute("delete from figma.teams")
        connection.executemany("insert into figma.teams (team_id, name) values (?, ?)", [*enumerate(texts)])

    publish_to_postgres(loaded)

    found = _rows(cluster, f"select team_id, name from {SCHEMA}.teams")
    assert dict(found) == {str(number): text for number, text in enumerate(texts)}


def test_a_backend_that_ends_in_the_middle_of_a_copy_leaves_the_last_state(cluster: Cluster, loaded: DataDir) -> None:
    publish_to_postgres(loaded)
    before = _whole(cluster)
    _change(cluster, IN_THE_MIDDLE.format("pg_terminate_backend(pg_backend_pid())"))
    _empty_marts(loaded)

    ended = _publish(loaded)

    assert ended.exit_code == 1
    assert ended.stderr == (
        "The connection to Postgres was lost: server closed the connection unexpectedly. The tables there stay as they"
        " were: run the command again.\n"
    )
    assert _whole(cluster) == before
    _change(cluster, f"drop function {SCHEMA}.middle cascade")
    assert _publish(loaded).exit_code == 0
    assert _whole(cluster) != before


def test_readers_never_wait_and_see_the_old_state_until_the_new_one_is_whole(cluster: Cluster, loaded: DataDir) -> None:
    publish_to_postgres(loaded)
    before = _whole(cluster)
    _change(cluster, IN_THE_MIDDLE.format(f"pg_advisory_xact_lock({TURN})"))
    _empty_marts(loaded)
    with cluster.connect() as holder:
        holder.cursor().execute(f"select pg_advisory_lock({TURN})")
        publishing = threading.Thread(target=publish_to_postgres, args=(loaded,))
        publishing.start()
        waiting = "select 1 from pg_locks where locktype = 'advisory' and not granted"
        wait_for(lambda: bool(_rows(cluster, waiting)), seconds=60)

        seen = _whole(cluster)
        with pytest.raises(UsageFailure, match=f"Another publication to the schema {SCHEMA} of Postgres is active"):
            publish_to_postgres(loaded)
    publishing.join()

    assert seen == before
    after = _whole(cluster)
    assert {name for name in before if before[name] != after[name]} == {"component_reach", "usage_history"}


def test_grants_views_and_other_tables_stay(cluster: Cluster, loaded: DataDir) -> None:
    publish_to_postgres(loaded)
    _change(
        cluster,
        f"create role analyst; grant select on {SCHEMA}.teams to analyst;"
        f" create view {SCHEMA}.own_view as select name from {SCHEMA}.teams; create table {SCHEMA}.own_table (a int)",
    )
    _empty_marts(loaded)
    publish_to_postgres(loaded)

    assert _rows(cluster, f"select has_table_privilege('analyst', '{SCHEMA}.teams', 'select')") == [(True,)]
    assert len(_rows(cluster, f"select * from {SCHEMA}.own_view")) == 3
    assert _rows(cluster, f"select * from {SCHEMA}.own_table") == []
    _change(cluster, f"drop schema {SCHEMA} cascade; drop role analyst")


def test_a_table_with_new_columns_is_made_again_and_a_table_that_left_is_dropped(
    cluster: Cluster, loaded: DataDir
) -> None:
    publish_to_postgres(loaded)
    _change(cluster, f"create view {SCHEMA}.own_view as select name from {SCHEMA}.teams")
    with duckdb.connect(str(loaded.published)) as connection:
        connection.execute("alter table figma.teams add column motto varchar; drop table marts.coverage cascade")
    before = _whole(cluster)

    in_the_way = _publish(loaded)

    assert in_the_way.exit_code == 2
    assert "something depends on it: cannot drop table marts_of_figma.teams" in in_the_way.stderr
    assert _whole(cluster) == before
    _change(cluster, f"drop view {SCHEMA}.own_view")
    assert _publish(loaded).exit_code == 0
    assert before.keys() - _whole(cluster).keys() == {"coverage", "own_view"}
    assert _rows(cluster, f"select distinct motto from {SCHEMA}.teams") == [(None,)]


@pytest.mark.parametrize(
    ("before", "user", "words"),
    [
        (f"create schema {SCHEMA}; create table {SCHEMA}.files (a int)", "", "has a table files that is of no earlier"),
        (f"create schema {SCHEMA}; create table {SCHEMA}.{LIST} (a int)", "", f"has another table {LIST}. Name"),
        ("create role guest login", "guest", "does not permit it: permission denied for database"),
        (f"create role guest login; create schema {SCHEMA}", "guest", "permission denied for schema"),
        ("create role guest nologin", "guest", 'refused the login: connection to server at "127.0.0.1", port'),
    ],
)
def test_what_postgres_refuses_is_one_sentence_without_the_password(
    before: str, user: str, words: str, cluster: Cluster, sample: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    _change(cluster, f"drop role if exists guest; {before}")
    if user:
        url = f"postgresql://{user}:{SECRET}@127.0.0.1:{cluster.port}/{DATABASE}"
        monkeypatch.setenv("PUBLISH__POSTGRES__URL", url)

    refused = _publish(sample)

    assert refused.exit_code == 2
    assert words in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert SECRET not in refused.output


def test_sqlalchemy_reads_the_tables_and_their_comments(cluster: Cluster, sample: DataDir) -> None:
    report = publish_to_postgres(sample)
    engine = sqlalchemy.create_engine(cluster.url.replace("postgresql:", "postgresql+psycopg2:"))

    inspected = sqlalchemy.inspect(engine)

    assert len(inspected.get_table_names(SCHEMA)) == report.tables + 1
    assert (inspected.get_table_comment("component_reach", SCHEMA)["text"] or "").startswith("One row per component")
    with engine.connect() as connection:
        counted = connection.execute(sqlalchemy.text(f"select count(*) from {SCHEMA}.component_reach")).scalar()
    engine.dispose()
    assert [(counted,)] == _rows(cluster, f"select count(*) from {SCHEMA}.component_reach")


def _publish(data: DataDir) -> Result:
    return CliRunner().invoke(app, ["publish", "--to", "postgres", "--data-dir", str(data.root)])


def _empty_marts(data: DataDir) -> None:
    with duckdb.connect(str(data.published)) as connection:
        connection.execute("delete from marts.component_reach; delete from marts.usage_history where placements = 0")


def _change(cluster: Cluster, commands: str) -> None:
    with cluster.connect() as connection:
        connection.cursor().execute(commands)
        connection.commit()


def _rows(cluster: Cluster, query: str) -> list[tuple[Any, ...]]:
    with cluster.connect() as connection:
        cursor = connection.cursor()
        # a reader that has to wait fails
        cursor.execute("set statement_timeout = '10s'")
        cursor.execute(query)
        return _sorted(cursor.fetchall())


def _whole(cluster: Cluster) -> dict[str, list[tuple[Any, ...]]]:
    """All rows by table, without the time of the publication."""
    names = _rows(cluster, f"select table_name from information_schema.tables where table_schema = '{SCHEMA}'")
    return {name: _rows(cluster, f"select * from {SCHEMA}.{name}") for (name,) in names if name != LIST}


def _comments(cluster: Cluster) -> list[tuple[Any, ...]]:
    """Each comment with its table and the number of its column, 0 for the table."""
    return _rows(
        cluster,
        "select relname::text, objsubid, description from pg_description inner join pg_class on objoid = pg_class.oid"
        f" where relnamespace = '{SCHEMA}'::regnamespace and classoid = 'pg_class'::regclass",
    )


def _sorted(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    plain = [tuple(cell.timestamp() if isinstance(cell, datetime) else cell for cell in row) for row in rows]
    return sorted(plain, key=repr)
