from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from notebooks import component_usage, file_growth, orphaned_styles
from notebooks.parts import published as warehouse
from tests.notebooks.hostile import ADDRESS, FORMULA, IMAGE, MARKDOWN, NOW, SCRIPT, organisation, write_warehouse

pytestmark = pytest.mark.usefixtures("published")


def usage(
    team: str | None = None, library: str | None = None, search: str = "", variants: bool = False
) -> pl.DataFrame:
    return component_usage.selected_usage(team, library, search, variants)


def test_data_is_as_of_the_last_finished_run_and_counts_the_files_that_are_current() -> None:
    assert warehouse.freshness() == warehouse.Freshness(NOW, 4, 3, is_conclusive=False)


def test_without_a_finished_run_data_is_as_of_the_last_loaded_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_warehouse(tmp_path / "warehouse.duckdb", organisation() | {"figma.runs": []})
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    fresh = warehouse.freshness()

    assert fresh is not None
    assert fresh.as_of == NOW - timedelta(days=1)


def test_a_file_published_meanwhile_answers_the_next_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    write_warehouse(tmp_path / "warehouse.duckdb", {})
    before = warehouse.team_names().height
    write_warehouse(tmp_path / "next.duckdb", organisation())
    (tmp_path / "next.duckdb").replace(tmp_path / "warehouse.duckdb")

    assert (before, warehouse.team_names().height) == (0, 2)


def test_the_variants_of_a_set_are_ranked_together() -> None:
    ranking = component_usage.component_ranking(usage(), "placements")

    assert ranking.select("component", "library", "placements", "usages", "files", "teams").rows() == [
        (IMAGE, "Not published", 7, 7, 1, 1),
        ("Button", "Kit", 6, 12, 2, 2),
        (SCRIPT, "Kit", 1, 1, 1, 1),
        (ADDRESS, "Kit", 0, 0, 0, 0),
    ]


def test_each_variant_can_be_ranked_on_its_own_by_usages() -> None:
    ranking = component_usage.component_ranking(usage(variants=True), "usages")

    assert ranking.select("component", "usages", "files").rows() == [
        (IMAGE, 7, 1),
        ("Button · Kind=Primary", 7, 2),
        ("Button · Kind=Quiet", 5, 1),
        (SCRIPT, 1, 1),
        (ADDRESS, 0, 0),
    ]


def test_a_team_sees_what_its_own_files_use() -> None:
    ranking = component_usage.component_ranking(usage(team="t2"), "placements")

    assert ranking.select("component", "placements", "files", "url").rows() == [
        ("Button", 4, 1, "https://www.figma.com/design/one?node-id=1-3"),
        (SCRIPT, 1, 1, 'https://www.figma.com/design/one"onmouseover="alert(1)'),
    ]


def test_totals_count_each_file_and_team_once() -> None:
    assert component_usage.usage_totals(usage()) == {
        "components": 4,
        "published": 3,
        "placements": 14,
        "usages": 20,
        "files": 2,
        "teams": 2,
    }


@pytest.mark.parametrize(
    ("search", "found"),
    [("button", {"Button"}), ("quiet", {"Button"}), ("<IMG", {IMAGE}), ("(", {IMAGE, SCRIPT}), ("%", set())],
)
def test_a_search_takes_its_words_as_they_are(search: str, found: set[str]) -> None:
    assert set(usage(search=search)["component"]) == found


def test_a_library_keeps_only_what_it_publishes() -> None:
    assert set(usage(library="kit")["component"]) == {"Button", SCRIPT, ADDRESS}
    assert component_usage.library_names().rows() == [("kit", "Kit")]


def test_the_files_of_a_component_come_with_a_link_into_each() -> None:
    files = component_usage.files_using(usage(), "set-Button")

    assert files.select("file", "team", "placements", "usages", "hidden", "url").rows() == [
        (IMAGE, SCRIPT, 4, 6, 1, "https://www.figma.com/design/one?node-id=1-3"),
        (FORMULA, MARKDOWN, 2, 2, 0, "https://www.figma.com/design/two?node-id=1-2"),
        ("Kit", MARKDOWN, 0, 4, 0, "https://www.figma.com/design/kit?node-id=1-0"),
    ]


