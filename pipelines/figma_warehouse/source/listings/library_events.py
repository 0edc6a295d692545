"""Finds the changes of the published lists from one load to the next. Pure functions."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.resources import RESOURCES

PLACE_COLUMNS = ("containing_page_name", "containing_frame_name")


def library_events(resource: str, key: str, stored: Mapping[str, Row], rows: Iterable[Row], at: datetime) -> list[Row]:
    """Return the rows of `library_events` for the differences between the stored and the new rows of a published list.

    `resource` is components, component_sets or styles; `key` is its key column. A row without a stored one was
    published at `created_at`, and updated if `updated_at` is later. A new row with `removed_at` was unpublished.
    """
    return [
        {"kind": RESOURCES[resource].item, "item_key": row[key], "seen_at": at} | event | _about(row, event["event"])
        for row in rows
        for event in _events(stored.get(row[key]), row, at)
    ]


def _events(before: Row | None, row: Row, at: datetime) -> Iterator[Row]:
    if row["removed_at"] is not None:
        yield {"event": "unpublished", "happened_at": row["removed_at"]} | _columns_before(row)
        return
    created_at, updated_at = row["created_at"] or at, row["updated_at"] or row["created_at"] or at
    if before is None:
        yield {"event": "published", "happened_at": created_at}
        if updated_at > created_at:
            yield {"event": "updated", "happened_at": updated_at} | _columns_before(row)
        return
    if before["removed_at"] is not None:
        yield {"event": "published", "happened_at": max(updated_at, before["removed_at"])}
    elif _is_later(row["updated_at"], before["updated_at"]):
        yield {"event": "updated", "happened_at": updated_at} | _columns_before(before)
    if row["name"] != before["name"]:
        yield {"event": "renamed", "happened_at": updated_at} | _columns_before(before)
    if _home(row) != _home(before):
        yield {"event": "moved", "happened_at": updated_at} | _columns_before(before)


def _is_later(moment: datetime | None, before: datetime | None) -> bool:
    """Tell whether a time moved on; if one of the two is missing, nothing is known to have changed."""
    return moment is not None and before is not None and moment > before


def _home(row: Row) -> tuple[str | None, str | None]:
    return row["file_key"], _place(row)


def _place(row: Row) -> str | None:
    return " / ".join(row[name] for name in PLACE_COLUMNS if row.get(name)) or None


def _columns_before(row: Row) -> Row:
    return {"name_before": row["name"], "place_before": _place(row)}


def _about(row: Row, event: str) -> Row:
    columns = {name: row[name] for name in ("file_key", "node_id", "name")} | {"place": _place(row)}
    if event != "unpublished":
        columns |= {name: row[name] for name in ("user_id", "user_handle")}
    return columns
