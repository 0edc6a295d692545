"""Output that cannot be written, or that nobody reads."""

import signal
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from tests.fixtures.commands import Command, ended
from tests.fixtures.processes import ForkedCommand

pytestmark = pytest.mark.process


@pytest.mark.parametrize(("verb", "code"), [("load", 3), ("status", 1)])
def test_a_load_stays_done_if_its_output_goes_to_a_full_disk(
    command: Command, loaded: DataDir, tmp_path: Path, verb: str, code: int
) -> None:
    errors = tmp_path / "errors"
    process = ForkedCommand((verb,), command.environment, Path("/dev/full"), errors).start()
    process.join()

    assert process.exitcode == code
    assert errors.read_text().splitlines()[-1] == (
        "Standard output cannot be written (No space left on device). The rest of the output is lost."
    )
    with duckdb.connect(str(loaded.build), read_only=True) as connection:
        assert set(connection.execute("select outcome from figma.runs").fetchall()) == {("partial",)}


@pytest.mark.parametrize("verb", ["load", "status"])
def test_the_exit_code_of_a_failure_stays_if_its_message_goes_to_a_full_disk(
    command: Command, tmp_path: Path, verb: str
) -> None:
    environment = command.environment | {"FIGMA_TOKEN": "figd_wrong"}
    process = ForkedCommand((verb,), environment, tmp_path / "output", Path("/dev/full")).start()
    process.join()

    assert process.exitcode == 2


@pytest.mark.usefixtures("loaded")
def test_a_reader_that_closes_the_pipe_ends_the_status_silently(command: Command) -> None:
    process = command.start("status")
    with ended(process):
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait() == 128 + signal.SIGPIPE
        process.stdout = None
