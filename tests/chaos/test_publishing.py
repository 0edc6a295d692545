"""A publish that is killed at any moment: readers have the old file or the new one."""

import time
from pathlib import Path

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from tests.chaos.processes import Command

pytestmark = pytest.mark.process

KILLS = 8


def test_publishing_killed_at_any_moment_leaves_the_old_file_or_the_new_one(loaded: DataDir, tmp_path: Path) -> None:
    _write_mark(loaded.build, 0)
    _publish(loaded, tmp_path)
    published = 0
    for number in range(1, KILLS + 1):
        _write_mark(loaded.build, number)
        process = Command("publish", loaded, {}, tmp_path / "log").start()
        while process.is_alive() and not loaded.published.with_suffix(".publishing").exists():
            time.sleep(0.0005)
        time.sleep(0.002 * (number - 1))
        process.kill()
        process.join()
        before, published = published, _read_mark(loaded.published)
        assert published in (before, number)
        assert _read_mark(loaded.build) == number

    _publish(loaded, tmp_path)
    assert _read_mark(loaded.published) == KILLS
    assert list(loaded.root.glob("*.publishing")) == []


def _publish(data: DataDir, folder: Path) -> None:
    process = Command("publish", data, {}, folder / "log").start()
    process.join()
    assert process.exitcode == 0


def _write_mark(path: Path, number: int) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"create or replace table marts.mark as select {number} as number")


def _read_mark(path: Path) -> int:
    """The mark in a file. Reads its largest tables to the end, so that a damaged file fails."""
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("select max(columns(*)) from figma.nodes").fetchall()
        connection.execute("select max(columns(*)) from marts.file_growth").fetchall()
        ((number,),) = connection.execute("select number from marts.mark").fetchall()
        return int(number)
