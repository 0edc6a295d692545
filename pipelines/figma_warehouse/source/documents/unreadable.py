"""Skips documents that this version cannot read, so that one file cannot stop the others."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from figma_warehouse.failures import NotRead
from figma_warehouse.logs import LOG
from figma_warehouse.source.api.refusals import FigmaError, Refused
from figma_warehouse.source.documents.model import FLATTENING

BY_THIS_FLATTENING = f"(version {FLATTENING} of what flattens documents)"
# another file would fail in the same way
FAILURES_OF_THE_RUN = (FigmaError, OSError, sqlite3.Error, MemoryError, NotRead)


@contextmanager
def skip_file_on_error(file_key: str) -> Iterator[None]:
    """Convert an unforeseen error in the responses for one file to Refused (`unreadable`).

    Errors that would stop any other file too are raised unchanged: a FigmaError, a full disk or memory, a database
    failure.
    """
    try:
        yield
    except FAILURES_OF_THE_RUN:
        raise
    except Exception as error:
        kind = type(error).__name__
        LOG.warning("file %s is skipped: this version cannot read its document (%s)", file_key, kind)
        raise Refused("unreadable", detail=f"{kind} {BY_THIS_FLATTENING}") from error
