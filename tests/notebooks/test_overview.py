"""The calculations of Overview: teams, files behind, runs, weeks, and changes in the libraries."""

from datetime import timedelta

import pytest

from figma_warehouse.dashboard.selection import Selection, Span
from notebooks import overview
from tests.fixtures.hostile import IMAGE, MARKDOWN, NOW, SCRIPT, WEEKS, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()
SPAN = Span(WEEKS[1])


def test_teams_and_files_behind_are_those_of_the_selection() -> None:
    assert overview.teams(EVERYTHING, SPAN).select("team", "files", "current", "nodes", "growth").rows() == [
        (MARKDOWN, 2, 2, 350, -160 / 510),
        (SCRIPT, 2, 1, 150, 0.5),
    ]
    assert overview.files_behind(EVERYTHING).select("file", "state", "reason", "url").rows() == [
        ("Never loaded", "Never loaded", "Not requested yet", "https://www.figma.com/design/three")
    ]
    assert overview.files_behind(Selection(team="t1")).is_empty()


def test_the_weeks_of_the_chart_begin_with_the_first_that_is_mostly_scanned() -> None:
    growing = overview.nodes_by_team(EVERYTHING, None)

    assert growing.select("label", "week", "nodes", "files").rows() == [
        (SCRIPT, WEEKS[1], 100, 1),
        (MARKDOWN, WEEKS[1], 510, 3),
        (SCRIPT, WEEKS[2], 150, 1),
        (MARKDOWN, WEEKS[2], 350, 2),
    ]
    assert overview.growth_title(growing, SPAN) == "110 fewer nodes since 1 March"
    assert overview.nodes_by_team(Selection(team="t2"), "2026-03-01")["nodes"].to_list() == [150]


def test_a_chart_without_a_mostly_scanned_week_is_empty(publish: Publish) -> None:
    history = organisation()["marts.usage_history"]
    publish({"marts.usage_history": [row | {"is_mostly_scanned": False} for row in history]})

    assert overview.nodes_by_team(EVERYTHING, None).is_empty()


def test_changes_in_the_libraries_say_what_was_before() -> None:
    assert overview.library_changes(EVERYTHING, None).select("event", "kind", "item", "before", "library").rows() == [
        ("renamed", "component set", "Button", IMAGE, "Kit"),
        ("published", "component", SCRIPT, None, "Kit"),
    ]
    assert overview.library_changes(EVERYTHING, "2026-02-25").height == 1
    assert overview.library_changes(Selection(search="button"), None)["item"].to_list() == ["Button"]


def test_the_last_runs_say_which_were_loaded_but_not_published(publish: Publish) -> None:
    last = {"started_at": NOW, "finished_at": NOW, "published_at": NOW, "outcome": "done"}
    before = {"started_at": NOW - timedelta(hours=1), "finished_at": NOW, "outcome": "partial"}
    in_the_future = {"started_at": NOW + timedelta(days=300_000), "outcome": "failed"}
    publish({"figma.runs": [{"run_id": "1"} | before, {"run_id": "2"} | last, {"run_id": "3"} | in_the_future]})

    assert overview.last_runs()["outcome"].to_list() == ["done", "partial, not published", "failed"]


def test_placements_are_compared_with_the_first_week_of_the_span() -> None:
    before = overview.placements_before(EVERYTHING, SPAN)

    assert before == 8
    assert overview.placements_remark({"placements": 10, "usages": 20}, before, SPAN) == "+25.0% since 1 March"


def test_placements_are_not_compared_if_those_before_are_not_known() -> None:
    assert overview.placements_before(EVERYTHING, Span()) is None
    assert overview.placements_remark({"placements": 15, "usages": 20}, None, Span()) == "20 usages in all"
    assert overview.placements_remark({"placements": 15, "usages": 1}, 0, SPAN) == "1 usage in all"


def test_two_teams_of_one_name_stay_two(publish: Publish) -> None:
    files = organisation()["marts.file_freshness"]
    publish(
        {
            "figma.teams": [{"team_id": team, "name": MARKDOWN} for team in ("t1", "t2")],
            "marts.file_freshness": [row | {"team_name": MARKDOWN} for row in files],
        }
    )

    growing = overview.nodes_by_team(EVERYTHING, "2026-03-01")

    assert growing.select("label", "nodes").rows() == [(f"{MARKDOWN} (t1)", 350), (f"{MARKDOWN} (t2)", 150)]
    assert overview.teams(EVERYTHING, SPAN).select("team", "nodes").rows() == [(MARKDOWN, 350), (MARKDOWN, 150)]
