"""How the job can end badly: each failure in words for a person, with the exit code it stands for."""

import errno
from pathlib import Path

DONE, FAILED, USAGE, PARTIAL = 0, 1, 2, 3
# as a shell has it: 128 and the number of the signal
INTERRUPTED, UNREAD = 130, 141


MEND_OWNER = " Run this as the owner of that file, or give the file to this user (chown)."


class WarehouseError(Exception):
    """A failure that ends the command with exit code 1: nothing was published."""

    exit_code = FAILED


class UsageFailure(WarehouseError):
    """A failure of settings or circumstances that the person can mend: exit code 2."""

    exit_code = USAGE


class NotRead(Exception):
    """A table of the warehouse could not be read; `__cause__` tells why."""


def cannot_use(path: object, why: str | None) -> str:
    """Return in words that a file or folder cannot be opened, and what to do."""
    mend = MEND_OWNER if why == "Permission denied" else ""
    return f"{path} cannot be used ({why}). Nothing was published.{mend}"


def no_folder(folder: Path, error: OSError) -> OSError | UsageFailure:
    """Return what to raise where a folder that was named cannot be made or written."""
    if is_disk_full(error):
        return error
    return UsageFailure(f"{folder} is no folder that can be written ({error.strerror}). Name another.")


def cannot_write(folder: Path, error: OSError) -> OSError | UsageFailure:
    """Return what to raise where the data folder cannot be made, or a file in it not be opened for writing."""
    if is_disk_full(error):
        return error
    return UsageFailure(
        f"The data folder {folder} cannot be written ({error.strerror}). Name another with --data-dir or DATA_DIR."
    )


def is_disk_full(error: BaseException) -> bool:
    """Tell whether something could not be written for want of space."""
    text = str(error)
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return is_full or "No space left" in text or "File too large" in text