def test_an_unused_component_says_how_long_it_is_published_and_whether_that_is_certain() -> None:
    unused = component_usage.unused_components(None, "")

    assert unused.select("component", "library", "days_published", "needed", "certainty").rows() == [
        (ADDRESS, "Kit", 120, "No", "Inconclusive")
    ]
    assert component_usage.age_of_unused(unused) == "1 published for over 90 days"


def test_small_teams_share_one_part_of_a_bar() -> None:
    by_team = component_usage.usage_by_team(usage(), ["set-Button", "c3"], "placements", teams=0)

    assert by_team.select("component", "team", "amount", "files").rows() == [
        (IMAGE, "Other teams", 7, 1),
        ("Button", "Other teams", 6, 2),
    ]


def test_dangling_styles_come_first_and_references_without_a_key_have_a_name() -> None:
    styles = orphaned_styles.orphaned_styles(None, None, None, None, "")

    assert styles.select("kind", "style", "type", "references", "files", "defined_in", "preview").rows() == [
        ("Dangling", IMAGE, "Colour", 9, 2, "Unknown", "#42c99bff"),
        ("Dangling", "References that name no style", "Colour", 4, 1, "Unknown", None),
        ("Dangling", MARKDOWN, "Text", 1, 1, "Unknown", "url(https://evil.example) 12 400"),
        ("Unused", SCRIPT, "Colour", 0, 0, "Kit", None),
    ]
    assert orphaned_styles.orphan_totals(styles) == {
        "unused": 1,
        "published": 1,
        "dangling": 3,
        "references": 14,
        "most_files": 2,
    }


@pytest.mark.parametrize(
    ("kind", "style_type", "library", "team", "keys"),
    [
        ("unused", None, None, None, ["s4"]),
        (None, "TEXT", None, None, ["s3"]),
        (None, None, "kit", None, ["s4"]),
        (None, None, None, "t1", ["s1", None, "s4"]),
        (None, None, None, "t2", ["s1"]),
    ],
)
def test_orphans_can_be_narrowed_down(
    kind: str | None, style_type: str | None, library: str | None, team: str | None, keys: list[str | None]
) -> None:
    assert orphaned_styles.orphaned_styles(kind, style_type, library, team, "")["key"].to_list() == keys


def test_the_files_that_refer_to_a_style_say_for_what() -> None:
    columns = ["file", "team", "slots", "references", "visible", "url"]

    assert orphaned_styles.files_referring("s1").select(columns).rows() == [
        (IMAGE, SCRIPT, "fill, stroke", 6, 4, "https://www.figma.com/design/one?node-id=2-4"),
        (FORMULA, MARKDOWN, "fill", 3, 3, "https://www.figma.com/design/two?node-id=2-3"),
    ]
    assert orphaned_styles.files_referring(None).select(columns).rows() == [
        (FORMULA, MARKDOWN, "text range", 4, 4, "https://www.figma.com/design/two?node-id=2-4")
    ]


def test_files_are_listed_in_their_newest_state_without_branches_and_removed_ones() -> None:
    files = file_growth.files_now(None, "")

    assert files.select("file", "nodes", "added", "growth", "megabytes", "url").rows() == [
        (IMAGE, 150, 50, 0.5, 1.5, "https://www.figma.com/design/one"),
        (FORMULA, 300, -100, -0.25, 3.0, "https://www.figma.com/design/two"),
        ("Kit", 50, None, None, 0.5, "https://www.figma.com/design/kit"),
    ]
    assert file_growth.growth_totals(files) == {
        "files": 3,
        "nodes": 500,
        "megabytes": 5.0,
        "added": -50,
        "grown": 1,
        "shrunk": 1,
        "fastest": 0.5,
        "fastest_file": IMAGE,
    }


def test_a_history_has_every_state_and_tells_files_of_one_name_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = organisation()
    rows["marts.file_growth"].append(rows["marts.file_growth"][4] | {"file_key": "second"})
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    history = file_growth.file_history(["kit", "second", "one"])

    january = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)
    assert history.select("label", "at", "nodes").rows() == [
        (IMAGE, january, 100),
        ("Kit (kit)", january + timedelta(weeks=1), 50),
        ("Kit (second)", january + timedelta(weeks=1), 50),
        (IMAGE, january + timedelta(weeks=4), 150),
    ]
