"""The hostile warehouse, written once, and a folder that has it published."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.notebooks.hostile import organisation, write_warehouse


@pytest.fixture(scope="session")
def hostile_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the hostile warehouse; not to be changed."""
    folder = tmp_path_factory.mktemp("hostile")
    write_warehouse(folder / "warehouse.duckdb", organisation())
    return folder


@pytest.fixture
def published(hostile_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The published file that the calculations read."""
    monkeypatch.setenv("DATA_DIR", str(hostile_folder))
    return hostile_folder / "warehouse.duckdb"


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A published file whose tables have no rows."""
    folder = tmp_path / "empty"
    folder.mkdir()
    write_warehouse(folder / "warehouse.duckdb", {})
    monkeypatch.setenv("DATA_DIR", str(folder))
    yield folder / "warehouse.duckdb"
    shutil.rmtree(folder)
