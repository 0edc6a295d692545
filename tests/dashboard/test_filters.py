"""The filters: what they offer, and values in the address that do not exist any more."""

import polars as pl

from figma_warehouse.dashboard import filters
from figma_warehouse.dashboard.published_file import Freshness
from figma_warehouse.dashboard.selection import Selection
from tests.fixtures.hostile import MARKDOWN, NOW


def test_options_of_one_name_are_told_apart() -> None:
    rows = pl.DataFrame({"key": ["1", "2", "3", "4"], "name": ["Kit", "Kit", MARKDOWN, "All"]})

    assert filters.options_of(rows, "All") == {
        "All": None,
        "Kit (1)": "1",
        "Kit (2)": "2",
        MARKDOWN: "3",
        "All (4)": "4",
    }


def test_a_key_in_the_address_is_unknown_if_it_is_not_offered() -> None:
    offered = filters.Choice({"All teams": None, "One": "1"}, value="All teams")

    assert filters.is_unknown(offered, "gone")
    assert not any(filters.is_unknown(offered, key) for key in (None, filters.EVERYTHING, "1"))


def test_only_a_page_without_filters_and_with_loaded_files_speaks_of_the_whole_organisation() -> None:
    fresh = Freshness(NOW, 4, 3, is_conclusive=False)

    assert filters.is_whole(fresh, Selection(search=" "))
    assert not filters.is_whole(fresh, Selection(search="zzzz"))
    assert not filters.is_whole(Freshness(NOW, 4, 0, is_conclusive=False), Selection())
