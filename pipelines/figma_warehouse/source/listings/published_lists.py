"""Published components, component sets and styles: lists by team (cursor pagination) or by configured file; tier 3."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.api.values import as_object, as_text, objects_of, parse_time
from figma_warehouse.source.endpoints import EndpointPath
from figma_warehouse.source.file_ref import FileRef
from figma_warehouse.source.listings.discovery import Listing
from figma_warehouse.source.outcomes import Row, outcome, skipped
from figma_warehouse.source.resources import RESOURCES
from figma_warehouse.source.schema import TABLES

PAGE_SIZE = 1000
CONTAINING_FRAME = {
    "containing_page_id": "pageId",
    "containing_page_name": "pageName",
    "containing_frame_id": "nodeId",
    "containing_frame_name": "name",
}


@dataclass(frozen=True)
class PublishedList:
    """One published list. `owner` is the id of its team, or the key of its configured file."""

    at: EndpointPath
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
    stored: Mapping[str, Row],
    run_id: str,
    at: datetime,
    files_gone: Collection[str] = (),
) -> tuple[list[Row], list[Row]]:
    """Return the rows and the outcomes of one resource of Group.PUBLISHED. `stored` has the stored rows by key.

    The rows are those that are published now, and those that were removed, with `removed_at` set: a complete list no
    longer shows them, or the file in whose list they were last seen is gone.
    """
    rows: dict[str, Row] = {}
    outcomes: list[Row] = []
    key = key_column(resource)
    for published in _published_lists(resource, listing):
        try:
            with api.for_team(published.team_id):
                found = {row[key]: row for row in _fetch_list(api, resource, published, stored, at)}
        except Refused as refusal:
            outcomes.append(skipped(run_id, resource, published.owner, refusal))
            continue
        rows |= found
        outcomes.append(outcome(run_id, resource, published.owner, "loaded"))
        rows |= _removed(resource, filter(published.holds, stored.values()), rows, at)
    gone_with_file = (row for row in stored.values() if row["team_id"] is None and row["file_key"] in files_gone)
    rows |= _removed(resource, gone_with_file, rows, at)
    return list(rows.values()), outcomes


def key_column(resource: str) -> str:
    """Return the key column of a resource's table."""
    (column,) = TABLES[resource].key
    return column


def _removed(resource: str, stored: Iterable[Row], published: Collection[str], at: datetime) -> dict[str, Row]:
    """Return the stored rows that are no longer published, by key."""
    present = ((row[key_column(resource)], row) for row in stored if row["removed_at"] is None)
    return {key: row | {"removed_at": at} for key, row in present if key not in published}


def published_row(resource: str, answer: dict[str, Any], team_id: str | None) -> Row:
    """Convert one entry of a response into a row, without `first_seen_at`, `last_seen_at` and `removed_at`."""
    frame, user = as_object(answer.get("containing_frame")), as_object(answer.get("user"))
    component_set = as_object(frame.get("containingComponentSet")) or as_object(frame.get("containingStateGroup"))
    row: Row = {name: as_text(answer.get(name)) for name in ("file_key", "node_id", "name", "description")}
    row |= {"team_id": team_id, key_column(resource): as_text(answer["key"])}
    row |= {name: parse_time(answer.get(name)) for name in ("created_at", "updated_at")}
    row |= {"user_id": as_text(user.get("id")), "user_handle": as_text(user.get("handle"))}
    if resource == "styles":
        return row | {name: as_text(answer.get(name)) for name in ("style_type", "sort_position")}
    row |= {column: as_text(frame.get(name)) for column, name in CONTAINING_FRAME.items()}
    return row | ({"component_set_node_id": as_text(component_set.get("nodeId"))} if resource == "components" else {})


def list_of(answer: dict[str, Any], resource: str) -> list[dict[str, Any]]:
    """Return the entries of the list in a response that have a key.

    Raises Refused (`bad_body`) if there is no list, because an empty list would remove everything.
    """
    entries = as_object(answer.get("meta")).get(resource)
    if not isinstance(entries, list):
        raise Refused("bad_body", detail=f"the response has no list of {resource}")
    return [entry for entry in objects_of(entries) if as_text(entry.get("key"))]


def _published_lists(resource: str, listing: Listing) -> Iterator[PublishedList]:
    of_team, of_file = (RESOURCES[resource].endpoint(parameter) for parameter in ("team_id", "file_key"))
    for team_id in (team["team_id"] for team in listing.teams):
        yield PublishedList(of_team.at(team_id=team_id), team_id, team_id=team_id)
    for ref in _files_without_team(listing.files.values()):
        yield PublishedList(of_file.at(file_key=ref.key), ref.key, file_key=ref.key)


def _files_without_team(files: Iterable[FileRef]) -> Iterator[FileRef]:
    return (ref for ref in files if ref.team_id is None and ref.main_file_key is None)


def _fetch_list(
    api: FigmaClient, resource: str, published: PublishedList, stored: Mapping[str, Row], at: datetime
) -> Iterator[Row]:
    for answer in _pages(api, published):
        for entry in list_of(answer, resource):
            row = published_row(resource, entry, published.team_id)
            stored_row = stored.get(row[key_column(resource)])
            first_seen_at = stored_row["first_seen_at"] if stored_row else at
            # the URL expires, so this run uses it and no table stores it
            row |= {"thumbnail_url": as_text(entry.get("thumbnail_url"))}
            yield row | {"first_seen_at": first_seen_at, "last_seen_at": at, "removed_at": None}


def _pages(api: FigmaClient, published: PublishedList) -> Iterable[dict[str, Any]]:
    is_paged = published.team_id is not None
    return api.pages_by_cursor(published.at, page_size=PAGE_SIZE) if is_paged else [api.get(published.at)]
