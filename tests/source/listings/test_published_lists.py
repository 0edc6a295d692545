"""Published components, component sets and styles: paged lists of teams, lists of files, and removed items."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from figma_warehouse.sandbox import HttpAnswer, PublishedRow, SampleOrganisation, Server, serve
from figma_warehouse.source.addresses import parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.listings.discovery import Listing, discover
from figma_warehouse.source.listings.published_lists import fetch_published, published_row
from tests.fixtures.in_memory_organisation import (
    HOME,
    LIBRARY,
    SHOP,
    TEAM,
    UNREADABLE_TEAM,
    InMemoryOrganisation,
    key_of,
)
from tests.fixtures.stub_server import ReceivedRequest, Reply, json_reply, stub_server

Row = dict[str, Any]

FIRST = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = datetime(2026, 3, 8, tzinfo=UTC)
THIRD = datetime(2026, 3, 15, tzinfo=UTC)
KINDS = {"components": "component_key", "component_sets": "component_set_key", "styles": "style_key"}
kinds = pytest.mark.parametrize("kind", KINDS)


def listing_of(*team_ids: str) -> Listing:
    return Listing(teams=[{"team_id": team_id} for team_id in team_ids])


def known_by(kind: str, rows: list[Row]) -> dict[str, Row]:
    return {row[KINDS[kind]]: row for row in rows}


def fetch(
    api: FigmaClient, kind: str, listing: Listing, known: dict[str, Row] | None = None, at: datetime = FIRST
) -> tuple[list[Row], list[Row]]:
    return fetch_published(api, kind, listing, known or {}, "run", at)


def times(rows: list[Row]) -> dict[str, tuple[Any, ...]]:
    return {row["name"]: (row["first_seen_at"], row["last_seen_at"], row["removed_at"]) for row in rows}


@kinds
def test_a_list_of_several_pages_is_read_by_cursor_with_a_thousand_entries_per_page(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, kind: str
) -> None:
    names = [f"Thing {number}" for number in range(2300)]
    drafts.published_items[kind] = [
        PublishedRow(number, TEAM.id, LIBRARY, name, {"key": name, "name": name})
        for number, name in enumerate(names, start=1)
    ]
    rows, outcomes = fetch(api, kind, listing_of(TEAM.id))
    assert [row["name"] for row in rows] == names
    assert [request.query for request in server.requests] == [
        "page_size=1000",
        "page_size=1000&after=1000",
        "page_size=1000&after=2000",
    ]
    assert [(row["resource"], row["item_id"], row["status"]) for row in outcomes] == [(kind, TEAM.id, "loaded")]


@kinds
def test_the_sample_organisation_is_read_as_its_lists_show_it(kind: str) -> None:
    org = SampleOrganisation(week=2)
    with serve(org) as server:
        shown: dict[str, Row] = {}
        for team_id in org.team_ids:
            url = f"{server.base_url}/v1/teams/{team_id}/{kind}?page_size=1000"
            answer = requests.get(url, headers={"X-Figma-Token": org.token}, timeout=10).json()
            shown |= {row["key"]: row | {"team_id": team_id} for row in answer["meta"][kind]}
        rows, _ = fetch(FigmaClient(org.token, server.base_url), kind, listing_of(*org.team_ids))
    assert len(shown) > 5
    columns = ("file_key", "node_id", "name", "description", "team_id")
    assert {row[KINDS[kind]]: [row[column] for column in columns] for row in rows} == {
        key: [row[column] for column in columns] for key, row in shown.items()
    }
    moments = {row[KINDS[kind]]: (row["created_at"], row["updated_at"]) for row in rows}
    assert moments == {
        key: (datetime.fromisoformat(row["created_at"]), datetime.fromisoformat(row["updated_at"]))
        for key, row in shown.items()
    }


def test_a_component_is_a_row_with_its_frame_set_and_person() -> None:
    answer = {
        "key": "k",
        "file_key": "f",
        "node_id": "1:2",
        "thumbnail_url": "https://example.com/1.png",
        "name": "State=On",
        "description": "",
        "created_at": "2026-01-05T10:00:00.250Z",
        "updated_at": "2026-02-05T10:00:00.500Z",
        "user": {"id": "77", "handle": "design-ops", "img_url": ""},
        "containing_frame": {
            "pageId": "0:1",
            "pageName": "Buttons",
            "nodeId": "1:0",
            "name": "Frame",
            "containingComponentSet": {"nodeId": "1:1", "name": "Button"},
            "containingStateGroup": {"nodeId": "1:1", "name": "Button"},
        },
    }
    row = {
        "component_key": "k",
        "file_key": "f",
        "node_id": "1:2",
        "team_id": "12",
        "name": "State=On",
        "description": "",
        "created_at": datetime(2026, 1, 5, 10, 0, 0, 250_000, tzinfo=UTC),
        "updated_at": datetime(2026, 2, 5, 10, 0, 0, 500_000, tzinfo=UTC),
        "user_id": "77",
        "user_handle": "design-ops",
        "containing_page_id": "0:1",
        "containing_page_name": "Buttons",
        "containing_frame_id": "1:0",
        "containing_frame_name": "Frame",
        "component_set_node_id": "1:1",
    }
    assert published_row("components", answer, "12") == row


def test_a_style_is_a_row_with_its_type_and_place() -> None:
    answer = {"key": "k", "file_key": "f", "node_id": "1:2", "name": "Red", "style_type": "FILL", "sort_position": "a"}
    row = published_row("styles", answer, None)
    assert {name: value for name, value in row.items() if value is not None} == {
        "style_key": "k",
        "file_key": "f",
        "node_id": "1:2",
        "name": "Red",
        "style_type": "FILL",
        "sort_position": "a",
    }


@kinds
def test_an_item_that_a_complete_list_lacks_is_removed_and_returns_with_its_first_seen_at(
    api: FigmaClient, drafts: InMemoryOrganisation, kind: str
) -> None:
    drafts.publish(kind, "Stays")
    drafts.publish(kind, "Goes")
    rows, _ = fetch(api, kind, listing_of(TEAM.id))
    assert times(rows) == {"Stays": (FIRST, FIRST, None), "Goes": (FIRST, FIRST, None)}
    drafts.unpublish(kind, "Goes")
    later, _ = fetch(api, kind, listing_of(TEAM.id), known_by(kind, rows), SECOND)
    assert times(later) == {"Stays": (FIRST, SECOND, None), "Goes": (FIRST, FIRST, SECOND)}
    again, _ = fetch(api, kind, listing_of(TEAM.id), known_by(kind, later), THIRD)
    assert times(again) == {"Stays": (FIRST, THIRD, None)}
    drafts.publish(kind, "Goes")
    back, _ = fetch(api, kind, listing_of(TEAM.id), known_by(kind, later), THIRD)
    assert times(back) == {"Stays": (FIRST, THIRD, None), "Goes": (FIRST, THIRD, None)}


@kinds
@pytest.mark.parametrize(
    "answers",
    [
        [HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}')],
        [HttpAnswer(500)] * 5,
        [HttpAnswer(404)] * 5,
        [HttpAnswer(404, b'{"error":true,"status":404,"message":"Not found"}')],
    ],
)
def test_a_list_that_failed_removes_nothing(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, kind: str, answers: list[HttpAnswer]
) -> None:
    drafts.publish(kind, "Red")
    rows, _ = fetch(api, kind, listing_of(TEAM.id))
    drafts.unpublish(kind, "Red")
    server.script(f"/v1/teams/{TEAM.id}/{kind}", *answers)
    later, outcomes = fetch(api, kind, listing_of(TEAM.id), known_by(kind, rows), SECOND)
    assert later == []
    assert [(row["item_id"], row["status"], row["http_status"]) for row in outcomes] == [
        (TEAM.id, "skipped", answers[0].status)
    ]


@pytest.mark.parametrize("body", [{}, {"status": 500, "error": True, "message": "Internal"}, {"meta": None}])
def test_a_response_without_a_list_removes_nothing(body: Row) -> None:
    stored = {"style_key": "k", "team_id": "1", "file_key": "f", "first_seen_at": FIRST, "removed_at": None}
    with stub_server(lambda _: json_reply(body)) as figma:
        api = FigmaClient("figd_x", figma.base_url, backoff=0.001)
        rows, _ = fetch(api, "styles", listing_of("1"), known_by("styles", [stored]), SECOND)
    assert rows == []


def paged(fails_from: int = 99) -> Callable[[ReceivedRequest], Reply]:
    """Endless pages of one style each, with a 404 from one page on."""

    def answer(request: ReceivedRequest) -> Reply:
        number = int(request.query.get("after", "0"))
        if number >= fails_from:
            return json_reply({"error": True, "status": 404, "message": "Not found"}, 404)
        return json_reply(
            {"meta": {"styles": [{"key": f"k{number}", "name": str(number)}], "cursor": {"after": number + 1}}}
        )

    return answer


def test_a_list_that_fails_in_the_middle_removes_nothing_and_adds_nothing() -> None:
    stored = {"style_key": "old", "team_id": "1", "file_key": "f", "first_seen_at": FIRST, "removed_at": None}
    with stub_server(paged(fails_from=2)) as figma:
        api = FigmaClient("figd_x", figma.base_url)
        rows, outcomes = fetch(api, "styles", listing_of("1"), known_by("styles", [stored]), SECOND)
        assert len(figma.requests) == 3
    assert rows == []
    assert [row["status"] for row in outcomes] == ["skipped"]


def test_a_list_that_repeats_its_cursor_counts_as_incomplete() -> None:
    page = {"styles": [{"key": "k1", "name": "Red"}], "cursor": {"after": 7}}
    with stub_server(lambda _: json_reply({"meta": page})) as figma:
        rows, outcomes = fetch(FigmaClient("figd_x", figma.base_url), "styles", listing_of("1"))
        assert len(figma.requests) == 2
    assert rows == []
    assert [(one["status"], one["reason"]) for one in outcomes] == [("skipped", "bad_body")]


def test_one_refused_team_does_not_end_the_lists(api: FigmaClient, drafts: InMemoryOrganisation) -> None:
    drafts.publish("styles", "Red")
    rows, outcomes = fetch(api, "styles", listing_of(UNREADABLE_TEAM.id, TEAM.id))
    assert [row["name"] for row in rows] == ["Red"]
    assert [(row["item_id"], row["status"], row.get("reason")) for row in outcomes] == [
        (UNREADABLE_TEAM.id, "skipped", "no_access"),
        (TEAM.id, "loaded", None),
    ]


def test_items_of_another_team_or_file_are_not_removed(api: FigmaClient) -> None:
    owners = [("other", HOME), (None, HOME), (TEAM.id, HOME)]
    stored = [
        {"style_key": str(team_id), "team_id": team_id, "file_key": file_key, "removed_at": None}
        for team_id, file_key in owners
    ]
    rows, _ = fetch(api, "styles", listing_of(TEAM.id), known_by("styles", stored), SECOND)
    assert [(row["style_key"], row["removed_at"]) for row in rows] == [(TEAM.id, SECOND)]


def test_an_item_that_moved_to_another_team_is_not_removed() -> None:
    def answer(request: ReceivedRequest) -> Reply:
        styles = [{"key": "k", "name": "Red"}] if "/teams/2/" in request.path else []
        return json_reply({"meta": {"styles": styles, "cursor": {}}})

    stored = {"style_key": "k", "team_id": "1", "file_key": "f", "first_seen_at": FIRST, "removed_at": None}
    for teams in (("1", "2"), ("2", "1")):
        with stub_server(answer) as figma:
            api = FigmaClient("figd_x", figma.base_url)
            rows, _ = fetch(api, "styles", listing_of(*teams), known_by("styles", [stored]), SECOND)
        assert [(row["style_key"], row["team_id"], row["first_seen_at"], row["removed_at"]) for row in rows] == [
            ("k", "2", FIRST, None)
        ]


@kinds
def test_files_without_a_team_show_their_own_lists(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, kind: str
) -> None:
    drafts.add(LIBRARY)
    drafts.add(key_of("branch"), main_key=LIBRARY)
    drafts.publish(kind, "Red")
    listing = discover(api, parse_scope(files=[LIBRARY, SHOP]), "run")
    server.reset_requests()
    rows, outcomes = fetch(api, kind, listing)
    assert [(row["name"], row["team_id"], row["file_key"]) for row in rows] == [("Red", None, LIBRARY)]
    assert [(request.path, request.query) for request in server.requests] == [
        (f"/v1/files/{LIBRARY}/{kind}", ""),
        (f"/v1/files/{SHOP}/{kind}", ""),
    ]
    assert [row["item_id"] for row in outcomes] == [LIBRARY, SHOP]
    drafts.unpublish(kind, "Red")
    later, _ = fetch(api, kind, listing, known_by(kind, rows), SECOND)
    assert times(later) == {"Red": (FIRST, FIRST, SECOND)}


def test_the_lists_of_branches_in_a_configured_folder_are_not_requested(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    drafts.add(key_of("branch"), main_key=HOME)
    listing = discover(api, parse_scope(folders=[drafts.files_by_key[HOME].folder.id]), "run")
    assert key_of("branch") in listing.files
    server.reset_requests()
    fetch(api, "styles", listing)
    assert [request.path for request in server.requests] == [f"/v1/files/{HOME}/styles", f"/v1/files/{SHOP}/styles"]


@kinds
def test_entries_without_a_key_are_ignored_and_numbers_become_text(kind: str) -> None:
    odd = {"key": "k", "name": 2026, "description": "cut \ud83d", "created_at": 1, "user": "me", "containing_frame": []}
    page = {kind: [{"name": "lost"}, {"key": "", "name": "lost"}, "lost", None, odd], "cursor": {}}
    with stub_server(lambda _: json_reply({"meta": page})) as figma:
        rows, outcomes = fetch(FigmaClient("figd_x", figma.base_url), kind, listing_of("1"))
    assert [(row["name"], row["description"], row["created_at"], row["user_id"]) for row in rows] == [
        ("2026", "cut ?", None, None)
    ]
    assert [row["status"] for row in outcomes] == ["loaded"]
