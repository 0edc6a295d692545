"""The calculations of Orphaned styles: dangling and unused styles, shadow styles, hard-coded values."""

import polars as pl
import pytest

from figma_warehouse.dashboard import page, tables
from figma_warehouse.dashboard.selection import Selection
from notebooks import orphaned_styles
from notebooks.orphaned_styles import NAMELESS
from tests.fixtures.hostile import FORMULA, IMAGE, MARKDOWN, SCRIPT, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()


def all_styles(selected: Selection = EVERYTHING) -> pl.DataFrame:
    return orphaned_styles.orphaned_styles(selected, None, None)


def test_dangling_styles_come_first_and_references_without_a_key_have_a_name() -> None:
    styles = all_styles()

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
    ("selected", "kind", "style_type", "keys"),
    [
        (EVERYTHING, "unused", None, ["s4"]),
        (EVERYTHING, None, "TEXT", ["s3"]),
        (Selection(library="kit"), None, None, ["s4"]),
        (Selection(team="t1"), None, None, [NAMELESS, "s1", "s3", "s4"]),
        (Selection(team="t2"), None, None, ["s1"]),
    ],
)
def test_orphaned_styles_are_those_of_the_selection(
    selected: Selection, kind: str | None, style_type: str | None, keys: list[str]
) -> None:
    assert orphaned_styles.orphaned_styles(selected, kind, style_type)["key"].to_list() == keys


def test_a_library_can_be_chosen_on_every_page_though_none_of_its_styles_is_orphaned(publish: Publish) -> None:
    styles = organisation()["marts.orphaned_styles"]
    publish(
        {
            "marts.orphaned_styles": [
                row | {"defined_in_file_key": "one", "defined_in_file_name": IMAGE} for row in styles
            ]
        }
    )

    assert orphaned_styles.defining_files().rows() == [("one", IMAGE), ("kit", "Kit")]


@pytest.mark.parametrize(
    ("selected", "references", "files", "url"),
    [
        (EVERYTHING, 9, 2, "https://www.figma.com/design/one?node-id=2-4"),
        (Selection(team="t1"), 3, 1, "https://www.figma.com/design/two?node-id=2-3"),
        (Selection(team="t2"), 6, 1, "https://www.figma.com/design/one?node-id=2-4"),
        (Selection(folder="f2"), 3, 1, "https://www.figma.com/design/two?node-id=2-3"),
    ],
)
def test_the_figures_of_a_dangling_style_are_those_of_the_selected_files(
    selected: Selection, references: int, files: int, url: str
) -> None:
    styles = all_styles(selected).filter(pl.col("key") == "s1")
    referring = orphaned_styles.files_referring(selected, "s1")

    assert styles.select("references", "files", "url").rows() == [(references, files, url)]
    assert (referring["references"].sum(), referring.height) == (references, files)


@pytest.mark.parametrize(
    ("change", "is_part", "title"),
    [
        ({}, False, "{} is in no library of this warehouse, and 9 references to it remain"),
        (
            {"certainty": "Certain", "references": 1},
            True,
            "{} is no longer published, and 1 reference to it remains in this selection",
        ),
        ({"key": NAMELESS, "references": 1}, False, "1 reference names no style"),
    ],
)
def test_the_title_is_no_more_certain_that_a_style_is_gone_than_its_row(
    change: dict[str, str | int], is_part: bool, title: str
) -> None:
    first = all_styles().row(0, named=True)

    actual = orphaned_styles.dangling_title(pl.DataFrame([first | change]), is_part)

    assert first["certainty"] == "Library unknown"
    assert actual == page.named(title, IMAGE)


def test_references_that_name_no_style_can_be_chosen() -> None:
    styles = all_styles()

    assert styles["style"][tables.position(styles, NAMELESS) or 0] == "References that name no style"


