"""What `status` prints of runs, of age, and of what is not published or not listed."""

import json
import os
import re
from datetime import UTC
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.run_lock import run_lock
from figma_warehouse.sandbox import SampleOrganisation
from tests.fixtures.build_files import published_times
from tests.fixtures.commands import Command

pytestmark = pytest.mark.process


def test_runs_are_marked_as_not_published_until_they_are(command: Command, loaded: DataDir) -> None:
    # as runs leave it that are killed while the models are built
    killed = "insert into figma.runs (run_id, started_at, finished_at, outcome) values (?, now(), now(), 'done')"
    with duckdb.connect(str(loaded.build)) as connection:
        connection.executemany(killed, [["first"], ["second"]])
    status = command("status").stdout
    assert re.findall(r"(?:done|partial)(?: \*)?", status) == ["done *", "done *", "partial"]
    assert "* not published" in status

    assert command("publish").returncode == 0

    assert "not published" not in command("status").stdout
    times = [published_times(path) for path in (loaded.build, loaded.published)]
    assert times[0] == times[1]
    assert len(times[0]) == 3


def test_the_status_prints_the_age_of_the_data_and_fails_if_it_is_too_old(command: Command, loaded: DataDir) -> None:
    command.environment["TZ"] = "Asia/Tokyo"
    with duckdb.connect(str(loaded.published)) as connection:
        connection.execute("update figma.runs set finished_at = now() - interval '27 hours 30 minutes'")
        failed = "insert into figma.runs (run_id, finished_at, outcome) values ('failed', now(), 'failed')"
        connection.execute(failed)
        ((as_of,),) = connection.sql("select max(finished_at) from figma.runs where outcome <> 'failed'").fetchall()

    young, old = (command("status", "--json", "--max-age", hours) for hours in ("28", "27"))

    assert (young.returncode, young.stderr) == (0, "")
    assert (old.returncode, old.stderr[:25]) == (3, "The published data is 27.")
    assert old.stderr.endswith(" hours old, more than 27: figma-warehouse status shows how the last runs ended.\n")
    assert json.loads(old.stdout)["as_of"] == as_of.astimezone(UTC).isoformat()
    assert ", 1 day ago." in command("status").stdout.splitlines()[0]


def test_a_run_by_a_clock_that_was_ahead_is_not_shown_as_the_last(command: Command, loaded: DataDir) -> None:
    ahead = "insert into figma.runs (run_id, started_at, outcome) values ('ahead', '2999-01-01 00:00:00+00', 'failed')"
    with duckdb.connect(str(loaded.build)) as connection:
        connection.execute(ahead)

    assert [run["outcome"] for run in json.loads(command("status", "--json").stdout)["runs"]] == ["partial", "failed"]


def test_the_status_during_a_first_run_names_its_process(command: Command, data: DataDir) -> None:
    data.root.mkdir(parents=True)
    with run_lock(data.lock):
        result = command("status")

    assert result.returncode == 0
    assert f"A run is in progress (pid {os.getpid()}" in result.stdout
    assert "Nothing is published yet." in result.stdout


@pytest.mark.usefixtures("loaded")
def test_a_team_that_cannot_be_listed_is_named_by_plan_and_status(
    command: Command, organisation: SampleOrganisation
) -> None:
    command.environment["SOURCES__FIGMA__TEAMS"] = json.dumps([*organisation.team_ids, "999"])

    assert "Listing failed: team 999: not found" in command("plan").stdout
    assert command("load").returncode == 4
    assert command("publish").returncode == 0
    assert re.search(r"Listing failed on .+: team 999: not found", command("status").stdout)


def test_status_and_publish_before_the_first_run_name_the_next_step(data: DataDir, tmp_path: Path) -> None:
    command = Command(data, tmp_path / "elsewhere")
    for verb in ("status", "publish"):
        result = command(verb)
        assert result.returncode == 2
        assert "figma-warehouse run" in result.stderr
