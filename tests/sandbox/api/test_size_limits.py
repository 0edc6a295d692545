"""Requests and answers that are too large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, SizeLimits
from tests.fixtures.sample_organisations import all_files

Get = Callable[..., tuple[int, Any]]

TOO_LARGE = (400, {"status": 400, "err": "Request too large. If applicable, filter by query params."})


def test_an_answer_above_the_limit_is_refused_and_its_parts_are_not(
    get: Get, own_server: Server, keys: dict[str, str]
) -> None:
    path = f"/v1/files/{keys['Onboarding']}"
    own_server.size_limits = SizeLimits(answer_bytes=100_000)
    assert get(own_server, path) == TOO_LARGE
    status, shell = get(own_server, f"{path}?depth=1")
    assert status == 200
    pages = [page["id"] for page in shell["document"]["children"]]
    assert get(own_server, f"{path}/nodes?ids={','.join(pages)}") == TOO_LARGE
    assert get(own_server, f"{path}/nodes?ids={pages[-1]}")[0] == 200
    assert get(own_server, f"{path}/meta")[0] == 200


def test_a_file_can_have_its_own_limit(get: Get, own_server: Server, keys: dict[str, str]) -> None:
    own_server.size_limits = SizeLimits(answer_bytes_by_file={keys["Onboarding"]: 5_000})
    assert get(own_server, f"/v1/files/{keys['Onboarding']}") == TOO_LARGE
    assert get(own_server, f"/v1/files/{keys['Checkout flow']}")[0] == 200
    own_server.size_limits = SizeLimits(answer_bytes=5_000, answer_bytes_by_file={keys["Onboarding"]: 50_000_000})
    assert get(own_server, f"/v1/files/{keys['Onboarding']}")[0] == 200


@pytest.mark.parametrize(("ids", "status"), [(450, 200), (600, 413)])
def test_an_address_longer_than_four_kilobytes_is_refused(
    get: Get, own_server: Server, keys: dict[str, str], ids: int, status: int
) -> None:
    own_server.size_limits = SizeLimits()
    node_ids = ",".join(f"1:{number:05}" for number in range(ids))
    assert get(own_server, f"/v1/files/{keys['Onboarding']}/nodes?ids={node_ids}")[0] == status


def test_more_than_nine_hundred_ids_are_refused(get: Get, own_server: Server, keys: dict[str, str]) -> None:
    own_server.size_limits = SizeLimits()
    path = f"/v1/files/{keys['Onboarding']}/nodes?ids="
    assert get(own_server, path + ",".join(["0:1"] * 900))[0] == 200
    assert get(own_server, path + ",".join(["0:1"] * 901))[0] == 413


@pytest.mark.slow
def test_unused_styles_are_in_the_file_and_in_no_node(org: SampleOrganisation, get: Get, own_server: Server) -> None:
    own_server.size_limits = SizeLimits()
    found = []
    for key in (file.key for file in all_files(org) if file.is_exportable and not file.main_key):
        status, whole = get(own_server, f"/v1/files/{key}")
        unused = (
            {id_ for id_, style in whole["styles"].items() if style["name"].endswith("unused")}
            if status == 200
            else set()
        )
        if unused:
            shell = get(own_server, f"/v1/files/{key}?depth=1")[1]
            pages = ",".join(page["id"] for page in shell["document"]["children"])
            nodes = get(own_server, f"/v1/files/{key}/nodes?ids={pages}")[1]["nodes"]
            assert unused <= shell["styles"].keys()
            assert not unused & {id_ for part in nodes.values() for id_ in part["styles"]}
            parts = [shell, *nodes.values()]
            assert {id_: row for part in parts for id_, row in part["styles"].items()} == whole["styles"]
            found.append(key)
        if len(found) == 2:
            break
    assert found
