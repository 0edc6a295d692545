"""What the library analytics answer: the organisation's own count of each published component."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api.answers import Ask, RefusalError
from figma_warehouse.sandbox.contract import FigmaUsage

if TYPE_CHECKING:
    from figma_warehouse.sandbox.contract import Organisation, Published

ROWS_PAGE = 1000
CURSOR = "rows-after-"


def component_usages(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/analytics/libraries/:key/component/usages, by component only: all that the library publishes."""
    if ask.query.get("group_by") != "component":
        raise RefusalError(400, "Invalid value for parameter group_by", "B")
    card = org.file(ask.path["file_key"])
    if card is None or card.main_key:
        raise RefusalError(403, "You don't have permission to view this library.", "B")
    first = _first(ask)
    components = [item for item in org.published("components") if item.file_key == card.key]
    sets = {item.row["node_id"]: item for item in org.published("component_sets") if item.file_key == card.key}
    counted = org.figma_usage()
    rows = [
        _row(item, sets, counted.get(item.key, FigmaUsage(0, 0, 0))) for item in components[first : first + ROWS_PAGE]
    ]
    goes_on = len(components) > first + ROWS_PAGE
    cursor = {"cursor": f"{CURSOR}{first + ROWS_PAGE}"} if goes_on else {}
    return msgspec.json.encode({"rows": rows, "next_page": goes_on, **cursor})


def _first(ask: Ask) -> int:
    number = ask.query.get("cursor", f"{CURSOR}0").removeprefix(CURSOR)
    if not number.isascii() or not number.isdigit():
        raise RefusalError(400, "Invalid cursor", "B")
    return int(number)


def _row(item: Published, sets: dict[str, Published], counted: FigmaUsage) -> dict[str, Any]:
    inside = item.row.get("containing_frame", {}).get("containingComponentSet", {})
    owner = sets.get(inside.get("nodeId"))
    of_set = {"component_set_key": owner.key, "component_set_name": owner.row["name"]} if owner else {}
    return {
        "component_key": item.key,
        "component_name": item.row["name"],
        **of_set,
        "usages": counted.usages,
        "teams_using": counted.teams,
        "files_using": counted.files,
    }
