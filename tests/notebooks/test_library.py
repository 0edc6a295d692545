"""The calculations of Library: users, deprecated items, changes by day, findings, heavy sets, overrides."""

from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest

from figma_warehouse.dashboard import filters, page, selection
from figma_warehouse.dashboard.selection import Selection
from figma_warehouse.data_dir import DataDir
from figma_warehouse.sandbox import Truth
from notebooks import library
from tests.fixtures.hostile import ADDRESS, FORMULA, IMAGE, KIT, MARKDOWN, NOW, SCRIPT, organisation
from tests.fixtures.published import Publish
from tests.fixtures.sample_organisations import sample_organisation

KIT_ALONE = Selection(library="kit")
PLACEMENT = "https://www.figma.com/design/one?node-id=8-3"


@pytest.fixture(scope="module")
def truth() -> Truth:
    """What must hold for the sample organisation, computed from the organisation itself."""
    return sample_organisation(21).truth()


@pytest.fixture
def libraries(sample: DataDir, monkeypatch: pytest.MonkeyPatch) -> list[Selection]:
    """The libraries of the loaded sample organisation, which the calculations read."""
    monkeypatch.setenv("DATA_DIR", str(sample.root))
    return [Selection(library=key) for key in selection.libraries_by_use()["key"]]


def test_the_libraries_of_the_sample_organisation_and_their_users_are_those_that_it_has(
    truth: Truth, libraries: list[Selection]
) -> None:
    columns = ["placements", "usages", "in_definitions", "components", "references", "styles"]
    found = {
        (one.library, row[0]): row[1:]
        for one in libraries
        for row in library.users_of(one).select("key", *columns).iter_rows()
    }

    assert found == {
        (of, file): (*use[:4], use.style_references, use.styles_used)
        for (of, file), use in truth.library_usage.items()
        if of is not None
    }
    sizes = [library.users_of(one).height for one in libraries]
    assert sizes == sorted(sizes, reverse=True)
    assert {one.library for one in libraries} == {of for of, _ in truth.library_usage if of is not None}


def test_the_deprecated_items_of_the_sample_organisation_count_each_usage_once(
    truth: Truth, libraries: list[Selection]
) -> None:
    found = pl.concat([library.deprecated_uses(one) for one in libraries])

    homes = {one.library for one in libraries}
    uses = {place: use for place, use in truth.deprecated_usage.items() if place[2] not in homes}
    columns = ["key", "named_in", "replacement_key", "usages", "placements", "in_definitions"]
    rows = {row[0]: row[1:] for row in found.select(columns).iter_rows()}
    # the variants of the sample's only deprecated set are the only deprecated components
    assert rows == {" ".join(place): tuple(use) for place, use in uses.items() if place[0] != "component"}
    instances = sum(use.usages for (kind, *_), use in uses.items() if kind == "component")
    assert found.filter(pl.col("kind") != "Style")["usages"].sum() == instances
    assert found.filter(pl.col("kind") != "Style")["replacement_url"].null_count() == 0


def test_the_findings_of_the_sample_organisation_are_those_that_it_has(
    truth: Truth, libraries: list[Selection]
) -> None:
    findings = pl.concat([library.hygiene_findings(one) for one in libraries])

    assert set(findings["key"]) == {" ".join(filter(None, finding)) for finding in truth.library_hygiene}
    assert findings.height == len(truth.library_hygiene)
    assert set(findings["problem"]) <= set(library.PROBLEMS.values())


def test_the_copies_of_the_sample_organisation_are_those_that_it_has(truth: Truth, libraries: list[Selection]) -> None:
    copies = pl.concat([library.copies_of(one) for one in libraries])

    found = {row[0]: row[1:] for row in copies.select("key", "component_key", "usages", "placements").iter_rows()}
    assert found == {
        " ".join(place): (copy.published_key, copy.usages, copy.placements)
        for place, copy in truth.shadow_components.items()
    }


