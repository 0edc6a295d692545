"""The archive in a local folder and in memory: states are read back unchanged, and other objects stay."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from figma_warehouse.source.documents.archive import BACKFILL, About, Archive, NotArchived, hide_credentials

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
BODY = b'{"document": {"id": "0:0", "type": "DOCUMENT"}, "name": "\xc3\xa9"}'


def about(version: str = "1", at: datetime = NOON, file_key: str = "app", **more: object) -> About:
    return About(file_key, version, at, at + timedelta(hours=1), "run", **more)  # type: ignore[arg-type]


@pytest.fixture(params=["folder", "memory"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Archive:
    return Archive(f"memory://{tmp_path.name}" if request.param == "memory" else str(tmp_path / "archive"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "archive"


def test_a_stored_state_is_read_back_byte_for_byte_with_its_metadata(archive: Archive) -> None:
    metadata = about(purpose=BACKFILL, listed_modified_at=NOON, size=len(BODY), parts=3, last_version="2")
    archive.keep(metadata, BODY)
    ((path, found),) = archive.states("app")[0]
    assert (found, archive.read(path), archive.file_keys()) == (metadata, BODY, ["app"])


def test_states_are_sorted_by_the_time_at_which_they_were_read(archive: Archive) -> None:
    for version, hours in (("2", 0), ("10", 1), ("1", 2)):
        archive.keep(about(version, NOON + timedelta(hours=hours)), BODY)
    assert [found.version for _, found in archive.states("app")[0]] == ["2", "10", "1"]


def test_the_same_state_is_stored_once(archive: Archive) -> None:
    archive.keep(about(), b"old")
    archive.keep(about(), BODY)
    assert [archive.read(path) for path, _ in archive.states("app")[0]] == [BODY]


def test_a_state_is_readable_by_its_owner_only_and_any_zstd_tool_unpacks_it_to_the_body(folder: Path) -> None:
    Archive(str(folder)).keep(about("24"), BODY)
    (path,) = folder.rglob("*.*")
    assert path.relative_to(folder).as_posix() == "app/24-20260504T120000.000000Z.json.zst"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with path.open("rb") as file:
        assert zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read() == BODY


@pytest.mark.parametrize("version", ["../../../etc/passwd", "a/b", "", "é", "x" * 300, "."])
def test_a_version_with_unsafe_characters_stays_inside_the_folder(archive: Archive, version: str) -> None:
    archive.keep(about(version), BODY)
    ((path, found),) = archive.states("app")[0]
    assert path.split("/")[-2] == "app"
    assert ".." not in path
    assert found.version == version


def test_a_file_key_with_unsafe_characters_is_refused(archive: Archive) -> None:
    with pytest.raises(NotArchived, match="is not a file key"):
        archive.keep(about(file_key="../app"), BODY)


def test_pruning_keeps_the_newest_states_and_at_least_one_per_file(archive: Archive) -> None:
    now = datetime.now(UTC)
    for file_key, ages in {"app": (1, 2, 3, 40), "old": (90, 100)}.items():
        for age in ages:
            archive.keep(about(str(age), now - timedelta(days=age), file_key), BODY)

    def left() -> list[list[str]]:
        return [[found.version for _, found in archive.states(key)[0]] for key in ("app", "old")]

    archive.prune(None, None)
    assert left() == [["40", "3", "2", "1"], ["100", "90"]]
    archive.prune(30, None)
    assert left() == [["3", "2", "1"], ["90"]]
    archive.prune(None, 2)
    assert left() == [["2", "1"], ["90"]]


def test_an_object_that_is_not_an_archived_document_is_reported(folder: Path) -> None:
    archive = Archive(str(folder))
    archive.keep(about(), BODY)
    (path,) = folder.rglob("*.*")
    for content in (b"", b"{}", b"no zstd at all, but long enough"):
        path.write_bytes(content)
        states, (failure,) = archive.states("app")
        assert states == []
        assert "is not an archived document" in str(failure)


def test_a_body_that_is_cut_off_cannot_be_read(folder: Path) -> None:
    archive = Archive(str(folder))
    archive.keep(about(), BODY * 100)
    (path,) = folder.rglob("*.*")
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(NotArchived):
        archive.read(str(path))


def test_an_archive_that_does_not_exist_or_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotArchived, match="no archive at"):
        Archive(str(tmp_path / "nowhere")).file_keys()
    (tmp_path / "file").touch()
    with pytest.raises(NotArchived, match="file"):
        Archive(str(tmp_path / "file" / "archive")).check()
    with pytest.raises(NotArchived):
        Archive("nosuchprotocol://bucket")


def test_a_check_leaves_nothing_behind(folder: Path) -> None:
    Archive(str(folder)).check()
    assert list(folder.rglob("*")) == []


def test_an_address_is_shown_without_its_password() -> None:
    assert hide_credentials("ftp://user:secret@host/archive") == "ftp://host/archive"
    assert hide_credentials("s3://bucket/archive") == "s3://bucket/archive"
