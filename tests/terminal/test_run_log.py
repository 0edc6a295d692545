"""The log file that cron's line appends to: it does not grow without end."""

from pathlib import Path

import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.terminal.run_log import KEPT, MAX_BYTES
from tests.fixtures.commands import Command
from tests.fixtures.processes import ForkedCommand

pytestmark = pytest.mark.process


@pytest.fixture
def log(data: DataDir) -> Path:
    data.make()
    return data.root / "run.log"


def _status_into(log: Path, data: DataDir, tmp_path: Path) -> None:
    """Let a command that fails append its message to the log, as cron's line does."""
    command = Command(data, tmp_path / "elsewhere")
    process = ForkedCommand(("status",), command.environment, log, log, tmp_path / "elsewhere").start()
    process.join()
    assert process.exitcode == 2


def test_a_log_of_ten_megabytes_is_rotated_after_the_message_of_the_run(
    log: Path, data: DataDir, tmp_path: Path
) -> None:
    log.write_bytes(b"\n" * (MAX_BYTES + 1))
    for number in range(1, KEPT + 1):
        log.with_name(f"run.log.{number}").write_text(f"older {number}")

    _status_into(log, data, tmp_path)

    assert not log.exists()
    assert log.with_name("run.log.1").read_text().strip().startswith("Nothing is published at")
    assert [log.with_name(f"run.log.{number}").read_text() for number in (2, 3)] == ["older 1", "older 2"]
    assert sorted(path.name for path in log.parent.glob("run.log*")) == ["run.log.1", "run.log.2", "run.log.3"]

    _status_into(log, data, tmp_path)

    assert log.read_text().startswith("Nothing is published at")


def test_a_log_that_another_process_writes_is_left_alone(log: Path, data: DataDir, tmp_path: Path) -> None:
    log.write_bytes(b"\n" * (MAX_BYTES + 1))

    _status_into(tmp_path / "other.log", data, tmp_path)

    assert log.stat().st_size == MAX_BYTES + 1
