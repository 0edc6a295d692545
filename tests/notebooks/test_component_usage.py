"""The calculations of Component usage: rankings, usage by file and week, variants, dependants, swaps, Figma's count."""

from typing import Any

import polars as pl
import pytest

from figma_warehouse.dashboard.selection import Selection, Span
from notebooks import component_usage
from tests.fixtures.hostile import ADDRESS, FORMULA, IMAGE, MARKDOWN, SCRIPT, WEEKS, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()


def ranked(selected: Selection, measure: str = "placements", each_variant: bool = False) -> pl.DataFrame:
    return component_usage.component_ranking(selected, measure, each_variant)


def found(selected: Selection) -> set[str]:
    return set(ranked(selected)["component"])


def shown_figures(selected: Selection, each_variant: bool = False) -> dict[str, tuple[str, str]]:
    ranking = ranked(selected, each_variant=each_variant)
    figures = component_usage.usage_figures(selected, ranking, each_variant)
    return {figure.label: (figure.value, figure.remark) for figure in figures}


def test_the_variants_of_a_set_are_ranked_together() -> None:
    assert ranked(EVERYTHING).select("component", "library", "placements", "usages", "files", "teams").rows() == [
        (IMAGE, "Not published", 7, 7, 1, 1),
        ("Button", "Kit", 6, 12, 2, 2),
        (SCRIPT, "Kit", 1, 1, 1, 1),
        (ADDRESS, "Kit", 0, 0, 0, 0),
    ]


def test_each_variant_can_be_ranked_on_its_own_by_usages() -> None:
    assert ranked(EVERYTHING, "usages", each_variant=True).select("component", "usages", "files").rows() == [
        (IMAGE, 7, 1),
        ("Button · Kind=Primary", 7, 2),
        ("Button · Kind=Quiet", 5, 1),
        (SCRIPT, 1, 1),
        (ADDRESS, 0, 0),
    ]


@pytest.mark.parametrize(
    ("measure", "words"),
    [("placements", "6 placements; 2 files use it"), ("usages", "12 usages; 2 files use it")],
)
def test_the_title_counts_the_files_that_use_the_first_component(measure: str, words: str) -> None:
    button = ranked(EVERYTHING, measure).filter(pl.col("component") == "Button")

    title = component_usage.ranking_title(button, measure, is_whole=True)

    assert title == f'<bdi class="name">Button</bdi> leads with {words}'


def test_a_team_sees_what_its_own_files_use_and_what_is_published_for_it() -> None:
    assert ranked(Selection(team="t2")).select("component", "placements", "files", "url", "instance").rows() == [
        ("Button", 4, 1, None, "https://www.figma.com/design/one?node-id=1-3"),
        (SCRIPT, 1, 1, None, 'https://www.figma.com/design/one"onmouseover="alert(1)'),
        (ADDRESS, 0, 0, "https://www.figma.com/design/kit?node-id=5-5", None),
    ]


def test_a_published_component_without_a_usage_outside_its_library_is_used_nowhere() -> None:
    everywhere, in_team = shown_figures(EVERYTHING), shown_figures(Selection(team="t2"))

    assert everywhere["Sets and single components"] == ("4", "3 of them published")
    assert everywhere["Files using components"] == ("2", "in 2 teams; own libraries left out")
    assert everywhere["Unused sets and single components"] == ("1", "published, outside their own library")
    assert in_team["Sets and single components"] == ("3", "2 used here")
    assert in_team["Files using components"] == ("1", "in 1 team; own libraries left out")
    assert in_team["Unused sets and single components here"] == (
        "1",
        "published, and by no file of this selection",
    )
    assert shown_figures(EVERYTHING, each_variant=True)["Components"] == ("5", "4 of them published")


def test_a_component_that_only_its_own_library_uses_is_used_nowhere(publish: Publish) -> None:
    rows = organisation()["marts.component_usage"]
    publish({"marts.component_usage": [row for row in rows if row["file_key"] == "kit"]})
    ranking = ranked(EVERYTHING)

    assert ranking.filter(pl.col("component") == "Button").select("usages", "files").rows() == [(4, 0)]
    assert shown_figures(EVERYTHING)["Unused sets and single components"][0] == "3"
    assert component_usage.ranking_title(ranking, "placements", is_whole=True) == "No component is placed; 4 usages"
    assert component_usage.ranking_title(ranking, "placements", is_whole=False) == (
        "No component of this selection is placed; 4 usages"
    )


def test_a_title_says_that_no_component_is_used_only_of_the_whole_organisation() -> None:
    ranking = ranked(Selection(library="kit")).filter(pl.col("usages") == 0)

    assert component_usage.ranking_title(ranking, "placements", is_whole=True) == "No component is used"
    assert component_usage.ranking_title(ranking.clear(), "placements", is_whole=True) == (
        "No component of this selection is used"
    )


def test_the_files_that_use_a_component_and_those_that_place_it_are_counted_apart() -> None:
    button = ranked(EVERYTHING).filter(pl.col("component") == "Button")

    assert component_usage.used_in_files(button.row(0, named=True)).startswith(
        "2 files use it, and 2 of them have a placement. 4 usages in its own library are left out."
    )


