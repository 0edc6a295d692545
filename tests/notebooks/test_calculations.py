from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import duckdb
import marimo as mo
import polars as pl
import pytest

from figma_warehouse.dashboard import filters, page, summary, tables
from figma_warehouse.dashboard import published_file as warehouse
from notebooks import adoption, component_usage, file_growth, orphaned_styles, overview, unused_and_lost
from notebooks.orphaned_styles import NAMELESS
from tests.dashboard.hostile import ADDRESS, FORMULA, IMAGE, MARKDOWN, NOW, SCRIPT, WEEKS, organisation, write_warehouse

pytestmark = pytest.mark.usefixtures("published")


def usage(
    team: str | None = None,
    folder: str | None = None,
    library: str | None = None,
    search: str = "",
    variants: bool = False,
) -> dict[str, Any]:
    return component_usage.selection(team, folder, library, search, variants)


def found(selected: dict[str, Any]) -> set[str]:
    return set(component_usage.component_ranking(selected, "placements")["component"])


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


def test_a_folder_stands_for_all_in_it_by_their_ids_whatever_their_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = organisation()
    rows["figma.folders"] = [
        {"folder_id": "top", "path": "A%"},
        {"folder_id": "middle", "parent_folder_id": "top", "path": "A% / B_"},
        {"folder_id": "f1", "parent_folder_id": "middle", "path": "A% / B_ / Apps"},
        {"folder_id": "f2", "path": "A% / B_ / Apps"},
        {"folder_id": "bare", "path": "Abc"},
    ]
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert [warehouse.within(folder) for folder in (None, "top", "f1", "bare")] == [
        None,
        ["f1", "middle", "top"],
        ["f1"],
        ["bare"],
    ]
    assert warehouse.folder_names("t2").rows() == [("top", "A%"), ("middle", "A% / B_"), ("f1", "Apps")]
    assert set(warehouse.folder_names()["key"]) == {"top", "middle", "f1", "f2"}
    assert [summary.headline(None, folder)["nodes"] for folder in ("top", "middle", "f2", "bare")] == [150, 150, 350, 0]
    assert found(usage(folder="top")) == {"Button", SCRIPT, ADDRESS}
    assert orphaned_styles.files_referring("s1", None, "top")["key"].to_list() == ["one"]
    assert unused_and_lost.lost_components(None, None, "top", "")["file"].to_list() == [IMAGE]


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


@pytest.mark.parametrize(
    ("measure", "words"),
    [("placements", "6 placements in 2 files"), ("usages", "12 usages in 3 files, its own library included")],
)
def test_the_title_names_the_files_that_hold_what_is_ranked(measure: str, words: str) -> None:
    ranking = component_usage.component_ranking(usage(), measure)

    title = component_usage.ranking_title(ranking.filter(pl.col("component") == "Button"), measure, is_whole=True)

    assert title == f'<bdi class="name">Button</bdi> leads with {words}'


def test_a_team_sees_what_its_own_files_use_and_what_is_published_for_it() -> None:
    ranking = component_usage.component_ranking(usage(team="t2"), "placements")

    assert ranking.select("component", "placements", "files", "url").rows() == [
        ("Button", 4, 1, "https://www.figma.com/design/one?node-id=1-3"),
        (SCRIPT, 1, 1, 'https://www.figma.com/design/one"onmouseover="alert(1)'),
        (ADDRESS, 0, 0, "https://www.figma.com/design/kit?node-id=5-5"),
    ]


def shown_figures(selected: dict[str, Any]) -> dict[str, tuple[str, str]]:
    ranking = component_usage.component_ranking(selected, "placements")
    shown = component_usage.usage_figures(selected, ranking)
    return {figure.label: (figure.value, figure.remark) for figure in shown}


def test_what_is_published_and_used_nowhere_is_what_has_no_usage_outside_its_library() -> None:
    everywhere, in_team = shown_figures(usage()), shown_figures(usage(team="t2"))

    assert everywhere["Components"] == ("4", "a set counts once; 3 published")
    assert everywhere["Files using them"] == ("2", "in 2 teams; own libraries left out")
    assert everywhere["Published, used nowhere"] == ("1", "outside their own library")
    assert in_team["Components"] == ("3", "a set counts once; 2 used here")
    assert in_team["Files using them"] == ("1", "in 1 team; own libraries left out")
    assert in_team["Published, not used here"] == ("1", "by no file of this selection")
    assert shown_figures(usage(variants=True))["Components"] == ("5", "each variant counts; 4 published")


