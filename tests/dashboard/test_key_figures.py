"""The figures that the index and several pages share."""

from datetime import timedelta

import pytest

from figma_warehouse.dashboard import key_figures
from figma_warehouse.dashboard.selection import Selection
from tests.fixtures.hostile import NOW, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()


def test_the_totals_count_expected_files_and_the_growth_over_four_weeks() -> None:
    # two files grew from 100 to 150 and shrank from 400 to 300, a new one has 50, one of 60 was removed
    assert key_figures.totals(EVERYTHING) == {
        "files": 4,
        "current": 3,
        "nodes": 500,
        "growth": (500 - 610) / 610,
        "published": 4,
        "new": 0,
        "placements": 14,
        "usages": 20,
    }
    assert key_figures.totals(Selection(team="t2"))["files"] == 2
    assert key_figures.totals(Selection(team="t2"))["growth"] == 0.5
    assert key_figures.totals(Selection(team="t1", folder="f2"))["placements"] == 9
    assert key_figures.totals(Selection(folder="f2"))["growth"] == (350 - 510) / 510


def test_a_component_is_new_for_four_weeks_after_its_publication(publish: Publish) -> None:
    days_ago = {"c1": 27, "c2": 29}
    rows = organisation()["marts.component_reach"]
    publish(
        {
            "marts.component_reach": [
                row | {"created_at": NOW - timedelta(days=days_ago.get(row["component_key"], 400))} for row in rows
            ]
        }
    )

    assert key_figures.totals(EVERYTHING)["new"] == 1
    assert key_figures.totals(Selection(team="t1"))["new"] == 1
    assert key_figures.totals(Selection(team="t2"))["new"] == 0


def test_a_file_removed_before_and_a_new_file_add_no_nodes_to_those_of_four_weeks_ago(publish: Publish) -> None:
    latest = {row["file_key"]: row for row in organisation()["marts.file_growth"] if row["is_latest"]}
    publish(
        {
            "marts.file_growth": [
                latest["one"] | {"nodes": 120, "nodes_4_weeks_before": 0, "growth_4_weeks": None},
                latest["two"] | {"nodes": 300, "nodes_4_weeks_before": 300, "growth_4_weeks": 0.0},
                latest["gone"] | {"nodes_4_weeks_before": None},
                latest["branch"],
            ]
        }
    )

    assert key_figures.totals(EVERYTHING)["growth"] == 120 / 300
    assert key_figures.totals(Selection(team="t2"))["growth"] is None


def test_a_file_of_an_older_version_has_no_share_of_layers_and_no_lost_instances(publish: Publish) -> None:
    publish(leave_out={"adoption", "lost_components"})

    assert key_figures.layer_share(EVERYTHING) is None
    assert key_figures.lost_instances(EVERYTHING) is None
