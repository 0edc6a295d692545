"""The calculations of Unused and lost: unused components and sets, their age, and instances without a component."""

from typing import Any

import duckdb
import polars as pl
import pytest

from figma_warehouse.dashboard import page
from figma_warehouse.dashboard.selection import Selection
from notebooks import unused_and_lost
from tests.fixtures.hostile import ADDRESS, FORMULA, IMAGE, MARKDOWN, SCRIPT, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()


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


def set_reach(name: str, variants: int, unused: int, files: int, *, is_deletable: bool = False) -> dict[str, Any]:
    return {
        "component_set_key": name,
        "component_set_name": name,
        "library_file_key": "kit",
        "is_published": True,
        "variants_published": variants,
        "variants_unused": unused,
        "is_deletable": is_deletable,
        "placements": 3 * files,
        "files_using": files,
        "teams_using": min(files, 1),
        "placement_share": files / 10,
        "is_conclusive": True,
    }


@pytest.fixture
def sets(published: object, publish: Publish) -> None:  # noqa: ARG001  # publishes first
    """Date can be deleted, an unpublished definition needs Needed, and one variant of Old is unused."""
    unused = [unused_variant("d1", "Date", 90.5), unused_variant("d2", "Date", 40.2), unused_variant("o1", "Old", 9)]
    unused += [unused_variant("n1", "Needed", 5, needed=True), unused_variant("alone", None, 7)]
    reach = [set_reach("Date", 2, 2, 0, is_deletable=True), set_reach("Old", 2, 1, 4), set_reach("Needed", 1, 1, 0)]
    publish(
        {
            "marts.unused_components": unused,
            "marts.component_set_reach": reach,
            "figma.component_sets": [{"component_set_key": "Date", "file_key": "kit", "node_id": "7:1"}],
        }
    )


def test_an_unused_component_says_how_long_it_is_published_and_whether_that_is_certain() -> None:
    unused = unused_and_lost.unused_components(EVERYTHING)

    assert unused.select("component", "library", "days_published", "needed", "branches", "certainty").rows() == [
        (ADDRESS, "Kit", 120, "No", 2, "Inconclusive")
    ]


def test_unused_components_are_counted_by_age_and_library_the_youngest_first(publish: Publish) -> None:
    (unused,) = organisation()["marts.unused_components"]
    ages = [("over a year", 400.0, True), ("up to 30 days", 3.5, False), ("91 to 180 days", 99.0, True)]
    rows = [
        unused
        | {"component_key": f"{library}{days}", "library_file_name": library}
        | {"published_for": age, "days_published": days, "is_long_published": is_long}
        for age, days, is_long in ages
        for library in ("Kit", "Icons")
    ]
    publish({"marts.unused_components": [*rows, rows[0] | {"component_key": "one more"}]})

    by_age = unused_and_lost.unused_by_age(EVERYTHING)

    assert by_age is not None
    assert by_age.select("label", "age", "components").rows() == [
        ("Icons", "Up to 30 days", 1),
        ("Kit", "Up to 30 days", 1),
        ("Icons", "91 to 180 days", 1),
        ("Kit", "91 to 180 days", 1),
        ("Icons", "Over a year", 1),
        ("Kit", "Over a year", 2),
    ]
    assert unused_and_lost.age_of_unused(by_age) == ["5 published for over 90 days"]


def test_an_unknown_age_is_said_to_be_unknown(publish: Publish) -> None:
    (unused,) = organisation()["marts.unused_components"]
    publish({"marts.unused_components": [unused | {"published_for": None, "days_published": None}]})

    assert unused_and_lost.age_of_unused(unused_and_lost.unused_by_age(EVERYTHING)) == ["published for an unknown time"]


def test_unused_components_are_counted_by_age_in_the_selection_only() -> None:
    def components(selected: Selection) -> int:
        by_age = unused_and_lost.unused_by_age(selected)
        assert by_age is not None
        return int(by_age["components"].sum())

    listed = [Selection(), Selection(team="t1"), Selection(folder="f2"), Selection(library="kit")]
    others = [Selection(team="t2"), Selection(folder="f1"), Selection(library="one"), Selection(search="zzzz")]
    assert [components(selected) for selected in [*listed, *others]] == [1, 1, 1, 1, 0, 0, 0, 0]


@pytest.mark.usefixtures("sets")
def test_deletable_sets_come_first_with_a_link_to_each_definition() -> None:
    found = unused_and_lost.unused_sets(EVERYTHING)

    assert found is not None
    columns = ["component", "variants", "unused", "is_deletable", "placements", "files", "days_published", "url"]
    assert found.select(columns).rows() == [
        ("Date", 2, 2, True, 0, 0, 40, "https://www.figma.com/design/kit?node-id=7-1"),
        ("Needed", 1, 1, False, 0, 0, 5, None),
        ("Old", 2, 1, False, 12, 4, 9, None),
    ]


