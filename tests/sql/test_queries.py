"""The queries of docs/queries.md and the README, pasted as they are, on the published sample organisation."""

import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from figma_warehouse.bundled import CLONE
from figma_warehouse.data_dir import DataDir

QUESTION = re.compile(r"^### (\d+)\. (.*?)$.*?```sql\n(.*?)```", re.DOTALL | re.MULTILINE)
README = re.findall(r"```sql\n(.*?)```", (CLONE / "README.md").read_text(), re.DOTALL)
QUESTIONS = QUESTION.findall((CLONE / "docs" / "queries.md").read_text())
QUERIES = {int(number): sql for number, _, sql in QUESTIONS}
# the sample organisation is loaded once, without what a setting turns on: a change of a component is seen between two
# loads
WITHOUT_ROWS = {
    "What changed in a component?",
    "Which variables does nobody use?",
    "Which files has nobody opened?",
    "What does Figma count as inserted and detached?",
    "Which threads wait for an answer?",
    "Which components have no code behind them?",
}

# the clock of the sample organisation stands still: the recent weeks of a query are, there, the last weeks with a save
RECENT, LAST_SAVED = (
    f"(select max({week}) from marts.file_activity) - interval" for week in ("week_start", "last_saved_week")
)


@pytest.fixture
def published(loaded: DataDir) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        yield connection


def test_each_of_the_43_questions_has_a_query() -> None:
    assert [int(number) for number, _, _ in QUESTIONS] == list(range(1, 44))


def test_every_query_returns_rows_on_the_sample_organisation(published: duckdb.DuckDBPyConnection) -> None:
    assert any(RECENT in query for query in QUERIES.values())
    without_rows = {question for _, question, sql in QUESTIONS if not _rows(published, sql.replace(RECENT, LAST_SAVED))}
    assert without_rows == WITHOUT_ROWS


def test_query_3_returns_one_node_per_placement_of_the_most_used_components(
    published: duckdb.DuckDBPyConnection,
) -> None:
    most_used = "select sum(placements) from (from marts.component_reach order by placements desc limit 3)"
    assert len(_rows(published, QUERIES[3])) == _rows(published, most_used)[0][0]


def test_the_first_readme_query_returns_one_row_per_file_that_uses_the_button(
    published: duckdb.DuckDBPyConnection,
) -> None:
    button = "component_set_name = 'Button' and is_published and usages > 0"
    files = f"select count(distinct file_key), sum(placements), sum(usages) from marts.component_usage where {button}"
    rows = _rows(published, _readme()[0])

    assert [(len(rows), sum(row[1] for row in rows), sum(row[2] for row in rows))] == _rows(published, files)
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)


def test_the_third_readme_query_returns_one_node_per_placement_of_a_component(
    published: duckdb.DuckDBPyConnection,
) -> None:
    placed = "select component_key, sum(placements) from marts.component_usage group by component_key"
    for component, placements in _rows(published, placed):
        assert len(_rows(published, _readme()[2].replace("…", component))) == placements, component


def _readme() -> list[str]:
    """Return the example queries of the README."""
    (block,) = [block for block in README if "who uses the button" in block]
    return [query for query in block.split(";") if query.strip()]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
