"""The calculations of Tokens: what is bound, by team and by use, stale bindings, values that could be bound."""

from collections import Counter

import polars as pl
import pytest

from figma_warehouse.dashboard import key_figures, page
from figma_warehouse.dashboard.selection import Selection
from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import Truth
from notebooks import tokens
from tests.fixtures.hostile import FORMULA, IMAGE, MARKDOWN, SCRIPT, VARIABLE, organisation
from tests.fixtures.published import Publish
from tests.fixtures.sample_organisations import sample_organisation

EVERYTHING = Selection()
LOCAL = "VariableID:1:2"
NODE = "https://www.figma.com/design/two?node-id=3-3"


@pytest.fixture(scope="module")
def truth() -> Truth:
    """What must hold for the sample organisation, computed from the organisation itself."""
    return sample_organisation(21).truth()


@pytest.fixture
def sampled(sample: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    """The calculations read the loaded sample organisation."""
    monkeypatch.setenv("DATA_DIR", str(sample.root))


@pytest.mark.usefixtures("sampled")
def test_the_variables_of_the_sample_organisation_are_those_that_it_binds(truth: Truth) -> None:
    variables = tokens.bound_variables(EVERYTHING, None)

    columns = ["key", "bindings", "visible", "files", "teams", "preview"]
    assert {row[0]: row[1:] for row in variables.select(columns).iter_rows()} == {
        key or f"{file} {local_id}": reach for (key, file, local_id), reach in truth.variable_reach.items()
    }
    assert variables["bindings"].is_sorted(descending=True)


@pytest.mark.usefixtures("sampled")
def test_the_bindings_of_each_use_are_those_of_the_sample_organisation(truth: Truth) -> None:
    by_use, fills = Counter[str](), Counter[str]()
    for (file, key, local_id, kind), counts in truth.variable_usage.items():
        by_use[kind] += counts.bindings
        if kind == "fill":
            fills[key or f"{file} {local_id}"] += counts.bindings
    assert len(by_use) > 2

    found = tokens.bindings_by_use(EVERYTHING, None).group_by("use").agg(pl.col("bindings").sum())

    assert {use.lower().replace(" ", "_"): amount for use, amount in found.iter_rows()} == by_use
    assert set(tokens.uses().values()) == {None, *by_use}
    listed = tokens.bound_variables(EVERYTHING, "fill")
    assert dict(listed.select("key", "bindings").iter_rows()) == fills
    first = listed["key"].item(0)
    assert dict(tokens.files_binding(EVERYTHING, "fill", first).select("key", "bindings").iter_rows()) == {
        file: counts.bindings
        for (file, key, _, kind), counts in truth.variable_usage.items()
        if (key, kind) == (first, "fill")
    }


@pytest.mark.usefixtures("sampled")
def test_the_slots_of_each_kind_and_team_are_those_of_the_sample_organisation(truth: Truth) -> None:
    by_slot = tokens.slots_by_team(EVERYTHING)

    columns = ["key", "slots", "variable_slots", "style_slots", "local_style_slots", "hand_slots"]
    assert {row[0]: row[1:] for row in by_slot.select(columns).iter_rows()} == {
        f"{kind} {id_}": counts
        for (level, id_, kind), counts in truth.slot_adoption.items()
        if level == "team" and counts.slots
    }
    assert by_slot["by_hand"].is_sorted(descending=True)
    whole = [counts for (level, *_), counts in truth.slot_adoption.items() if level == "organisation"]
    bound = sum(counts.variable_slots + counts.style_slots for counts in whole)
    slots = sum(counts.slots for counts in whole)
    assert tokens.slot_title(by_slot).startswith(f"{bound / slots:.1%} of {slots:,} slots have a token; most often")


@pytest.mark.usefixtures("sampled")
def test_the_stale_bindings_are_those_of_the_sample_organisation(truth: Truth) -> None:
    stale = tokens.stale_bindings(EVERYTHING)

    columns = ["variable", "file_key", "suffix", "bindings", "visible", "nodes", "recent_suffix"]
    expected = {place: row for place, row in truth.stale_bindings.items() if row.is_stale}
    assert {row[:3]: row[3:] for row in stale.select(columns).iter_rows()} == {
        place: row[:4] for place, row in expected.items()
    }
    assert tokens.stale_title(stale, is_whole=True) == (
        f"{sum(row.bindings for row in expected.values()):,} bindings are probably to an earlier publication: "
        f"of {len({key for key, _, _ in expected})} variables in {len({file for _, file, _ in expected})} files"
    )


@pytest.mark.usefixtures("sampled")
def test_the_shares_and_hard_coded_values_of_a_team_are_those_of_the_sample_organisation(truth: Truth) -> None:
    by_team = tokens.shares_by_team(EVERYTHING)

    teams = {team: sums for (level, team), sums in truth.adoption.items() if level == "team"}
    columns = ["key", "text_share", "fill_share", "style_share", "slots"]
    assert {row[0]: row[1:] for row in by_team.select(columns).iter_rows()} == {
        team: (
            pytest.approx(sums.bound_text_slots / sums.text_slots),
            pytest.approx(sums.bound_fill_slots / sums.fill_slots),
            pytest.approx((sums.bound_text_slots + sums.bound_fill_slots) / (sums.text_slots + sums.fill_slots)),
            sums.text_slots + sums.fill_slots,
        )
        for team, sums in teams.items()
    }
    times = sum(counts.occurrences for counts in truth.hardcoded_values.values())
    assert by_team["by_hand"].sum() == tokens.hardcoded_times(EVERYTHING) == times


@pytest.mark.usefixtures("sampled")
def test_every_published_value_that_is_hard_coded_in_the_sample_organisation_could_be_bound(truth: Truth) -> None:
    bindable = tokens.bindable_values(EVERYTHING, None)

    published = {value for value, _ in truth.palette}
    fonts = {
        (file, value): counts.texts
        for (file, kind, value), counts in truth.hardcoded_values.items()
        if kind == "font" and value in published
    }
    found = bindable.filter(pl.col("kind") == "Font", pl.col("fit") == "Exact")
    assert {tuple(key.split(" font ")): times for key, times in found.select("key", "occurrences").iter_rows()} == fonts
    assert set(bindable["fit"]) == {"Exact", "Looks the same"}
    assert tokens.times_in_all(tokens.bindable_values(EVERYTHING, 1)) == bindable["occurrences"].sum()


@pytest.mark.usefixtures("published")
def test_a_variable_of_a_library_is_one_row_and_a_local_one_is_a_row_of_its_file() -> None:
    variables = tokens.bound_variables(EVERYTHING, None)

    columns = ["variable", "defined_in", "bindings", "visible", "files", "teams", "uses", "preview"]
    assert variables.select(columns).rows() == [
        (VARIABLE, "A library", 10, 7, 2, 2, "fill, stroke weight", "#42c99bff"),
        (SCRIPT, "A library", 4, 4, 1, 1, "spacing", None),
        (LOCAL, IMAGE, 2, 2, 1, 1, "radius", None),
        (LOCAL, FORMULA, 1, 1, 1, 1, "radius", None),
    ]
    assert tokens.local_variables(variables) == "2 local to a file"
    assert set(tokens.variable_headings(variables)) == set(tokens.VARIABLES)
    assert tokens.variables_title(variables, is_whole=True) == page.named(
        "{} leads with 10 bindings in 2 files", "06de9944…"
    )


def test_a_variable_is_shown_by_its_name_if_one_is_loaded_and_is_still_found_by_its_key(publish: Publish) -> None:
    rows, value = organisation(), {"collection_modes": 2, "default_alias_name": SCRIPT}
    for mart, more in (("marts.variable_usage", value), ("marts.stale_bindings", {})):
        rows[mart] = [
            row | {"variable_name": MARKDOWN} | more if row["variable_key"] == VARIABLE else row for row in rows[mart]
        ]
    publish(rows)
    (row,) = tokens.bound_variables(Selection(search=VARIABLE), None).rows(named=True)
    assert (row["variable"], row["key"]) == (MARKDOWN, VARIABLE)
    assert (row["collection"], row["default_value"], row["modes"]) == (None, f"→ {SCRIPT}", 2)
    assert [*tokens.variable_headings(tokens.bound_variables(EVERYTHING, None))][:4] == ["variable", *tokens.NAMED]
    assert set(tokens.stale_bindings(Selection(search=VARIABLE))["variable"]) == {MARKDOWN}


@pytest.mark.usefixtures("published")
def test_a_file_without_names_of_variables_tells_of_no_unused_ones() -> None:
    assert not tokens.has_names()


def test_unused_variables_are_listed_by_collection_and_name_if_names_are_loaded(publish: Publish) -> None:
    place = {"file_key": "two", "file_name": IMAGE, "team_id": "t1", "is_published": True, "resolved_type": "COLOR"}
    named = {"variable_id": "VariableID:9:1", "variable_name": SCRIPT, "collection_name": "b", "is_conclusive": True}
    other = {"variable_id": "VariableID:9:2", "variable_name": MARKDOWN, "collection_name": "A", "is_conclusive": False}
    publish(organisation() | {"marts.unused_variables": [place | named, place | other]})

    unused = tokens.unused_variables(EVERYTHING)

    assert tokens.has_names()
    assert unused.select("variable", "type", "file", "is_published", "certainty").rows() == [
        (MARKDOWN, "Color", IMAGE, "Yes", "Inconclusive"),
        (SCRIPT, "Color", IMAGE, "Yes", "Certain"),
    ]
    assert tokens.unused_title(unused, is_whole=True) == "Nothing perhaps uses 2 variables of 1 file"
    (row,) = tokens.unused_variables(Selection(search=SCRIPT)).rows(named=True)
    assert row["url"] == "https://www.figma.com/design/two"
    assert tokens.unused_variables(Selection(team="t2")).is_empty()


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("selected", "use", "bindings"),
    [
        (Selection(team="t1"), None, {SCRIPT: 4, VARIABLE: 3, LOCAL: 1}),
        (Selection(folder="f1"), None, {VARIABLE: 7, LOCAL: 2}),
        (Selection(search="06de99443cc1400625bacdc781d5d0aa11bb22cc"), None, {VARIABLE: 10}),
        (Selection(search="hyperlink"), "fill", {VARIABLE: 3}),
        (EVERYTHING, "stroke_weight", {VARIABLE: 1}),
        (Selection(team="none"), None, {}),
    ],
)
def test_variables_and_uses_are_those_of_the_selection(
    selected: Selection, use: str | None, bindings: dict[str, int]
) -> None:
    assert dict(tokens.bound_variables(selected, use).select("variable", "bindings").iter_rows()) == bindings
    assert tokens.bindings_by_use(selected, use)["bindings"].sum() == sum(bindings.values())


