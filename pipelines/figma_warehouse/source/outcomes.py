"""What became of each thing a run asked for, as rows of the table `outcomes`."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from figma_warehouse.logs import LOG
from figma_warehouse.source.api.refusals import FigmaError, Refused
from figma_warehouse.source.documents.model import FLATTENING

# reasons that say nothing of the thing itself: it waits for a later run
PUT_OFF = frozenset({"put_off", "rate_limited"})

BY_THIS_FLATTENING = f"(version {FLATTENING} of what flattens documents)"

Row = dict[str, Any]


class NotRead(Exception):
    """A table of the warehouse itself could not be read: `__cause__` says why."""


# failures that another file would meet as well
OF_THE_RUN = (FigmaError, OSError, sqlite3.Error, MemoryError, NotRead)


def outcome(run_id: str, resource: str, item_id: str, status: str, **more: Any) -> Row:
    """Return one row; `more` are further columns of the table."""
    settled = {"run_id": run_id, "resource": resource, "item_id": item_id, "status": status}
    return settled | {"finished_at": datetime.now(UTC)} | more


def skipped(run_id: str, resource: str, item_id: str, refusal: Refused, **more: Any) -> Row:
    """Return the row of a thing that could not be had."""
    why = {
        "reason": refusal.reason,
        "http_status": refusal.status,
        "detail": refusal.detail or None,
        "retry_at": refusal.retry_at,
    }
    return outcome(run_id, resource, item_id, "skipped", **why, **more)


@contextmanager
def skip_file_on_error(file_key: str) -> Iterator[None]:
    """Turn what nobody foresaw in one file's answers into the Refused `unreadable`: the other files are loaded.

    What would meet any file is raised as it is: a FigmaError, a full disk or memory, a failure of a database.
    """
    try:
        yield
    except OF_THE_RUN:
        raise
    except Exception as error:
        kind = type(error).__name__
        LOG.warning("file %s is skipped: what Figma gives of it cannot be read (%s)", file_key, kind)
        raise Refused("unreadable", detail=f"{kind} {BY_THIS_FLATTENING}") from error
