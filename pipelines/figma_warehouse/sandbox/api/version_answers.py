"""The version history of a file in pages, with links as recorded from the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.answer_values import format_time, thumbnail_url, user_row
from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.api.request_parameters import find_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import FileVersion, Organisation

PAGE_SIZE = 30
MAX_PAGE_SIZE = 50
LINK_HOST = "https://api.figma.com"
LINK_TIME = "%Y-%m-%d %H:%M:%S UTC"

# the time to the second, and the version id
Boundary = tuple[datetime, int]


def file_versions(org: Organisation, params: RequestParameters) -> bytes:
    """GET /v1/files/:key/versions, newest first; `next_page` is older, `prev_page` newer.

    Links are absolute, on Figma's own host, with raw spaces. A page starts with the last row of the page before it.
    """
    file = find_file(org, params.path["file_key"])
    size = params.integer("page_size", PAGE_SIZE, MAX_PAGE_SIZE) or PAGE_SIZE
    page, boundaries = _version_page(org.versions(file.key), params, size)
    links = {name: _link(file.key, size, *boundary) for name, boundary in boundaries.items()}
    return msgspec.json.encode({"versions": [_version_row(version) for version in page], "pagination": links})


def _version_page(
    versions: Sequence[FileVersion], params: RequestParameters, size: int
) -> tuple[Sequence[FileVersion], dict[str, tuple[str, FileVersion]]]:
    before, after = _parse_boundary(params, "before"), _parse_boundary(params, "after")
    if after:
        newer = [version for version in versions if _boundary(version) >= after]
        page = newer[-size:]
        links = {"next_page": ("before", page[-1])} if page else {}
        return page, links | ({"prev_page": ("after", page[0])} if len(newer) > size else {})
    # a page of one row that repeats its boundary would never advance
    older = [
        one for one in versions if not before or _boundary(one) < before or (size > 1 and _boundary(one) == before)
    ]
    page = older[:size]
    if not page:
        return page, {}
    links = {"prev_page": ("after", page[0] if before else page[-1])}
    return page, links | ({"next_page": ("before", page[-1])} if len(older) > size else {})


def _parse_boundary(params: RequestParameters, name: str) -> Boundary | None:
    given = params.query.get(name)
    if given is None:
        return None
    try:
        moment = datetime.strptime(given, LINK_TIME).replace(tzinfo=UTC)
        return moment, int(params.query.get(f"secondary_{name}", "0"))
    except ValueError:
        raise RefusalError(400, f"'{name}' must be a valid number") from None


def _boundary(version: FileVersion) -> Boundary:
    return version.created_at.replace(microsecond=0), int(version.id)


def _link(key: str, size: int, side: str, version: FileVersion) -> str:
    moment = version.created_at.strftime(LINK_TIME)
    path = f"{LINK_HOST}/v1/files/{key}/versions?page_size={size}&column=date&secondary_column=default"
    return f"{path}&{side}={moment}&secondary_{side}={version.id}"


def _version_row(version: FileVersion) -> dict[str, Any]:
    return {
        "id": version.id,
        "created_at": format_time(version.created_at),
        "label": version.label,
        "description": version.description,
        "user": user_row(version.user),
        "thumbnail_url": thumbnail_url(),
    }
