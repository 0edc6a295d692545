"""What Overview counts, compares and lists, of all files or of those chosen."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from figma_warehouse.dashboard import summary
from figma_warehouse.dashboard.summary import Line
from notebooks import orphaned_styles, overview, unused_and_lost
from tests.dashboard.hostile import IMAGE, MARKDOWN, NOW, WEEKS, Row, organisation, write_warehouse

pytestmark = pytest.mark.usefixtures("published")

# the week whose Sunday lies more than four weeks before NOW, and the one after it
LONG_AGO, LATER = date(2026, 1, 19), date(2026, 1, 26)


def rewrite(folder: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, list[Row]]) -> None:
    """Publish the hostile organisation with other rows in some tables."""
    write_warehouse(folder / "warehouse.duckdb", organisation() | changes)
    monkeypatch.setenv("DATA_DIR", str(folder))


def test_the_headline_counts_expected_files_and_what_grew_in_four_weeks() -> None:
    # two files grew from 100 to 150 and shrank from 400 to 300, a new one has 50, one of 60 was removed
    assert summary.headline(None, None) == {
        "files": 4,
        "current": 3,
        "nodes": 500,
        "growth": (500 - 610) / 610,
        "published": 4,
        "new": 0,
        "placements": 14,
        "usages": 20,
    }
    assert summary.headline("t2", None)["files"] == 2
    assert summary.headline("t2", None)["growth"] == 0.5
    assert summary.headline("t1", "f2")["placements"] == 9
    assert summary.headline(None, "f2")["growth"] == (350 - 510) / 510


def test_a_file_removed_before_and_one_that_is_new_add_nothing_to_the_nodes_of_four_weeks_ago(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = organisation()["marts.file_growth"]
    latest = {row["file_key"]: row for row in states if row["is_latest"]}
    rows = [
        latest["one"] | {"nodes": 120, "nodes_4_weeks_before": 0, "growth_4_weeks": None},
        latest["two"] | {"nodes": 300, "nodes_4_weeks_before": 300, "growth_4_weeks": 0.0},
        latest["gone"] | {"nodes_4_weeks_before": None},
        latest["branch"],
    ]
    rewrite(tmp_path, monkeypatch, {"marts.file_growth": rows})

    assert summary.headline(None, None)["growth"] == 120 / 300
    assert summary.headline("t2", None)["growth"] is None


def test_what_needs_attention_is_said_with_the_page_that_shows_it() -> None:
    assert summary.attention() == [
        Line("1 file is not at the current version: listed below."),
        Line("6 instances in 2 files have lost their source.", page="unused_and_lost"),
        Line("1 component published for over 90 days and perhaps used nowhere.", page="unused_and_lost"),
        Line("14 references to 3 styles that no library here has.", page="orphaned_styles"),
        Line("{} grew by 50% in four weeks.", IMAGE, "file_growth"),
    ]


def test_what_needs_attention_is_of_the_files_chosen() -> None:
    assert [line.words for line in summary.attention("t1")] == [
        "5 instances in 1 file have lost their source.",
        "1 component published for over 90 days and perhaps used nowhere.",
        "8 references to 3 styles that no library here has.",
    ]
    assert [line.words for line in summary.attention("t2", "f1")] == [
        "1 file is not at the current version: listed below.",
        "1 instance in 1 file has lost its source.",
        "6 references to 1 style that no library here has.",
        "{} grew by 50% in four weeks.",
    ]


@pytest.mark.parametrize(("team", "folder"), [(None, None), ("t1", None), ("t2", None), (None, "f1"), ("t1", "f2")])
def test_what_needs_attention_is_what_the_sections_and_pages_list(team: str | None, folder: str | None) -> None:
    words = " ".join(line.words for line in summary.attention(team, folder))

    styles = orphaned_styles.orphaned_styles("dangling", None, None, team, folder, "")
    assert f"{int(styles['references'].sum())} references to {styles.height} style" in words
    assert ("listed below" in words) == (overview.stale_files(team, folder).height > 0)
    assert ("published for" in words) == (unused_and_lost.unused_components(None, team, folder, "").height > 0)


def test_what_is_conclusive_is_said_to_be_used_nowhere_and_large_numbers_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (unused,) = organisation()["marts.unused_components"]
    rewrite(
        tmp_path,
        monkeypatch,
        {
            "figma.runs": [{"run_id": "1", "started_at": NOW, "finished_at": NOW, "outcome": "failed"}],
            "marts.unused_components": [unused | {"component_key": str(n), "is_conclusive": True} for n in range(1200)],
            "marts.orphaned_styles": [],
            "marts.file_growth": [],
            "marts.lost_components": [],
        },
    )

    assert [line.words for line in summary.attention()] == [
        "The last run failed.",
        "1 file is not at the current version: listed below.",
        "1,200 components published for over 90 days and used nowhere.",
    ]


def test_the_last_runs_tell_which_were_loaded_and_never_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    last = {"started_at": NOW, "finished_at": NOW, "published_at": NOW, "outcome": "done"}
    before = {"started_at": NOW - timedelta(hours=1), "finished_at": NOW, "outcome": "partial"}
    ahead = {"started_at": NOW + timedelta(days=300_000), "outcome": "failed"}
    runs = [{"run_id": "1"} | before, {"run_id": "2"} | last, {"run_id": "3"} | ahead]
    rewrite(tmp_path, monkeypatch, {"figma.runs": runs})

    assert overview.last_runs()["outcome"].to_list() == ["done", "partial, not published", "failed"]
    assert not summary.has_failed()


def test_a_file_that_lost_over_half_of_its_nodes_needs_attention_and_its_link_chooses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = {"one": (6, 1886), "two": (49, 100), "kit": (50, 100), "gone": (6, 2000), "branch": (6, 2000)}
    latest = [row for row in organisation()["marts.file_growth"] if row["is_latest"]]
    rows = [
        row | {"nodes": now, "nodes_4_weeks_before": before, "growth_4_weeks": now / before - 1}
        for row in latest
        for now, before in [sizes[row["file_key"]]]
    ]
    rewrite(tmp_path, monkeypatch, {"marts.file_growth": rows})
    shrunk = Line("{} shrank from 1,886 nodes to 6 in four weeks.", IMAGE, "file_growth", "one")

    assert [line for line in summary.attention() if "shrank" in line.words] == [shrunk]
    assert [line.file_key for line in summary.attention("t1") if "shrank" in line.words] == ["two"]
    assert [line.file_key for line in summary.attention(None, "f1") if "shrank" in line.words] == ["one"]
    assert overview.attention_link(shrunk, "?team=t1") == (
        '<a href="../file_growth/?team=t1&amp;file_key=one">File growth</a>'
    )
    assert overview.attention_link(shrunk, "") == '<a href="../file_growth/?file_key=one">File growth</a>'


def test_a_file_of_an_older_version_tells_of_no_lost_instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_warehouse(tmp_path / "warehouse.duckdb", organisation(), leave_out={"lost_components"})
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert not any("lost" in line.words for line in summary.attention())


def test_links_of_what_needs_attention_take_the_filters_along_and_names_are_text() -> None:
    shown = overview.attention_list(summary.attention(), "?team=t1&folder=f2").text

    assert "<img" not in shown
    assert '<a href="../orphaned_styles/?team=t1&amp;folder=f2">Orphaned styles</a>' in shown


def test_a_file_without_a_name_can_be_said() -> None:
    assert Line("{} grew by 50% in four weeks.", "").html() == '<bdi class="name"></bdi> grew by 50% in four weeks.'


def test_placements_are_compared_with_the_last_week_that_ended_four_weeks_before_the_last_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (used,) = (row for row in organisation()["marts.usage_history"] if row["component_key"] == "lost")
    weeks = {LONG_AGO - timedelta(weeks=1): 9, LONG_AGO: 10, LATER: 12, WEEKS[2]: 14}
    history = [used | {"week_start": week, "placements": placements} for week, placements in weeks.items()]
    rewrite(tmp_path, monkeypatch, {"marts.usage_history": history})

    before = overview.placements_before()

    # NOW is a Monday, 2 March: four weeks before is 2 February, and the week of 26 January had ended
    assert before == (12, date(2026, 2, 1))
    assert overview.placements_remark({"placements": 15, "usages": 20}, before) == "+25.0% since 1 February"


def test_placements_are_compared_with_nothing_where_not_nearly_all_was_known() -> None:
    assert overview.placements_before() is None
    assert overview.placements_remark({"placements": 15, "usages": 20}, None) == "20 usages in all"
    assert overview.placements_remark({"placements": 15, "usages": 1}, (0, LONG_AGO)) == "1 usage in all"


def test_two_teams_of_one_name_stay_two(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    teams = [{"team_id": team, "name": MARKDOWN} for team in ("t1", "t2")]
    files = [row | {"team_name": MARKDOWN} for row in organisation()["marts.file_freshness"]]
    rewrite(tmp_path, monkeypatch, {"figma.teams": teams, "marts.file_freshness": files})

    growing = overview.nodes_by_team(None, None, "2026-03-01")

    assert growing.select("label", "nodes").rows() == [(f"{MARKDOWN} (t1)", 300), (f"{MARKDOWN} (t2)", 150)]
    assert overview.teams(None, None).select("team", "nodes").rows() == [(MARKDOWN, 350), (MARKDOWN, 150)]


def test_a_file_of_an_older_version_has_no_share_of_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_warehouse(tmp_path / "warehouse.duckdb", organisation(), leave_out={"adoption", "usage_history"})
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert summary.layer_share(None, None) is None
    assert overview.placements_before() is None
