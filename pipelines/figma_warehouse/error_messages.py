"""Failures in words: each foreseeable exception as a message for a person and an exit code."""

import re
import sqlite3
from collections.abc import Iterator

import duckdb
from dlt.common.configuration.providers.toml import TomlProviderReadException

from figma_warehouse.failures import FAILED, USAGE, WarehouseError, cannot_use, is_disk_full, is_in_use
from figma_warehouse.source.addresses import BadAddress
from figma_warehouse.source.api.refusals import FigmaError, TokenRefused
from figma_warehouse.source.pictures.rendering import BadOption

# personal tokens and those of OAuth begin so; the name of the models' folder does too, nearly
TOKEN = re.compile(r"\bfig(?!ma_)[a-z]{1,2}_[\w-]{8,}")

# each of the two files can be made from the other
MAKE_ANEW = (
    " Move it away: figma-warehouse publish writes warehouse.duckdb anew from build.duckdb, and a run begins"
    " build.duckdb anew from warehouse.duckdb."
)

# what DuckDB says of a file, and why it cannot be had
NO_FILE = re.compile(r'Cannot open file "(.*)": (.*)|Could not read from file "(.*)": (Is a directory)')


def explain(error: BaseException) -> tuple[str, int] | None:
    """Return the words and the exit code of a foreseeable failure, wherever it hides in the chain; else None.

    A token that was put where an address or a name belongs is not repeated.
    """
    explained = _explain(error)
    return explained and (TOKEN.sub("(a token)", explained[0]), explained[1])


def _explain(error: BaseException) -> tuple[str, int] | None:
    for link in _chain(error):
        if isinstance(link, WarehouseError):
            return str(link), link.exit_code
        if isinstance(link, (TokenRefused, BadAddress)):
            return f"{link} Nothing was changed.", USAGE
        if isinstance(link, BadOption):
            return f"{link} Nothing was asked of Figma.", USAGE
        if isinstance(link, FigmaError):
            return f"{link} Nothing was published.", FAILED
        if isinstance(link, (OSError, duckdb.Error)) and is_disk_full(link):
            return "The disk is full. Nothing was published; free some space and run again.", FAILED
        if isinstance(link, (duckdb.Error, sqlite3.Error)) and (explained := _explain_database(link)):
            return explained
        if isinstance(link, TomlProviderReadException) and not isinstance(link.__context__, OSError):
            return f"The settings cannot be read. {' '.join(str(link).split())}", USAGE
        if isinstance(link, (PermissionError, IsADirectoryError, NotADirectoryError, FileExistsError)):
            return cannot_use(link.filename, link.strerror), FAILED
    return None


def _explain_database(error: duckdb.Error | sqlite3.Error) -> tuple[str, int] | None:
    text = str(error)
    if isinstance(error, sqlite3.Error):
        return f"The record of requests (budget.sqlite) cannot be used: {text}. Nothing was published.", FAILED
    if "Corrupt database file" in text:
        return (
            "The build file is damaged. Move it away (build.duckdb in the data folder) and run again: the run begins"
            " with what was published last, and fetches anew what changed since. Nothing was published."
        ), FAILED
    if "not a valid DuckDB database" in text:
        path = text.partition('"')[2].partition('"')[0]
        return f"{path or 'The file'} is damaged, or no DuckDB database. Nothing was published.{MAKE_ANEW}", FAILED
    if found := NO_FILE.search(text):
        path, why = found.groups()[:2] if found[1] else found.groups()[2:]
        return cannot_use(path, why), FAILED
    if is_in_use(error):
        return f"The build file is in use by another process. {_lock_holder(text)}This one stops.", USAGE
    return None


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        yield link
        link = link.__cause__ or link.__context__


def is_interrupt(error: BaseException) -> bool:
    """Tell whether somebody pressed Ctrl-C, whatever dlt made of it."""
    return any(isinstance(link, KeyboardInterrupt) for link in _chain(error))


def _lock_holder(text: str) -> str:
    """Return DuckDB's word on who holds the file, without the paths it adds."""
    start = text.find("(PID ")
    return f"It is held by pid {text[start + 5 : text.find(')', start)]}. " if start >= 0 else ""
