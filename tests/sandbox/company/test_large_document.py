"""Large documents, and the large organisation."""

from __future__ import annotations

import statistics

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figma_warehouse.sandbox import SampleOrganisation, sample_document
from figma_warehouse.sandbox.company.initial_state import archive_sizes
from tests.fixtures.sample_organisations import all_files


class Node(msgspec.Struct):
    type: str
    children: list[Node] = []


class FileAnswer(msgspec.Struct):
    document: Node


def count(node: Node) -> int:
    return 1 + sum(count(child) for child in node.children)


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.integers(2, 3000), st.integers(1, 3))
def test_a_sample_document_has_exactly_the_nodes_asked_for(nodes: int, seed: int) -> None:
    assert count(msgspec.json.decode(sample_document(nodes, seed), type=FileAnswer).document) == nodes


def test_a_node_of_a_sample_document_has_the_size_of_a_real_one() -> None:
    assert 500 < len(sample_document(5_000)) / 5_000 < 1_500


def test_a_document_smaller_than_one_page_is_refused() -> None:
    with pytest.raises(ValueError, match="2 nodes or more"):
        sample_document(1)


def test_the_large_organisation_has_the_distribution_of_a_real_archive() -> None:
    assert len(list(all_files(SampleOrganisation(scale=True, week=0)))) == 115
    sizes = sorted(archive_sizes())
    assert (statistics.median(sizes), sizes[-1]) == (5_020, 160_026)
    assert 42_000 < sizes[len(sizes) * 9 // 10] < 44_000
    assert 1_600_000 < sum(sizes) < 1_800_000


def test_a_file_of_the_large_organisation_is_generated_on_request() -> None:
    org = SampleOrganisation(scale=True, week=0)
    key = next(file.key for file in all_files(org) if file.name == "Wishlist")
    answer = msgspec.json.decode(org.document(key, None) or b"", type=FileAnswer)
    assert count(answer.document) in archive_sizes()
