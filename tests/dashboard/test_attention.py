"""What needs attention: which lines Overview shows for which files, and where their links lead."""

from datetime import timedelta

import duckdb
import pytest

from figma_warehouse.dashboard.attention import attention, attention_list
from figma_warehouse.dashboard.selection import Selection, Span
from figma_warehouse.dashboard.summary import Line, has_failed
from notebooks import orphaned_styles, overview, unused_and_lost
from tests.fixtures.hostile import IMAGE, NOW, WEEKS, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()
SPAN = Span(WEEKS[1])


def test_each_line_comes_with_the_page_that_shows_more() -> None:
    assert attention(EVERYTHING, SPAN) == [
        Line("1 file is not at the current version: see the list below."),
        Line("6 instances in 2 files have lost their component.", page="unused_and_lost"),
        Line("1 component published for over 90 days and perhaps used nowhere.", page="unused_and_lost"),
        Line("14 references to 3 styles that no library publishes.", page="orphaned_styles"),
        Line("{} grew by 50% since 1 March.", IMAGE, "file_growth"),
    ]


def test_the_lines_are_of_the_selected_files() -> None:
    assert [line.words for line in attention(Selection(team="t1"), SPAN)] == [
        "5 instances in 1 file have lost their component.",
        "1 component published for over 90 days and perhaps used nowhere.",
        "8 references to 3 styles that no library publishes.",
    ]
    assert [line.words for line in attention(Selection(team="t2", folder="f1"), SPAN)] == [
        "1 file is not at the current version: see the list below.",
        "1 instance in 1 file has lost its component.",
        "6 references to 1 style that no library publishes.",
        "{} grew by 50% since 1 March.",
    ]


@pytest.mark.parametrize(("team", "folder"), [(None, None), ("t1", None), ("t2", None), (None, "f1"), ("t1", "f2")])
def test_the_lines_agree_with_what_the_pages_list(team: str | None, folder: str | None) -> None:
    selected = Selection(team, folder)
    words = " ".join(line.words for line in attention(selected, SPAN))

    styles = orphaned_styles.orphaned_styles(selected, "dangling", None)
    assert f"{int(styles['references'].sum())} references to {styles.height} style" in words
    assert ("see the list" in words) == (overview.files_behind(selected).height > 0)
    assert ("published for" in words) == (unused_and_lost.unused_components(selected).height > 0)


def test_conclusive_lines_are_certain_and_large_numbers_have_separators(publish: Publish) -> None:
    (unused,) = organisation()["marts.unused_components"]
    publish(
        {
            "figma.runs": [{"run_id": "1", "started_at": NOW, "finished_at": NOW, "outcome": "failed"}],
            "marts.unused_components": [unused | {"component_key": str(n), "is_conclusive": True} for n in range(1200)],
            "marts.orphaned_styles": [],
            "marts.file_growth": [],
            "marts.lost_components": [],
        }
    )

    assert [line.words for line in attention(EVERYTHING, SPAN)] == [
        "The last run failed.",
        "1 file is not at the current version: see the list below.",
        "1,200 components published for over 90 days and used nowhere.",
    ]


def test_a_component_that_is_not_long_published_needs_no_attention(publish: Publish) -> None:
    (unused,) = organisation()["marts.unused_components"]
    publish({"marts.unused_components": [unused | {"is_long_published": False}]})

    assert not any("published for" in line.words for line in attention(EVERYTHING, SPAN))


def test_a_failed_run_that_started_in_the_future_is_not_the_last_one(publish: Publish) -> None:
    done = {"run_id": "1", "started_at": NOW, "finished_at": NOW, "outcome": "done"}
    failed = {"run_id": "2", "started_at": NOW + timedelta(days=300_000), "outcome": "failed"}
    publish({"figma.runs": [done, failed]})

    assert not has_failed()


def test_the_largest_loss_of_nodes_needs_attention_and_its_link_chooses_the_file(publish: Publish) -> None:
    sizes = {"one": (6, 1886), "two": (49, 100), "kit": (50, 100), "gone": (6, 2000), "branch": (6, 2000)}
    latest = [row for row in organisation()["marts.file_growth"] if row["is_latest"]]
    weekly = [row for row in organisation()["marts.file_growth_weekly"] if row["week_start"] == WEEKS[1]]
    publish(
        {
            "marts.file_growth": [row | {"nodes": now} for row in latest for now, _ in [sizes[row["file_key"]]]],
            "marts.file_growth_weekly": [
                row | {"nodes": before} for row in weekly for _, before in [sizes[row["file_key"]]]
            ],
        }
    )
    shrunk = Line("{} shrank from 1,886 nodes to 6 since 1 March.", IMAGE, "file_growth", "one")

    assert [line for line in attention(EVERYTHING, SPAN) if "shrank" in line.words] == [shrunk]
    assert [line.file_key for line in attention(Selection(team="t1"), SPAN) if "shrank" in line.words] == ["two"]
    assert [line.file_key for line in attention(Selection(folder="f1"), SPAN) if "shrank" in line.words] == ["one"]
    assert '<a href="../file_growth/?team=t1&amp;file_key=one">File growth</a>' in (
        attention_list([shrunk], "?team=t1").text
    )
    assert '<a href="../file_growth/?file_key=one">File growth</a>' in attention_list([shrunk], "").text


def test_a_file_of_an_older_version_has_the_lines_that_it_can_have(publish: Publish) -> None:
    published = publish(leave_out={"lost_components"})
    with duckdb.connect(str(published)) as connection:
        connection.execute("alter table marts.unused_components drop column is_long_published")

    assert [line.words for line in attention(EVERYTHING, Span())] == [
        "1 file is not at the current version: see the list below.",
        "14 references to 3 styles that no library publishes.",
    ]


def test_links_keep_the_filters_and_names_are_text() -> None:
    shown = attention_list(attention(EVERYTHING, SPAN), "?team=t1&folder=f2").text

    assert "<img" not in shown
    assert '<a href="../orphaned_styles/?team=t1&amp;folder=f2">Orphaned styles</a>' in shown


def test_a_line_can_have_an_empty_name() -> None:
    assert Line("{} grew by 50% since 1 March.", "").html() == '<bdi class="name"></bdi> grew by 50% since 1 March.'
