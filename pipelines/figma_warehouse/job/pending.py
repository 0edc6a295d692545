"""Recovery of load packages that an earlier run left behind."""

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

# of each load package that waits, what it is made of
WAITING = "waiting.json"


def finish_pending(folder: Path, open_pipeline: Callable[[], AbstractContextManager[dlt.Pipeline]]) -> None:
    """Store what an earlier run was storing, then empty dlt's working folder: the warehouse is the only state.

    What was extracted only, or cannot be finished since the folder is damaged, is fetched again.
    """
    if not folder.exists():
        return
    try:
        if any((folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/")):
            with open_pipeline() as pipeline:
                shutil.rmtree(folder / "normalize" / NormalizeStorage.EXTRACTED_FOLDER, ignore_errors=True)
                _check_whole(folder)
                _begin_anew(pipeline, folder)
                pipeline.run()
    except Exception as error:
        if explain(error):
            raise
        LOG.warning("what an earlier run had begun cannot be finished and is fetched again: %s", type(error).__name__)
    shutil.rmtree(folder)


def _waiting_parts(folder: Path) -> dict[str, list[str]]:
    """Return the ids of the files of rows in each package that waits to be stored."""
    packages = (folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/")
    return {
        package.name: [ParsedLoadJobFileName.parse(path.name).file_id for path in package.glob("*_jobs/*")]
        for package in packages
    }


def note_waiting(folder: Path) -> None:
    """Note of each package what it is made of, once: later there are dlt's own steps in it too, which it makes anew."""
    noted = _noted(folder) if (folder / WAITING).exists() else {}
    parts = {package: noted.get(package, ids) for package, ids in _waiting_parts(folder).items()}
    write_whole(folder / WAITING, json.dumps(parts).encode())


def _noted(folder: Path) -> dict[str, list[str]]:
    """Return what `note_waiting` has noted. Raises OSError where that is missing, ValueError where it is torn."""
    noted: dict[str, list[str]] = json.loads((folder / WAITING).read_text())
    return noted


def _check_whole(folder: Path) -> None:
    """Raise RuntimeError where a package lacks a file that it had before it was stored: dlt would not miss it."""
    if not (folder / WAITING).exists():
        raise RuntimeError("the run ended before it noted what waits")
    noted = _noted(folder)
    for package, parts in _waiting_parts(folder).items():
        if package not in noted or not set(parts).issuperset(noted[package]):
            raise RuntimeError(f"package {package} is not whole")


def _begin_anew(pipeline: dlt.Pipeline, folder: Path) -> None:
    """Let dlt store the packages that wait from their first row on, also what it has noted as stored.

    The end of the build file's log may be lost, and with it what dlt took for done. Tables that are replaced by file
    get their rows from staging tables, which are emptied; others take each key once anyhow.
    """
    noted = _noted(folder)
    replaced = set()
    for package in (folder / "load" / LoadStorage.NORMALIZED_FOLDER).glob("*/"):
        for path in [*package.glob("*_jobs/*"), *package.glob(f"{PackageStorage.PENDING_TRANSITIONS_FOLDER}/*")]:
            job = ParsedLoadJobFileName.parse(path.name)
            if not path.parent.name.endswith("_jobs") or job.file_id not in noted[package.name]:
                path.unlink()  # dlt makes it anew
                continue
            path.replace(package / PackageStorage.NEW_JOBS_FOLDER / path.name)
            if job.table_name in TABLES and TABLES[job.table_name].replaced_by:
                replaced.add(job.table_name)
    with pipeline.sql_client() as client, client.with_staging_dataset():
        for table in replaced:
            with suppress(DatabaseUndefinedRelation):
                client.truncate_tables(table)
