"""Versions and published lists, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, serve

Ask = Callable[..., tuple[int, Any]]


def follow(ask: Ask, server: Server, path: str) -> list[dict[str, Any]]:
    pages = []
    while path:
        pages.append(ask(server, path)[1])
        link = urlsplit(pages[-1]["pagination"].get("next_page", ""))
        path = f"{link.path}?{link.query}" if link.path else ""
    return pages


@pytest.mark.parametrize("size", [1, 2, 7, 50])
def test_next_page_leads_through_the_whole_history_newest_first(
    ask: Ask, server: Server, keys: dict[str, str], size: int
) -> None:
    key = keys["Checkout flow"]
    pages = follow(ask, server, f"/v1/files/{key}/versions?page_size={size}")
    ids = list(dict.fromkeys(version["id"] for page in pages for version in page["versions"]))
    assert ids == [version.id for version in server.org.versions(key)]
    assert all(len(page["versions"]) <= size for page in pages)
    assert ids == sorted(ids, key=int, reverse=True)
    assert {len(id_) for id_ in ids} == {19}


def test_a_page_begins_with_the_row_that_ended_the_one_before(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    first, second, *_ = follow(ask, server, f"/v1/files/{keys['Checkout flow']}/versions?page_size=10")
    assert first["versions"][-1]["id"] == second["versions"][0]["id"]


def test_links_are_figma_s_own_with_raw_spaces(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    key = keys["Checkout flow"]
    page = ask(server, f"/v1/files/{key}/versions")[1]
    last = page["versions"][-1]
    moment = last["created_at"].replace("T", " ").replace("Z", " UTC")
    assert page["pagination"]["next_page"] == (
        f"https://api.figma.com/v1/files/{key}/versions?page_size=30&column=date&secondary_column=default"
        f"&before={moment}&secondary_before={last['id']}"
    )


def test_a_single_page_of_versions_links_back_to_itself(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    page = ask(server, f"/v1/files/{keys['Design review June']}/versions")[1]
    assert page["pagination"].keys() == {"prev_page"}
    link = urlsplit(page["pagination"]["prev_page"])
    again = ask(server, f"{link.path}?{link.query}")[1]
    assert [version["id"] for version in again["versions"]] == [version["id"] for version in page["versions"]]
    assert again["pagination"].keys() == {"next_page"}


def test_an_autosave_has_neither_label_nor_description(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    versions = ask(server, f"/v1/files/{keys['Checkout flow']}/versions?page_size=50")[1]["versions"]
    assert {(version["label"] is None, version["description"] is None) for version in versions} == {
        (True, True),
        (False, False),
    }
    assert len({version["user"]["handle"] for version in versions}) > 2


def test_the_cursor_of_a_team_list_goes_on_until_it_is_empty(ask: Ask, server: Server) -> None:
    path = f"/v1/teams/{server.org.team_ids[0]}/components"
    everything = [row["key"] for row in ask(server, f"{path}?page_size=1000")[1]["meta"]["components"]]
    found, cursor, sizes = [], {"after": 0}, []
    while "after" in cursor:
        after = f"?after={cursor['after']}" if cursor["after"] else ""
        meta = ask(server, f"{path}{after}")[1]["meta"]
        found += [row["key"] for row in meta["components"]]
        sizes.append(len(meta["components"]))
        cursor = meta["cursor"]
    assert cursor == {}
    assert found == everything
    assert set(sizes[:-1]) == {30}


def test_before_leads_back_one_page(ask: Ask, server: Server) -> None:
    path = f"/v1/teams/{server.org.team_ids[0]}/component_sets?page_size=5"
    first = ask(server, path)[1]["meta"]
    second = ask(server, f"{path}&after={first['cursor']['after']}")[1]["meta"]
    back = ask(server, f"{path}&before={second['cursor']['before']}")[1]["meta"]
    assert [row["key"] for row in back["component_sets"]] == [row["key"] for row in first["component_sets"]]


def test_a_page_size_past_the_maximum_is_a_400(ask: Ask, server: Server) -> None:
    assert ask(server, f"/v1/teams/{server.org.team_ids[0]}/styles?page_size=1001")[0] == 400


@pytest.mark.parametrize("kind", ["components", "component_sets", "styles"])
def test_team_file_and_key_show_the_same_row(ask: Ask, server: Server, keys: dict[str, str], kind: str) -> None:
    rows = ask(server, f"/v1/teams/{server.org.team_ids[0]}/{kind}?page_size=1000")[1]["meta"][kind]
    core = [without_thumbnail(row) for row in rows if row["file_key"] == keys["Core library"]]
    listed = ask(server, f"/v1/files/{keys['Core library']}/{kind}")[1]["meta"][kind]
    assert [without_thumbnail(row) for row in listed] == core
    assert without_thumbnail(ask(server, f"/v1/{kind}/{core[0]['key']}")[1]["meta"]) == core[0]


def without_thumbnail(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "thumbnail_url"}


def test_a_variant_names_the_set_that_contains_it(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    components = ask(server, f"/v1/files/{keys['Core library']}/components")[1]["meta"]["components"]
    sets = ask(server, f"/v1/files/{keys['Core library']}/component_sets")[1]["meta"]["component_sets"]
    names = {row["node_id"]: row["name"] for row in sets}
    variants = [row for row in components if "containingComponentSet" in row["containing_frame"]]
    assert variants
    for row in variants:
        containing = row["containing_frame"]["containingComponentSet"]
        assert names[containing["nodeId"]] == containing["name"]


def test_published_rows_point_at_the_nodes_that_define_them(ask: Ask, server: Server, keys: dict[str, str]) -> None:
    answer = ask(server, f"/v1/files/{keys['Core library']}")[1]
    for kind, name in (("components", "components"), ("component_sets", "componentSets"), ("styles", "styles")):
        rows = ask(server, f"/v1/files/{keys['Core library']}/{kind}")[1]["meta"][kind]
        assert rows
        assert {row["node_id"]: row["key"] for row in rows}.items() <= {
            id_: row["key"] for id_, row in answer[name].items() if not row["remote"]
        }.items()


def test_a_listing_by_folders_and_one_by_projects_show_the_same_files(ask: Ask, org: SampleOrganisation) -> None:
    with serve(org) as server:
        folder = ask(server, f"/v2/teams/{org.team_ids[1]}/folders")[1]["folders"][0]["id"]
        new, old = (ask(server, path)[1] for path in (f"/v2/folders/{folder}/files", f"/v1/projects/{folder}/files"))
    assert [without_thumbnail(row) for row in new["files"]] == [without_thumbnail(row) for row in old["files"]]
