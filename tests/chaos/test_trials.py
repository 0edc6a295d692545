"""A small dose of `python -m tests.chaos`: real processes and kills, compared with undisturbed loads."""

import shutil
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.sandbox import TRANSIENT_FAULTS
from tests.chaos.baseline import Baseline
from tests.chaos.compare_builds import find_differences
from tests.chaos.schedules import Interruption, Schedule, draw_schedule
from tests.chaos.trials import run_trial

pytestmark = pytest.mark.process

KILLED_TWICE = Schedule(
    seed=1,
    rates={},
    max_faults_per_path=4,
    interruptions=(Interruption("kill", packages=2), Interruption("kill", requests=70, delay=0.1)),
    is_refresh=False,
    edits=0,
    removals=0,
)
FAULTS_AND_FULL_DISK = Schedule(
    seed=2,
    rates=dict.fromkeys(TRANSIENT_FAULTS, 0.3 / len(TRANSIENT_FAULTS)),
    max_faults_per_path=4,
    interruptions=(Interruption("terminate", requests=60), Interruption("disk", bytes=400_000)),
    is_refresh=True,
    edits=12,
    removals=1,
)
CHANGING_FILES = Schedule(
    seed=9,
    rates={"changed": 0.25, "vanished": 0.15, "expired": 0.03, "truncated": 0.1},
    max_faults_per_path=2,
    interruptions=(Interruption("kill", packages=3),),
    is_refresh=True,
    edits=10,
    removals=0,
)


def test_a_load_that_is_killed_twice_equals_an_undisturbed_one(baseline: Baseline) -> None:
    result = run_trial(baseline, KILLED_TWICE)
    assert result.defects == []
    assert result.interruptions == ["kill", "kill"]
    assert result.exit_codes == [-9, -9, 0]


def test_a_refresh_with_faults_and_a_full_disk_equals_an_undisturbed_one(baseline: Baseline) -> None:
    result = run_trial(baseline, FAULTS_AND_FULL_DISK)
    assert result.defects == []
    assert result.faults.total() > 10
    # 4 if the faults outlast the retries of a listing
    assert result.exit_codes[0] in (3, 4)
    assert result.exit_codes[-1] == 0


def test_files_that_change_during_the_load_end_in_their_last_state(baseline: Baseline) -> None:
    result = run_trial(baseline, CHANGING_FILES)
    assert result.defects == []
    assert {"changed", "vanished", "expired"} <= set(result.faults)
    assert result.exit_codes[-1] == 0


@pytest.fixture
def other(baseline: Baseline, tmp_path: Path) -> Path:
    """A copy of a loaded build file."""
    path = tmp_path / "other.duckdb"
    shutil.copy(baseline.loaded.build, path)
    assert find_differences(path, baseline.loaded.build) == []
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
def test_a_lost_added_or_changed_row_is_a_difference(baseline: Baseline, other: Path, change: str, found: str) -> None:
    with duckdb.connect(str(other)) as connection:
        connection.execute(change)
    assert found in " ".join(find_differences(other, baseline.loaded.build))


def test_a_seed_draws_the_same_schedule_again() -> None:
    assert [draw_schedule(seed) for seed in range(30)] == [draw_schedule(seed) for seed in range(30)]
    assert draw_schedule(1) != draw_schedule(2)