@pytest.mark.usefixtures("published")
def test_the_files_that_bind_a_variable_say_what_it_gives_and_link_to_a_node() -> None:
    columns = ["file", "team", "bindings", "visible", "uses", "url"]

    assert tokens.files_binding(EVERYTHING, None, VARIABLE).select(columns).rows() == [
        (IMAGE, SCRIPT, 7, 4, "fill, stroke weight", "https://www.figma.com/design/one?node-id=6-6"),
        (FORMULA, MARKDOWN, 3, 3, "fill", "https://www.figma.com/design/two?node-id=6-3"),
    ]
    assert tokens.files_binding(EVERYTHING, None, f"two {LOCAL}")["file"].to_list() == [FORMULA]


@pytest.mark.usefixtures("published")
def test_only_bindings_to_another_publication_than_the_newest_are_stale() -> None:
    stale = tokens.stale_bindings(EVERYTHING)

    columns = ["variable", "file", "team", "bindings", "suffix", "recent_suffix", "certainty", "preview", "url"]
    assert stale.select(columns).rows() == [
        (VARIABLE, FORMULA, MARKDOWN, 3, "1:1", "2:1", "Inconclusive", "#42c99bff", NODE)
    ]
    assert tokens.stale_title(stale, is_whole=True) == (
        "3 bindings are probably to an earlier publication: of 1 variable in 1 file"
    )
    assert tokens.stale_bindings(Selection(team="t2")).is_empty()


