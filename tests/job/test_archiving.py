"""The archive of a small organisation: outside a folder, unwritable, or without some documents."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from figma_warehouse.data_dir import DataDir
from figma_warehouse.failures import UsageFailure
from figma_warehouse.job.load import load
from figma_warehouse.job.replay import replay, replay_file
from figma_warehouse.sandbox import SampleOrganisation, Server
from figma_warehouse.settings import FigmaSettings
from figma_warehouse.source.documents.archive import Archive
from figma_warehouse.source.resources import DEFINITION_TABLES, NODE_TABLES, SNAPSHOT_TABLES
from figma_warehouse.source.schema import TABLES
from tests.fixtures.build_files import first_difference

pytestmark = pytest.mark.process

REBUILT = ("documents", *NODE_TABLES, *SNAPSHOT_TABLES, *DEFINITION_TABLES, "instance_events")


@pytest.fixture
def organisation(request: pytest.FixtureRequest) -> SampleOrganisation:
    """Two libraries, and as many small files as the events of a week need, or fewer."""
    return SampleOrganisation(week=0, sizes=(80,) * getattr(request, "param", 36))


without_events = pytest.mark.parametrize("organisation", [2], indirect=True, ids=["two small files"])


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def test_a_replay_from_an_fsspec_address_equals_the_loads(
    settings: FigmaSettings, data: DataDir, organisation: SampleOrganisation, tmp_path: Path
) -> None:
    settings.archive = f"simplecache::file://{tmp_path}/archive"
    for weeks in (0, 1):
        organisation.advance(weeks)
        assert load(settings, data).exit_code == 0

    other = DataDir(tmp_path / "other")
    report = replay(settings.archive, other)

    assert (report.exit_code, report.files) == (0, len(Archive(settings.archive).file_keys()))
    assert first_difference(other.build, data.build, REBUILT) == ""


@without_events
def test_an_archive_in_memory_gives_the_nodes_that_were_loaded(
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


@without_events
def test_a_document_that_cannot_be_archived_is_loaded_and_reported(
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
    assert report.message == f"Skipped: state for the archive ({keys[0]}): not archived ({detail.rstrip('.')})."


def test_a_file_that_the_archive_lacks_stays_as_loaded_and_is_missing_from_a_second_warehouse(
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
    assert first_difference(data.build, before, TABLES) == ""

    other = DataDir(tmp_path / "other")
    replay(str(archive), other)
    names = ", ".join(f"'{key}'" for key in kept)
    assert first_difference(other.build, data.build, ("documents", *NODE_TABLES), only=f"file_key in ({names})") == ""


def test_an_archive_that_cannot_be_written_stops_a_load_before_any_request(
    settings: FigmaSettings, data: DataDir, server: Server, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.archive = str(tmp_path / "file" / "archive")

    with pytest.raises(UsageFailure, match="The archive cannot be written"):
        load(settings, data)

    assert server.requests == []