def test_what_is_used_in_its_own_library_only_is_used_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = organisation()
    rows["marts.component_usage"] = [row for row in rows["marts.component_usage"] if row["file_key"] == "kit"]
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    ranking = component_usage.component_ranking(usage(), "placements")

    assert ranking.filter(pl.col("component") == "Button").select("usages", "files").rows() == [(4, 0)]
    assert shown_figures(usage())["Published, used nowhere"] == ("3", "outside their own library")
    assert component_usage.ranking_title(ranking, "placements", is_whole=True) == "No component is placed; 4 usages"
    assert component_usage.ranking_title(ranking, "placements", is_whole=False) == (
        "No component of this selection is placed; 4 usages"
    )


def test_no_component_is_said_to_be_used_only_where_all_were_asked_for() -> None:
    ranking = component_usage.component_ranking(usage(library="kit"), "placements").filter(pl.col("usages") == 0)

    assert component_usage.ranking_title(ranking, "placements", is_whole=True) == "No component is used"
    assert component_usage.ranking_title(ranking.clear(), "placements", is_whole=True) == (
        "No component of this selection is used"
    )


def test_the_files_of_a_component_are_told_from_those_that_place_it() -> None:
    button = component_usage.component_ranking(usage(), "placements").filter(pl.col("component") == "Button")

    assert component_usage.used_in_files(button.row(0, named=True)).startswith(
        "2 files use it, and 2 of them have a placement;"
    )


def test_totals_count_each_file_and_team_once() -> None:
    assert component_usage.usage_totals(usage()) == {
        "components": 4,
        "published": 3,
        "placements": 14,
        "usages": 20,
        "used": 3,
        "files": 2,
        "teams": 2,
    }


@pytest.mark.parametrize(
    ("search", "components"),
    [("button", {"Button"}), ("quiet", {"Button"}), ("<IMG", {IMAGE}), ("(", {IMAGE, SCRIPT}), ("%", set())],
)
def test_a_search_takes_its_words_as_they_are(search: str, components: set[str]) -> None:
    assert found(usage(search=search)) == components


def test_a_library_keeps_only_what_it_publishes() -> None:
    assert found(usage(library="kit")) == {"Button", SCRIPT, ADDRESS}
    assert warehouse.library_names().rows() == [("kit", "Kit")]


def test_the_files_of_a_component_come_with_a_link_into_each() -> None:
    files = component_usage.files_using(usage(), "set-Button")

    assert files.select("file", "note", "team", "placements", "usages", "hidden", "url").rows() == [
        (IMAGE, None, SCRIPT, 4, 6, 1, "https://www.figma.com/design/one?node-id=1-3"),
        (FORMULA, None, MARKDOWN, 2, 2, 0, "https://www.figma.com/design/two?node-id=1-2"),
        ("Kit", "Its own library", MARKDOWN, 0, 4, 0, "https://www.figma.com/design/kit?node-id=1-0"),
    ]


def test_an_unused_component_says_how_long_it_is_published_and_whether_that_is_certain() -> None:
    unused = unused_and_lost.unused_components(None, None, None, "")

    assert unused.select("component", "library", "days_published", "needed", "branches", "certainty").rows() == [
        (ADDRESS, "Kit", 120, "No", 2, "Inconclusive")
    ]
    assert unused_and_lost.age_of_unused(unused) == "1 published for over 90 days"


def unused_variant(key: str, of: str | None, days: float, needed: bool = False) -> dict[str, Any]:
    return {
        "component_key": key,
        "component_name": f"Size={key}",
        "component_set_key": of,
        "component_set_name": of,
        "library_file_key": "kit",
        "team_id": "t1",
        "days_published": days,
        "is_needed_by_unpublished": needed,
        "is_conclusive": True,
    }


def set_reach(name: str, variants: int, used: int, files: int) -> dict[str, Any]:
    return {
        "component_set_key": name,
        "component_set_name": name,
        "library_file_key": "kit",
        "is_published": True,
        "variants_published": variants,
        "variants_used": used,
        "placements": 3 * files,
        "files_using": files,
        "teams_using": min(files, 1),
        "placement_share": files / 10,
        "is_conclusive": True,
    }


@pytest.fixture
def sets(published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001  # set before
    """Date can go whole, Needed only but for a draft; of Old one variant is unused, and one unpublished is in use."""
    unused = [unused_variant("d1", "Date", 90.5), unused_variant("d2", "Date", 40.2), unused_variant("o1", "Old", 9)]
    unused += [unused_variant("n1", "Needed", 5, needed=True), unused_variant("alone", None, 7)]
    reach = [set_reach("Date", 2, 0, 0), set_reach("Old", 2, 2, 4), set_reach("Needed", 1, 0, 0)]
    rows = organisation() | {"marts.unused_components": unused, "marts.component_set_reach": reach}
    rows["figma.component_sets"] = [{"component_set_key": "Date", "file_key": "kit", "node_id": "7:1"}]
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))


