"""Published components, sets and styles, page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, serve

Get = Callable[..., tuple[int, Any]]


def test_the_cursor_of_a_team_list_is_empty_on_the_last_page(get: Get, server: Server) -> None:
    path = f"/v1/teams/{server.org.team_ids[0]}/components"
    everything = [row["key"] for row in get(server, f"{path}?page_size=1000")[1]["meta"]["components"]]
    keys_found, cursor, sizes = [], {"after": 0}, []
    while "after" in cursor:
        after = f"?after={cursor['after']}" if cursor["after"] else ""
        meta = get(server, f"{path}{after}")[1]["meta"]
        keys_found += [row["key"] for row in meta["components"]]
        sizes.append(len(meta["components"]))
        cursor = meta["cursor"]
    assert cursor == {}
    assert keys_found == everything
    assert set(sizes[:-1]) == {30}


def test_before_goes_back_one_page(get: Get, server: Server) -> None:
    path = f"/v1/teams/{server.org.team_ids[0]}/component_sets?page_size=5"
    first = get(server, path)[1]["meta"]
    second = get(server, f"{path}&after={first['cursor']['after']}")[1]["meta"]
    previous = get(server, f"{path}&before={second['cursor']['before']}")[1]["meta"]
    assert [row["key"] for row in previous["component_sets"]] == [row["key"] for row in first["component_sets"]]


def test_a_page_size_past_the_maximum_is_a_400(get: Get, server: Server) -> None:
    assert get(server, f"/v1/teams/{server.org.team_ids[0]}/styles?page_size=1001")[0] == 400


@pytest.mark.parametrize("kind", ["components", "component_sets", "styles"])
def test_team_file_and_key_answer_the_same_row(get: Get, server: Server, keys: dict[str, str], kind: str) -> None:
    rows = get(server, f"/v1/teams/{server.org.team_ids[0]}/{kind}?page_size=1000")[1]["meta"][kind]
    core = [without_thumbnail(row) for row in rows if row["file_key"] == keys["Core library"]]
    listed = get(server, f"/v1/files/{keys['Core library']}/{kind}")[1]["meta"][kind]
    assert [without_thumbnail(row) for row in listed] == core
    assert without_thumbnail(get(server, f"/v1/{kind}/{core[0]['key']}")[1]["meta"]) == core[0]


@pytest.mark.parametrize("kind", ["components", "styles"])
def test_an_item_of_another_organisation_answers_by_key_only(get: Get, server: Server, kind: str) -> None:
    (item,) = server.org.published_elsewhere(kind)
    for team_id in server.org.team_ids:
        listed = get(server, f"/v1/teams/{team_id}/{kind}?page_size=1000")[1]["meta"][kind]
        assert item.key not in {row["key"] for row in listed}
    status, answer = get(server, f"/v1/{kind}/{item.key}")
    assert (status, without_thumbnail(answer["meta"])) == (200, item.row)
    assert get(server, f"/v1/files/{item.file_key}")[0] == get(server, f"/v1/teams/{item.team_id}/{kind}")[0] == 404


def without_thumbnail(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "thumbnail_url"}


def test_a_variant_names_the_set_that_contains_it(get: Get, server: Server, keys: dict[str, str]) -> None:
    components = get(server, f"/v1/files/{keys['Core library']}/components")[1]["meta"]["components"]
    sets = get(server, f"/v1/files/{keys['Core library']}/component_sets")[1]["meta"]["component_sets"]
    names = {row["node_id"]: row["name"] for row in sets}
    variants = [row for row in components if "containingComponentSet" in row["containing_frame"]]
    assert variants
    for row in variants:
        containing = row["containing_frame"]["containingComponentSet"]
        assert names[containing["nodeId"]] == containing["name"]


def test_published_rows_name_the_nodes_that_define_them(get: Get, server: Server, keys: dict[str, str]) -> None:
    answer = get(server, f"/v1/files/{keys['Core library']}")[1]
    for kind, name in (("components", "components"), ("component_sets", "componentSets"), ("styles", "styles")):
        rows = get(server, f"/v1/files/{keys['Core library']}/{kind}")[1]["meta"][kind]
        assert rows
        assert {row["node_id"]: row["key"] for row in rows}.items() <= {
            id_: row["key"] for id_, row in answer[name].items() if not row["remote"]
        }.items()


def test_folders_and_projects_list_the_same_files(get: Get, org: SampleOrganisation) -> None:
    with serve(org) as server:
        folder = get(server, f"/v2/teams/{org.team_ids[1]}/folders")[1]["folders"][0]["id"]
        new, old = (get(server, path)[1] for path in (f"/v2/folders/{folder}/files", f"/v1/projects/{folder}/files"))
    assert [without_thumbnail(row) for row in new["files"]] == [without_thumbnail(row) for row in old["files"]]
