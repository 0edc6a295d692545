"""The lock that keeps runs apart. The system releases it when its holder ends, however it ends."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout, lock_descriptor

from figma_warehouse.failures import UsageFailure, data_folder_error, is_disk_full, unusable_message

# `holder` takes the lock for an instant, so one try is not enough
TIMEOUT_SECONDS = 0.25
TRIES, SECONDS_BETWEEN_TRIES = 3, 0.02


class AlreadyRunning(UsageFailure):
    """Another run holds the lock."""


@contextmanager
def run_lock(path: Path) -> Iterator[None]:
    """Hold the lock during the block. Meanwhile, the lock file names the process and the time it started.

    Raises AlreadyRunning, which names the holder, or UsageFailure if the file or its folder cannot be written.
    """
    lock = FileLock(path, timeout=TIMEOUT_SECONDS, on_acquired=_sign, preserve_lock_file=True)
    try:
        lock.acquire()
    except Timeout:
        raise AlreadyRunning(
            f"The build file is in use by another run ({holder(path) or 'just started'}). This one stops."
        ) from None
    except OSError as error:
        if path.exists() and not is_disk_full(error):
            raise UsageFailure(unusable_message(path, error.strerror)) from error
        raise data_folder_error(path.parent, error) from error
    try:
        yield
    finally:
        with suppress(FileNotFoundError):
            os.truncate(path, 0)
        lock.release()


def holder(path: Path) -> str | None:
    """Return who holds the lock ("pid 4711, since ..."), or None if nobody does."""
    if not path.exists():
        return None
    with path.open() as file:
        return None if _is_free(file) else file.read() or None


def _sign(lock_file: int) -> None:
    os.ftruncate(lock_file, 0)
    os.write(lock_file, f"pid {os.getpid()}, since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode())


def _is_free(file: IO[str]) -> bool:
    for _ in range(TRIES):
        if lock_descriptor(file.fileno(), blocking=False):
            return True
        time.sleep(SECONDS_BETWEEN_TRIES)
    return False
