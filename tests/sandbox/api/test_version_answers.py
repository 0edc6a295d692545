"""The version history of a file, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from figma_warehouse.sandbox import Server

Get = Callable[..., tuple[int, Any]]


def follow_pages(get: Get, server: Server, path: str) -> list[dict[str, Any]]:
    pages = []
    while path:
        pages.append(get(server, path)[1])
        link = urlsplit(pages[-1]["pagination"].get("next_page", ""))
        path = f"{link.path}?{link.query}" if link.path else ""
    return pages


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_next_page_goes_through_the_whole_history_newest_first(
    get: Get, server: Server, keys: dict[str, str], size: int
) -> None:
    key = keys["Checkout flow"]
    pages = follow_pages(get, server, f"/v1/files/{key}/versions?page_size={size}")
    ids = list(dict.fromkeys(version["id"] for page in pages for version in page["versions"]))
    assert ids == [version.id for version in server.org.versions(key)]
    assert all(len(page["versions"]) <= size for page in pages)
    assert ids == sorted(ids, key=int, reverse=True)
    assert {len(id_) for id_ in ids} == {19}


def test_a_page_starts_with_the_last_row_of_the_page_before(get: Get, server: Server, keys: dict[str, str]) -> None:
    first, second, *_ = follow_pages(get, server, f"/v1/files/{keys['Checkout flow']}/versions?page_size=10")
    assert first["versions"][-1]["id"] == second["versions"][0]["id"]


def test_links_are_on_figma_s_host_with_raw_spaces(get: Get, server: Server, keys: dict[str, str]) -> None:
    key = keys["Checkout flow"]
    page = get(server, f"/v1/files/{key}/versions")[1]
    last = page["versions"][-1]
    moment = last["created_at"].replace("T", " ").replace("Z", " UTC")
    assert page["pagination"]["next_page"] == (
        f"https://api.figma.com/v1/files/{key}/versions?page_size=30&column=date&secondary_column=default"
        f"&before={moment}&secondary_before={last['id']}"
    )


def test_a_single_page_of_versions_links_back_to_itself(get: Get, server: Server, keys: dict[str, str]) -> None:
    page = get(server, f"/v1/files/{keys['Design review June']}/versions")[1]
    assert page["pagination"].keys() == {"prev_page"}
    link = urlsplit(page["pagination"]["prev_page"])
    again = get(server, f"{link.path}?{link.query}")[1]
    assert [version["id"] for version in again["versions"]] == [version["id"] for version in page["versions"]]
    assert again["pagination"].keys() == {"next_page"}


def test_an_autosave_has_neither_label_nor_description(get: Get, server: Server, keys: dict[str, str]) -> None:
    versions = get(server, f"/v1/files/{keys['Checkout flow']}/versions?page_size=50")[1]["versions"]
    assert {(version["label"] is None, version["description"] is None) for version in versions} == {
        (True, True),
        (False, False),
    }
    assert len({version["user"]["handle"] for version in versions}) > 2
