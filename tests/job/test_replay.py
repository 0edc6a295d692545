"""What a replay rebuilds from the archive: the tables of the loads, row for row."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.replay import replay, replay_file
from figma_warehouse.source.documents.archive import REMOVAL, About, Archive
from figma_warehouse.source.schema import TABLES
from tests.fixtures.build_files import first_difference
from tests.fixtures.commands import Command, command_for, ended
from tests.fixtures.past import REBUILT, Past, query

pytestmark = pytest.mark.process


@contextmanager
def _replaying(command: Command, past: Past) -> Iterator[tuple[subprocess.Popen[str], list[psutil.Process]]]:
    """A replay of the archive that has stored something, and the processes that it began."""
    running = command.start("replay", "--archive", str(past.archive))
    with ended(running):
        assert running.stderr
        while " replayed " not in running.stderr.readline():
            assert running.poll() is None
        yield running, psutil.Process(running.pid).children(recursive=True)


def test_a_replay_into_an_empty_folder_equals_the_loads_row_for_row(past: Past, data: DataDir) -> None:
    past.server.reset_requests()
    report = replay(str(past.archive), data)
    assert past.server.requests == []
    assert report.exit_code == 0
    assert report.states == len(set.union(*past.states))
    assert first_difference(data.build, past.data.build, REBUILT) == ""


def test_a_terminated_replay_stores_files_in_progress_and_the_next_one_completes_it(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    with _replaying(command, past) as (running, workers):
        running.send_signal(signal.SIGTERM)
        out, err = running.communicate()
    stored = {key for (key,) in query(data.build, "select file_key from figma.documents")}
    files = {path.name for path in past.archive.iterdir()}
    assert running.returncode == 3
    assert "Traceback" not in err
    assert f"Ended early (SIGTERM): {len(files) - len(stored)} files are left" in out
    assert 0 < len(stored) < len(files)
    assert psutil.wait_procs(workers, timeout=60)[1] == []

    assert replay(str(past.archive), data).exit_code == 0
    assert first_difference(data.build, past.data.build, REBUILT) == ""


def test_a_second_signal_ends_a_replay_at_once_with_all_its_processes(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    command = command_for(data, tmp_path / "elsewhere", past.server, past.organisation)
    with _replaying(command, past) as (running, workers):
        running.send_signal(signal.SIGINT)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate()
    assert running.returncode == 1
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("Stopped at once.")
    assert len(workers) >= 2
    assert psutil.wait_procs(workers, timeout=60)[1] == []


def test_a_replay_in_place_keeps_newer_files_and_names_unreadable_states(
    past: Past, data: DataDir, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    key = min(key for key, *_ in past.states[0] & past.states[2])
    shutil.copytree(past.archive / key, archive / key)
    newer = min(key for key, *_ in past.states[2] - past.states[1] if key in {one for one, *_ in past.states[0]})
    old = min((past.archive / newer).iterdir(), key=lambda path: path.name.rpartition("-")[2])
    (archive / newer).mkdir()
    shutil.copy(old, archive / newer)
    (broken,) = (archive / key).iterdir()
    broken.write_bytes(broken.read_bytes()[:-20])
    empty = broken.with_name("0-20200101T000000.000000Z.json.zst")
    empty.touch()
    shutil.copytree(past.data.root, data.root)

    report = replay(str(archive), data)

    assert (report.exit_code, report.files_newer_here, len(report.unreadable)) == (3, 1, 2)
    assert empty.name in report.unreadable[0]
    assert broken.name in report.unreadable[1]
    assert first_difference(data.build, past.data.build, TABLES) == ""
    with pytest.raises(UsageFailure, match="no archive at"):
        replay(str(tmp_path / "nowhere"), data)


def test_a_document_in_parts_and_a_removed_file_are_replayed_as_such(tmp_path: Path) -> None:
    archive = Archive(str(tmp_path))
    noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
    body = b'{"document": {"id": "0:0", "type": "DOCUMENT"}}'
    archive.keep(About("app", "1", noon, noon, "run", size=99, parts=3, last_version="2"), body)

    tables = replay_file(str(tmp_path), "app", None, is_removed=False).tables
    (document,) = tables["documents"].to_pylist()
    facts = ("version", "last_modified_at", "loaded_at", "run_id", "bytes", "parts", "last_version", "node_count")
    assert tuple(document[name] for name in facts) == ("1", noon, noon, "run", 99, 3, "2", 1)

    gone = replay_file(str(tmp_path), "app", None, is_removed=True).tables
    assert gone.keys() & {"documents", "nodes", "file_snapshots"} == {"file_snapshots"}
    archive.keep(About("app", "", noon, noon + timedelta(days=1), "run", REMOVAL))
    after = replay_file(str(tmp_path), "app", None, is_removed=False).tables
    assert after["nodes"]["is_tombstone"].to_pylist() == [True]
    assert after["file_snapshots"].num_rows == 1