@pytest.mark.usefixtures("sets")
def test_a_set_can_go_whole_where_every_published_variant_is_unused_and_nothing_needs_one() -> None:
    found = unused_and_lost.unused_sets(None, None, None, "")

    assert found is not None
    columns = ["component", "variants", "unused", "is_whole", "placements", "files", "days_published", "url"]
    assert found.select(columns).rows() == [
        ("Date", 2, 2, True, 0, 0, 40, "https://www.figma.com/design/kit?node-id=7-1"),
        ("Needed", 1, 1, False, 0, 0, 5, None),
        ("Old", 2, 1, False, 12, 4, 9, None),
    ]


@pytest.mark.usefixtures("sets")
def test_the_title_of_sets_names_what_can_go_whole_and_how_surely() -> None:
    found = unused_and_lost.unused_sets(None, None, None, "")
    assert found is not None
    unsure = found.with_columns(certainty=pl.lit("Inconclusive"))

    assert unused_and_lost.sets_title(found, is_whole=True) == page.named(
        "{} can go whole; 2 more sets have unused variants", "Date"
    )
    assert unused_and_lost.sets_title(unsure.head(2), is_whole=True) == page.named(
        "{} can perhaps go whole; 1 more set has perhaps unused variants", "Date"
    )
    assert unused_and_lost.sets_title(found.tail(1), is_whole=True) == "1 set has unused variants"
    assert unused_and_lost.sets_title(found.clear(), is_whole=True) == "Every variant of every set is used"
    assert unused_and_lost.sets_title(found.clear(), is_whole=False) == "No set with unused variants in this selection"


@pytest.mark.usefixtures("sets")
def test_what_is_unused_stands_alone_makes_up_a_set_or_is_a_variant() -> None:
    unused = unused_and_lost.unused_components(None, None, None, "")
    found = unused_and_lost.unused_sets(None, None, None, "")

    assert unused_and_lost.kinds_of_unused(unused, found) == ["1 single, 1 whole set, 2 variants"]
    assert unused_and_lost.kinds_of_unused(unused, None) == []


@pytest.mark.usefixtures("sets")
@pytest.mark.parametrize(
    ("library", "team", "folder", "search", "names"),
    [
        ("kit", "t1", "f2", "", ["Date", "Needed", "Old"]),
        ("other", None, None, "", []),
        (None, "t2", None, "", []),
        (None, None, "f1", "", []),
        (None, None, None, "date", ["Date"]),
        (None, None, None, "size=o", ["Old"]),
    ],
)
def test_sets_are_narrowed_down_as_their_variants_are(
    library: str | None, team: str | None, folder: str | None, search: str, names: list[str]
) -> None:
    found = unused_and_lost.unused_sets(library, team, folder, search)

    assert found is not None
    assert found["component"].to_list() == names


@pytest.mark.parametrize(
    ("library", "team", "folder", "keys"),
    [
        ("kit", None, None, ["c5"]),
        (None, "t1", None, ["c5"]),
        (None, None, "f2", ["c5"]),
        (None, "t2", None, []),
        (None, None, "f1", []),
    ],
)
def test_what_is_unused_is_that_of_the_team_and_the_folder_that_publish_it(
    library: str | None, team: str | None, folder: str | None, keys: list[str]
) -> None:
    assert unused_and_lost.unused_components(library, team, folder, "")["key"].to_list() == keys


def test_that_all_is_used_or_has_its_source_is_only_said_of_all_there_is() -> None:
    unused = unused_and_lost.unused_components(None, None, None, "zzzz")
    lost = unused_and_lost.lost_components(None, None, None, "zzzz")

    assert unused_and_lost.unused_title(unused, is_whole=False) == "No unused component in this selection"
    assert unused_and_lost.unused_title(unused, is_whole=True) == "Every published component is used"
    assert unused_and_lost.lost_title(lost, is_whole=False) == "No lost instance in this selection"
    assert unused_and_lost.lost_title(lost, is_whole=True) == "No instance has lost its source"
    assert unused_and_lost.has_published()


def test_a_title_is_no_surer_of_what_is_unused_than_its_rows() -> None:
    unused = unused_and_lost.unused_components(None, None, None, "")
    certain = unused.with_columns(certainty=pl.lit("Certain"))

    assert unused_and_lost.unused_title(unused, is_whole=True) == page.named(
        "{} publishes 1 of 1 perhaps unused component", "Kit"
    )
    assert unused_and_lost.unused_title(pl.concat([certain] * 2), is_whole=True) == page.named(
        "{} publishes 2 of the 2 unused components", "Kit"
    )


