"""What changed on the published lists from one load to the next. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.resources import RESOURCES

PLACE = ("containing_page_name", "containing_frame_name")


def library_events(resource: str, key: str, stored: Mapping[str, Row], rows: Iterable[Row], at: datetime) -> list[Row]:
    """Return the rows of `library_events` that lead from the stored rows of a published list to the fresh ones.

    `resource` is components, component_sets or styles; `key` its key column. What is seen for the first time was
    published when Figma says, and has been updated since if that moved. A fresh row with `removed_at` is unpublished.
    """
    return [
        {"kind": RESOURCES[resource].item, "item_key": row[key], "seen_at": at} | event | _about(row, event["event"])
        for row in rows
        for event in _events(stored.get(row[key]), row, at)
    ]


def _events(before: Row | None, row: Row, at: datetime) -> Iterator[Row]:
    if row["removed_at"] is not None:
        yield {"event": "unpublished", "happened_at": row["removed_at"]} | _was(row)
        return
    created_at, updated_at = row["created_at"] or at, row["updated_at"] or row["created_at"] or at
    if before is None:
        yield {"event": "published", "happened_at": created_at}
        if updated_at > created_at:
            yield {"event": "updated", "happened_at": updated_at} | _was(row)
        return
    if before["removed_at"] is not None:
        yield {"event": "published", "happened_at": max(updated_at, before["removed_at"])}
    elif _is_later(row["updated_at"], before["updated_at"]):
        yield {"event": "updated", "happened_at": updated_at} | _was(before)
    if row["name"] != before["name"]:
        yield {"event": "renamed", "happened_at": updated_at} | _was(before)
    if _home(row) != _home(before):
        yield {"event": "moved", "happened_at": updated_at} | _was(before)


def _is_later(moment: datetime | None, before: datetime | None) -> bool:
    """Tell whether a time moved on; a list without times, or with times for once, tells of no change."""
    return moment is not None and before is not None and moment > before


def _home(row: Row) -> tuple[str | None, str | None]:
    return row["file_key"], _place(row)


def _place(row: Row) -> str | None:
    return " / ".join(row[name] for name in PLACE if row.get(name)) or None


def _was(row: Row) -> Row:
    return {"name_before": row["name"], "place_before": _place(row)}


def _about(row: Row, event: str) -> Row:
    known = {name: row[name] for name in ("file_key", "node_id", "name")} | {"place": _place(row)}
    if event != "unpublished":
        known |= {name: row[name] for name in ("user_id", "user_handle")}
    return known
