"""What needs attention: which lines Overview shows for which files, and where their links lead."""

from datetime import timedelta

import pytest

from figma_warehouse.dashboard.attention import attention, attention_list
from figma_warehouse.dashboard.lines import Line
from figma_warehouse.dashboard.published_file import has_failed
from figma_warehouse.dashboard.selection import Selection
from tests.fixtures.hostile import IMAGE, NOW, Row
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()


def test_each_line_comes_with_the_page_that_shows_more() -> None:
    assert attention(EVERYTHING) == [
        Line("6 instances in 2 files have lost their component.", page="unused_and_lost"),
        Line("1 file is not at the current version.", page="overview"),
        Line("14 references to 3 styles that no library publishes.", page="orphaned_styles"),
        Line("1 component published 120 days ago and perhaps used nowhere.", page="unused_and_lost"),
        Line("{} grew by 50% in four weeks.", IMAGE, "file_growth", "one"),
    ]


def test_the_lines_are_of_the_selected_files() -> None:
    assert [line.words for line in attention(Selection(team="t1"))] == [
        "5 instances in 1 file have lost their component.",
        "8 references to 3 styles that no library publishes.",
        "1 component published 120 days ago and perhaps used nowhere.",
    ]
    assert [line.words for line in attention(Selection(team="t2", folder="f1"))] == [
        "1 instance in 1 file has lost its component.",
        "1 file is not at the current version.",
        "6 references to 1 style that no library publishes.",
        "{} grew by 50% in four weeks.",
    ]


def test_lines_add_up_findings_and_name_the_one_that_changed_most(publish: Publish) -> None:
    def finding(
        kind: str, subject: str, file: str, figure: float, before: float | None = None, severity: str = "medium"
    ) -> Row:
        names = {"kind": kind, "severity": severity, "subject_key": subject, "subject_name": subject, "file_key": file}
        return {**names, "figure": figure, "figure_before": before, "is_conclusive": True}

    publish(
        {
            "figma.runs": [{"run_id": "1", "started_at": NOW, "finished_at": NOW, "outcome": "failed"}],
            "marts.attention": [
                finding("stale_bindings", "a", "a", 12),
                finding("stale_bindings", "b", "b", 1),
                *(finding("unused_component", str(number), "kit", 100 + number) for number in range(1200)),
                finding("grown_file", "a", "a", 300, 200),
                finding("grown_file", "b", "b", 9, 3),
                finding("shrunk_file", "c", "c", 10, 2000, "high"),
                finding("shrunk_file", IMAGE, "d", 6, 2001, "high"),
                finding("detachments", "set", "a", 4),
                finding("detachments", "set", "b", 3),
                finding("of a later version", "set", "b", 3),
                finding("deprecated_use", "set", "a", 1),
            ],
        }
    )

    assert attention(EVERYTHING) == [
        Line("The last run failed."),
        Line("{} shrank from 2,001 nodes to 6 in four weeks.", IMAGE, "file_growth", "d"),
        Line("1 usage of 1 deprecated component or style in 1 file.", page="library"),
        Line("1 component was often detached: 7 times in 2 files in four weeks.", page="component_usage"),
        Line("1,200 components published 100 days ago or earlier and used nowhere.", page="unused_and_lost"),
        Line("{} grew by 200% in four weeks.", "b", "file_growth", "b"),
        Line("13 bindings in 2 files, probably to earlier publications of variables.", page="tokens"),
    ]


def test_a_failed_run_that_started_in_the_future_is_not_the_last_one(publish: Publish) -> None:
    done = {"run_id": "1", "started_at": NOW, "finished_at": NOW, "outcome": "done"}
    failed = {"run_id": "2", "started_at": NOW + timedelta(days=300_000), "outcome": "failed"}
    publish({"figma.runs": [done, failed]})

    assert not has_failed()


def test_the_link_of_a_file_that_shrank_chooses_the_file() -> None:
    shrunk = Line("{} shrank from 1,886 nodes to 6 in four weeks.", IMAGE, "file_growth", "one")

    assert '<a href="../file_growth/?team=t1&amp;file_key=one">File growth</a>' in (
        attention_list([shrunk], "?team=t1").text
    )
    assert '<a href="../file_growth/?file_key=one">File growth</a>' in attention_list([shrunk], "").text


def test_a_file_of_an_older_version_has_no_lines_but_that_of_its_last_run(publish: Publish) -> None:
    failed = {"run_id": "1", "started_at": NOW, "finished_at": NOW, "outcome": "failed"}
    publish({"figma.runs": [failed]}, leave_out={"attention"})

    assert attention(EVERYTHING) == [Line("The last run failed.")]


def test_links_keep_the_filters_and_names_are_text() -> None:
    shown = attention_list(attention(EVERYTHING), "?team=t1&folder=f2").text

    assert "<img" not in shown
    assert '<a href="../orphaned_styles/?team=t1&amp;folder=f2">Orphaned styles</a>' in shown


def test_the_name_of_a_file_leads_to_its_page_and_the_list_of_overview_does_not_lead_to_itself() -> None:
    shown = attention_list(attention(EVERYTHING), "").text

    assert '<a href="../file?key=one">&lt;img src=x onerror=alert(1)&gt;</a></bdi> grew by 50%' in shown
    assert "../overview/" not in shown


def test_a_line_can_have_an_empty_name() -> None:
    assert Line("{} grew by 50% in four weeks.", "").html() == '<bdi class="name"></bdi> grew by 50% in four weeks.'
