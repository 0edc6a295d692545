"""A small dose of `python -m tests.chaos`: real processes, real kills, and tables that must equal a calm load's."""

import shutil
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.sandbox import TRANSIENT_FAULTS
from tests.chaos.schedules import Interruption, Schedule, drawn
from tests.chaos.tables import differences
from tests.chaos.trials import run_trial
from tests.chaos.village import Village

KILLED_TWICE = Schedule(
    seed=1,
    rates={},
    at_most=4,
    interruptions=(Interruption("kill", packages=2), Interruption("kill", requests=70, delay=0.1)),
    is_refresh=False,
    edits=0,
    removals=0,
)
FAULTY_AND_STOPPED = Schedule(
    seed=2,
    rates=dict.fromkeys(TRANSIENT_FAULTS, 0.3 / len(TRANSIENT_FAULTS)),
    at_most=4,
    interruptions=(Interruption("terminate", requests=30), Interruption("disk", bytes=400_000)),
    is_refresh=True,
    edits=12,
    removals=1,
)
MOVING = Schedule(
    seed=9,
    rates={"changed": 0.25, "vanished": 0.15, "expired": 0.03, "truncated": 0.1},
    at_most=2,
    interruptions=(Interruption("kill", packages=3),),
    is_refresh=True,
    edits=10,
    removals=0,
)


def test_a_load_that_is_killed_twice_ends_with_the_tables_of_a_calm_one(village: Village) -> None:
    verdict = run_trial(village, KILLED_TWICE)
    assert verdict.defects == []
    assert verdict.interruptions == ["kill", "kill"]
    assert verdict.exit_codes == [-9, -9, 0]


def test_a_refresh_on_a_bad_line_and_a_full_disk_ends_with_the_tables_of_a_calm_one(village: Village) -> None:
    verdict = run_trial(village, FAULTY_AND_STOPPED)
    assert verdict.defects == []
    assert verdict.faults.total() > 10
    assert verdict.exit_codes[0] == 3
    assert verdict.exit_codes[-1] == 0


def test_files_that_move_between_the_requests_end_as_they_are_at_last(village: Village) -> None:
    verdict = run_trial(village, MOVING)
    assert verdict.defects == []
    assert {"changed", "vanished", "expired"} <= set(verdict.faults)
    assert verdict.exit_codes[-1] == 0


@pytest.fixture
def other(village: Village, tmp_path: Path) -> Path:
    """A copy of a loaded build file."""
    path = tmp_path / "other.duckdb"
    shutil.copy(village.loaded.build, path)
    assert differences(path, village.loaded.build) == []
    return path


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("delete from figma.nodes where node_id = '0:1'", "nodes: 30 rows lost"),
        ("insert into figma.file_versions select * from figma.file_versions limit 1", "file_versions: 1 rows too many"),
        ("update figma.node_paints set color = '#000000ff' where position = 0", "node_paints: "),
        ("update figma.outcomes set status = 'skipped', reason = 'bad_body'", "outcomes: "),
    ],
)
def test_a_row_lost_doubled_or_altered_is_a_difference(village: Village, other: Path, change: str, found: str) -> None:
    with duckdb.connect(str(other)) as connection:
        connection.execute(change)
    assert found in " ".join(differences(other, village.loaded.build))


def test_a_seed_draws_the_same_schedule_again() -> None:
    assert [drawn(seed) for seed in range(30)] == [drawn(seed) for seed in range(30)]
    assert drawn(1) != drawn(2)
