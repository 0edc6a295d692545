"""Files that are written whole: a reader, or a run after a crash, finds the old or the new content, never a part."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600


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


def _make_beside(path: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".unfinished-", suffix=path.suffix)
    os.close(handle)
    return Path(name)