def test_the_sets_and_overrides_of_the_sample_organisation_are_those_that_it_has(
    truth: Truth, libraries: list[Selection]
) -> None:
    weights = pl.concat([library.set_weights(one) for one in libraries])
    overridden = pl.concat([library.overridden_components(one) for one in libraries])

    columns = ["key", "variants", "nodes_of_variants", "usages", "nodes_brought_median", "nodes_brought"]
    assert {row[0]: row[1:] for row in weights.select(columns).iter_rows()} == {
        item.key: truth.set_weight[item.key] for item in sample_organisation(21).published("component_sets")
    }
    counts = {
        key: (override.placements, override.placements_overriding_any)
        for (key, _), override in truth.component_overrides.items()
        if key in truth.published_components
    }
    rows = {row[0]: row[1:] for row in overridden.select("key", "placements", "overridden").iter_rows()}
    assert {key: row for key, row in rows.items() if key in truth.published_components} == counts
    first = overridden.row(0, named=True)
    shares = {
        field: override.placements_overriding / override.placements
        for (key, field), override in truth.component_overrides.items()
        if key == first["key"]
    }
    named = sorted(shares, key=lambda field: (-shares[field], field))[:3]
    assert [words.split(" ")[0] for words in first["fields"].split(", ")] == named


def test_the_changes_of_a_day_are_those_of_the_list(libraries: list[Selection]) -> None:
    for one in libraries:
        days, changes = library.publication_days(one, None), library.library_changes(one, None)
        by_day = changes.group_by(pl.col("happened_at").dt.truncate("1d")).len()
        assert dict(days.select("day", "changes").iter_rows()) == dict(by_day.iter_rows())
        assert days.select(pl.sum_horizontal(library.EVENTS)).to_series().to_list() == days["changes"].to_list()


@pytest.mark.usefixtures("published")
def test_a_library_is_chosen_from_all_files_that_publish_the_most_used_first() -> None:
    assert selection.libraries_by_use().rows() == [("kit", "Kit")]
    names = pl.DataFrame({"key": ["a", "b", "c"], "name": ["Kit", "Kit", IMAGE]})
    assert filters.options_of(names, None) == {"Kit (a)": "a", "Kit (b)": "b", IMAGE: "c"}


def test_a_library_that_publishes_only_styles_can_be_chosen(publish: Publish) -> None:
    uses, changes = organisation()["marts.library_usage"], organisation()["marts.library_changes"]
    publish(
        {
            "marts.library_usage": [*uses, *(row | {"library_file_key": "one"} for row in uses)],
            "marts.library_changes": [*changes, changes[0] | {"library_file_key": "one", "kind": "style"}],
        }
    )

    assert selection.libraries_by_use().rows() == [("one", IMAGE), ("kit", "Kit")]


@pytest.mark.usefixtures("published")
def test_the_users_of_a_library_are_the_files_of_the_selection() -> None:
    users = library.users_of(KIT_ALONE)

    columns = ["file", "team", "placements", "usages", "components", "in_definitions", "references", "styles"]
    assert users.select(columns).rows() == [
        (FORMULA, MARKDOWN, 7, 7, 1, 3, 0, 0),
        (IMAGE, SCRIPT, 4, 6, 2, 0, 6, 1),
    ]
    assert library.users_title(users, SCRIPT, is_part=False) == page.named(
        "{} is used in 2 files, most in {}", SCRIPT, FORMULA
    )
    one = library.users_of(Selection("t2", "f1", "kit", "onerror"))
    assert library.users_title(one, "Kit", is_part=True) == page.named(
        "{} is used in 1 file of this selection: {}", "Kit", IMAGE
    )
    none = library.users_of(Selection("t1", "f1", "kit"))
    assert library.users_title(none, "Kit", is_part=True) == page.named("No file of this selection uses {}", "Kit")


def test_an_exported_page_says_that_there_are_more_libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    several = pl.DataFrame({"key": ["a", "b"], "name": ["Kit", "Icons"]})

    assert library.other_libraries(several) == ""
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))
    assert library.other_libraries(several) == " This copy shows the most used of 2 libraries."
    assert library.other_libraries(several.head(1)) == ""


