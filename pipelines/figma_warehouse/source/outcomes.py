"""Builds rows of the table `outcomes`, one per item that a run requested."""

from datetime import UTC, datetime
from typing import Any

from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.resources import RESOURCES

Row = dict[str, Any]


def outcome(run_id: str, resource: str, item_id: str, status: str, **columns: Any) -> Row:
    """Return one row with any further columns. Raises KeyError if the resource is not registered."""
    row = {"run_id": run_id, "resource": RESOURCES[resource].name, "item_id": item_id, "status": status}
    return row | {"finished_at": datetime.now(UTC)} | columns


def skipped(run_id: str, resource: str, item_id: str, refusal: Refused, **columns: Any) -> Row:
    """Return the row of a skipped item, with the reason of its refusal."""
    refusal_columns = {
        "reason": refusal.reason,
        "http_status": refusal.status,
        "detail": refusal.detail or None,
        "retry_at": refusal.retry_at,
    }
    return outcome(run_id, resource, item_id, "skipped", **refusal_columns, **columns)
