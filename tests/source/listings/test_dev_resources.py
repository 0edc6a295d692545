"""Dev resources: which libraries are requested, what is stored, and which addresses are links."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from figma_warehouse.sandbox import HttpAnswer, Server
from figma_warehouse.source.addresses import Reload, parse_scope
from figma_warehouse.source.api.client import FigmaClient
from figma_warehouse.source.listings.dev_resources import count_requests, fetch_tables, web_host
from figma_warehouse.source.refresh import Refresh
from figma_warehouse.source.stored_state import StoredState
from tests.fixtures.in_memory_organisation import HOME, SHOP, TEAM, InMemoryOrganisation

Row = dict[str, Any]

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
LINK = {"id": "7", "name": "Button", "url": "https://Git.example:8443/button?x=1", "file_key": HOME, "node_id": "1:2"}


@pytest.fixture
def drafts(drafts: InMemoryOrganisation) -> InMemoryOrganisation:
    """A file that publishes a component with a link, and one that only publishes a style."""
    drafts.publish("components", "Button", HOME)
    drafts.publish("styles", "Tint", SHOP)
    drafts.dev_resources_by_key[HOME] = [LINK]
    return drafts


def refresh_of(server: Server, api: FigmaClient, stored: StoredState, **more: Any) -> Refresh:
    """A refresh that has read its listing and the published lists."""
    refresh = Refresh(api, parse_scope(teams=[TEAM.id]), stored, "run", NOON, **more)
    for resource in ("components", "component_sets"):
        refresh.published(resource)
    server.reset_requests()
    return refresh


def loaded(refresh: Refresh) -> tuple[list[Row], list[tuple[str, str, str | None]]]:
    """The rows, and item, status and reason of the outcomes."""
    rows: list[Row] = []
    outcomes: list[Row] = []
    for tables in fetch_tables(refresh):
        rows += tables["dev_resources"].to_pylist() if "dev_resources" in tables else []
        outcomes += tables["outcomes"].to_pylist()
    assert {row["resource"] for row in outcomes} <= {"dev_resources"}
    return rows, [(row["item_id"], row["status"], row["reason"]) for row in outcomes]


def test_a_library_with_components_has_a_row_for_each_dev_resource(server: Server, api: FigmaClient) -> None:
    rows, outcomes = loaded(refresh_of(server, api, StoredState()))

    assert rows == [
        {
            "file_key": HOME,
            "dev_resource_id": "7",
            "node_id": "1:2",
            "name": "Button",
            "url": LINK["url"],
            "host": "git.example",
            "is_tombstone": None,
        }
    ]
    assert outcomes == [(HOME, "loaded", None)]
    assert server.spent == {1: 0, 2: 1, 3: 0}


@pytest.mark.parametrize(
    ("loaded_at", "more", "requests"),
    [
        (NOON.replace(hour=0), {}, 0),
        (NOON - timedelta(hours=13), {}, 1),
        (NOON.replace(hour=0), {"reload": Reload(is_all=True)}, 1),
    ],
)
def test_a_library_is_requested_once_a_day_and_if_it_is_reloaded(
    server: Server, api: FigmaClient, loaded_at: datetime, more: Row, requests: int
) -> None:
    rows, _ = refresh_of(server, api, StoredState()).published("components")
    published = {"components": {row["component_key"]: row for row in rows}}
    stored = StoredState(published=published, loaded_at={("dev_resources", HOME): loaded_at})
    assert count_requests(refresh_of(server, api, stored, **more)).total() == requests
    loaded(refresh_of(server, api, stored, **more))
    assert len(server.requests) == requests


def test_a_library_without_dev_resources_loses_earlier_rows_and_a_refused_one_keeps_them(
    server: Server, api: FigmaClient, drafts: InMemoryOrganisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts.dev_resources_by_key.clear()
    rows, _ = loaded(refresh_of(server, api, StoredState()))
    assert [row["is_tombstone"] for row in rows] == [True]

    # as on a plan without them
    not_found = HttpAnswer(404, b'{"status": 404, "error": true, "message": "File not found"}')
    server.script(f"/v1/files/{HOME}/dev_resources", not_found)
    assert loaded(refresh_of(server, api, StoredState())) == ([], [(HOME, "skipped", "not_found")])
    monkeypatch.setattr(server, "missing_scopes", {"file_dev_resources:read"})
    refused = ("all libraries", "skipped", "missing_scope")
    assert loaded(refresh_of(server, api, StoredState())) == ([], [refused])


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Git.example:8443/a?b#c", "git.example"),
        ("HTTP://git.example", "git.example"),
        ("https://user@git.example/", "git.example"),
        ("javascript:alert(1)//https://git.example", None),
        ("vscode://file/button.tsx", None),
        ("//git.example/a", None),
        ("https://", None),
        ("https://[git.example", None),
        ("https://git.example/a\nhttps://b", None),
        ("https://git.example/a b", None),
        ("java\tscript:alert(1)", None),
        ("", None),
    ],
)
def test_only_http_and_https_addresses_have_a_host(url: str, host: str | None) -> None:
    assert web_host(url) == host
