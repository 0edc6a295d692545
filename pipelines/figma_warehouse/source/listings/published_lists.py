"""What is published: components, component sets, styles; by team (cursor-paginated) or configured file; tier 3."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.values import as_object, as_text, objects_of, parse_time
from figma_warehouse.source.listings.discovery import FileRef, Listing
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.stored_state import StoredState

PAGE_SIZE = 1000
KEYS = {"components": "component_key", "component_sets": "component_set_key", "styles": "style_key"}
CONTAINING_FRAME = {
    "containing_page_id": "pageId",
    "containing_page_name": "pageName",
    "containing_frame_id": "nodeId",
    "containing_frame_name": "name",
}


@dataclass(frozen=True)
class PublishedList:
    """One list of published things: a team's, or that of a configured file."""

    path: str
    owner: str
    team_id: str | None = None
    file_key: str | None = None

    def holds(self, row: Row) -> bool:
        """Tell whether a stored row was last seen in this list."""
        if self.team_id:
            return bool(row["team_id"] == self.team_id)
        return bool(row["team_id"] is None and row["file_key"] == self.file_key)


def fetch_published(
    api: FigmaClient,
    resource: str,
    listing: Listing,
    stored_state: StoredState,
    run_id: str,
    at: datetime,
    files_gone: Collection[str] = (),
) -> tuple[list[Row], list[Row]]:
    """Return the rows of one published list and its outcomes.

    The rows are what is published now and, with `removed_at` set, what a complete list no longer shows, or what was
    last seen in the list of a file that is gone itself. `resource` is components, component_sets or styles.
    """
    rows: dict[str, Row] = {}
    outcomes: list[Row] = []
    stored = stored_state.published.get(resource, {})
    for shelf in _shelves(listing):
        try:
            with api.within(shelf.team_id):
                found = {row[KEYS[resource]]: row for row in _list_shelf(api, resource, shelf, stored, at)}
        except Refused as refusal:
            outcomes.append(skipped(run_id, resource, shelf.owner, refusal))
            continue
        rows |= found
        outcomes.append(outcome(run_id, resource, shelf.owner, "loaded"))
        rows |= _removed(resource, filter(shelf.holds, stored.values()), rows, at)
    alone = (row for row in stored.values() if row["team_id"] is None and row["file_key"] in files_gone)
    rows |= _removed(resource, alone, rows, at)
    return list(rows.values()), outcomes


def _removed(resource: str, stored: Iterable[Row], published: Collection[str], at: datetime) -> dict[str, Row]:
    """Return the stored rows that are no longer published, by key."""
    there = ((row[KEYS[resource]], row) for row in stored if row["removed_at"] is None)
    return {key: row | {"removed_at": at} for key, row in there if key not in published}


def published_row(resource: str, answer: dict[str, Any], team_id: str | None) -> Row:
    """Turn one published thing of an answer into a row of its table, without what only loads know."""
    frame, user = as_object(answer.get("containing_frame")), as_object(answer.get("user"))
    component_set = as_object(frame.get("containingComponentSet")) or as_object(frame.get("containingStateGroup"))
    row: Row = {name: as_text(answer.get(name)) for name in ("file_key", "node_id", "name", "description")}
    row |= {"team_id": team_id, KEYS[resource]: as_text(answer["key"])}
    row |= {name: parse_time(answer.get(name)) for name in ("created_at", "updated_at")}
    row |= {"user_id": as_text(user.get("id")), "user_handle": as_text(user.get("handle"))}
    if resource == "styles":
        return row | {name: as_text(answer.get(name)) for name in ("style_type", "sort_position")}
    row |= {column: as_text(frame.get(name)) for column, name in CONTAINING_FRAME.items()}
    return row | ({"component_set_node_id": as_text(component_set.get("nodeId"))} if resource == "components" else {})


def list_of(answer: dict[str, Any], resource: str) -> list[dict[str, Any]]:
    """Return what has a key in the list of an answer.

    Raises Refused where there is no list: taken as empty, it would remove everything.
    """
    things = as_object(answer.get("meta")).get(resource)
    if not isinstance(things, list):
        raise Refused("bad_body", detail=f"the answer holds no list of {resource}")
    return [thing for thing in objects_of(things) if as_text(thing.get("key"))]


def _shelves(listing: Listing) -> Iterator[PublishedList]:
    for team in listing.teams:
        yield PublishedList(f"/v1/teams/{team['team_id']}", team["team_id"], team_id=team["team_id"])
    for ref in _teamless(listing.files.values()):
        yield PublishedList(f"/v1/files/{ref.key}", ref.key, file_key=ref.key)


def _teamless(files: Iterable[FileRef]) -> Iterator[FileRef]:
    return (ref for ref in files if ref.team_id is None and ref.main_file_key is None)


def _list_shelf(
    api: FigmaClient, resource: str, shelf: PublishedList, stored: dict[str, Row], at: datetime
) -> Iterator[Row]:
    for answer in _shelf_pages(api, f"{shelf.path}/{resource}", is_paged=shelf.team_id is not None):
        for thing in list_of(answer, resource):
            row = published_row(resource, thing, shelf.team_id)
            before = stored.get(row[KEYS[resource]])
            first_seen_at = before["first_seen_at"] if before else at
            # its address expires: it is for this run, and for no table
            row |= {"thumbnail_url": as_text(thing.get("thumbnail_url"))}
            yield row | {"first_seen_at": first_seen_at, "last_seen_at": at, "removed_at": None}


def _shelf_pages(api: FigmaClient, path: str, *, is_paged: bool) -> Iterable[dict[str, Any]]:
    return api.pages_by_cursor(path, page_size=PAGE_SIZE) if is_paged else [api.get(path)]
