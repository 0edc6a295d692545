"""The figures that the index and several pages share."""

from datetime import timedelta

import pytest

from figma_warehouse.dashboard import key_figures
from figma_warehouse.dashboard.selection import Selection, Span, compared_span
from tests.fixtures.hostile import NOW, WEEKS, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()
SPAN = Span(WEEKS[1])


def test_the_totals_count_expected_files_and_the_growth_over_the_span() -> None:
    # two files grew from 100 to 150 and shrank from 400 to 300, a new one has 50, one of 60 was removed
    assert key_figures.totals(EVERYTHING, SPAN) == {
        "files": 4,
        "current": 3,
        "nodes": 500,
        "growth": (500 - 610) / 610,
        "published": 4,
        "new": 0,
        "placements": 14,
        "usages": 20,
    }
    assert key_figures.totals(Selection(team="t2"), SPAN)["files"] == 2
    assert key_figures.totals(Selection(team="t2"), SPAN)["growth"] == 0.5
    assert key_figures.totals(Selection(team="t1", folder="f2"), SPAN)["placements"] == 9
    assert key_figures.totals(Selection(folder="f2"), SPAN)["growth"] == (350 - 510) / 510


def test_a_component_is_new_if_it_was_published_after_the_first_week_of_the_span(publish: Publish) -> None:
    # the week of 23 February ends with 1 March
    days_ago = {"c1": 0, "c2": 2}
    rows = organisation()["marts.component_reach"]
    publish(
        {
            "marts.component_reach": [
                row | {"published_at": NOW - timedelta(days=days_ago.get(row["component_key"], 400))} for row in rows
            ]
        }
    )

    assert key_figures.totals(EVERYTHING, SPAN)["new"] == 1
    assert key_figures.totals(Selection(team="t1"), SPAN)["new"] == 1
    assert key_figures.totals(Selection(team="t2"), SPAN)["new"] == 0


def test_a_new_file_adds_its_nodes_and_a_removed_one_takes_them_away(publish: Publish) -> None:
    weekly = organisation()["marts.file_growth_weekly"]
    publish({"marts.file_growth_weekly": [row for row in weekly if row["file_key"] != "one"]})

    assert key_figures.totals(EVERYTHING, SPAN)["growth"] == (500 - 510) / 510
    assert key_figures.totals(Selection(team="t2"), SPAN)["growth"] is None
    assert key_figures.grown_files(EVERYTHING, SPAN).is_empty()


def test_the_span_of_a_period_begins_with_its_first_week_in_which_most_files_are_loaded() -> None:
    assert [compared_span(weeks) for weeks in ("12", "1", None)] == [SPAN] * 3
    assert SPAN.since == "since 1 March"


def test_the_span_begins_with_the_period_if_most_files_are_always_loaded(publish: Publish) -> None:
    publish(
        {"marts.usage_history": [row | {"is_mostly_scanned": True} for row in organisation()["marts.usage_history"]]}
    )

    assert [compared_span(weeks) for weeks in ("12", "1")] == [Span(WEEKS[0]), SPAN]


def test_one_week_has_nothing_to_compare_with(publish: Publish) -> None:
    history = organisation()["marts.usage_history"]
    publish({"marts.usage_history": [row for row in history if row["week_start"] == WEEKS[2]]})

    assert compared_span("12") == Span()
    assert key_figures.totals(EVERYTHING, Span())["growth"] is None


def test_a_file_of_an_older_version_has_no_share_of_layers_and_no_lost_instances(publish: Publish) -> None:
    publish(leave_out={"adoption", "lost_components"})

    assert key_figures.layer_share(EVERYTHING) is None
    assert key_figures.lost_instances(EVERYTHING) is None