@pytest.mark.usefixtures("published")
def test_a_deprecated_set_stands_for_its_variants_and_its_own_library_does_not_count() -> None:
    deprecated = library.deprecated_uses(KIT_ALONE)

    columns = ["item", "kind", "named_in", "file", "usages", "placements", "in_definitions", "replacement"]
    assert deprecated.select(columns).rows() == [
        ("Button", "Component set", "name", IMAGE, 4, 3, None, None),
        (SCRIPT, "Component", "description", FORMULA, 2, 1, 1, ADDRESS),
        (IMAGE, "Style", "description", FORMULA, 1, 0, None, "Red"),
    ]
    assert deprecated["replacement_url"].to_list() == [None, "https://www.figma.com/design/kit?node-id=5-5", None]
    assert deprecated.select("url", "instance").row(1) == (KIT, "https://www.figma.com/design/two?node-id=3-3")
    assert library.deprecated_items(deprecated) == 3
    assert library.deprecated_title(deprecated) == page.named(
        "3 deprecated items are still used in 2 files, most often {}", "Button"
    )


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("selected", "items"),
    [
        (Selection(team="t2", library="kit"), ["Button"]),
        (Selection(folder="f2", library="kit"), [SCRIPT, IMAGE]),
        (Selection(library="kit", search="red"), [IMAGE]),
        (Selection(library="one"), []),
    ],
)
def test_the_users_of_deprecated_items_are_the_files_of_the_selection(selected: Selection, items: list[str]) -> None:
    deprecated = library.deprecated_uses(selected)

    assert deprecated["item"].to_list() == items
    if len(items) == 1:
        assert library.deprecated_title(deprecated) == page.named(
            "1 deprecated item is still used in 1 file: {}", items[0]
        )


@pytest.mark.usefixtures("published")
def test_a_copy_says_what_it_repeats_and_links_to_both() -> None:
    copies = library.copies_of(KIT_ALONE)

    columns = ["copy", "component", "alike", "placements", "usages", "file"]
    assert copies.select(columns).rows() == [
        (SCRIPT, IMAGE, "Name and layers", 3, 4, IMAGE),
        (MARKDOWN, IMAGE, "Layers", 1, 1, FORMULA),
        ("Unnamed", IMAGE, "Name", 0, 0, FORMULA),
    ]
    assert copies.select("url", "replacement_url").row(0) == ("https://www.figma.com/design/one?node-id=4-1", KIT)
    assert library.copies_title(copies) == "3 copies of its components in 2 files, with 4 placements"
    assert library.copies_of(Selection("t2", library="kit"))["copy"].to_list() == [SCRIPT]
    assert library.copies_title(copies.clear()) == "No component of the library is made again"
    assert library.copies_of(Selection(library="one")).is_empty()


def test_changes_are_counted_by_day_and_the_last_day_is_named(publish: Publish) -> None:
    published, renamed = organisation()["marts.library_changes"]
    rows = [
        published | {"item_key": f"c{number}", "happened_at": NOW.replace(hour=number), "user_handle": person}
        for number, person in enumerate(["Ana", "Bo", "Ana"])
    ]
    publish({"marts.library_changes": [*rows, published, renamed | {"user_handle": "Cy"}]})

    days = library.publication_days(KIT_ALONE, None)

    columns = ["day", "changes", "published", "renamed", "unpublished", "people"]
    assert days.select(columns).rows() == [
        (datetime(2026, 3, 2, tzinfo=UTC), 4, 3, 1, 0, "Ana, Bo, Cy"),
        (datetime(2026, 2, 20, tzinfo=UTC), 1, 1, 0, 0, None),
    ]
    assert library.changes_title(days) == "5 changes on 2 days, the last on 2 March 2026"
    assert library.changes_title(days.tail(1)) == "1 change on 20 February 2026"
    assert library.publication_days(KIT_ALONE, str(date(2026, 2, 21)))["changes"].to_list() == [4]
    assert library.changes_title(days.clear()) == "Nothing changed in this period"


@pytest.mark.usefixtures("published")
def test_a_change_says_what_the_item_was_called_before() -> None:
    assert library.library_changes(KIT_ALONE, None).select("event", "item", "before", "kind").rows() == [
        ("Renamed", "Button", IMAGE, "Component set"),
        ("Published", SCRIPT, None, "Component"),
    ]


@pytest.mark.usefixtures("published")
def test_only_an_unused_property_is_no_certain_finding_if_files_are_missing() -> None:
    findings = library.hygiene_findings(KIT_ALONE)

    assert findings.select("item", "problem", "detail", "kind", "certainty", "url").rows() == [
        (SCRIPT, "No description", None, "Component", "Certain", KIT),
        (IMAGE, "Name of another item", "Of 1 other", "Style", "Certain", KIT),
        ("Button", "Property that nobody changes", "Label", "Component set", "Inconclusive", KIT),
    ]
    assert library.findings_title(findings) == "3 findings, most often: name of another item"
    assert library.findings_title(findings.head(1)) == "1 finding: no description"
    assert library.findings_title(findings.clear()) == "Nothing to repair"


