"""One run at a time: a lock that the system lets go of when its holder ends, however it ends."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from figma_warehouse.failures import UsageFailure, cannot_use, cannot_write, is_disk_full


class AlreadyRunning(UsageFailure):
    """Another run holds the lock."""


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the lock file while the block runs.

    Raises AlreadyRunning, which says who holds it and since when, and UsageFailure where it, or its folder, cannot be
    written.
    """
    with _open(path) as file:
        if not _acquire(file):
            raise AlreadyRunning(
                f"The build file is in use by another run ({holder(path) or 'just started'}). This one stops."
            )
        file.truncate(0)
        file.write(f"pid {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC")
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def holder(path: Path) -> str | None:
    """Return who holds the lock ("pid 4711, since ..."), or None where nobody does."""
    if not path.exists():
        return None
    with path.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return file.read() or None
    return None


def _open(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:
        if path.exists() and not is_disk_full(error):
            raise UsageFailure(cannot_use(path, error.strerror)) from error
        raise cannot_write(path.parent, error) from error


def _acquire(file: IO[str]) -> bool:
    # a look at who holds the lock takes it for an instant: hence more than one try
    for _ in range(5):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.05)
        else:
            return True
    return False
