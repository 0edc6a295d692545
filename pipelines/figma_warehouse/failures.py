"""The errors that end a command. Each carries a message for a person and an exit code."""

import errno
from collections.abc import Iterator
from pathlib import Path

DONE, FAILED, USAGE, PARTIAL, LISTING_FAILED = 0, 1, 2, 3, 4
# as shells report a signal: 128 plus its number
INTERRUPTED, BROKEN_PIPE = 130, 141

DAMAGED = (
    "Corrupt database file",
    "Corrupt WAL file",
    "Could not read enough bytes from file",
    "not a valid DuckDB database",
)
# each of the two files can be made from the other
REBUILD = (
    " Nothing was published. figma-warehouse run makes build.duckdb again from warehouse.duckdb. If warehouse.duckdb is"
    " damaged, move it away: figma-warehouse publish makes it again from build.duckdb."
)
OWNER_REMEDY = " Run this as the owner of that file, or give the file to this user (chown)."


class WarehouseError(Exception):
    """An error that ends the command with exit code 1. Nothing was published."""

    exit_code = FAILED


class UsageFailure(WarehouseError):
    """An error in the settings or on the machine that the person can fix. It ends the command with exit code 2."""

    exit_code = USAGE


class DamagedFile(WarehouseError):
    """A file of the warehouse is damaged: no database, too short, or changed since it was written."""

    def __init__(self, path: object) -> None:
        about = f"{path} is damaged or not a DuckDB database" if path else "A file of the warehouse is damaged"
        super().__init__(f"{about}.{REBUILD}")


class StoppedWhileListing(WarehouseError):
    """A signal ended the run before it knew all files, so it publishes nothing new."""


class NotRead(Exception):
    """A table of the warehouse could not be read. `__cause__` has the reason."""


def unusable_message(path: object, reason: str | None) -> str:
    """Return a message that a file or folder cannot be opened, and what to do."""
    remedy = OWNER_REMEDY if reason == "Permission denied" else ""
    return f"{path} cannot be used ({reason}). Nothing was published.{remedy}"


def folder_error(folder: Path, error: OSError) -> OSError | UsageFailure:
    """Return the error to raise if a folder that the person named cannot be made or written."""
    if is_disk_full(error):
        return error
    return UsageFailure(f"The folder {folder} cannot be written ({error.strerror}). Choose another one.")


def data_folder_error(folder: Path, error: OSError) -> OSError | UsageFailure:
    """Return the error to raise if the data folder cannot be made, or a file in it cannot be opened for writing."""
    if is_disk_full(error):
        return error
    return UsageFailure(
        f"The data folder {folder} cannot be written ({error.strerror})."
        " Choose another one with --data-dir or DATA_DIR."
    )


def is_in_use(error: BaseException) -> bool:
    """Tell whether DuckDB could not open a file because another process has it open."""
    return "Could not set lock" in str(error)


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and what caused it, each once: an error that was raised again can be among its own causes."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def is_damaged(error: BaseException | None) -> bool:
    """Tell whether DuckDB found a file to be no database, too short, or changed since it was written."""
    return any(isinstance(link, DamagedFile) or tells_damage(str(link)) for link in causes(error))


def tells_damage(message: str) -> bool:
    """Tell whether a message of DuckDB is about a damaged file."""
    return any(words in message for words in DAMAGED)


def is_disk_full(error: BaseException) -> bool:
    """Tell whether a write failed because the disk, or a quota, is full."""
    text = str(error)
    is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return is_full or "No space left" in text or "File too large" in text
