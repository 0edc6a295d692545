"""The queries of docs/queries.md and the README, as a reader would paste them, on the published sample organisation."""

import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from figma_warehouse.bundled import CLONE
from figma_warehouse.data_dir import DataDir

QUESTION = re.compile(r"^### (\d+)\. (.*?)$.*?```sql\n(.*?)```", re.DOTALL | re.MULTILINE)
README = re.findall(r"```sql\n(.*?)```", (CLONE / "README.md").read_text(), re.DOTALL)
QUERIES = {int(number): sql for number, _, sql in QUESTION.findall((CLONE / "docs" / "queries.md").read_text())}

# the sample organisation's clock stands still while the present goes on: what was of late is, there, what was last
OF_LATE, LAST = (
    f"(select max({week}) from marts.file_activity) - interval" for week in ("week_start", "last_saved_week")
)


@pytest.fixture
def published(loaded: DataDir) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        yield connection


def test_there_are_twenty_two_questions_each_with_its_query() -> None:
    assert list(QUERIES) == list(range(1, 23))


def test_every_query_answers_on_the_sample_organisation(published: duckdb.DuckDBPyConnection) -> None:
    assert any(OF_LATE in query for query in QUERIES.values())
    unanswered = [number for number, query in QUERIES.items() if not _rows(published, query.replace(OF_LATE, LAST))]
    assert unanswered == []


def test_the_nodes_behind_a_figure_are_as_many_as_it_says(published: duckdb.DuckDBPyConnection) -> None:
    most_used = "select sum(placements) from (from marts.component_reach order by placements desc limit 3)"
    assert len(_rows(published, QUERIES[3])) == _rows(published, most_used)[0][0]


def test_the_readme_has_one_row_a_file_that_uses_the_button(published: duckdb.DuckDBPyConnection) -> None:
    button = "component_set_name = 'Button' and is_published and usages > 0"
    files = f"select count(distinct file_key), sum(placements), sum(usages) from marts.component_usage where {button}"
    rows = _rows(published, _readme()[0])

    assert [(len(rows), sum(row[1] for row in rows), sum(row[2] for row in rows))] == _rows(published, files)
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)


def test_the_readme_gives_the_nodes_behind_the_placements_of_each_component(
    published: duckdb.DuckDBPyConnection,
) -> None:
    placed = "select component_key, sum(placements) from marts.component_usage group by component_key"
    for component, placements in _rows(published, placed):
        assert len(_rows(published, _readme()[2].replace("…", component))) == placements, component


def _readme() -> list[str]:
    """The example queries of the README."""
    (block,) = [block for block in README if "who uses the button" in block]
    return [query for query in block.split(";") if query.strip()]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
