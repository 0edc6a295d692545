"""Published components, component sets and styles: of a team, of a file, and one by its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from figma_warehouse.sandbox.api.refusal_error import RefusalError
from figma_warehouse.sandbox.api.request_parameters import find_team
from figma_warehouse.sandbox.api.signed_urls import sign_url

if TYPE_CHECKING:
    from collections.abc import Callable

    from figma_warehouse.sandbox.api.request_parameters import RequestParameters
    from figma_warehouse.sandbox.organisation import Organisation, PublishedRow

    Handler = Callable[[Organisation, RequestParameters], bytes]

PAGE_SIZE = 30
MAX_PAGE_SIZE = 1000
THUMBNAIL_DAYS = 7


def team_library(kind: str) -> Handler:
    """GET /v1/teams/:id/components, component_sets or styles, in pages by exclusive integer cursors."""

    def answer(org: Organisation, params: RequestParameters) -> bytes:
        team = find_team(org, params.path["team_id"], envelope="B")
        items = [item for item in org.published(kind) if item.team_id == team.id]
        page, cursor = _library_page(items, params)
        rows = [_item_row(org, params, item) for item in page]
        return msgspec.json.encode(_in_envelope({kind: rows, "cursor": cursor}))

    return answer


def file_library(kind: str) -> Handler:
    """GET /v1/files/:key/components, component_sets or styles. A branch answers 404."""

    def answer(org: Organisation, params: RequestParameters) -> bytes:
        file = org.file(params.path["file_key"])
        if file is None or file.main_key:
            raise RefusalError(404, "Not found", "B")
        rows = [_item_row(org, params, item) for item in org.published(kind) if item.file_key == file.key]
        return msgspec.json.encode(_in_envelope({kind: rows}))

    return answer


def library_item(kind: str) -> Handler:
    """GET /v1/components/:key, component_sets/:key or styles/:key. An item that is not published answers 404.

    Items of libraries outside of the organisation answer, too.
    """

    def answer(org: Organisation, params: RequestParameters) -> bytes:
        for item in (*org.published(kind), *org.published_elsewhere(kind)):
            if item.key == params.path["key"]:
                return msgspec.json.encode(_in_envelope(_item_row(org, params, item)))
        raise RefusalError(404, "Not found", "B")

    return answer


def _in_envelope(meta: object) -> dict[str, Any]:
    return {"status": 200, "error": False, "meta": meta, "i18n": None}


def _item_row(org: Organisation, params: RequestParameters, item: PublishedRow) -> dict[str, Any]:
    if "node_id" not in item.row:
        return item.row
    path = f"{item.file_key}/{item.row['node_id']}.png"
    return {**item.row, "thumbnail_url": sign_url(org, params.base_url, path, THUMBNAIL_DAYS)}


def _library_page(items: list[PublishedRow], params: RequestParameters) -> tuple[list[PublishedRow], dict[str, int]]:
    size = params.integer("page_size", PAGE_SIZE, MAX_PAGE_SIZE) or PAGE_SIZE
    after, before = params.integer("after"), params.integer("before")
    if after and before:
        raise RefusalError(400, "'before' and 'after' cannot be used together")
    if before:
        page = [item for item in items if item.number < before][-size:]
    else:
        page = [item for item in items if item.number > (after or 0)][:size]
    if not page or page[-1] is items[-1]:
        return page, {}
    cursor = {"after": page[-1].number}
    return page, cursor if page[0] is items[0] else {"before": page[0].number, **cursor}
