"""GET file and GET nodes: whole documents, parts of them, versions, branch data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, serve
from tests.fixtures.sample_organisations import all_files, sample_organisation

Get = Callable[..., tuple[int, Any]]
Node = dict[str, Any]


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.get("children", ()):
        yield from walk(child)


def without_thumbnails(answer: Node) -> Node:
    return {name: value for name, value in answer.items() if name != "thumbnailUrl"}


def test_a_document_is_the_same_on_every_call_except_its_thumbnail(
    get: Get, server: Server, keys: dict[str, str]
) -> None:
    first, second = (get(server, f"/v1/files/{keys['Wishlist']}")[1] for _ in range(2))
    assert first["thumbnailUrl"] != second["thumbnailUrl"]
    assert without_thumbnails(first) == without_thumbnails(second)


@pytest.mark.slow
def test_equal_seeds_make_equal_documents_and_other_seeds_do_not(org: SampleOrganisation) -> None:
    twin, other = SampleOrganisation(week=21), SampleOrganisation(seed=8, week=22)
    twin.advance()
    keys = [file.key for file in all_files(org)][::4]
    assert [document_tree(twin, key) for key in keys] == [document_tree(org, key) for key in keys]
    assert [other.file(key) for key in keys] == [None] * len(keys)


def document_tree(org: SampleOrganisation, key: str) -> bytes:
    body = org.document(key, None) or b""
    return body[: body.index(b'"thumbnailUrl"')]


def test_depth_counts_from_the_document(get: Get, server: Server, keys: dict[str, str]) -> None:
    path = f"/v1/files/{keys['Onboarding']}"
    pages = get(server, f"{path}?depth=1")[1]
    assert all("children" not in page for page in pages["document"]["children"])
    assert (pages["components"], pages["styles"]) == ({}, {})
    two = get(server, f"{path}?depth=2")[1]["document"]
    assert all("children" not in layer for page in two["children"] for layer in page["children"])


def test_ids_keep_ancestors_and_descendants_only(get: Get, server: Server, keys: dict[str, str]) -> None:
    path = f"/v1/files/{keys['Onboarding']}"
    whole = get(server, path)[1]
    wanted = whole["document"]["children"][0]["children"][1]
    cut = get(server, f"{path}?ids={wanted['id']}")[1]
    assert [page["children"] for page in cut["document"]["children"]] == [[wanted]]
    assert 0 < len(cut["components"]) < len(whole["components"])
    used = {node["componentId"] for node in walk(wanted) if node["type"] == "INSTANCE"}
    assert used <= cut["components"].keys()


def test_get_nodes_answers_null_for_unknown_ids_and_400_without(get: Get, server: Server, keys: dict[str, str]) -> None:
    path = f"/v1/files/{keys['Onboarding']}/nodes"
    assert get(server, path)[0] == 400
    found = get(server, f"{path}?ids=0:1,99:99")[1]["nodes"]
    assert found["99:99"] is None
    assert found["0:1"]["document"]["type"] == "CANVAS"
    shallow = get(server, f"{path}?ids=0:1&depth=1")[1]["nodes"]["0:1"]["document"]
    assert shallow["children"]
    assert all("children" not in layer for layer in shallow["children"])


def test_all_pages_by_ids_make_the_whole_document(get: Get, server: Server, keys: dict[str, str]) -> None:
    path = f"/v1/files/{keys['Onboarding']}"
    whole = get(server, path)[1]
    pages = [page["id"] for page in whole["document"]["children"]]
    parts = get(server, f"{path}/nodes?ids={','.join(pages)}")[1]["nodes"]
    assert [parts[page]["document"] for page in pages] == whole["document"]["children"]
    for kind in ("components", "componentSets"):
        assert {id_: row for part in parts.values() for id_, row in part[kind].items()} == whole[kind]


def test_branch_data_comes_only_on_request(get: Get, server: Server, keys: dict[str, str]) -> None:
    main, branch = keys["Onboarding"], keys["Onboarding trial"]
    plain = get(server, f"/v1/files/{main}")[1]
    assert "branches" not in plain
    assert "mainFileKey" not in plain
    assert [one["key"] for one in get(server, f"/v1/files/{main}?branch_data=true")[1]["branches"]] == [branch]
    assert get(server, f"/v1/files/{branch}?branch_data=true")[1]["mainFileKey"] == main
    assert get(server, f"/v1/files/{branch}/components")[0] == 404


def test_components_of_a_branch_keep_the_keys_of_the_main_file(get: Get, server: Server, keys: dict[str, str]) -> None:
    main, branch = (get(server, f"/v1/files/{keys[name]}")[1] for name in ("Onboarding", "Onboarding trial"))
    local = {id_: row["key"] for id_, row in main["components"].items() if not row["remote"]}
    assert local
    assert local.items() <= {id_: row["key"] for id_, row in branch["components"].items()}.items()


def test_ids_are_unique_within_a_file_and_repeat_across_files(get: Get, server: Server, keys: dict[str, str]) -> None:
    ids_by_file = []
    for name in ("Core library", "Checkout flow", "Help centre"):
        ids = [node["id"] for node in walk(get(server, f"/v1/files/{keys[name]}")[1]["document"])]
        assert len(ids) == len(set(ids))
        ids_by_file.append(set(ids))
    assert set.intersection(*ids_by_file) - {"0:0", "0:1"}


def test_instances_nest_three_deep_and_their_ids_have_the_path(get: Get, server: Server, keys: dict[str, str]) -> None:
    answer = get(server, f"/v1/files/{keys['Checkout flow']}")[1]
    instances = [node for node in walk(answer["document"]) if node["type"] == "INSTANCE"]
    nested = [node for node in instances if node["id"].count(";") >= 2]
    assert nested
    assert all(node["id"].startswith("I") for node in nested)
    assert all(answer["components"][node["componentId"]] for node in nested)


def test_a_swap_names_a_component_of_the_file_s_own_map(get: Get, server: Server, keys: dict[str, str]) -> None:
    answer = get(server, f"/v1/files/{keys['Checkout flow']}")[1]
    swaps = [
        property_["value"]
        for node in walk(answer["document"])
        for property_ in node.get("componentProperties", {}).values()
        if property_["type"] == "INSTANCE_SWAP"
    ]
    assert swaps
    assert set(swaps) <= answer["components"].keys()


def test_the_sample_has_what_programs_stumble_over(get: Get, server: Server, keys: dict[str, str]) -> None:
    answers = [get(server, f"/v1/files/{keys[name]}")[1] for name in ("<img src=x onerror=alert(1)>", "Help centre")]
    nodes = [node for answer in answers for node in walk(answer["document"])]
    types = {node["type"] for node in nodes}
    assert types >= {"SLOT", "HOLOGRAM", "GROUP", "SECTION", "VECTOR", "COMPONENT", "INSTANCE", "TEXT"}
    assert any(row["name"] == "<img src=x onerror=alert(1)>" for row in answers[0]["components"].values())
    known = answers[0]["components"].keys() | answers[1]["components"].keys()
    assert any(node["type"] == "INSTANCE" and node["componentId"] not in known for node in nodes)
    assert all(node["absoluteRenderBounds"] is None for node in nodes if node.get("visible") is False)
    assert any(node.get("characterStyleOverrides") for node in nodes)


def test_a_board_is_served_as_figjam(get: Get, server: Server, keys: dict[str, str]) -> None:
    answer = get(server, f"/v1/files/{keys['Navigation workshop']}")[1]
    assert answer["editorType"] == "figjam"
    assert {node["type"] for node in walk(answer["document"])} >= {"STICKY", "SHAPE_WITH_TEXT", "CONNECTOR"}


def test_a_version_shows_the_file_as_it_was(get: Get) -> None:
    org = sample_organisation(5)
    key = next(file.key for file in all_files(org) if file.name == "Checkout flow")
    with serve(org) as server:
        then = get(server, f"/v1/files/{key}")[1]
        org.advance(3)
        again = get(server, f"/v1/files/{key}?version={then['version']}")[1]
        assert without_thumbnails(again) == without_thumbnails(then)
        assert get(server, f"/v1/files/{key}")[1]["version"] != then["version"]
        assert get(server, f"/v1/files/{key}?version=1")[0] == 404
