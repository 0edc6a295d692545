"""Requests and answers that are too large."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from figma_warehouse.sandbox import SampleOrganisation, Server, SizeLimits, serve

Ask = Callable[..., tuple[int, Any]]

TOO_LARGE = (400, {"status": 400, "err": "Request too large. If applicable, filter by query params."})


@pytest.fixture(scope="module")
def narrow(org: SampleOrganisation) -> Iterator[Server]:
    """A server of its own: the others refuses nothing for its size."""
    with serve(org) as running:
        yield running


def test_an_answer_above_the_limit_is_refused_and_its_parts_are_not(
    ask: Ask, narrow: Server, keys: dict[str, str]
) -> None:
    path = f"/v1/files/{keys['Onboarding']}"
    narrow.size_limits = SizeLimits(answer_bytes=100_000)
    assert ask(narrow, path) == TOO_LARGE
    status, shell = ask(narrow, f"{path}?depth=1")
    assert status == 200
    pages = [page["id"] for page in shell["document"]["children"]]
    assert ask(narrow, f"{path}/nodes?ids={','.join(pages)}") == TOO_LARGE
    assert ask(narrow, f"{path}/nodes?ids={pages[-1]}")[0] == 200
    assert ask(narrow, f"{path}/meta")[0] == 200


def test_one_file_may_have_a_limit_of_its_own(ask: Ask, narrow: Server, keys: dict[str, str]) -> None:
    narrow.size_limits = SizeLimits(answer_bytes_by_file={keys["Onboarding"]: 5_000})
    assert ask(narrow, f"/v1/files/{keys['Onboarding']}") == TOO_LARGE
    assert ask(narrow, f"/v1/files/{keys['Checkout flow']}")[0] == 200
    narrow.size_limits = SizeLimits(answer_bytes=5_000, answer_bytes_by_file={keys["Onboarding"]: 50_000_000})
    assert ask(narrow, f"/v1/files/{keys['Onboarding']}")[0] == 200


@pytest.mark.parametrize(("ids", "status"), [(450, 200), (600, 413)])
def test_an_address_beyond_four_kilobytes_is_refused(
    ask: Ask, narrow: Server, keys: dict[str, str], ids: int, status: int
) -> None:
    narrow.size_limits = SizeLimits()
    asked = ",".join(f"1:{number:05}" for number in range(ids))
    assert ask(narrow, f"/v1/files/{keys['Onboarding']}/nodes?ids={asked}")[0] == status


def test_more_than_nine_hundred_ids_are_refused(ask: Ask, narrow: Server, keys: dict[str, str]) -> None:
    narrow.size_limits = SizeLimits()
    path = f"/v1/files/{keys['Onboarding']}/nodes?ids="
    assert ask(narrow, path + ",".join(["0:1"] * 900))[0] == 200
    assert ask(narrow, path + ",".join(["0:1"] * 901))[0] == 413


def test_styles_that_nothing_uses_come_with_the_file_and_with_no_node(
    org: SampleOrganisation, ask: Ask, narrow: Server
) -> None:
    narrow.size_limits = SizeLimits()
    found = []
    for key in (file.key for folder in folders(org) for file in org.files(folder) if file.is_exportable):
        status, whole = ask(narrow, f"/v1/files/{key}")
        unused = (
            {id_ for id_, style in whole["styles"].items() if style["name"].endswith("unused")}
            if status == 200
            else set()
        )
        if unused:
            shell = ask(narrow, f"/v1/files/{key}?depth=1")[1]
            pages = ",".join(page["id"] for page in shell["document"]["children"])
            nodes = ask(narrow, f"/v1/files/{key}/nodes?ids={pages}")[1]["nodes"]
            assert unused <= shell["styles"].keys()
            assert not unused & {id_ for part in nodes.values() for id_ in part["styles"]}
            parts = [shell, *nodes.values()]
            assert {id_: row for part in parts for id_, row in part["styles"].items()} == whole["styles"]
            found.append(key)
        if len(found) == 2:
            break
    assert found


def folders(org: SampleOrganisation) -> Iterator[str]:
    waiting: list[tuple[str, str | None]] = [(team_id, None) for team_id in org.team_ids]
    while waiting:
        team_id, parent = waiting.pop(0)
        for folder in org.folders(team_id, parent):
            yield folder.id
            waiting.append((team_id, folder.id))
