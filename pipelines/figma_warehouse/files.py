"""Files and folders that are written whole: a reader, or a run after a crash, finds the old or the new content."""

import ctypes
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from figma_warehouse.failures import folder_error

PRIVATE = 0o600
LEFTOVER_SECONDS = 86_400.0
# AT_FDCWD and RENAME_EXCHANGE of Linux's renameat2
CURRENT_FOLDER, EXCHANGE = -100, 2


def write_whole(path: Path, content: bytes, mode: int = PRIVATE) -> None:
    """Write a file in one step. Raises OSError; the earlier content then stays."""
    with replacing(path, mode) as fresh:
        fresh.write_bytes(content)


@contextmanager
def replacing(path: Path, mode: int = PRIVATE, temporary: Path | None = None) -> Iterator[Path]:
    """Give the path of a temporary file next to `path`. At the end of the block, it replaces `path` with this mode.

    If the block fails, `path` stays as it was. A process that is killed leaves the temporary file behind: pass
    `temporary` to choose its name and find it again.
    """
    fresh = temporary or _make_beside(path)
    try:
        yield fresh
        with fresh.open("rb") as file:
            os.fsync(file.fileno())
        fresh.chmod(mode)
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def replacing_folder(folder: Path, mark: str) -> Iterator[Path]:
    """Give a new folder next to `folder`, with an empty file `mark`. At the end of the block, it replaces `folder`.

    On Linux that is one step. If the block fails, `folder` stays as it was. What killed processes left behind is
    removed after a day; the mark tells it from other folders. Raises UsageFailure if there is no place for it.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(folder, mark)
        fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise folder_error(folder.parent, error) from error
    try:
        (fresh / mark).touch()
        yield fresh
        _replace(folder, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _make_beside(path: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-", suffix=path.suffix)
    os.close(handle)
    return Path(name)


def _remove_leftovers(folder: Path, mark: str) -> None:
    """Remove unfinished folders that are so old that no process can still use them."""
    for path in folder.parent.glob(f".{folder.name}.*/"):
        if (path / mark).exists() and time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
            shutil.rmtree(path, ignore_errors=True)


def _replace(folder: Path, new: Path) -> None:
    """Exchange two folders, in one step if the system can: the old content is in `new` afterwards."""
    if not folder.exists():
        new.rename(folder)
    elif not _exchange(folder, new):
        old = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
        folder.rename(old)
        new.rename(folder)
        old.rename(new)


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two folders by Linux's renameat2; return whether it did."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return (
        rename is not None
        and rename(CURRENT_FOLDER, os.fsencode(one), CURRENT_FOLDER, os.fsencode(other), EXCHANGE) == 0
    )
