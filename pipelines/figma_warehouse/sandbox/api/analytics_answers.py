"""Library analytics: Figma's own count of each published component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.organisation import FigmaUsage

if TYPE_CHECKING:
    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import Organisation, PublishedRow

PAGE_SIZE = 1000
CURSOR_PREFIX = "rows-after-"


def component_usages(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/analytics/libraries/:key/component/usages by component: a row for each that the library publishes."""
    if params.query.get("group_by") != "component":
        raise RefusalError(400, "Invalid value for parameter group_by", "B")
    file = org.file(params.path["file_key"])
    if file is None or file.main_key:
        raise RefusalError(403, "You don't have permission to view this library.", "B")
    first = _first_row(params)
    components = [item for item in org.published("components") if item.file_key == file.key]
    sets = {item.row["node_id"]: item for item in org.published("component_sets") if item.file_key == file.key}
    usage = org.figma_usage()
    page = components[first : first + PAGE_SIZE]
    rows = [_usage_row(item, sets, usage.get(item.key, FigmaUsage(0, 0, 0))) for item in page]
    has_more = len(components) > first + PAGE_SIZE
    cursor = {"cursor": f"{CURSOR_PREFIX}{first + PAGE_SIZE}"} if has_more else {}
    return msgspec.json.encode({"rows": rows, "next_page": has_more, **cursor})


def _first_row(params: RequestParameters) -> int:
    number = params.query.get("cursor", f"{CURSOR_PREFIX}0").removeprefix(CURSOR_PREFIX)
    if not number.isascii() or not number.isdigit():
        raise RefusalError(400, "Invalid cursor", "B")
    return int(number)


def _usage_row(item: PublishedRow, sets: dict[str, PublishedRow], usage: FigmaUsage) -> dict[str, Any]:
    containing_set = item.row.get("containing_frame", {}).get("containingComponentSet", {})
    owner = sets.get(containing_set.get("nodeId"))
    set_columns = {"component_set_key": owner.key, "component_set_name": owner.row["name"]} if owner else {}
    return {
        "component_key": item.key,
        "component_name": item.row["name"],
        **set_columns,
        "usages": usage.usages,
        "teams_using": usage.teams,
        "files_using": usage.files,
    }
