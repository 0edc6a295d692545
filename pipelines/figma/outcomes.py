"""What became of each thing a run asked for, as rows of the table `outcomes`."""

from datetime import UTC, datetime
from typing import Any

from pipelines.figma.refusals import Refused

# reasons that say nothing of the thing itself: it waits for a later run
PUT_OFF = frozenset({"put_off", "rate_limited"})

Row = dict[str, Any]


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
