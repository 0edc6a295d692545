"""The queries of docs/queries.md, as a reader would paste them, on the sample organisation's published warehouse."""

import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from pipelines.settings import PROJECT, DataDir

QUESTION = re.compile(r"^### (\d+)\. (.*?)$.*?```sql\n(.*?)```", re.DOTALL | re.MULTILINE)
QUERIES = {int(number): sql for number, _, sql in QUESTION.findall((PROJECT / "docs" / "queries.md").read_text())}


@pytest.fixture
def published(loaded: DataDir) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(loaded.published), read_only=True) as connection:
        yield connection


def test_there_are_twenty_two_questions_each_with_its_query() -> None:
    assert list(QUERIES) == list(range(1, 23))


def test_every_query_answers_on_the_sample_organisation(published: duckdb.DuckDBPyConnection) -> None:
    unanswered = [number for number, query in QUERIES.items() if not _rows(published, query)]
    assert unanswered == []


def test_the_nodes_behind_a_figure_are_as_many_as_it_says(published: duckdb.DuckDBPyConnection) -> None:
    most_used = "select sum(placements) from (from marts.component_reach order by placements desc limit 3)"
    assert len(_rows(published, QUERIES[3])) == _rows(published, most_used)[0][0]


def _rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()
