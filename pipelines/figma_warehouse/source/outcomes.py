"""Builds rows of the table `outcomes`, one per item that a run requested."""

from datetime import UTC, datetime
from typing import Any

from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.resources import RESOURCES

Row = dict[str, Any]


def outcome(run_id: str, resource: str, item_id: str, status: str, **more: Any) -> Row:
    """Return one row with any further columns. Raises KeyError if the resource is not registered."""
    settled = {"run_id": run_id, "resource": RESOURCES[resource].name, "item_id": item_id, "status": status}
    return settled | {"finished_at": datetime.now(UTC)} | more


def skipped(run_id: str, resource: str, item_id: str, refusal: Refused, **more: Any) -> Row:
    """Return the row of a skipped item, with the reason of its refusal."""
    why = {
        "reason": refusal.reason,
        "http_status": refusal.status,
        "detail": refusal.detail or None,
        "retry_at": refusal.retry_at,
    }
    return outcome(run_id, resource, item_id, "skipped", **why, **more)
