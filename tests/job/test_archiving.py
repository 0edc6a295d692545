"""The archive at work on a small organisation: other places than a folder, and documents that it lacks."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.job.load import load
from figma_warehouse.job.replay import replay, replay_file
from figma_warehouse.sandbox import SampleOrganisation
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.documents.archive import Archive
from figma_warehouse.source.resources import NODE_TABLES, SNAPSHOT_TABLES
from figma_warehouse.source.schema import TABLES
from tests.fixtures.build_files import differing

REBUILT = ("documents", *NODE_TABLES, *SNAPSHOT_TABLES, "instance_events")


@pytest.fixture
def organisation() -> SampleOrganisation:
    """Two libraries, and as many small files as the story of a week needs."""
    return SampleOrganisation(week=0, sizes=(80,) * 36)


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_replay_from_an_address_that_is_no_folder_equals_the_loads(
    settings: FigmaSettings, data: DataDir, organisation: SampleOrganisation, tmp_path: Path
) -> None:
    settings.archive = f"simplecache::file://{tmp_path}/archive"
    for weeks in (0, 1):
        organisation.advance(weeks)
        assert load(settings, data).exit_code == 0

    other = DataDir(tmp_path / "other")
    report = replay(settings.archive, other)

    assert (report.exit_code, report.files) == (0, len(Archive(settings.archive).file_keys()))
    assert differing(other.build, data.build, REBUILT) == ""


def test_documents_kept_in_memory_give_the_nodes_that_were_loaded(
    settings: FigmaSettings, data: DataDir, tmp_path: Path
) -> None:
    settings.archive = f"memory://{tmp_path.name}"
    load(settings, data)

    keys = Archive(settings.archive).file_keys()
    assert [(key,) for key in keys] == query(data.build, "select file_key from figma.documents order by all")
    for key in keys:
        tables = replay_file(settings.archive, key, None, is_removed=False).tables
        found = sorted(zip(*(tables["nodes"][name].to_pylist() for name in ("node_id", "name", "type")), strict=True))
        stored = f"select node_id, name, type from figma.nodes where file_key = '{key}' order by all"
        assert found == query(data.build, stored)


def test_a_document_that_cannot_be_archived_is_loaded_and_said_to_be_missing_there(
    settings: FigmaSettings, data: DataDir, organisation: SampleOrganisation, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    settings.archive = str(archive)
    keys = sorted(organisation.truth().files)
    archive.mkdir()
    # a file stands where the folder of its documents should be
    (archive / keys[0]).touch()

    report = load(settings, data)

    assert report.files_loaded == len(keys)
    columns = "file_key, status, reason, detail"
    ((key, *told, detail),) = query(data.build, f"select {columns} from figma.outcomes where resource = 'archive'")
    assert (key, told) == (keys[0], ["skipped", "not_archived"])
    assert str(archive / key) in detail
    ((nodes,),) = query(data.build, f"select count(*) from figma.nodes where file_key = '{key}'")
    assert nodes == organisation.truth().files[key].nodes
    assert report.exit_code == 3
    assert report.message == f"Skipped: state for the archive, that of {keys[0]}: not archived ({detail.rstrip('.')})."


def test_a_file_that_the_archive_lacks_stays_as_it_was_loaded_and_is_not_in_a_second_warehouse(
    settings: FigmaSettings, data: DataDir, organisation: SampleOrganisation, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    load(settings, data)
    settings.archive = str(archive)
    organisation.advance()
    load(settings, data)
    kept = set(Archive(str(archive)).file_keys())
    lacking = {key for (key,) in query(data.build, "select file_key from figma.documents")} - kept
    assert kept
    assert lacking
    before = Path(shutil.copy(data.build, tmp_path / "before.duckdb"))

    assert replay(str(archive), data).exit_code == 0
    assert differing(data.build, before, TABLES) == ""

    other = DataDir(tmp_path / "other")
    replay(str(archive), other)
    names = ", ".join(f"'{key}'" for key in kept)
    assert differing(other.build, data.build, ("documents", *NODE_TABLES), only=f"file_key in ({names})") == ""
