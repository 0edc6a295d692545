"""What the filters leave, and what they offer."""

import pytest

from figma_warehouse.dashboard import key_figures, selection
from figma_warehouse.dashboard.selection import Selection, Span
from notebooks import component_usage, orphaned_styles, unused_and_lost
from tests.fixtures.hostile import ADDRESS, IMAGE, SCRIPT
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")


def test_only_a_selection_without_any_filter_is_the_whole_organisation() -> None:
    assert Selection().is_whole
    assert Selection(search=" ").is_whole
    parts = [Selection(team="t"), Selection(folder="f"), Selection(library="l"), Selection(search="s")]
    assert not any(part.is_whole for part in parts)
    assert [part.is_part for part in parts] == [True, True, False, False]


@pytest.mark.parametrize(
    ("selected", "files"),
    [
        (Selection(), ["kit", "one", "slides", "three", "two"]),
        (Selection(team="t1"), ["kit", "two"]),
        (Selection(folder="f1"), ["one", "slides", "three"]),
        (Selection(team="t1", folder="f1"), []),
        (Selection(team="none"), []),
        (Selection(search="KI"), ["kit"]),
    ],
)
def test_queries_apply_a_selection_by_its_macros(selected: Selection, files: list[str]) -> None:
    found = selected.ask("""
        select file_key from marts.file_freshness
        where is_selected(team_id, folder_id, $team, $folders) and matches(file_name, $search)
        order by file_key
    """)

    assert found["file_key"].to_list() == files


def test_a_folder_stands_for_all_folders_below_it_by_their_ids_whatever_their_names(publish: Publish) -> None:
    publish(
        {
            "figma.folders": [
                {"folder_id": "top", "path": "A%"},
                {"folder_id": "middle", "parent_folder_id": "top", "path": "A% / B_"},
                {"folder_id": "f1", "parent_folder_id": "middle", "path": "A% / B_ / Apps"},
                {"folder_id": "f2", "path": "A% / B_ / Apps"},
                {"folder_id": "bare", "path": "Abc"},
            ]
        }
    )
    top = Selection(folder="top")

    assert [selection.folders_below(folder) for folder in (None, "top", "f1", "bare")] == [
        None,
        ["f1", "middle", "top"],
        ["f1"],
        ["bare"],
    ]
    assert selection.folder_names("t2").rows() == [("top", "A%"), ("middle", "A% / B_"), ("f1", "Apps")]
    assert set(selection.folder_names()["key"]) == {"top", "middle", "f1", "f2"}
    assert [
        key_figures.totals(Selection(folder=folder), Span())["nodes"] for folder in ("top", "middle", "f2", "bare")
    ] == [
        150,
        150,
        350,
        0,
    ]
    ranking = component_usage.component_ranking(top, "placements", each_variant=False)
    assert set(ranking["component"]) == {"Button", SCRIPT, ADDRESS}
    assert orphaned_styles.files_referring(top, "s1")["key"].to_list() == ["one"]
    assert unused_and_lost.lost_components(top)["file"].to_list() == [IMAGE]


def test_the_libraries_are_the_files_that_publish_components() -> None:
    assert selection.library_names().rows() == [("kit", "Kit")]


def test_a_period_begins_some_weeks_before_the_last_known_week(publish: Publish) -> None:
    assert [selection.first_day(weeks) for weeks in ("4", "0", None, "many")] == [
        "2026-02-02",
        "2026-03-02",
        None,
        None,
    ]
    publish(leave_out={"file_growth_weekly"})
    assert selection.first_day("4") is None
