"""How the pages read the published file: its freshness, its versions, and a file that replaces it."""

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from figma_warehouse.dashboard import published_file, selection
from tests.fixtures.hostile import NOW, organisation, write_warehouse
from tests.fixtures.published import Publish


@pytest.mark.usefixtures("published")
def test_data_is_as_of_the_last_finished_run_and_counts_the_current_files() -> None:
    assert published_file.freshness() == published_file.Freshness(NOW, 4, 3, is_conclusive=False)


def test_without_a_finished_run_data_is_as_of_the_last_loaded_document(publish: Publish) -> None:
    publish({"figma.runs": []})

    fresh = published_file.freshness()

    assert fresh is not None
    assert fresh.as_of == NOW - timedelta(days=1)


def test_a_file_that_replaces_the_published_one_answers_the_next_query(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    write_warehouse(tmp_path / "warehouse.duckdb", {})
    before = selection.team_names().height
    write_warehouse(tmp_path / "next.duckdb", organisation())
    (tmp_path / "next.duckdb").replace(tmp_path / "warehouse.duckdb")

    assert (before, selection.team_names().height) == (0, 2)


@pytest.mark.usefixtures("published")
def test_a_query_gets_the_parameters_that_it_names() -> None:
    found = published_file.ask("select $team as team, $teams as teams", team="t1", teams=["a", "b"], folder="f1")

    assert found.rows() == [("t1", ["a", "b"])]
    assert published_file.ask("select 1 as one", team="t1").rows() == [(1,)]


def test_a_file_of_an_older_version_lacks_tables_and_columns(publish: Publish) -> None:
    publish(leave_out={"adoption"})

    assert not published_file.has("adoption")
    assert published_file.has("component_reach", "file_growth")
    assert published_file.has("file_growth", "file_growth.nodes")
    assert not published_file.has("file_growth.nodes", "file_growth.weight")


@pytest.mark.usefixtures("published")
def test_a_process_can_end_while_the_file_is_being_closed() -> None:
    script = """
        from figma_warehouse.dashboard import published_file
        published_file.SECONDS_OPEN = 0.0
        published_file.ask("select count(*) from marts.component_usage")
    """
    command = [sys.executable, "-c", "\n".join(line.strip() for line in script.splitlines())]

    ended = [process.wait() for process in [subprocess.Popen(command) for _ in range(8)]]

    assert ended == [0] * 8