@pytest.mark.usefixtures("published")
def test_the_title_of_the_shares_names_the_teams_with_the_lowest_and_the_highest() -> None:
    by_team = tokens.shares_by_team(EVERYTHING)
    share = key_figures.adoption(EVERYTHING)["style_share"]

    columns = ["team", "text_share", "fill_share", "style_share", "slots", "by_hand", "url"]
    assert by_team.select(columns).rows() == [
        (SCRIPT, 0.6, 0.5, 0.55, 20, 4, "https://www.figma.com/design/one?node-id=3-3"),
        (MARKDOWN, 0.1, 0.5, 0.3, 20, 8, NODE),
    ]
    assert tokens.share_title(by_team, share) == page.named(
        "42.5% of fills and texts have a style or a variable: from 30.0% in {} to 55.0% in {}", MARKDOWN, SCRIPT
    )
    assert tokens.share_title(by_team.head(1), 0.55) == "55.0% of fills and texts have a style or a variable"


def test_a_team_without_fills_and_texts_has_no_share(publish: Publish) -> None:
    shares = organisation()["marts.adoption"]
    none = dict.fromkeys(("text_slots", "bound_text_slots", "fill_slots", "bound_fill_slots"), 0)
    publish({"marts.adoption": [row | none for row in shares]})

    by_team = tokens.shares_by_team(EVERYTHING)

    assert by_team.is_empty()
    assert tokens.share_title(by_team, key_figures.adoption(EVERYTHING)["style_share"]) == (
        "No fill and no text in this selection"
    )