def test_a_title_speaks_of_everything_only_if_everything_is_selected() -> None:
    shadows = orphaned_styles.shadow_styles(Selection(search="zzzz"))
    hardcoded = orphaned_styles.hardcoded_values(Selection(team="none"), None)

    assert orphaned_styles.shadow_title(shadows, is_whole=False) == "No shadow style in this selection"
    assert orphaned_styles.hardcoded_title(hardcoded, is_whole=False) == "Nothing in this selection is hard-coded"
    assert orphaned_styles.shadow_title(shadows, is_whole=True) == "No local style repeats a published one"
    assert orphaned_styles.hardcoded_title(hardcoded, is_whole=True) == "Nothing is hard-coded"


def test_the_files_that_refer_to_a_style_say_what_they_use_it_for() -> None:
    columns = ["file", "team", "slots", "references", "visible", "url"]

    assert orphaned_styles.files_referring(EVERYTHING, "s1").select(columns).rows() == [
        (IMAGE, SCRIPT, "fill, stroke", 6, 4, "https://www.figma.com/design/one?node-id=2-4"),
        (FORMULA, MARKDOWN, "fill", 3, 3, "https://www.figma.com/design/two?node-id=2-3"),
    ]
    assert orphaned_styles.files_referring(EVERYTHING, NAMELESS).select(columns).rows() == [
        (FORMULA, MARKDOWN, "text range", 4, 4, "https://www.figma.com/design/two?node-id=2-4")
    ]


@pytest.mark.parametrize(
    ("change", "alike"),
    [
        ({}, "value"),
        ({"has_same_name": True}, "name and value"),
        ({"has_same_name": True, "has_same_value": False}, "name"),
    ],
)
def test_shadow_styles_say_what_is_the_same(publish: Publish, change: dict[str, bool], alike: str) -> None:
    (row,) = organisation()["marts.shadow_styles"]
    publish({"marts.shadow_styles": [row | change]})

    shadows = orphaned_styles.shadow_styles(EVERYTHING)

    assert shadows.select("style", "value", "file", "references", "published", "alike").rows() == [
        (IMAGE, "#ff0000ff", FORMULA, 3, "Kit · Red", alike)
    ]
    assert orphaned_styles.shadow_title(shadows, is_whole=True) == (
        "1 local style repeats a published one, with 3 references"
    )


def test_hardcoded_values_are_summed_over_files_and_say_how_well_the_nearest_fits() -> None:
    hardcoded = orphaned_styles.hardcoded_values(EVERYTHING, None)

    assert hardcoded.select("value", "occurrences", "files", "nearest", "fit").rows() == [
        ("#ff0000ff", 7, 2, "Red", "Exact"),
        ("Inter 14 400", 2, 1, None, "None"),
    ]


def test_an_effect_is_written_in_words_and_lengths_are_left_to_the_page_of_tokens(publish: Publish) -> None:
    row = organisation()["marts.hardcoded_values"][0]
    shadow = {"kind": "effect", "value": "DROP_SHADOW 0 2 4 0 #00000029, LAYER_BLUR 4", "nearest_name": "Low"}
    gap = {"kind": "spacing", "value": "8"}
    publish({"marts.hardcoded_values": [row | shadow | {"nearest_value": shadow["value"]}, row | gap]})

    hardcoded = orphaned_styles.hardcoded_values(EVERYTHING, None)

    text = "Drop shadow 0 2 4 0 #00000029, layer blur 4"
    assert hardcoded.select("value", "nearest", "nearest_value").rows() == [(text, "Low", text)]


def test_hardcoded_values_are_counted_beyond_the_listed_rows() -> None:
    listed = orphaned_styles.hardcoded_values(EVERYTHING, most=1)

    assert listed["value"].to_list() == ["#ff0000ff"]
    assert orphaned_styles.left_out(listed) == (
        " The table lists the 1 most frequent of 2 values, the CSV all of them."
    )
    assert orphaned_styles.left_out(orphaned_styles.hardcoded_values(EVERYTHING, None)) == ""
    assert orphaned_styles.hardcoded_title(listed, is_whole=True) == (
        "9 colours, fonts and effects are hard-coded; 7 equal a published value"
    )
