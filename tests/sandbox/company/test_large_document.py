"""Large material."""

from __future__ import annotations

import statistics

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figma_warehouse.sandbox import SampleOrganisation, sample_document
from figma_warehouse.sandbox.company.initial_state import archive_sizes


class Node(msgspec.Struct):
    type: str
    children: list[Node] = []


class FileAnswer(msgspec.Struct):
    document: Node


def count(node: Node) -> int:
    return 1 + sum(count(child) for child in node.children)


@settings(max_examples=15, deadline=None)
@given(st.integers(2, 3000), st.integers(1, 3))
def test_a_sample_document_has_exactly_the_nodes_asked_for(nodes: int, seed: int) -> None:
    assert count(msgspec.json.decode(sample_document(nodes, seed), type=FileAnswer).document) == nodes


def test_a_node_of_a_sample_document_weighs_what_a_real_one_does() -> None:
    assert 500 < len(sample_document(5_000)) / 5_000 < 1_500


def test_a_document_of_less_than_a_page_is_refused() -> None:
    with pytest.raises(ValueError, match="2 nodes or more"):
        sample_document(1)


def test_the_large_organisation_has_the_sizes_of_a_real_archive() -> None:
    org = SampleOrganisation(scale=True, week=0)
    cards = [card for team in org.team_ids for folder in folders(org, team, None) for card in org.files(folder)]
    assert len(cards) == 115
    sizes = sorted(archive_sizes())
    assert (statistics.median(sizes), sizes[-1]) == (5_020, 160_026)
    assert 42_000 < sizes[len(sizes) * 9 // 10] < 44_000
    assert 1_600_000 < sum(sizes) < 1_800_000


def test_a_file_of_the_large_organisation_is_drawn_when_asked_for() -> None:
    org = SampleOrganisation(scale=True, week=0)
    key = next(c.key for t in org.team_ids for f in folders(org, t, None) for c in org.files(f) if c.name == "Wishlist")
    answer = msgspec.json.decode(org.document(key, None) or b"", type=FileAnswer)
    assert count(answer.document) in archive_sizes()


def folders(org: SampleOrganisation, team_id: str, parent_id: str | None) -> list[str]:
    here = [folder.id for folder in org.folders(team_id, parent_id)]
    return here + [one for folder in here for one in folders(org, team_id, folder)]
