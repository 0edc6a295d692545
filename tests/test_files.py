"""Files that are written whole, also under kills and by several writers at once."""

import multiprocessing
import os
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from figma_warehouse.files import replacing, write_whole


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "state.json"
    path.write_bytes(b"old")
    return path


def test_a_file_is_replaced_and_is_its_owners_alone(path: Path) -> None:
    path.chmod(0o644)

    write_whole(path, b"new")

    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_reader_that_has_the_file_open_goes_on_reading_the_old_content(path: Path) -> None:
    with path.open("rb") as reader:
        write_whole(path, b"new")
        assert reader.read() == b"old"


def test_a_mode_is_set_before_the_file_is_seen(path: Path) -> None:
    with replacing(path, mode=0o640) as fresh:
        fresh.write_bytes(b"new")
        assert stat.S_IMODE(fresh.stat().st_mode) == 0o600

    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_a_link_is_replaced_and_its_target_stays(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)

    write_whole(link, b"new")

    assert (path.read_bytes(), link.is_symlink()) == (b"old", False)


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(path: Path) -> None:
    with pytest.raises(RuntimeError):
        _fail_while_writing(path)

    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.process
def test_a_writer_that_is_killed_leaves_the_old_content(path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_die_while_writing, args=(path,))
    process.start()
    process.join()

    assert process.exitcode == -signal.SIGKILL
    assert path.read_bytes() == b"old"
    (left,) = set(path.parent.iterdir()) - {path}
    assert left.read_bytes() == b"half"


def test_writers_at_once_each_write_the_whole_file(path: Path) -> None:
    contents = [bytes([number]) * 100_000 for number in range(16)]

    with ThreadPoolExecutor(8) as pool:
        for content in pool.map(lambda content: _write_and_read(path, content), contents * 4):
            assert content in contents

    assert path.read_bytes() in contents
    assert list(path.parent.iterdir()) == [path]


def _write_and_read(path: Path, content: bytes) -> bytes:
    write_whole(path, content)
    return path.read_bytes()


def _fail_while_writing(path: Path) -> None:
    with replacing(path) as fresh:
        fresh.write_bytes(b"half")
        raise RuntimeError


def _die_while_writing(path: Path) -> None:
    with replacing(path) as fresh:
        fresh.write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