def test_totals_count_each_file_and_team_once() -> None:
    assert component_usage.usage_totals(EVERYTHING, each_variant=False) == {
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
def test_a_search_takes_its_words_literally(search: str, components: set[str]) -> None:
    assert found(Selection(search=search)) == components


def test_a_library_keeps_only_what_it_publishes() -> None:
    assert found(Selection(library="kit")) == {"Button", SCRIPT, ADDRESS}


def test_the_files_that_use_a_component_come_with_a_link_into_each() -> None:
    files = component_usage.files_using(EVERYTHING, "set-Button", each_variant=False)

    assert files.select("file", "team", "placements", "usages", "hidden", "url").rows() == [
        (IMAGE, SCRIPT, 4, 6, 1, "https://www.figma.com/design/one?node-id=1-3"),
        (FORMULA, MARKDOWN, 2, 2, 0, "https://www.figma.com/design/two?node-id=1-2"),
    ]


def test_small_teams_share_one_part_of_a_bar() -> None:
    by_team, labels = component_usage.usage_by_team(EVERYTHING, ["set-Button", "c3"], "placements", False, teams=0)

    assert by_team.select("component", "label", "amount", "files").rows() == [
        (IMAGE, "Other teams", 7, 1),
        ("Button", "Other teams", 6, 2),
    ]
    assert labels == ["Other teams"]


def test_the_trend_of_a_set_sums_its_variants_over_the_mostly_scanned_weeks() -> None:
    trend = component_usage.usage_trend(EVERYTHING, "set-Button", None)

    assert trend.select("week", "usages", "placements", "insertions").rows() == [
        (WEEKS[1], 9, 4, 5),
        (WEEKS[2], 11, 6, 2),
    ]
    assert component_usage.trend_title(trend, Span(WEEKS[1])) == "{} gained 2 placements since 1 March"
    assert component_usage.usage_trend(EVERYTHING, "set-Button", "2026-03-01").height == 1


def test_a_property_value_has_a_state_of_its_use() -> None:
    values = component_usage.property_values("set-Button")

    assert values.select("property", "value", "placements", "usages", "state").rows() == [
        ("Kind", "Primary", 5, 7, "In use"),
        ("Kind", SCRIPT, 0, 0, "Perhaps never used"),
        ("Label", "Any other text", 1, 2, "Not declared"),
    ]
    assert component_usage.values_title(values) == "1 of the 3 values of its properties is perhaps never used"
    assert component_usage.values_title(values.with_columns(state=pl.lit("Never used"))) == (
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


def test_dependants_of_a_set_are_followed_to_any_depth_and_through_cycles_once() -> None:
    dependants = component_usage.component_dependants("set-Button")

    assert dependants.select("component", "depth", "published", "placements", "instance").rows() == [
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
    detached = component_usage.detachments(EVERYTHING, "set-Button", None)

    assert detached.select("layer", "file", "confidence", "frame", "url").rows() == [
        (MARKDOWN, FORMULA, 0.7, "Gone", "https://www.figma.com/design/two?node-id=1-9"),
        (IMAGE, IMAGE, 1.0, "Still there", "https://www.figma.com/design/one?node-id=1-9"),
    ]
    assert component_usage.detachments(EVERYTHING, "c1", f"{WEEKS[2]}").is_empty()
    assert component_usage.detachments(EVERYTHING, "c1", f"{WEEKS[1]}")["layer"].to_list() == [IMAGE]


def test_swaps_are_summed_by_pair_and_linked_to_the_latest_that_still_exists() -> None:
    columns = ("component_before", "component_after", "swaps", "files", "url")
    picture = ("Button · Kind=Primary", IMAGE, 3, 2, "https://www.figma.com/design/one?node-id=1-1")
    unknown = ("Unknown component", "Button · Kind=Quiet", 1, 1, "https://www.figma.com/design/two?node-id=1-3")

    swapped = component_usage.component_swaps(EVERYTHING, "set-Button", None)

    assert swapped.select(columns).rows() == [picture, unknown]
    assert f"{swapped['swapped_by_at'][0]:%Y-%m-%d}" == f"{WEEKS[2]}"
    assert component_usage.component_swaps(EVERYTHING, "c3", None).select(columns).rows() == [picture]
    assert component_usage.component_swaps(EVERYTHING, "c2", None).select(columns).rows() == [unknown]
    latest = component_usage.component_swaps(EVERYTHING, "c1", f"{WEEKS[2]}")
    assert latest.select("swaps", "url").rows() == [(1, "https://www.figma.com/design/one?node-id=1-2")]
    assert component_usage.component_swaps(EVERYTHING, "c4", None).is_empty()


def test_figmas_count_stands_beside_ours_the_largest_difference_first() -> None:
    counted = component_usage.reconciliation(EVERYTHING)

    assert counted.select("component", "figma_usages", "usages", "difference", "library").rows() == [
        (IMAGE, 9, 1, 8, "Kit"),
        ("Button · Kind=Primary", 4, 7, -3, "No longer listed"),
        ("Button · Kind=Quiet", 5, 5, 0, "Kit"),
    ]
    assert component_usage.reconciliation(Selection(library="kit", search=" QUIET "))["component"].to_list() == [
        "Button · Kind=Quiet"
    ]
    assert component_usage.reconciliation(Selection(library="other")).is_empty()


def test_the_words_about_figmas_count_say_where_the_difference_may_come_from() -> None:
    counted = component_usage.reconciliation(EVERYTHING)

    words = component_usage.reconciliation_words(counted)
    without_unscanned = component_usage.reconciliation_words(counted.with_columns(unscanned_files=pl.lit(0)))

    assert "Figma counts 18 usages of these components in the organisation, as of 00:00 UTC" in words
    assert "read on 2 March 2026. This warehouse has 13, and 3 more on branches." in words
    assert "count includes drafts, teams that are not loaded and 1 file not scanned;" in words
    assert "count includes drafts and teams that are not loaded;" in without_unscanned


def chosen(**values: Any) -> dict[str, Any]:
    return {"files": 1, "files_with_placements": 0, "usages_at_home": 0} | values


def test_one_file_that_uses_a_component_is_told_in_the_singular() -> None:
    words = component_usage.used_in_files(chosen(files_with_placements=1))

    assert words.startswith("1 file uses it, and 1 of them has a placement.")
