"""Version history by pages, with the links the API was recorded to give."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api.answers import Ask, RefusalError, iso, known_file, thumbnail, user_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from figma_warehouse.sandbox.contract import Organisation, VersionCard

PAGE = 30
PAGE_MAX = 50
LINK_HOST = "https://api.figma.com"
MOMENT = "%Y-%m-%d %H:%M:%S UTC"

Boundary = tuple[datetime, int]


def file_versions(org: Organisation, ask: Ask) -> bytes:
    """GET /v1/files/:key/versions, newest first; `next_page` is older, `prev_page` newer.

    Links are absolute, on Figma's own host, with raw spaces. A page begins with the row that ended the one before.
    """
    card = known_file(org, ask.path["file_key"])
    size = ask.integer("page_size", PAGE, PAGE_MAX) or PAGE
    rows = org.versions(card.key)
    page, pagination = _page(rows, ask, size)
    links = {name: _link(card.key, size, *target) for name, target in pagination.items()}
    return msgspec.json.encode({"versions": [_row(version) for version in page], "pagination": links})


def _page(
    rows: Sequence[VersionCard], ask: Ask, size: int
) -> tuple[Sequence[VersionCard], dict[str, tuple[str, VersionCard]]]:
    before, after = _boundary(ask, "before"), _boundary(ask, "after")
    if after:
        newer = [row for row in rows if _place(row) >= after]
        page = newer[-size:]
        links = {"next_page": ("before", page[-1])} if page else {}
        return page, links | ({"prev_page": ("after", page[0])} if len(newer) > size else {})
    # a page of one row would never get past a boundary that repeats
    older = [row for row in rows if not before or _place(row) < before or (size > 1 and _place(row) == before)]
    page = older[:size]
    if not page:
        return page, {}
    links = {"prev_page": ("after", page[0] if before else page[-1])}
    return page, links | ({"next_page": ("before", page[-1])} if len(older) > size else {})


def _boundary(ask: Ask, name: str) -> Boundary | None:
    given = ask.query.get(name)
    if given is None:
        return None
    try:
        moment = datetime.strptime(given, MOMENT).replace(tzinfo=UTC)
        return moment, int(ask.query.get(f"secondary_{name}", "0"))
    except ValueError:
        raise RefusalError(400, f"'{name}' must be a valid number") from None


def _place(version: VersionCard) -> Boundary:
    return version.created_at.replace(microsecond=0), int(version.id)


def _link(key: str, size: int, side: str, row: VersionCard) -> str:
    moment = row.created_at.strftime(MOMENT)
    path = f"{LINK_HOST}/v1/files/{key}/versions?page_size={size}&column=date&secondary_column=default"
    return f"{path}&{side}={moment}&secondary_{side}={row.id}"


def _row(version: VersionCard) -> dict[str, Any]:
    return {
        "id": version.id,
        "created_at": iso(version.created_at),
        "label": version.label,
        "description": version.description,
        "user": user_row(version.user),
        "thumbnail_url": thumbnail(),
    }