def test_only_a_page_that_no_filter_narrows_down_speaks_of_the_whole() -> None:
    fresh = warehouse.freshness()
    assert fresh is not None

    assert filters.is_whole(fresh, mo.ui.text(" "), mo.ui.dropdown({"All": None, "One": "1"}, value="All"))
    assert not filters.is_whole(fresh, mo.ui.text("zzzz"))
    assert not filters.is_whole(warehouse.Freshness(NOW, 4, 0, is_conclusive=False), mo.ui.text(""))


def test_small_teams_share_one_part_of_a_bar() -> None:
    by_team = component_usage.usage_by_team(usage(), ["set-Button", "c3"], "placements", teams=0)

    assert by_team.select("component", "label", "amount", "files").rows() == [
        (IMAGE, "Other teams", 7, 1),
        ("Button", "Other teams", 6, 2),
    ]


def test_dangling_styles_come_first_and_references_without_a_key_have_a_name() -> None:
    styles = orphaned_styles.orphaned_styles(None, None, None, None, None, "")

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
        (None, None, None, "t1", [NAMELESS, "s1", "s3", "s4"]),
        (None, None, None, "t2", ["s1"]),
    ],
)
def test_orphans_can_be_narrowed_down(
    kind: str | None, style_type: str | None, library: str | None, team: str | None, keys: list[str]
) -> None:
    assert orphaned_styles.orphaned_styles(kind, style_type, library, team, None, "")["key"].to_list() == keys


def test_a_library_can_be_chosen_on_every_page_though_none_of_its_styles_is_orphaned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = organisation()
    rows["marts.orphaned_styles"] = [
        row | {"defined_in_file_key": "one", "defined_in_file_name": IMAGE} for row in rows["marts.orphaned_styles"]
    ]
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert orphaned_styles.defining_files().rows() == [("one", IMAGE), ("kit", "Kit")]


@pytest.mark.parametrize(
    ("team", "folder", "references", "files", "url"),
    [
        (None, None, 9, 2, "https://www.figma.com/design/one?node-id=2-4"),
        ("t1", None, 3, 1, "https://www.figma.com/design/two?node-id=2-3"),
        ("t2", None, 6, 1, "https://www.figma.com/design/one?node-id=2-4"),
        (None, "f2", 3, 1, "https://www.figma.com/design/two?node-id=2-3"),
    ],
)
def test_the_figures_of_a_dangling_style_are_those_of_the_selected_files(
    team: str | None, folder: str | None, references: int, files: int, url: str
) -> None:
    styles = orphaned_styles.orphaned_styles(None, None, None, team, folder, "").filter(pl.col("key") == "s1")
    referring = orphaned_styles.files_referring("s1", team, folder)

    assert styles.select("references", "files", "url").rows() == [(references, files, url)]
    assert (referring["references"].sum(), referring.height) == (references, files)


@pytest.mark.parametrize(
    ("change", "where", "title"),
    [
        ({}, "", "{} is in no library of this warehouse, and 9 references to it remain"),
        (
            {"certainty": "Certain", "references": 1},
            "in this selection",
            "{} is published no longer, and 1 reference to it remains in this selection",
        ),
        ({"key": NAMELESS, "references": 1}, "", "1 reference names no style"),
    ],
)
def test_a_dangling_style_is_said_to_be_gone_no_surer_than_that_is_known(
    change: dict[str, str | int], where: str, title: str
) -> None:
    first = orphaned_styles.orphaned_styles(None, None, None, None, None, "").row(0, named=True)

    said = orphaned_styles.dangling_title(pl.DataFrame([first | change]), where)

    assert first["certainty"] == "Library unknown"
    assert said == page.named(title, IMAGE)


def test_references_that_name_no_style_can_be_chosen() -> None:
    styles = orphaned_styles.orphaned_styles(None, None, None, None, None, "")

    assert styles["style"][tables.position(styles, NAMELESS) or 0] == "References that name no style"


def test_a_filter_that_leaves_nothing_claims_nothing_of_the_whole() -> None:
    shadows = orphaned_styles.shadow_styles(None, None, "zzzz")
    hardcoded = orphaned_styles.hardcoded_values("none", None, "", None)

    assert orphaned_styles.shadow_title(shadows, is_whole=False) == "No shadow style in this selection"
    assert orphaned_styles.hardcoded_title(hardcoded, is_whole=False) == "Nothing in this selection is set by hand"
    assert orphaned_styles.shadow_title(shadows, is_whole=True) == "No local style shadows a published one"


