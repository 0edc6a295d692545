"""Version histories, page by page."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.api.refusals import Refused
from figma_warehouse.source.documents.file_versions import fetch_versions
from tests.fixtures.in_memory_organisation import HOME, START, InMemoryOrganisation, empty_answer
from tests.fixtures.stub_server import ReceivedRequest, Reply, json_reply, stub_server

PATH = f"/v1/files/{HOME}/versions"
SAVES = 120


def with_history(drafts: InMemoryOrganisation, saves: int = SAVES) -> list[str]:
    """Give a file this many versions; returns their ids, newest first."""
    for _ in range(saves - 1):
        drafts.save(HOME, empty_answer())
    return [save.version for save in reversed(drafts.files_by_key[HOME].saves)]


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["version_id"] for row in rows]


def version(number: int) -> dict[str, Any]:
    return {"id": str(number), "created_at": "2026-05-22T20:10:33Z", "label": None, "description": None}


def test_a_long_history_is_read_in_pages_of_fifty_without_duplicates(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    expected = with_history(drafts)
    assert ids(fetch_versions(api, HOME, set())) == expected
    # a page begins with the last version of the page before: 50, 49 and 21 new ones
    assert [request.path for request in server.requests] == [PATH] * 3
    assert all("page_size=50" in request.query for request in server.requests)
    assert all("before=" in request.query and "after=" not in request.query for request in server.requests[1:])


def test_a_page_that_links_to_itself_is_read_once(server: Server, api: FigmaClient) -> None:
    rows = fetch_versions(api, HOME, set())
    assert rows == [
        {
            "file_key": HOME,
            "version_id": "2400000000000000000",
            "created_at": datetime(2026, 3, 2, 9, 1, tzinfo=UTC),
            "label": "Named",
            "description": None,
            "user_id": "77",
            "user_handle": "design-ops",
        }
    ]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("known_from", "new", "requests"), [(0, 0, 1), (1, 1, 1), (49, 49, 1), (50, 50, 2), (60, 60, 2), (120, 120, 3)]
)
def test_reading_stops_at_the_first_stored_version(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, known_from: int, new: int, requests: int
) -> None:
    everything = with_history(drafts)
    rows = fetch_versions(api, HOME, set(everything[known_from:]))
    assert ids(rows) == everything[:new]
    assert len(server.requests) == requests


@pytest.mark.parametrize(
    "answer",
    [
        HttpAnswer(403, b'{"status":403,"err":"Invalid scope(s): [a]"}'),
        HttpAnswer(404, b'{"status":404,"err":"Not found"}'),
    ],
)
def test_a_refusal_in_the_middle_yields_nothing(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, answer: HttpAnswer
) -> None:
    everything = with_history(drafts)
    server.script(rf"{PATH}\?.*before", HttpAnswer(passthrough=True), answer)
    with pytest.raises(Refused):
        fetch_versions(api, HOME, set())
    assert len(server.requests) == 3
    assert ids(fetch_versions(api, HOME, set())) == everything


def test_a_transient_failure_in_the_middle_loses_nothing(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation
) -> None:
    everything = with_history(drafts)
    server.script(
        rf"{PATH}\?.*before", HttpAnswer(502), HttpAnswer(cut=True), HttpAnswer(429, b"", {"Retry-After": "0"})
    )
    assert ids(fetch_versions(api, HOME, set())) == everything
    assert [request.status for request in server.requests].count(200) == 4  # a cut answer began as a 200


def test_label_description_and_user_are_stored_and_null_if_absent() -> None:
    named = version(2) | {
        "created_at": "2026-05-22T22:10:33+02:00",
        "label": "Signed off",
        "description": "",
        "user": {"id": "77", "handle": "design-ops", "img_url": "https://example.com/a.png"},
    }
    bare = {"id": "1"}
    with stub_server(lambda _: json_reply({"versions": [named, bare], "pagination": {}})) as figma:
        rows = fetch_versions(FigmaClient("figd_x", figma.base_url), "abc", set())
    nothing = dict.fromkeys(("created_at", "label", "description", "user_id", "user_handle"))
    assert rows == [
        {
            "file_key": "abc",
            "version_id": "2",
            "created_at": datetime(2026, 5, 22, 20, 10, 33, tzinfo=UTC),
            "label": "Signed off",
            "description": "",
            "user_id": "77",
            "user_handle": "design-ops",
        },
        {"file_key": "abc", "version_id": "1"} | nothing,
    ]


def test_the_sandbox_histories_agree_with_the_saves(api: FigmaClient, drafts: InMemoryOrganisation) -> None:
    with_history(drafts, 3)
    rows = fetch_versions(api, HOME, set())
    assert [(row["version_id"], row["created_at"]) for row in rows] == [
        (save.version, save.at) for save in reversed(drafts.files_by_key[HOME].saves)
    ]
    assert min(row["created_at"] for row in rows) > START


def pages_of(*pages: list[int]) -> Callable[[ReceivedRequest], Reply]:
    """Pages of these versions, each with a link to the next; the last links to itself."""

    def answer(request: ReceivedRequest) -> Reply:
        at = int(request.query.get("before", "0"))
        following = min(at + 1, len(pages) - 1)
        link = f"https://api.figma.com{request.path}?before={following}"
        return json_reply({"versions": [version(number) for number in pages[at]], "pagination": {"next_page": link}})

    return answer


@pytest.mark.parametrize(
    ("pages", "requests"),
    [
        ([[3, 2, 1]], 2),
        ([[3, 2], [2, 1], [1]], 3),
        ([[3, 2, 1], [3, 2, 1], [0]], 2),
        ([[3, 2, 1], [], [0]], 2),
    ],
)
def test_reading_ends_if_a_page_has_nothing_new(pages: list[list[int]], requests: int) -> None:
    with stub_server(pages_of(*pages)) as figma:
        rows = fetch_versions(FigmaClient("figd_x", figma.base_url), "abc", set())
        assert len(figma.requests) == requests
    assert ids(rows) == ["3", "2", "1"]


def test_a_file_without_versions_has_none() -> None:
    with stub_server(lambda _: json_reply({"versions": [], "pagination": None})) as figma:
        assert fetch_versions(FigmaClient("figd_x", figma.base_url), "abc", set()) == []


@pytest.mark.parametrize("answer", [{}, {"versions": None}, {"status": 500, "error": True}])
def test_a_response_without_a_list_of_versions_is_a_bad_body(answer: dict[str, Any]) -> None:
    with stub_server(lambda _: json_reply(answer)) as figma, pytest.raises(Refused) as caught:
        fetch_versions(FigmaClient("figd_x", figma.base_url), "abc", set())

    assert caught.value.reason == "bad_body"


def test_a_version_without_an_id_is_ignored_and_numbers_become_text() -> None:
    odd = {"id": 7, "created_at": 1772442060, "label": 3, "description": "cut \ud83d", "user": ["77"]}
    with stub_server(lambda _: json_reply({"versions": [{"label": "lost"}, odd, None], "pagination": {}})) as figma:
        rows = fetch_versions(FigmaClient("figd_x", figma.base_url), "abc", set())
    nothing = dict.fromkeys(("created_at", "user_id", "user_handle"))
    assert rows == [{"file_key": "abc", "version_id": "7", "label": "3", "description": "cut ?"} | nothing]