@pytest.mark.usefixtures("sets")
def test_the_title_of_sets_names_the_deletable_ones_and_how_certain_that_is() -> None:
    found = unused_and_lost.unused_sets(EVERYTHING)
    assert found is not None
    uncertain = found.with_columns(certainty=pl.lit("Inconclusive"))

    assert unused_and_lost.sets_title(found, is_whole=True) == page.named(
        "{} can be deleted; 2 more sets have unused variants", "Date"
    )
    assert unused_and_lost.sets_title(uncertain.head(2), is_whole=True) == page.named(
        "{} can perhaps be deleted; 1 more set has perhaps unused variants", "Date"
    )
    assert unused_and_lost.sets_title(found.tail(1), is_whole=True) == "1 set has unused variants"
    assert unused_and_lost.sets_title(found.clear(), is_whole=True) == "Every variant of every set is used"
    assert unused_and_lost.sets_title(found.clear(), is_whole=False) == "No set with unused variants in this selection"


@pytest.mark.usefixtures("sets")
def test_unused_components_are_single_ones_whole_sets_or_variants() -> None:
    unused, found = unused_and_lost.unused_components(EVERYTHING), unused_and_lost.unused_sets(EVERYTHING)

    assert unused_and_lost.kinds_of_unused(unused, found) == ["1 single, 1 whole set, 2 variants"]
    assert unused_and_lost.kinds_of_unused(unused, None) == []


@pytest.mark.usefixtures("sets")
@pytest.mark.parametrize(
    ("selected", "names"),
    [
        (Selection("t1", "f2", "kit"), ["Date", "Needed", "Old"]),
        (Selection(library="other"), []),
        (Selection(team="t2"), []),
        (Selection(folder="f1"), []),
        (Selection(search="date"), ["Date"]),
        (Selection(search="size=o"), ["Old"]),
    ],
)
def test_a_selection_applies_to_sets_as_to_their_variants(selected: Selection, names: list[str]) -> None:
    found = unused_and_lost.unused_sets(selected)

    assert found is not None
    assert found["component"].to_list() == names


@pytest.mark.parametrize(
    ("selected", "keys"),
    [
        (Selection(library="kit"), ["c5"]),
        (Selection(team="t1"), ["c5"]),
        (Selection(folder="f2"), ["c5"]),
        (Selection(team="t2"), []),
        (Selection(folder="f1"), []),
    ],
)
def test_the_team_and_folder_of_an_unused_component_are_those_that_publish_it(
    selected: Selection, keys: list[str]
) -> None:
    assert unused_and_lost.unused_components(selected)["key"].to_list() == keys


def test_a_title_speaks_of_everything_only_if_everything_is_selected() -> None:
    unused = unused_and_lost.unused_components(Selection(search="zzzz"))
    lost = unused_and_lost.lost_components(Selection(search="zzzz"))

    assert unused_and_lost.unused_title(unused, is_whole=False) == "No unused component in this selection"
    assert unused_and_lost.unused_title(unused, is_whole=True) == "Every published component is used"
    assert unused_and_lost.lost_title(lost, is_whole=False) == "No lost instance in this selection"
    assert unused_and_lost.lost_title(lost, is_whole=True) == "No instance has lost its component"
    assert unused_and_lost.has_published()


def test_a_title_is_no_more_certain_of_what_is_unused_than_its_rows() -> None:
    unused = unused_and_lost.unused_components(EVERYTHING)
    certain = unused.with_columns(certainty=pl.lit("Certain"))

    assert unused_and_lost.unused_title(unused, is_whole=True) == page.named(
        "{} publishes 1 of 1 perhaps unused component", "Kit"
    )
    assert unused_and_lost.unused_title(pl.concat([certain] * 2), is_whole=True) == page.named(
        "{} publishes 2 of the 2 unused components", "Kit"
    )


def test_lost_components_say_what_happened() -> None:
    lost = unused_and_lost.lost_components(EVERYTHING)

    assert lost.select("component", "status", "file", "team", "usages", "certainty").rows() == [
        (MARKDOWN, "unpublished", FORMULA, MARKDOWN, 5, "Inconclusive"),
        ("Old layer", "missing", IMAGE, SCRIPT, 1, "Inconclusive"),
    ]
    assert unused_and_lost.lost_title(lost, is_whole=True) == "6 instances in 2 files have lost their component"
    assert unused_and_lost.lost_title(lost.tail(1), is_whole=True) == "1 instance in 1 file has lost its component"


def test_an_instance_of_a_private_part_has_not_lost_its_component(publish: Publish) -> None:
    first, second = organisation()["marts.lost_components"]
    publish({"marts.lost_components": [first | {"status": "private part", "is_lost": False}, second]})

    lost = unused_and_lost.lost_components(EVERYTHING)

    assert lost["status"].to_list() == ["missing", "private part"]
    assert unused_and_lost.lost_title(lost, is_whole=True) == "1 instance in 1 file has lost its component"
    assert unused_and_lost.lost_title(lost.tail(1), is_whole=True) == "No instance has lost its component"


def test_a_file_without_sets_or_ages_still_lists_unused_components(publish: Publish) -> None:
    published = publish(leave_out={"component_set_reach"})
    with duckdb.connect(str(published)) as connection:
        for column in ("branch_files", "published_for", "is_long_published"):
            connection.execute(f"alter table marts.unused_components drop column {column}")

    assert unused_and_lost.unused_components(EVERYTHING)["branches"].to_list() == [None]
    assert unused_and_lost.unused_sets(EVERYTHING) is None
    assert unused_and_lost.unused_by_age(EVERYTHING) is None
    assert unused_and_lost.age_of_unused(None) == []
