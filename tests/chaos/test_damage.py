"""What a kill and a bad disk leave in the data folder: the next load goes on, or says what to do."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import Server, serve
from tests.chaos.processes import Command
from tests.chaos.tables import committed, differences
from tests.chaos.village import FILES, Village, settings_of

# a look may come too late for what lasts milliseconds
TRIES = 5
Damage = Callable[[DataDir], list[Path]]


@pytest.fixture(scope="module")
def served(village: Village) -> Iterator[Server]:
    """The village over HTTP."""
    with serve(village.organisation) as server:
        yield server


@pytest.fixture(scope="module")
def killed(served: Server, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """A data folder whose first load was killed while its second batch of documents was being stored."""
    for _ in range(TRIES):
        folder = tmp_path_factory.mktemp("killed")
        data = DataDir(folder / "data")
        _kill_amid(served, data)
        looked_at = _copy(data, folder / "looked-at")
        if _log(data).exists() and 0 < len(committed(looked_at.build)) < FILES:
            return data
    raise AssertionError("no load could be killed at its second batch")


def _kill_amid(served: Server, data: DataDir) -> None:
    data.root.mkdir()
    loading = Command("load", data, settings_of(served), data.root.with_name("killed.log")).start()
    seen = _with_nodes(data)
    while len(seen := seen | _with_nodes(data)) < 2 and loading.is_alive():
        time.sleep(0.001)
    while not _log(data).exists() and loading.is_alive():
        time.sleep(0.001)
    loading.kill()
    loading.join()


def _with_nodes(data: DataDir) -> set[str]:
    """The load packages whose nodes wait to be stored."""
    with suppress(FileNotFoundError):  # a folder that goes while it is looked through
        return {path.parts[-3] for path in _folder(data).glob("load/normalized/*/new_jobs/nodes.*")}
    return set()


def _folder(data: DataDir) -> Path:
    return data.dlt / "pipelines" / "figma"


def _log(data: DataDir) -> Path:
    return data.build.with_name("build.duckdb.wal")


def _parts(data: DataDir) -> list[Path]:
    """The files of load packages that wait."""
    found = [path for stage in ("normalize", "load/normalized") for path in _folder(data).glob(f"{stage}/**/*")]
    return [path for path in found if path.is_file()]


def _waiting(data: DataDir) -> set[str]:
    """The files whose documents wait to be settled."""
    found = [path for path in _parts(data) if path.name.startswith("documents.") and path.suffix == ".parquet"]
    return {key for path in found for key in pq.read_table(path)["file_key"].to_pylist()}


def _copy(data: DataDir, folder: Path) -> DataDir:
    shutil.copytree(data.root, folder)
    return DataDir(folder)


def _halve(*paths: Path) -> list[Path]:
    for path in paths:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return list(paths)


def halved_rows(data: DataDir) -> list[Path]:
    """Every waiting file of rows is torn."""
    return _halve(*(path for path in _parts(data) if path.suffix == ".parquet"))


def halved_notes(data: DataDir) -> list[Path]:
    """Every note of dlt's is torn: states, schemas, what a package is at."""
    return _halve(*(path for path in _folder(data).rglob("*.json") if path.is_file()))


def lost_rows(data: DataDir) -> list[Path]:
    """Of the waiting rows only those are left that say that their files are settled."""
    lost = [path for path in _parts(data) if path.suffix == ".parquet" and not path.name.startswith("documents.")]
    for path in lost:
        path.unlink()
    return lost


def torn_log(data: DataDir) -> list[Path]:
    """The end of the build file's write-ahead log did not reach the disk."""
    return _halve(_log(data))


def lost_log(data: DataDir) -> list[Path]:
    """The whole log is lost, and dlt has noted as stored all rows but those that say that their files are settled."""
    _log(data).unlink()
    waiting = [path for path in _parts(data) if path.parts[-2].endswith("_jobs") and path.suffix == ".parquet"]
    done = [path for path in waiting if not path.name.startswith("documents.")]
    return [path.replace(path.parents[1] / "completed_jobs" / path.name) for path in done]


def test_a_package_of_which_both_steps_of_dlt_are_left_is_stored_once_and_not_fetched_again(
    village: Village, served: Server, killed: DataDir, tmp_path: Path
) -> None:
    data = _copy(killed, tmp_path / "data")
    settled = {*committed(_copy(killed, tmp_path / "looked-at").build), *_waiting(data)}
    for package in _folder(data).glob("load/normalized/*"):
        if package.is_dir():  # a kill may leave half of a file beside them
            shutil.copytree(package, _folder(data) / "normalize" / "extracted" / package.name, dirs_exist_ok=True)
    served.reset_requests()

    load = Command("load", data, settings_of(served), tmp_path / "output").start()
    load.join()

    assert load.exitcode == 0, (tmp_path / "output").read_text()
    assert served.spent[1] == FILES - len(settled)
    assert differences(data.build, village.loaded.build) == []


@pytest.mark.parametrize("damage", [halved_rows, halved_notes, lost_rows, torn_log, lost_log])
def test_a_load_after_a_kill_and_a_damaged_file_ends_with_the_tables_of_a_calm_one(
    village: Village, served: Server, killed: DataDir, tmp_path: Path, damage: Damage
) -> None:
    data = _copy(killed, tmp_path / "data")
    assert damage(data)

    load = Command("load", data, settings_of(served), tmp_path / "output").start()
    load.join()

    printed = (tmp_path / "output").read_text()
    assert "Traceback" not in printed
    assert load.exitcode == 0, printed
    assert differences(data.build, village.loaded.build) == []
