from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path

import polars as pl
import pytest

from notebooks import adoption, component_usage, file_growth, orphaned_styles, overview, unused_and_lost
from notebooks.parts import published as warehouse
from tests.notebooks.hostile import ADDRESS, FORMULA, IMAGE, MARKDOWN, NOW, SCRIPT, WEEKS, organisation, write_warehouse

pytestmark = pytest.mark.usefixtures("published")


def usage(
    team: str | None = None,
    folder: str | None = None,
    library: str | None = None,
    search: str = "",
    variants: bool = False,
) -> dict[str, str | bool | None]:
    return component_usage.selection(team, folder, library, search, variants)


def found(selected: dict[str, str | bool | None]) -> set[str]:
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
    ("measure", "words"), [("placements", "6 placements in 2 files"), ("usages", "12 usages in 3 files")]
)
def test_the_title_names_the_files_that_hold_what_is_ranked(measure: str, words: str) -> None:
    ranking = component_usage.component_ranking(usage(), measure)

    title = component_usage.ranking_title(ranking.filter(pl.col("component") == "Button"), measure)

    assert title == f'<bdi class="name">Button</bdi> leads with {words}'


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

    assert files.select("file", "team", "placements", "usages", "hidden", "url").rows() == [
        (IMAGE, SCRIPT, 4, 6, 1, "https://www.figma.com/design/one?node-id=1-3"),
        (FORMULA, MARKDOWN, 2, 2, 0, "https://www.figma.com/design/two?node-id=1-2"),
        ("Kit", MARKDOWN, 0, 4, 0, "https://www.figma.com/design/kit?node-id=1-0"),
    ]


def test_an_unused_component_says_how_long_it_is_published_and_whether_that_is_certain() -> None:
    unused = unused_and_lost.unused_components(None, None, "")

    assert unused.select("component", "library", "days_published", "needed", "certainty").rows() == [
        (ADDRESS, "Kit", 120, "No", "Inconclusive")
    ]
    assert unused_and_lost.age_of_unused(unused) == "1 published for over 90 days"


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
        (None, None, None, "t1", ["s1", None, "s4"]),
        (None, None, None, "t2", ["s1"]),
    ],
)
def test_orphans_can_be_narrowed_down(
    kind: str | None, style_type: str | None, library: str | None, team: str | None, keys: list[str | None]
) -> None:
    assert orphaned_styles.orphaned_styles(kind, style_type, library, team, None, "")["key"].to_list() == keys


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
    assert component_usage.variants_title(values) == "1 of the 3 values of its properties is never used"


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


def test_lost_components_say_what_happened() -> None:
    lost = unused_and_lost.lost_components(None, None, None, "")

    assert lost.select("component", "status", "file", "team", "usages", "certainty").rows() == [
        (MARKDOWN, "unpublished", FORMULA, MARKDOWN, 5, "Inconclusive"),
        ("Old layer", "missing", IMAGE, SCRIPT, 1, "Inconclusive"),
    ]
    assert unused_and_lost.lost_title(lost) == "6 instances in 2 files have lost their source"


def test_shadow_styles_say_in_what_they_are_alike() -> None:
    shadows = orphaned_styles.shadow_styles(None, None, "")

    assert shadows.select("style", "value", "file", "references", "published", "alike").rows() == [
        (IMAGE, "#ff0000ff", FORMULA, 3, "Kit · Red", "value")
    ]
    assert orphaned_styles.shadow_title(shadows) == "1 local style repeats a published one, with 3 references"


def test_values_set_by_hand_are_summed_over_files_and_say_how_well_the_nearest_fits() -> None:
    hardcoded = orphaned_styles.hardcoded_values(None, None, "")

    assert hardcoded.select("value", "occurrences", "files", "nearest", "fit").rows() == [
        ("#ff0000ff", 7, 2, "Red", "Exact"),
        ("Inter 14 400", 2, 1, None, "None"),
    ]


def test_what_is_set_by_hand_is_counted_past_the_rows_that_are_listed() -> None:
    listed = orphaned_styles.hardcoded_values(None, None, "", most=1)

    assert listed["value"].to_list() == ["#ff0000ff"]
    assert orphaned_styles.hardcoded_title(listed) == (
        "9 colours and fonts are set by hand; 7 are the very value of something published"
    )


def test_the_share_of_a_week_is_of_placements_of_published_components_among_those_and_local_ones() -> None:
    weekly = adoption.share_by_week(None)

    assert weekly.select("week", "library", "local", "share").rows() == [
        (WEEKS[1], 4, 4, 0.5),
        (WEEKS[2], 6, 2, 0.75),
    ]
    assert adoption.weekly_title(weekly) == "Instances from the library: from 50.0% to 75.0% since 23 February"


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
    assert adoption.share_title(files, "layer_share", "file").startswith("From 10% in <bdi")


def test_unused_components_fall_into_ages_by_library() -> None:
    unused = unused_and_lost.unused_components(None, None, "")

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


def test_the_file_chosen_is_drawn_beside_the_fastest() -> None:
    files = pl.DataFrame({"key": list("abcdefg")})

    assert file_growth.drawn_files(files, None) == list("abcde")
    assert file_growth.drawn_files(files, "b") == list("abcde")
    assert file_growth.drawn_files(files, "g") == list("abcdg")
    assert file_growth.drawn_files(files, "unknown") == list("abcde")
