"""The record of shares: what a build replaces, and what no build changes."""

import shutil
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.pipeline import ready_pipeline
from figma_warehouse.job.publish import publish
from figma_warehouse.job.transform import record_shares, run_dbt
from tests.conftest import made_once
from tests.sql.builds import Row, query

pytestmark = pytest.mark.process

SHARES = """
    select week_start, level, id, name, share_name, numerator, denominator from marts.adoption_weekly
    where week_start {} (select max(week_start) from marts.adoption_weekly)
    order by all
"""
PAST, LATEST = SHARES.format("<"), SHARES.format("=")
LAYERS = """
    select 'layers' as share_name, id, library_layers as numerator, visible_layers as denominator
    from marts.adoption where level = 'file' order by id
"""
RECORDED_LAYERS = """
    select share_name, id, numerator, denominator from marts.adoption_weekly
    where level = 'file' and share_name = 'layers' and week_start = (select max(week_start) from marts.adoption_weekly)
    order by id
"""
# a save a week later than all others; the file has another name then, and its layers are hidden
LATER = """
    insert into figma.file_snapshots by name
    select * replace ('later' as version, last_modified_at + interval '7 days' as last_modified_at)
    from figma.file_snapshots
    order by last_modified_at desc
    limit 1;
    update figma.nodes set is_effectively_visible = false where file_key = 'app';
    update figma.files set name = 'App, later' where file_key = 'app';
    update figma.documents set content_hash = 'later' where file_key = 'app';
"""


@pytest.fixture(scope="module")
def two_weeks(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The build file of the small organisation after another week; tests do not change it."""

    def build(data: DataDir) -> None:
        data.make()
        shutil.copy(warehouse, data.build)
        _change(data, LATER)
        record_shares(data)

    return made_once(tmp_path_factory, "two_weeks", build).build


@pytest.fixture
def recorded(two_weeks: Path, data: DataDir) -> DataDir:
    """A copy of the small organisation after two weeks, to work on."""
    data.make()
    shutil.copy(two_weeks, data.build)
    return data


@pytest.fixture
def past(warehouse: Path) -> list[Row]:
    """The rows that the build of the first week recorded."""
    return query(warehouse, LATEST)


def test_a_build_in_a_later_week_leaves_the_rows_of_the_first(
    warehouse: Path, two_weeks: Path, past: list[Row]
) -> None:
    assert query(warehouse, PAST) == []
    assert query(two_weeks, PAST) == past
    assert query(two_weeks, RECORDED_LAYERS) == query(two_weeks, LAYERS) != query(warehouse, LAYERS)
    names = "select distinct week_start, name from marts.adoption_weekly where id = 'app' order by week_start"
    assert [row["name"] for row in query(two_weeks, names)] == ["App", "App, later"]


def test_a_build_in_the_same_week_replaces_the_rows_of_that_week(recorded: DataDir, past: list[Row]) -> None:
    before = query(recorded.build, RECORDED_LAYERS)
    _change(recorded, "update figma.components set removed_at = '2026-05-12'")

    record_shares(recorded)

    assert query(recorded.build, RECORDED_LAYERS) == query(recorded.build, LAYERS) != before
    assert query(recorded.build, PAST) == past


def test_a_full_build_keeps_the_past(recorded: DataDir, past: list[Row]) -> None:
    latest = query(recorded.build, LATEST)

    done = run_dbt(recorded, "run", "--full-refresh", "--select", "+adoption_weekly")

    assert done.returncode == 0, done.stdout
    assert (query(recorded.build, PAST), query(recorded.build, LATEST)) == (past, latest)


def test_a_lost_build_file_gets_the_past_from_the_published_file(recorded: DataDir, past: list[Row]) -> None:
    publish(recorded)
    recorded.build.unlink()

    with ready_pipeline(recorded):
        pass
    record_shares(recorded)

    assert query(recorded.build, PAST) == past


def test_a_version_with_another_column_keeps_the_past(recorded: DataDir, past: list[Row]) -> None:
    _change(recorded, "alter table marts.adoption_weekly drop column is_conclusive")

    record_shares(recorded)

    assert query(recorded.build, PAST) == past
    known = "select week_start, count(is_conclusive) > 0 as is_known from marts.adoption_weekly group by 1 order by 1"
    assert [row["is_known"] for row in query(recorded.build, known)] == [False, True]


def _change(data: DataDir, statements: str) -> None:
    with duckdb.connect(str(data.build)) as connection:
        connection.execute(statements)
