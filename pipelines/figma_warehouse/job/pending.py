"""Recovery of the load packages that an interrupted run left behind."""

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import dlt
from dlt.common.storages import LoadStorage, NormalizeStorage, PackageStorage, ParsedLoadJobFileName
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from figma_warehouse.error_messages import explain
from figma_warehouse.files import write_whole
from figma_warehouse.logs import LOG
from figma_warehouse.source.schema import TABLES

# the parts of each load package that waits to be stored
WAITING = "waiting.json"


def finish_pending(folder: Path, open_pipeline: Callable[[], AbstractContextManager[dlt.Pipeline]]) -> None:
    """Store the packages that an interrupted run was storing, then empty dlt's working folder.

    The warehouse is the only state: packages that were only extracted, or that are damaged, are fetched again.
    """
    if not folder.exists():
        return
    try:
        if any((folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/")):
            with open_pipeline() as pipeline:
                shutil.rmtree(folder / "normalize" / NormalizeStorage.EXTRACTED_FOLDER, ignore_errors=True)
                _check_complete(folder)
                _reset_packages(pipeline, folder)
                pipeline.run()
    except Exception as error:
        if explain(error):
            raise
        LOG.warning("packages of an interrupted run cannot be stored and are fetched again: %s", type(error).__name__)
    shutil.rmtree(folder)


def _waiting_parts(folder: Path) -> dict[str, list[str]]:
    """Return the ids of the row files in each package that waits to be stored."""
    packages = (folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/")
    return {
        package.name: [ParsedLoadJobFileName.parse(path.name).file_id for path in package.glob("*_jobs/*")]
        for package in packages
    }


def record_waiting(folder: Path) -> None:
    """Record the parts of each package before it is stored: dlt adds steps of its own, which it can make again."""
    recorded = _recorded(folder) if (folder / WAITING).exists() else {}
    parts = {package: recorded.get(package, ids) for package, ids in _waiting_parts(folder).items()}
    write_whole(folder / WAITING, json.dumps(parts).encode())


def _recorded(folder: Path) -> dict[str, list[str]]:
    """Return the record of `record_waiting`. Raises OSError if it is missing, ValueError if it is damaged."""
    recorded: dict[str, list[str]] = json.loads((folder / WAITING).read_text(encoding="utf-8"))
    return recorded


def _check_complete(folder: Path) -> None:
    """Raise RuntimeError if a package lacks a part that it had before it was stored: dlt would not notice."""
    if not (folder / WAITING).exists():
        raise RuntimeError("the run ended before it recorded the packages")
    recorded = _recorded(folder)
    for package, parts in _waiting_parts(folder).items():
        if package not in recorded or not set(parts).issuperset(recorded[package]):
            raise RuntimeError(f"package {package} is incomplete")


def _reset_packages(pipeline: dlt.Pipeline, folder: Path) -> None:
    """Reset all packages, so that dlt stores them from their first row again, completed jobs included.

    The build file may have lost the end of its log, and with it rows that dlt counts as stored. Tables that are
    replaced by file load from staging tables, which are emptied here. Other tables merge by key, so repeating is safe.
    """
    recorded = _recorded(folder)
    replaced = set()
    for package in (folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/"):
        for path in [*package.glob("*_jobs/*"), *package.glob(f"{PackageStorage.PENDING_TRANSITIONS_FOLDER}/*")]:
            job = ParsedLoadJobFileName.parse(path.name)
            if not path.parent.name.endswith("_jobs") or job.file_id not in recorded[package.name]:
                path.unlink()  # dlt makes it again
                continue
            path.replace(package / PackageStorage.NEW_JOBS_FOLDER / path.name)
            if job.table_name in TABLES and TABLES[job.table_name].replaced_by:
                replaced.add(job.table_name)
    with pipeline.sql_client() as client, client.with_staging_dataset():
        for table in replaced:
            with suppress(DatabaseUndefinedRelation):
                client.truncate_tables(table)