def test_a_hard_coded_value_could_be_bound_if_it_equals_a_published_one_or_looks_the_same(publish: Publish) -> None:
    first, second, font, gap = organisation()["marts.hardcoded_values"]
    near = first | {"value": "#ff0100ff", "fit": "looks the same", "nearest_name": None, "nearest_key": VARIABLE}
    far = [second | {"value": "#123456ff", "fit": fit, "file_key": fit} for fit in ("near", "far", "none")]
    publish({"marts.hardcoded_values": [first, near, *far, font, gap]})

    bindable = tokens.bindable_values(EVERYTHING, None)

    assert bindable.select("value", "kind", "occurrences", "nearest", "nearest_value", "fit", "file").rows() == [
        ("#ff0000ff", "Colour", 4, "Red", None, "Exact", IMAGE),
        ("#ff0100ff", "Colour", 4, VARIABLE, None, "Looks the same", IMAGE),
        ("8 px", "Spacing", 3, VARIABLE, "8 px", "Exact", FORMULA),
    ]
    assert tokens.bindable_title(bindable, is_whole=True) == "11 hard-coded values could be bound"
    assert tokens.times_in_all(tokens.bindable_values(EVERYTHING, 1), "values_in_all") == 3


@pytest.mark.usefixtures("published")
def test_a_title_speaks_of_everything_only_if_everything_is_selected() -> None:
    nothing = Selection(search="zzzz")
    variables, stale = tokens.bound_variables(nothing, None), tokens.stale_bindings(nothing)
    bindable = tokens.bindable_values(nothing, None)

    assert tokens.variables_title(variables, is_whole=False) == "No variable in this selection"
    assert tokens.variables_title(variables, is_whole=True) == "No file binds a variable"
    assert tokens.stale_title(stale, is_whole=False) == "No stale binding in this selection"
    assert tokens.stale_title(stale, is_whole=True) == "No binding is stale"
    assert tokens.bindable_title(bindable, is_whole=False) == (
        "No hard-coded value looks like a published one in this selection"
    )
    assert tokens.bindable_title(bindable, is_whole=True) == "No hard-coded value looks like a published one"
    assert tokens.use_title(tokens.bindings_by_use(nothing, None)) == "No binding in this selection"


@pytest.mark.usefixtures("published")
def test_the_title_of_uses_says_what_variables_give_most_often() -> None:
    assert tokens.use_title(tokens.bindings_by_use(EVERYTHING, None)) == "Fill: 9 of 17 bindings"
    assert tokens.use_title(tokens.bindings_by_use(EVERYTHING, "spacing")) == "Spacing: all 4 bindings"
    assert tokens.use_title(tokens.bindings_by_use(EVERYTHING, "stroke_weight")) == "Stroke weight: 1 binding"
