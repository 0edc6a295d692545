"""The calculations of File growth: sizes and their change, states over time, activity, and the treemap."""

from datetime import UTC, datetime, timedelta
from itertools import combinations

import polars as pl
import pytest

from figma_warehouse.dashboard import key_figures
from figma_warehouse.dashboard.selection import Selection, Span
from notebooks import file_growth
from tests.fixtures.hostile import FORMULA, IMAGE, NOW, WEEKS, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()
SPAN = Span(WEEKS[1])


def test_files_are_listed_in_their_newest_state_without_branches_and_removed_ones() -> None:
    files = file_growth.files_now(EVERYTHING, SPAN)

    assert files.select("file", "nodes", "added", "growth", "megabytes", "url").rows() == [
        (IMAGE, 150, 50, 0.5, 1.5, "https://www.figma.com/design/one"),
        ("Kit", 50, 0, 0.0, 0.5, "https://www.figma.com/design/kit"),
        (FORMULA, 300, -100, -0.25, 3.0, "https://www.figma.com/design/two"),
    ]
    assert file_growth.growth_totals(files) == {
        "files": 3,
        "nodes": 500,
        "megabytes": 5.0,
        "added": -50,
        "grown": 1,
        "shrunk": 1,
        "new": 0,
        "fastest": 0.5,
        "fastest_file": IMAGE,
    }


def test_added_nodes_and_those_of_removed_files_together_make_up_the_growth_on_overview() -> None:
    added = file_growth.growth_totals(file_growth.files_now(EVERYTHING, SPAN))["added"]
    removed = file_growth.removed_nodes(EVERYTHING, SPAN)

    assert file_growth.added_remark(added, removed, SPAN) == "-50 since 1 March, 60 gone with removed files"
    nodes, growth = (key_figures.totals(EVERYTHING, SPAN)[name] for name in ("nodes", "growth"))
    assert growth == pytest.approx((added - removed) / (nodes - (added - removed)))
    assert file_growth.removed_nodes(Selection(search="kit"), SPAN) == 0
    assert file_growth.added_remark(3, 0, SPAN) == "+3 since 1 March"


def test_the_nodes_of_a_new_file_are_added_and_have_no_growth(publish: Publish) -> None:
    weekly = organisation()["marts.file_growth_weekly"]
    publish({"marts.file_growth_weekly": [row for row in weekly if row["file_key"] != "kit"]})

    files = file_growth.files_now(Selection(search="kit"), SPAN)

    assert files.select("file", "nodes", "added", "growth").rows() == [("Kit", 50, 50, None)]
    assert file_growth.growth_totals(files)["new"] == 1
    assert file_growth.history_title(files, SPAN) == "No file of this selection has grown since 1 March"


def test_a_history_has_every_state_and_distinguishes_files_of_one_name(publish: Publish) -> None:
    states = organisation()["marts.file_growth"]
    publish({"marts.file_growth": [*states, states[4] | {"file_key": "second"}]})

    history = file_growth.file_history(["kit", "second", "one"], None)

    january = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)
    assert history.select("label", "at", "nodes").rows() == [
        (IMAGE, january, 100),
        ("Kit (kit)", january + timedelta(weeks=1), 50),
        ("Kit (second)", january + timedelta(weeks=1), 50),
        (IMAGE, january + timedelta(weeks=4), 150),
    ]


def test_a_file_keeps_its_size_until_the_last_run() -> None:
    history = file_growth.file_history(["one", "two"], None)

    held = file_growth.held_until(history, NOW)

    last = history.height
    assert held.head(last).equals(history)
    assert held.tail(held.height - last).select("key", "at", "nodes").sort("key").rows() == [
        ("one", NOW, 150),
        ("two", NOW, 300),
    ]
    assert file_growth.held_until(history, None).equals(history)
    assert file_growth.held_until(history, datetime(2020, 1, 1, tzinfo=UTC)).equals(history)
    assert file_growth.held_until(history.clear(), NOW).is_empty()


def test_activity_is_the_state_now_and_the_saves_since_a_day() -> None:
    active = file_growth.file_activity(EVERYTHING, None)

    assert active.select("file", "state", "saved", "sessions", "people").rows() == [
        (IMAGE, "active", 9, 3, 2),
        (FORMULA, "dead", 1, 1, 1),
    ]
    assert file_growth.activity_title(active) == "Files: 1 active, 1 dead"
    assert file_growth.file_activity(EVERYTHING, "2026-03-01")["saved"].to_list() == [4, 0]


@pytest.mark.parametrize("sizes", [[1.0], [6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], [1e6, 1.0, 1e-3]])
def test_a_treemap_fills_its_frame_without_overlap(sizes: list[float]) -> None:
    boxes = file_growth.treemap(sizes, 600, 400)
    areas = [(right - left) * (bottom - top) for left, top, right, bottom in boxes]

    assert areas == pytest.approx([size / sum(sizes) * 240_000 for size in sizes])
    for box in boxes:
        assert -1e-6 <= box[0] < box[2] <= 600 + 1e-6
        assert -1e-6 <= box[1] < box[3] <= 400 + 1e-6
    for one, other in combinations(boxes, 2):
        across = min(one[2], other[2]) - max(one[0], other[0])
        down = min(one[3], other[3]) - max(one[1], other[1])
        assert across < 1e-6 or down < 1e-6


def test_the_chosen_file_is_drawn_beside_the_fastest() -> None:
    files = pl.DataFrame({"key": list("abcdefg")})

    assert file_growth.drawn_files(files, None) == list("abcde")
    assert file_growth.drawn_files(files, "b") == list("abcde")
    assert file_growth.drawn_files(files, "g") == list("abcdg")
    assert file_growth.drawn_files(files, "unknown") == list("abcde")


def test_a_warehouse_without_an_activity_log_tells_of_no_unopened_files() -> None:
    assert not file_growth.has_activity_log()


def test_unopened_files_are_listed_with_the_time_that_the_log_covers(publish: Publish) -> None:
    log = {"log_covered_from": NOW - timedelta(days=60), "log_read_until": NOW, "is_conclusive": True}
    older = {"file_key": "one", "file_name": IMAGE, "team_id": "t1", "last_modified_at": NOW - timedelta(days=9)}
    newer = {"file_key": "two", "file_name": FORMULA, "team_id": "t2", "last_modified_at": NOW}
    publish(organisation() | {"marts.unopened_files": [older | log, newer | log]})

    unopened = file_growth.unopened_files(EVERYTHING)

    assert file_growth.has_activity_log()
    assert unopened.select("file", "certainty", "url").rows() == [
        (FORMULA, "Certain", "https://www.figma.com/design/two"),
        (IMAGE, "Certain", "https://www.figma.com/design/one"),
    ]
    assert file_growth.unopened_title(unopened) == "Nobody opened 2 files since 1 January 2026"
    assert file_growth.unopened_files(Selection(team="t1"))["file"].to_list() == [IMAGE]
    assert file_growth.unopened_title(unopened.clear()) == "Somebody opened each file of this selection"