def test_the_files_that_refer_to_a_style_say_for_what() -> None:
    columns = ["file", "team", "slots", "references", "visible", "url"]

    assert orphaned_styles.files_referring("s1", None, None).select(columns).rows() == [
        (IMAGE, SCRIPT, "fill, stroke", 6, 4, "https://www.figma.com/design/one?node-id=2-4"),
        (FORMULA, MARKDOWN, "fill", 3, 3, "https://www.figma.com/design/two?node-id=2-3"),
    ]
    assert orphaned_styles.files_referring(NAMELESS, None, None).select(columns).rows() == [
        (FORMULA, MARKDOWN, "text range", 4, 4, "https://www.figma.com/design/two?node-id=2-4")
    ]


def test_files_are_listed_in_their_newest_state_without_branches_and_removed_ones() -> None:
    files = file_growth.files_now(None, None, "")

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
        "new": 0,
        "fastest": 0.5,
        "fastest_file": IMAGE,
    }


def test_the_nodes_of_removed_files_are_told_apart_from_what_was_added_and_make_up_the_growth_on_overview() -> None:
    added = file_growth.growth_totals(file_growth.files_now(None, None, ""))["added"]
    removed = file_growth.removed_nodes(None, None, "")

    assert file_growth.added_remark(added, removed) == (
        "-50 in the four weeks before the last run, 60 gone with removed files"
    )
    nodes, growth = (summary.headline(None, None)[name] for name in ("nodes", "growth"))
    assert growth == pytest.approx((added - removed) / (nodes - (added - removed)))
    assert file_growth.removed_nodes(None, None, "kit") == 0
    assert file_growth.added_remark(3, 0) == "+3 in the four weeks before the last run"


def test_the_nodes_of_a_new_file_are_added_and_have_no_growth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = organisation()
    rows["marts.file_growth"] = [
        row | {"nodes_4_weeks_before": 0} if row["file_key"] == "kit" else row for row in rows["marts.file_growth"]
    ]
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    files = file_growth.files_now(None, None, "kit")

    assert files.select("file", "nodes", "added", "growth").rows() == [("Kit", 50, 50, None)]
    assert file_growth.growth_totals(files)["new"] == 1
    assert file_growth.history_title(files) == "No file of this selection has grown in four weeks"


def test_a_history_has_every_state_and_tells_files_of_one_name_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = organisation()
    rows["marts.file_growth"].append(rows["marts.file_growth"][4] | {"file_key": "second"})
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    history = file_growth.file_history(["kit", "second", "one"], None)

    january = datetime(2026, 1, 12, 6, 30, tzinfo=UTC)
    assert history.select("label", "at", "nodes").rows() == [
        (IMAGE, january, 100),
        ("Kit (kit)", january + timedelta(weeks=1), 50),
        ("Kit (second)", january + timedelta(weeks=1), 50),
        (IMAGE, january + timedelta(weeks=4), 150),
    ]


def test_teams_and_stale_files_are_those_of_the_selection() -> None:
    assert overview.teams(None, None).select("team", "files", "current", "nodes", "growth").rows() == [
        (MARKDOWN, 2, 2, 350, -160 / 510),
        (SCRIPT, 2, 1, 150, 0.5),
    ]
    assert overview.stale_files(None, None).select("file", "state").rows() == [("Never loaded", "Never loaded")]
    assert overview.stale_files("t1", None).is_empty()


def test_a_week_counts_from_where_nearly_all_files_are_known() -> None:
    growing = overview.nodes_by_team(None, None, None)

    assert growing.select("label", "week", "nodes", "files").rows() == [
        (SCRIPT, WEEKS[1], 100, 1),
        (MARKDOWN, WEEKS[1], 400, 1),
        (SCRIPT, WEEKS[2], 150, 1),
        (MARKDOWN, WEEKS[2], 300, 1),
    ]
    assert overview.growth_title(growing) == "50 fewer nodes than in the week of 23 February 2026"
    assert overview.nodes_by_team("t2", None, "2026-03-01")["nodes"].to_list() == [150]


def test_changes_of_libraries_are_told_with_what_was_before() -> None:
    assert overview.library_changes(None).select("event", "kind", "item", "before", "library").rows() == [
        ("renamed", "component set", "Button", IMAGE, "Kit"),
        ("published", "component", SCRIPT, None, "Kit"),
    ]
    assert overview.library_changes("2026-02-25").height == 1


