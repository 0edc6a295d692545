"""Dev resources of library files: links to code, as GET /v1/files/:key/dev_resources has them. One request, in tier 2.

    {"dev_resources": [{"id": "1", "name": "Button", "url": "https://...", "file_key": "...", "node_id": "1:2"}]}

A response has no times, and a link does not move the last edit of its file: each library is requested once a day (UTC).
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from figma_warehouse.source.api.refusals import decode_object
from figma_warehouse.source.api.values import as_text, is_plain, objects_of
from figma_warehouse.source.documents.flatten import Tables
from figma_warehouse.source.endpoints import FILE_DEV_RESOURCES
from figma_warehouse.source.listings.due_file import DueFile, due_file, load_file
from figma_warehouse.source.listings.items_in_turn import ItemsInTurn
from figma_warehouse.source.outcomes import Row
from figma_warehouse.source.resources import Group, resources_in

if TYPE_CHECKING:
    from figma_warehouse.source.refresh import Refresh

DEV_RESOURCES = "dev_resources"
# what publishes components, with the links to their code
LIBRARY_LISTS = tuple(one.name for one in resources_in(Group.PUBLISHED) if one.is_drawn)


def fetch_tables(refresh: "Refresh") -> Iterator[Tables]:
    """Yield the rows of one library at a time, with its outcome."""
    published = (row for name in LIBRARY_LISTS for row in refresh.published(name)[0])
    turn = _in_turn(refresh)
    yield from turn.fetch(
        due_files(refresh, published), lambda file: load_file(turn, file, partial(_fetch_rows, refresh, file))
    )


def count_requests(refresh: "Refresh") -> Counter[tuple[int, str]]:
    """Return the number of requests for the stored libraries, by tier and team."""
    stored = refresh.stored_state.published
    published = (row for name in LIBRARY_LISTS for row in stored.get(name, {}).values())
    pending = _in_turn(refresh).pending(due_files(refresh, published))
    return Counter((FILE_DEV_RESOURCES.tier, file.ref.team_id or "") for file in pending)


def due_files(refresh: "Refresh", published: Iterable[Row]) -> list[DueFile]:
    """Return the listed main files that publish one of these rows now and were not loaded today, by key."""
    keys = {row["file_key"] for row in published if row["removed_at"] is None}
    refs = (ref for key, ref in sorted(refresh.listing.files.items()) if key in keys and is_plain(key))
    files = (due_file(refresh, ref) for ref in refs if ref.main_file_key is None)
    return [
        file
        for file in files
        if refresh.reload.includes(file.item_id) or not refresh.is_loaded_today(DEV_RESOURCES, file.item_id)
    ]


def read_answer(body: bytes) -> list[dict[str, Any]]:
    """Return the dev resources of a response. Raises ValueError if it has no list of them."""
    found = decode_object(body).get("dev_resources")
    if not isinstance(found, list):
        raise ValueError("no list of dev resources")
    return objects_of(found)


def dev_resource_rows(file_key: str, answers: Sequence[dict[str, Any]]) -> list[Row]:
    """Convert the dev resources of a file into rows. One without an id has no row."""
    rows = {
        as_text(one.get("id")): {
            "file_key": file_key,
            "dev_resource_id": as_text(one.get("id")),
            "node_id": as_text(one.get("node_id")),
            "name": as_text(one.get("name")),
            "url": as_text(one.get("url")),
            "host": web_host(as_text(one.get("url")) or ""),
        }
        for one in answers
    }
    return [row for id_, row in rows.items() if id_]


def web_host(url: str) -> str | None:
    """Return the host of an http or https address; None for anything else, also for one with spaces or line breaks."""
    if not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return host if parts.scheme in ("http", "https") else None


def _in_turn(refresh: "Refresh") -> ItemsInTurn:
    return ItemsInTurn(refresh, DEV_RESOURCES, "libraries")


def _fetch_rows(refresh: "Refresh", file: DueFile) -> dict[str, list[Row]]:
    answer = refresh.api.fetch(FILE_DEV_RESOURCES.at(file_key=file.item_id), read_answer)
    return {DEV_RESOURCES: dev_resource_rows(file.item_id, answer)}
