"""A backup of the data folder, consistent also while a run is active; docs/upgrading.md says how to restore it."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import DamagedFile, UsageFailure, folder_error
from figma_warehouse.files import replacing
from figma_warehouse.job.build_file import check_build, open_build
from figma_warehouse.job.demo import sample_file
from figma_warehouse.job.run_lock import AlreadyRunning, run_lock


@dataclass(frozen=True)
class Backup:
    """The files that were written with their sizes in bytes, and the number of pictures.

    `has_build` is false if a run was active, so that only what is published was copied.
    """

    files: dict[str, int]
    pictures: int
    has_build: bool


def back_up(data: DataDir, folder: Path) -> Backup:
    """Copy the data folder, without what is made again by itself, into another folder. Earlier copies are replaced.

    The published file never changes, only another one takes its place, so its copy is whole at any time. The build file
    is copied too, unless a run is writing it.

    Raises UsageFailure if there is nothing to copy or the folder cannot be used, and DamagedFile if a copy cannot be
    read.
    """
    _check_folder(data, folder)
    try:
        with run_lock(data.lock):
            return _copy_all(data, folder, has_build=data.build.exists())
    except AlreadyRunning:
        if not data.published.exists():
            raise
        return _copy_all(data, folder, has_build=False)


def _check_folder(data: DataDir, folder: Path) -> None:
    if not data.published.exists() and not data.build.exists():
        raise UsageFailure(f"There is nothing to back up in {data.root}. Run figma-warehouse run first.")
    if folder.resolve().is_relative_to(data.root.resolve()):
        raise UsageFailure(f"{folder} is in the data folder {data.root}. Name a folder elsewhere, on another disk.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise folder_error(folder, error) from error


def _copy_all(data: DataDir, folder: Path, *, has_build: bool) -> Backup:
    target = DataDir(folder)
    if has_build:
        check_build(data)
        with open_build(data) as connection:
            connection.execute("checkpoint")
    else:
        # an older one would be restored in the place of the newer published file
        target.build.unlink(missing_ok=True)
    copied = [
        *([_copy_database(data.build, target.build)] if has_build else []),
        *([_copy_database(data.published, target.published)] if data.published.exists() else []),
        *([_copy_budget(data.budget, target.budget)] if data.budget.exists() else []),
        *(_copy(path, folder / path.name) for path in [sample_file(data)] if path.exists()),
    ]
    pictures = sum(1 for _ in _copy_pictures(data.assets, target.assets))
    return Backup({path.name: path.stat().st_size for path in copied}, pictures, has_build)


def _copy(source: Path, target: Path) -> Path:
    with replacing(target) as copy:
        shutil.copyfile(source, copy)
    return target


def _copy_database(source: Path, target: Path) -> Path:
    """Copy a DuckDB file, and read the copy. Raises DamagedFile."""
    with replacing(target) as copy:
        shutil.copyfile(source, copy)
        try:
            with duckdb.connect(str(copy), read_only=True) as connection:
                connection.execute("select count(*) from figma.runs").fetchone()
        except duckdb.Error as error:
            raise DamagedFile(source) from error
    return target


def _copy_budget(source: Path, target: Path) -> Path:
    """Copy the record of requests with SQLite's own backup, because a run may be writing it."""
    with (
        replacing(target) as copy,
        closing(sqlite3.connect(source)) as budget,
        closing(sqlite3.connect(copy)) as copied,
    ):
        budget.backup(copied)
    return target


def _copy_pictures(source: Path, target: Path) -> Iterator[Path]:
    """Copy the pictures that the target lacks; their names are hashes of their bytes. Yield those that it has then."""
    for path in sorted(source.rglob("*")) if source.is_dir() else ():
        copy = target / path.relative_to(source)
        if not path.is_file() or path.name.startswith("."):
            continue
        if not copy.exists() or copy.stat().st_size != path.stat().st_size:
            copy.parent.mkdir(parents=True, exist_ok=True)
            _copy(path, copy)
        yield copy