def test_the_trend_of_a_set_adds_its_variants_up_where_nearly_all_files_are_known() -> None:
    trend = component_usage.usage_trend("set-Button", None)

    assert trend.select("week", "usages", "placements", "insertions").rows() == [
        (WEEKS[1], 9, 4, 5),
        (WEEKS[2], 11, 6, 2),
    ]
    assert component_usage.trend_title(trend) == "{} gained 2 placements since 23 February"
    assert component_usage.usage_trend("set-Button", "2026-03-01").height == 1


def test_values_of_variants_that_nobody_uses_are_told_apart() -> None:
    values = component_usage.variant_usage("set-Button")

    assert values.select("property", "value", "placements", "usages", "state").rows() == [
        ("Kind", "Primary", 5, 7, "In use"),
        ("Kind", SCRIPT, 0, 0, "Perhaps never used"),
        ("Label", "Any other text", 1, 2, "Not declared"),
    ]
    assert component_usage.variants_title(values) == "1 of the 3 values of its properties is perhaps never used"
    assert component_usage.variants_title(values.with_columns(state=pl.lit("Never used"))) == (
        "3 of the 3 values of its properties are never used"
    )


def test_the_variants_of_a_set_come_with_their_use() -> None:
    variants = component_usage.set_variants("set-Button")

    assert variants.select("variant", "placements", "usages", "files", "state").rows() == [
        ("Kind=Primary", 5, 7, 2, "In use"),
        ("Kind=Quiet", 1, 5, 1, "In use"),
    ]
    assert component_usage.set_title(variants) == "Every variant is used"
    assert component_usage.set_variants("c3").is_empty()


def test_what_depends_on_a_set_is_followed_to_the_end_and_round_in_circles_only_once() -> None:
    dependants = component_usage.component_dependants("set-Button")

    assert dependants.select("component", "depth", "published", "placements", "url").rows() == [
        (SCRIPT, 1, "Yes", 0, "https://www.figma.com/design/kit?node-id=4-4"),
        (IMAGE, 2, "No", 0, "https://www.figma.com/design/kit?node-id=4-3"),
    ]
    assert component_usage.impact("set-Button") == {
        "dependants": 2,
        "placements": 14,
        "files": 2,
        "folders": 2,
        "teams": 2,
    }
    assert component_usage.impact("c2") == {"dependants": 0, "placements": 1, "files": 1, "folders": 1, "teams": 1}


def test_detachments_of_a_set_are_those_of_its_variants_the_latest_first() -> None:
    detached = component_usage.detachments("set-Button", None)

    assert detached.select("layer", "file", "confidence", "frame", "url").rows() == [
        (MARKDOWN, FORMULA, 0.7, "Gone", "https://www.figma.com/design/two?node-id=1-9"),
        (IMAGE, IMAGE, 1.0, "Still there", "https://www.figma.com/design/one?node-id=1-9"),
    ]
    assert component_usage.detachments("c1", f"{WEEKS[2]}").is_empty()
    assert component_usage.detachments("c1", f"{WEEKS[1]}")["layer"].to_list() == [IMAGE]


def test_swaps_are_summed_by_pair_and_linked_to_the_latest_that_is_still_there() -> None:
    columns = ("component_before", "component_after", "swaps", "files", "url")
    picture = ("Button · Kind=Primary", IMAGE, 3, 2, "https://www.figma.com/design/one?node-id=1-1")
    unknown = ("Unknown component", "Button · Kind=Quiet", 1, 1, "https://www.figma.com/design/two?node-id=1-3")

    swapped = component_usage.component_swaps("set-Button", None)

    assert swapped.select(columns).rows() == [picture, unknown]
    assert f"{swapped['swapped_by_at'][0]:%Y-%m-%d}" == f"{WEEKS[2]}"
    assert component_usage.component_swaps("c3", None).select(columns).rows() == [picture]
    assert component_usage.component_swaps("c2", None).select(columns).rows() == [unknown]
    latest = component_usage.component_swaps("c1", f"{WEEKS[2]}")
    assert latest.select("swaps", "url").rows() == [(1, "https://www.figma.com/design/one?node-id=1-2")]
    assert component_usage.component_swaps("c4", None).is_empty()