@pytest.mark.usefixtures("published")
def test_the_set_that_brings_most_nodes_comes_first() -> None:
    weights = library.set_weights(KIT_ALONE)

    assert weights.select("component", "nodes_brought", "nodes_brought_median", "variants").rows() == [
        (IMAGE, 30, 3.5, 2),
        ("set-Old", 0, None, 4),
    ]
    assert library.weights_title(weights) == page.named("{} brings 30 nodes into files", IMAGE)
    assert library.weights_title(weights.tail(1)) == "No component set brings nodes into files"


@pytest.mark.usefixtures("published")
def test_an_overridden_component_says_which_fields_and_links_to_a_placement_and_to_itself() -> None:
    overridden = library.overridden_components(KIT_ALONE)

    columns = ["component", "overridden", "placements", "override_share", "fields", "instance"]
    assert overridden.select(columns).rows() == [
        (SCRIPT, 4, 5, 0.8, "fills 80%", "https://www.figma.com/design/one?node-id=8-4"),
        ("Button · Kind=Primary", 4, 5, 0.8, "characters 60%, visible 20%", PLACEMENT),
    ]
    assert library.overridden_title(overridden) == page.named("{}: 4 of 5 placements override something", SCRIPT)
    assert library.overridden_title(overridden.clear()) == "No component is overridden"
    assert library.overridden_components(Selection(library="one")).is_empty()


def test_figmas_account_of_actions_stands_beside_ours_for_components(publish: Publish) -> None:
    week, before = date(2026, 2, 23), date(2026, 2, 16)
    kit = {"library_file_key": "kit", "kind": "component", "item_key": "c1", "component_set_name": SCRIPT}
    other = {"library_file_key": "kit", "kind": "style", "item_key": "s1", "item_name": MARKDOWN}
    ours = {"library_file_key": "kit", "component_key": "c1", "insertions": 2, "detachments": 1}
    publish(
        organisation()
        | {
            "marts.library_actions": [
                kit | {"item_name": "Kind=On", "week_start": week, "insertions": 3, "detachments": 0},
                kit | {"item_name": "Kind=On", "week_start": before, "insertions": 1, "detachments": 1},
                other | {"week_start": week, "insertions": 9, "detachments": 0},
                kit | {"library_file_key": "other", "week_start": week, "insertions": 99, "detachments": 0},
            ],
            "marts.reconciliation_weekly": [ours | {"week_start": day} for day in (week, before)],
        }
    )

    actions = library.figma_actions(KIT_ALONE, None)

    columns = ("item", "kind", "figma_insertions", "insertions", "figma_detachments", "detachments", "weeks")
    assert actions.select(columns).rows() == [
        (MARKDOWN, "Style", 9, None, 0, None, 1),
        (f"{SCRIPT} · Kind=On", "Component", 4, 4, 1, 2, 2),
    ]
    assert library.actions_title(actions) == "Figma counts 13 insertions and 1 detachment"
    recent = library.figma_actions(Selection(library="kit", search="on"), "2026-02-23")
    assert recent.select(columns).rows() == [(f"{SCRIPT} · Kind=On", "Component", 3, 2, 0, 1, 1)]


@pytest.mark.usefixtures("published")
def test_components_without_a_link_to_code_come_first_and_unloaded_ones_are_left_out(publish: Publish) -> None:
    assert library.links_to_code(KIT_ALONE).is_empty()
    item = {"kind": "component", "library_file_key": "kit", "placements": 3, "is_conclusive": False}
    publish(
        {
            "marts.code_coverage": [
                item
                | {
                    "item_key": "c1",
                    "item_name": SCRIPT,
                    "dev_resources": 2,
                    "is_linked": True,
                    "url_hosts": "git.example",
                },
                item | {"item_key": "c4", "item_name": "Card", "dev_resources": 0, "is_linked": False, "placements": 1},
                item | {"item_key": "c5", "item_name": "Unknown"},
                item | {"item_key": "c9", "library_file_key": "one", "dev_resources": 0, "is_linked": False},
            ]
        }
    )

    linked = library.links_to_code(KIT_ALONE)

    assert linked.select("component", "links", "hosts").rows() == [("Card", 0, None), (SCRIPT, 2, "git.example")]
    assert library.code_title(linked) == "1 of 2 components and sets lead to code, with 75.0% of the placements"
    assert library.code_title(linked.with_columns(placements=0)) == "1 of 2 components and sets lead to code"
