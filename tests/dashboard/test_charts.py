from datetime import date

import polars as pl

from figma_warehouse.dashboard import charts


def test_a_week_is_named_by_its_monday() -> None:
    named = charts.by_week(pl.DataFrame({"week": [date(2026, 3, 2)]}))

    assert named.rows() == [("2026-03-02", "2 Mar 2026")]


def test_the_smallest_values_share_one_label() -> None:
    rows = pl.DataFrame({"team": list("abcda"), "nodes": [5, 1, 2, 9, 5]})

    labelled, labels = charts.with_labels(rows, "team", "nodes", most=2)

    assert labels == ["a", "d", "Other"]
    assert labelled["label"].to_list() == ["a", "Other", "Other", "d", "a"]