def test_figmas_count_stands_beside_ours_the_largest_difference_first() -> None:
    counted = component_usage.reconciliation(None, "")

    assert counted.select("component", "figma_usages", "usages", "difference", "library").rows() == [
        (IMAGE, 9, 1, 8, "Kit"),
        ("Button · Kind=Primary", 4, 7, -3, "No longer listed"),
        ("Button · Kind=Quiet", 5, 5, 0, "Kit"),
    ]
    assert component_usage.reconciliation("kit", " QUIET ")["component"].to_list() == ["Button · Kind=Quiet"]
    assert component_usage.reconciliation("other", "").is_empty()
    words = component_usage.reconciliation_words(counted)
    assert "Figma counts 18 usages of these components within the organisation, as read on 2 March 2026" in words
    assert "13 are found here, and 3 more on branches" in words
    assert "lies in drafts, teams that are not loaded and 1 file not scanned is in Figma's count alone" in words
    words = component_usage.reconciliation_words(counted.with_columns(unscanned_files=pl.lit(0)))
    assert "lies in drafts and teams that are not loaded is in Figma's count alone" in words


def test_lost_components_say_what_happened() -> None:
    lost = unused_and_lost.lost_components(None, None, None, "")

    assert lost.select("component", "status", "file", "team", "usages", "certainty").rows() == [
        (MARKDOWN, "unpublished", FORMULA, MARKDOWN, 5, "Inconclusive"),
        ("Old layer", "missing", IMAGE, SCRIPT, 1, "Inconclusive"),
    ]
    assert unused_and_lost.lost_title(lost, is_whole=True) == "6 instances in 2 files have lost their source"
    assert unused_and_lost.lost_title(lost.tail(1), is_whole=True) == "1 instance in 1 file has lost its source"
    private = lost.with_columns(status=pl.lit("private part"))
    assert unused_and_lost.lost_title(pl.concat([lost, private]), is_whole=True) == (
        unused_and_lost.lost_title(lost, is_whole=True)
    )
    assert unused_and_lost.lost_title(private, is_whole=True) == "No instance has lost its source"


def test_shadow_styles_say_in_what_they_are_alike() -> None:
    shadows = orphaned_styles.shadow_styles(None, None, "")

    assert shadows.select("style", "value", "file", "references", "published", "alike").rows() == [
        (IMAGE, "#ff0000ff", FORMULA, 3, "Kit · Red", "value")
    ]
    assert orphaned_styles.shadow_title(shadows, is_whole=True) == (
        "1 local style repeats a published one, with 3 references"
    )


def test_values_set_by_hand_are_summed_over_files_and_say_how_well_the_nearest_fits() -> None:
    hardcoded = orphaned_styles.hardcoded_values(None, None, "", None)

    assert hardcoded.select("value", "occurrences", "files", "nearest", "fit").rows() == [
        ("#ff0000ff", 7, 2, "Red", "Exact"),
        ("Inter 14 400", 2, 1, None, "None"),
    ]


def test_what_is_set_by_hand_is_counted_past_the_rows_that_are_listed() -> None:
    listed = orphaned_styles.hardcoded_values(None, None, "", most=1)

    assert listed["value"].to_list() == ["#ff0000ff"]
    assert orphaned_styles.left_out(listed) == (
        " The 1 most frequent of 2 values are listed; the CSV holds all of them."
    )
    assert orphaned_styles.left_out(orphaned_styles.hardcoded_values(None, None, "", None)) == ""
    assert orphaned_styles.hardcoded_title(listed, is_whole=True) == (
        "9 colours and fonts are set by hand; 7 are the very value of something published"
    )


def test_the_share_of_a_week_is_of_placements_of_published_components_among_those_and_local_ones() -> None:
    weekly = adoption.share_by_week(None)

    assert weekly.select("week", "library", "local", "share").rows() == [
        (WEEKS[1], 4, 4, 0.5),
        (WEEKS[2], 6, 2, 0.75),
    ]
    assert adoption.weekly_title(weekly) == "Instances from the library: from 50.0% to 75.0% since 23 February"


@pytest.mark.parametrize(
    ("shares", "ends"),
    [
        ([0.5, 0.75], [0.45, 0.8]),
        ([0.9, 0.9], [0.895, 0.905]),
        ([0.0, 1.0], [0.0, 1.0]),
        ([None, 0.998], [0.993, 1.0]),
        ([None], [0.0, 1.0]),
    ],
)
def test_the_axis_of_shares_begins_a_little_below_the_least_of_them(
    shares: list[float | None], ends: list[float]
) -> None:
    weekly = pl.DataFrame({"share": pl.Series(shares, dtype=pl.Float64)})

    assert adoption.share_range(weekly) == pytest.approx(ends)


def test_a_state_holds_until_the_last_run() -> None:
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


