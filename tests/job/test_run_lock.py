"""The lock of a run: one holder, who is named, and none once its process is gone."""

import os
import re
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.run_lock import AlreadyRunning, holder, run_lock
from tests.fixtures.commands import ended

HOLD = """
import sys, time
from pathlib import Path
from figma_warehouse.job.run_lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def _hold(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_the_holder_is_named_while_it_holds_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "data" / "run.lock"
    assert holder(path) is None

    with run_lock(path):
        named = path.read_text()
        assert re.fullmatch(rf"pid {os.getpid()}, since \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC", named)
        assert holder(path) == named

    assert holder(path) is None
    assert path.read_text() == ""


@pytest.mark.process
def test_a_second_run_is_refused_and_leaves_the_name_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    with ended(_hold(path)):
        named = path.read_text()
        with pytest.raises(AlreadyRunning, match=re.escape(f"({named}). This one stops.")), run_lock(path):
            pass
        assert path.read_text() == named == holder(path)


@pytest.mark.process
def test_a_killed_holder_leaves_its_name_but_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "run.lock"
    killed = _hold(path)
    with ended(killed):
        killed.send_signal(signal.SIGKILL)
        killed.wait()

    assert path.read_text().startswith(f"pid {killed.pid}, since ")
    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(lambda _: holder(path), range(20))) == {None}
    with run_lock(path):
        assert path.read_text().startswith(f"pid {os.getpid()}, since ")


def test_a_folder_in_place_of_the_lock_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageFailure, match=rf"{tmp_path} cannot be used \(Is a directory\)"), run_lock(tmp_path):
        pass
