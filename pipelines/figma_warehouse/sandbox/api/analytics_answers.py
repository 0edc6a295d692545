"""Library analytics: Figma's own count of each published component, and of what people did with a library."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.organisation import FigmaUsage

if TYPE_CHECKING:
    from collections.abc import Callable

    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import FileInfo, LibraryAction, Organisation, PublishedRow

PAGE_SIZE = 1000
CURSOR_PREFIX = "rows-after-"
ITEM_KINDS = ("component", "style", "variable")
WEEKS_KEPT = timedelta(weeks=52)


def library_usages(kind: str) -> Callable[[Organisation, RequestParameters], bytes]:
    """GET /v1/analytics/libraries/:key/:kind/usages by item: a row for each that the library publishes."""

    def answer(org: Organisation, params: RequestParameters) -> bytes:
        if params.query.get("group_by") != kind:
            raise RefusalError(400, "Invalid value for parameter group_by", "B")
        file = _library_file(org, params)
        usage, first = org.figma_usage(), _first_row(params)
        described = list(_descriptions(org, file.key, kind).items())
        rows = [
            {**columns, **_usage_columns(usage.get(key, FigmaUsage(0, 0, 0)))}
            for key, columns in described[first : first + PAGE_SIZE]
        ]
        return _page(rows, first, len(described))

    return answer


def library_actions(kind: str) -> Callable[[Organisation, RequestParameters], bytes]:
    """GET /v1/analytics/libraries/:key/:kind/actions: a row for each item and week that has some."""

    def answer(org: Organisation, params: RequestParameters) -> bytes:
        query = params.query
        if query.get("group_by") not in (kind, "team"):
            raise RefusalError(400, "Invalid value for parameter group_by", "B")
        file = _library_file(org, params)
        since = _monday(query.get("start_date")) or org.at.date() - WEEKS_KEPT
        until = _monday(query.get("end_date")) or org.at.date()
        described = _descriptions(org, file.key, kind)
        rows = [
            {"week": one.week.isoformat(), **described[one.key], **_counts(one)}
            for one in org.library_actions(file.key)
            if one.kind == kind and since <= one.week <= until
        ]
        if query.get("group_by") == "team":
            rows = [{"week": row["week"], "team_name": "Team not visible", **_only_counts(row)} for row in rows]
        first = _first_row(params)
        return _page(rows[first : first + PAGE_SIZE], first, len(rows))

    return answer


def _library_file(org: Organisation, params: RequestParameters) -> FileInfo:
    file = org.file(params.path["file_key"])
    if file is None or file.main_key:
        raise RefusalError(403, "You don't have permission to view this library.", "B")
    return file


def _page(rows: list[dict[str, Any]], first: int, count: int) -> bytes:
    has_more = count > first + PAGE_SIZE
    cursor = {"cursor": f"{CURSOR_PREFIX}{first + PAGE_SIZE}"} if has_more else {}
    return msgspec.json.encode({"rows": rows, "next_page": has_more, **cursor})


def _counts(action: LibraryAction) -> dict[str, int]:
    return {"insertions": action.insertions, "detachments": action.detachments}


def _only_counts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("insertions", "detachments")}


def _monday(text: str | None) -> date | None:
    """The Monday of the week of a day."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise RefusalError(400, "Invalid date", "B") from None
    return day - timedelta(days=day.weekday())


def _descriptions(org: Organisation, file_key: str, kind: str) -> dict[str, dict[str, Any]]:
    """The columns that describe the items of a library, by key."""
    if kind == "variable":
        found = org.variables(file_key)
        collections = found["variableCollections"]
        return {
            one["key"]: {
                "variable_key": one["key"],
                "variable_name": one["name"],
                "variable_type": one["resolvedType"],
                "collection_key": collections[one["variableCollectionId"]]["key"],
                "collection_name": collections[one["variableCollectionId"]]["name"],
            }
            for one in found["variables"].values()
        }
    items = [item for item in org.published(f"{kind}s") if item.file_key == file_key]
    if kind == "style":
        return {
            item.key: {
                "style_key": item.key,
                "style_name": item.row["name"],
                "style_type": item.row.get("style_type", "FILL"),
            }
            for item in items
        }
    sets = {item.row["node_id"]: item for item in org.published("component_sets") if item.file_key == file_key}
    return {item.key: _component(item, sets) for item in items}


def _first_row(params: RequestParameters) -> int:
    number = params.query.get("cursor", f"{CURSOR_PREFIX}0").removeprefix(CURSOR_PREFIX)
    if not number.isascii() or not number.isdigit():
        raise RefusalError(400, "Invalid cursor", "B")
    return int(number)


def _component(item: PublishedRow, sets: dict[str, PublishedRow]) -> dict[str, Any]:
    containing_set = item.row.get("containing_frame", {}).get("containingComponentSet", {})
    owner = sets.get(containing_set.get("nodeId"))
    set_columns = {"component_set_key": owner.key, "component_set_name": owner.row["name"]} if owner else {}
    return {
        "component_key": item.key,
        "component_name": item.row["name"],
        **set_columns,
    }


def _usage_columns(usage: FigmaUsage) -> dict[str, int]:
    return {"usages": usage.usages, "teams_using": usage.teams, "files_using": usage.files}
