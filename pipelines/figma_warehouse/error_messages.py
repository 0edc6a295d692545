"""Foreseeable errors of any library, each as a message for a person and an exit code."""

import re
import sqlite3

import duckdb
from dlt.common.configuration.providers.toml import TomlProviderReadException

from figma_warehouse.failures import (
    FAILED,
    USAGE,
    DamagedFile,
    WarehouseError,
    causes,
    is_damaged,
    is_disk_full,
    is_in_use,
    unusable_message,
)
from figma_warehouse.source.addresses import BadAddress
from figma_warehouse.source.api.refusals import FigmaError, TokenRefused
from figma_warehouse.source.pictures.rendering import BadOption

# personal tokens and OAuth tokens start like this; names such as figma_warehouse almost do
TOKEN = re.compile(r"\bfig(?!ma_)[a-z]{1,2}_[\w-]{8,}")

NAMED_FILE = re.compile(r'file "([^"]*)"')
# DuckDB's message for a file that it cannot open, with the file and the reason
CANNOT_OPEN = re.compile(r'Cannot open file "(.*)": (.*)|Could not read from file "(.*)": (Is a directory)')


def explain(error: BaseException) -> tuple[str, int] | None:
    """Return the message and the exit code of a foreseeable error, or None for any other.

    Causes of the error are searched as well. If the message contains a token, because a person put one into the place
    of an address or a name, the token is left out.
    """
    explained = _explain(error)
    return explained and (TOKEN.sub("(a token)", explained[0]), explained[1])


def is_interrupt(error: BaseException) -> bool:
    """Tell whether somebody pressed Ctrl-C, also if dlt has wrapped that into an error of its own."""
    return any(isinstance(link, KeyboardInterrupt) for link in causes(error))


def _explain(error: BaseException) -> tuple[str, int] | None:
    for link in causes(error):
        if isinstance(link, WarehouseError):
            return str(link), link.exit_code
        if isinstance(link, (TokenRefused, BadAddress)):
            return f"{link} Nothing was changed.", USAGE
        if isinstance(link, BadOption):
            return f"{link} No request was sent to Figma.", USAGE
        if isinstance(link, FigmaError):
            return f"{link} Nothing was published.", FAILED
        if isinstance(link, (OSError, duckdb.Error)) and is_disk_full(link):
            return "The disk is full. Nothing was published. Free some space and run the command again.", FAILED
        if isinstance(link, (duckdb.Error, sqlite3.Error)) and (explained := _explain_database(link)):
            return explained
        if isinstance(link, TomlProviderReadException) and not isinstance(link.__context__, OSError):
            return f"The settings cannot be read. {' '.join(str(link).split())}", USAGE
        if isinstance(link, (PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError)):
            return unusable_message(link.filename, link.strerror), FAILED
    return None


def _explain_database(error: duckdb.Error | sqlite3.Error) -> tuple[str, int] | None:
    text = str(error)
    if isinstance(error, sqlite3.Error):
        return f"The record of requests (budget.sqlite) cannot be used: {text}. Nothing was published.", FAILED
    if is_damaged(error):
        named = NAMED_FILE.search(text)
        return str(DamagedFile(named and named[1])), FAILED
    if found := CANNOT_OPEN.search(text):
        path, reason = found.groups()[:2] if found[1] else found.groups()[2:]
        return unusable_message(path, reason), FAILED
    if is_in_use(error):
        return f"The build file is in use by another process{_lock_holder(text)}. This command stops.", USAGE
    return None


def _lock_holder(text: str) -> str:
    """Return the process that holds the file, from DuckDB's message, without the paths in it."""
    start = text.find("(PID ")
    return f" (pid {text[start + 5 : text.find(')', start)]})" if start >= 0 else ""
