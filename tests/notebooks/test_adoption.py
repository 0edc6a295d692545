"""The calculations of Adoption: shares from the library, by level and by week."""

import polars as pl
import pytest

from figma_warehouse.dashboard import key_figures, page
from figma_warehouse.dashboard.selection import Selection, Span
from notebooks import adoption
from tests.fixtures.hostile import FORMULA, IMAGE, MARKDOWN, SCRIPT, WEEKS, organisation
from tests.fixtures.published import Publish

pytestmark = pytest.mark.usefixtures("published")

EVERYTHING = Selection()


def test_the_share_of_a_week_is_of_placements_of_published_and_local_components() -> None:
    weekly = adoption.share_by_week(EVERYTHING, None)

    assert weekly.select("week", "library", "local", "share").rows() == [
        (WEEKS[1], 4, 4, 0.5),
        (WEEKS[2], 6, 2, 0.75),
    ]
    assert adoption.weekly_title(weekly, Span(WEEKS[1])) == (
        "Instances from the library: from 50.0% to 75.0% since 1 March"
    )


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
def test_the_axis_of_shares_ends_a_little_past_the_values(shares: list[float | None], ends: list[float]) -> None:
    weekly = pl.DataFrame({"share": pl.Series(shares, dtype=pl.Float64)})

    assert adoption.share_range(weekly) == pytest.approx(ends)


def test_shares_are_of_the_sums_of_the_selected_files() -> None:
    whole = key_figures.adoption(EVERYTHING)

    assert (whole["library_layers"], whole["visible_layers"], whole["layer_share"]) == (70, 200, 0.35)
    assert key_figures.adoption(Selection(team="t1"))["layer_share"] == 0.1
    assert key_figures.adoption(Selection(team="t1", folder="none"))["layer_share"] is None


def test_every_level_of_adoption_lists_its_shares() -> None:
    files = adoption.adoption(EVERYTHING, "file")

    assert files.select("name", "within", "layer_share").rows() == [
        (IMAGE, f"{SCRIPT} / Apps", 0.6),
        (FORMULA, f"{MARKDOWN} / Apps", 0.1),
    ]
    assert adoption.adoption(Selection(team="t1"), "team")["key"].to_list() == ["t1"]
    assert adoption.adoption(Selection(folder="f1"), "folder")["name"].to_list() == ["Apps"]
    assert adoption.adoption(Selection(search="nothing"), "file").is_empty()


def test_the_title_of_shares_speaks_of_the_drawn_rows() -> None:
    listed = pl.DataFrame({"name": ["Big", IMAGE, "Small"], "key": list("abc"), "style_share": [0.5, 0.25, 0.9]})

    def title(most: int) -> str:
        drawn = adoption.largest_shares(listed, "style_share", most)
        return adoption.share_title(drawn, "style_share", "file", listed.height)

    assert title(2) == page.named("Styles: from 25% in {} to 50% in {}, of the 2 largest files", IMAGE, "Big")
    assert title(3) == page.named("Styles: from 25% in {} to 90% in {}", IMAGE, "Small")
    assert title(0) == "Styles: share by file"


def test_a_selected_folder_is_shown_as_a_folder() -> None:
    assert [adoption.level_within(level, "f1") for level in ("team", "folder", "file")] == ["folder", "folder", "file"]
    assert adoption.level_within("team", None) == "team"


def test_files_without_a_folder_share_one_row_and_a_team_sees_its_own_of_them(publish: Publish) -> None:
    files = organisation()["marts.file_freshness"]
    publish({"marts.file_freshness": [row | {"folder_id": None, "folder_path": None} for row in files]})
    columns = ["name", "within", "library_layers", "layer_share", "url"]

    assert adoption.adoption(EVERYTHING, "folder").select(columns).rows() == [
        ("In no folder", None, 70, 0.35, "https://www.figma.com/design/two?node-id=9-9")
    ]
    assert adoption.adoption(Selection(team="t2"), "folder").select(columns).rows() == [
        ("In no folder", SCRIPT, 60, 0.6, "https://www.figma.com/design/one?node-id=9-9")
    ]