def test_activity_is_the_state_now_and_the_saves_since() -> None:
    active = file_growth.file_activity(None, None, "", None)

    assert active.select("file", "state", "saved", "sessions", "people").rows() == [
        (IMAGE, "active", 9, 3, 2),
        (FORMULA, "dead", 1, 1, 1),
    ]
    assert file_growth.activity_title(active) == "Files: 1 active, 1 dead"
    assert file_growth.file_activity(None, None, "", "2026-03-01")["saved"].to_list() == [4, 0]


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


def test_shares_are_of_the_sums_of_the_files_in_a_selection() -> None:
    whole = adoption.adoption_of(None, None)

    assert (whole["library_layers"], whole["visible_layers"], whole["layer_share"]) == (70, 200, 0.35)
    assert adoption.adoption_of("t1", None)["layer_share"] == 0.1
    assert adoption.adoption_of("t1", "none")["layer_share"] is None


def test_every_level_of_adoption_lists_its_shares() -> None:
    files = adoption.adoption("file", None, None, "")

    assert files.select("name", "within", "layer_share").rows() == [
        (IMAGE, f"{SCRIPT} / Apps", 0.6),
        (FORMULA, f"{MARKDOWN} / Apps", 0.1),
    ]
    assert adoption.adoption("team", "t1", None, "")["key"].to_list() == ["t1"]
    assert adoption.adoption("folder", None, "f1", "")["name"].to_list() == ["Apps"]


def test_the_title_of_shares_speaks_of_what_the_chart_draws() -> None:
    listed = pl.DataFrame({"name": ["Big", IMAGE, "Small"], "key": list("abc"), "style_share": [0.5, 0.25, 0.9]})

    def titled(most: int) -> str:
        drawn = adoption.drawn_shares(listed, "style_share", most)
        return adoption.share_title(drawn, "style_share", "file", listed.height)

    assert titled(2) == page.named("Styles: from 25% in {} to 50% in {}, of the 2 largest files", IMAGE, "Big")
    assert titled(3) == page.named("Styles: from 25% in {} to 90% in {}", IMAGE, "Small")
    assert titled(0) == "Styles: share by file"


def test_a_chosen_folder_is_shown_as_a_folder() -> None:
    assert [adoption.level_within(level, "f1") for level in ("team", "folder", "file")] == ["folder", "folder", "file"]
    assert adoption.level_within("team", None) == "team"


def test_files_without_a_folder_share_one_row_and_a_team_sees_its_own_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = organisation()
    rows["marts.file_freshness"] = [
        row | {"folder_id": None, "folder_path": None} for row in rows["marts.file_freshness"]
    ]
    write_warehouse(tmp_path / "warehouse.duckdb", rows)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    columns = ["name", "within", "library_layers", "layer_share", "url"]

    assert adoption.adoption("folder", None, None, "").select(columns).rows() == [
        ("In no folder", None, 70, 0.35, "https://www.figma.com/design/two?node-id=9-9")
    ]
    assert adoption.adoption("folder", "t2", None, "").select(columns).rows() == [
        ("In no folder", SCRIPT, 60, 0.6, "https://www.figma.com/design/one?node-id=9-9")
    ]


def test_unused_components_fall_into_ages_by_library() -> None:
    unused = unused_and_lost.unused_components(None, None, None, "")

    assert unused_and_lost.unused_by_age(unused).select("label", "age", "components").rows() == [
        ("Kit", "91 to 180 days", 1)
    ]


def test_an_older_file_without_a_model_is_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_warehouse(tmp_path / "warehouse.duckdb", organisation(), leave_out={"adoption"})
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert not warehouse.has("adoption")
    assert warehouse.has("component_reach", "file_growth")
    assert warehouse.has("file_growth", "file_growth.nodes")
    assert not warehouse.has("file_growth.nodes", "file_growth.weight")


def test_sets_of_an_older_file_are_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_warehouse(tmp_path / "warehouse.duckdb", organisation(), leave_out={"component_set_reach"})
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert unused_and_lost.unused_sets(None, None, None, "") is None


def test_branches_of_an_older_file_are_not_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_warehouse(tmp_path / "warehouse.duckdb", organisation())
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute("alter table marts.unused_components drop column branch_files")
    monkeypatch.setenv("DATA_DIR", str(tmp_path))

    assert unused_and_lost.unused_components(None, None, None, "")["branches"].to_list() == [None]


def test_the_file_chosen_is_drawn_beside_the_fastest() -> None:
    files = pl.DataFrame({"key": list("abcdefg")})

    assert file_growth.drawn_files(files, None) == list("abcde")
    assert file_growth.drawn_files(files, "b") == list("abcde")
    assert file_growth.drawn_files(files, "g") == list("abcdg")
    assert file_growth.drawn_files(files, "unknown") == list("abcde")
