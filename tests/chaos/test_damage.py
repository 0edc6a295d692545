"""A data folder after a kill and a damaged file: the next load continues, or says what to do."""

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import Server, serve
from tests.chaos.baseline import FILES, Baseline, settings_for
from tests.chaos.compare_builds import find_differences, stored_versions
from tests.chaos.processes import Command

pytestmark = pytest.mark.process

# the moment to kill at lasts milliseconds and can be missed
TRIES = 5
Damage = Callable[[DataDir], list[Path]]


@pytest.fixture(scope="module")
def server(baseline: Baseline) -> Iterator[Server]:
    """The small organisation behind a server."""
    with serve(baseline.organisation) as server:
        yield server


@pytest.fixture(scope="module")
def killed_load(server: Server, tmp_path_factory: pytest.TempPathFactory) -> DataDir:
    """A data folder whose first load was killed while it stored its second batch of documents."""
    for _ in range(TRIES):
        folder = tmp_path_factory.mktemp("killed")
        data = DataDir(folder / "data")
        _kill_during_second_batch(server, data)
        copy = _copy_data(data, folder / "looked-at")
        if _write_ahead_log(data).exists() and 0 < len(stored_versions(copy.build)) < FILES:
            return data
    raise AssertionError("no load was killed during its second batch")


def _kill_during_second_batch(server: Server, data: DataDir) -> None:
    data.root.mkdir()
    loading = Command("load", data, settings_for(server), data.root.with_name("killed.log")).start()
    seen = _packages_with_nodes(data)
    while len(seen := seen | _packages_with_nodes(data)) < 2 and loading.is_alive():
        time.sleep(0.001)
    while not _write_ahead_log(data).exists() and loading.is_alive():
        time.sleep(0.001)
    loading.kill()
    loading.join()


def _packages_with_nodes(data: DataDir) -> set[str]:
    """The load packages whose nodes are still to be stored."""
    with suppress(FileNotFoundError):  # a folder can vanish during the search
        return {path.parts[-3] for path in _pipeline_folder(data).glob("load/normalized/*/new_jobs/nodes.*")}
    return set()


def _pipeline_folder(data: DataDir) -> Path:
    return data.dlt / "pipelines" / "figma"


def _write_ahead_log(data: DataDir) -> Path:
    return data.build.with_name("build.duckdb.wal")


def _package_files(data: DataDir) -> list[Path]:
    """The files of pending load packages."""
    found = [
        path for stage in ("normalize", "load/normalized") for path in _pipeline_folder(data).glob(f"{stage}/**/*")
    ]
    return [path for path in found if path.is_file()]


def _pending_file_keys(data: DataDir) -> set[str]:
    """The keys of the files whose documents are still to be stored."""
    found = [path for path in _package_files(data) if path.name.startswith("documents.") and path.suffix == ".parquet"]
    return {key for path in found for key in pq.read_table(path)["file_key"].to_pylist()}


def _copy_data(data: DataDir, folder: Path) -> DataDir:
    shutil.copytree(data.root, folder)
    return DataDir(folder)


def _truncate_files(*paths: Path) -> list[Path]:
    for path in paths:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return list(paths)


def truncated_rows(data: DataDir) -> list[Path]:
    """Every pending file of rows is cut in half."""
    return _truncate_files(*(path for path in _package_files(data) if path.suffix == ".parquet"))


def truncated_state(data: DataDir) -> list[Path]:
    """Every JSON file of dlt is cut in half: states, schemas, package states."""
    return _truncate_files(*(path for path in _pipeline_folder(data).rglob("*.json") if path.is_file()))


def lost_rows(data: DataDir) -> list[Path]:
    """Of the pending rows only those of `documents` are left, which mark a file as loaded."""
    lost = [
        path for path in _package_files(data) if path.suffix == ".parquet" and not path.name.startswith("documents.")
    ]
    for path in lost:
        path.unlink()
    return lost


def truncated_log(data: DataDir) -> list[Path]:
    """The end of the build file's write-ahead log did not reach the disk."""
    return _truncate_files(_write_ahead_log(data))


def lost_log(data: DataDir) -> list[Path]:
    """The whole log is lost, and dlt has marked all rows but those of `documents` as stored."""
    _write_ahead_log(data).unlink()
    waiting = [path for path in _package_files(data) if path.parts[-2].endswith("_jobs") and path.suffix == ".parquet"]
    done = [path for path in waiting if not path.name.startswith("documents.")]
    return [path.replace(path.parents[1] / "completed_jobs" / path.name) for path in done]


def test_a_package_left_in_both_steps_of_dlt_is_stored_once_and_not_fetched_again(
    baseline: Baseline, server: Server, killed_load: DataDir, tmp_path: Path
) -> None:
    data = _copy_data(killed_load, tmp_path / "data")
    settled = {*stored_versions(_copy_data(killed_load, tmp_path / "looked-at").build), *_pending_file_keys(data)}
    for package in _pipeline_folder(data).glob("load/normalized/*"):
        if package.is_dir():  # a kill can leave a partial file next to them
            shutil.copytree(
                package, _pipeline_folder(data) / "normalize" / "extracted" / package.name, dirs_exist_ok=True
            )
    server.reset_requests()

    load = Command("load", data, settings_for(server), tmp_path / "output").start()
    load.join()

    assert load.exitcode == 0, (tmp_path / "output").read_text()
    assert server.spent[1] == FILES - len(settled)
    assert find_differences(data.build, baseline.loaded.build) == []


@pytest.mark.parametrize("damage", [truncated_rows, truncated_state, lost_rows, truncated_log, lost_log])
def test_a_load_after_a_kill_and_a_damaged_file_equals_an_undisturbed_one(
    baseline: Baseline, server: Server, killed_load: DataDir, tmp_path: Path, damage: Damage
) -> None:
    data = _copy_data(killed_load, tmp_path / "data")
    assert damage(data)

    load = Command("load", data, settings_for(server), tmp_path / "output").start()
    load.join()

    printed = (tmp_path / "output").read_text()
    assert "Traceback" not in printed
    assert load.exitcode == 0, printed
    assert find_differences(data.build, baseline.loaded.build) == []
