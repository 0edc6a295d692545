"""The calculations of Adoption: shares from the library, by level and by week."""

import marimo as mo
import polars as pl
import pytest

from figma_warehouse.dashboard import key_figures, page, share_history
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

    assert share_history.share_range(weekly) == pytest.approx(ends)


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


def test_the_trend_of_the_teams_has_their_names_of_today_and_the_weeks_of_the_period() -> None:
    compared = share_history.periods(None)
    weekly = share_history.by_week(EVERYTHING, "team", "layers", compared)

    assert (compared.before, compared.start, compared.last) == (None, WEEKS[0], WEEKS[2])
    assert weekly.select("week", "name", "numerator", "denominator").rows() == [
        (week, name, part, 100)
        for week, teams in zip(
            WEEKS,
            (((SCRIPT, 40), (MARKDOWN, 10)), ((SCRIPT, 50), (MARKDOWN, 20)), ((SCRIPT, 65), (MARKDOWN, 10))),
            strict=True,
        )
        for name, part in teams
    ]
    assert share_history.trend_title("Layers", weekly, compared) == "Layers: from 25.0% to 37.5% since 22 February"
    assert share_history.by_week(Selection(team="t1"), "team", "layers", compared)["name"].unique().to_list() == [
        MARKDOWN
    ]
    assert share_history.by_week(Selection(folder="f1"), "folder", "layers", compared)["name"].unique().to_list() == [
        "Apps"
    ]


def test_two_periods_stand_side_by_side_if_the_record_reaches_back_that_far() -> None:
    compared = share_history.periods("1")
    shares = adoption.periods_table(share_history.side_by_side(EVERYTHING, "team", compared))

    assert (compared.before, compared.start, compared.last) == tuple(WEEKS)
    assert shares.select("name", "before_share", "start_share", "last_share").rows() == [
        *((name, 0.25, 0.35, 0.375) for name in ("Layers", "Instances", "Styles")),
        ("Tokens", 0.4, 0.5, 0.65),
    ]
    assert shares["before_points"].to_list() == pytest.approx([0.1] * 4)
    assert shares["points"].to_list() == pytest.approx([*[0.025] * 3, 0.15])
    assert "The period before began at the end of the week of 16 February" in str(adoption.periods_sentence(compared))


def test_a_period_that_is_longer_than_the_record_begins_with_its_first_week() -> None:
    compared = share_history.periods("52")

    assert (compared.before, compared.start, compared.last) == (None, WEEKS[0], WEEKS[2])
    assert "does not reach back to the period before" in str(adoption.periods_sentence(compared))


def test_the_largest_movers_come_first_with_their_counts_before_and_now() -> None:
    compared = share_history.periods("1")
    moved = adoption.movers(EVERYTHING, "file", "layers", compared)

    assert moved.select("name", "start_share", "last_share", "counted_before", "counted", "url").rows() == [
        (IMAGE, 0.5, 0.65, "50 of 100", "65 of 100", "https://www.figma.com/design/one"),
        (FORMULA, 0.2, 0.1, "20 of 100", "10 of 100", "https://www.figma.com/design/two"),
    ]
    assert moved["points"].to_list() == pytest.approx([0.15, -0.1])
    assert adoption.movers_title(moved, "Layers", "file", compared.span) == page.named(
        "Layers: {} moved most of all files, from 50.0% to 65.0% since 1 March", IMAGE
    )
    unmoved = adoption.movers(EVERYTHING, "file", "layers", share_history.periods("0"))
    assert unmoved.is_empty()


def test_the_share_of_a_library_is_of_all_placements() -> None:
    compared = share_history.periods(None)
    weekly = share_history.by_week(EVERYTHING, "library", "placements", compared)

    assert weekly.select("name", "numerator").rows() == [("Kit", 50), ("Kit", 70), ("Kit", 75)]
    assert adoption.libraries_title(weekly, compared) == page.named("{}: from 50.0% to 75.0% since 22 February", "Kit")


def test_the_shares_of_libraries_that_moved_most_come_first() -> None:
    moved = adoption.library_movers(share_history.periods("1"))

    assert moved.select("name", "share", "counted_before", "counted", "url").rows() == [
        ("Kit", "Files that use it", "20 of 100", "10 of 100", "https://www.figma.com/design/kit"),
        ("Kit", "Placements", "70 of 100", "75 of 100", "https://www.figma.com/design/kit"),
    ]
    assert [adoption.library_share(share) for share in ("layers", "styles", "tokens")] == [
        *("placements", "style_references", "style_references")
    ]


def test_the_trend_of_each_slot_kind_is_of_all_selected_teams() -> None:
    compared = share_history.periods("1")
    columns = ["week", "name", "numerator", "denominator"]

    assert share_history.by_slot_kind(EVERYTHING, "team", compared).select(columns).rows() == [
        (WEEKS[1], "Radius", 70, 200),
        (WEEKS[1], "Stroke weight", 50, 100),
        (WEEKS[2], "Radius", 75, 200),
        (WEEKS[2], "Stroke weight", 65, 100),
    ]
    assert share_history.by_slot_kind(Selection(team="t1"), "team", compared)["numerator"].to_list() == [20, 10]


def test_with_one_week_the_page_says_when_there_will_be_a_trend(publish: Publish) -> None:
    recorded = organisation()["marts.adoption_weekly"]
    publish({"marts.adoption_weekly": [row for row in recorded if row["week_start"] == WEEKS[2]]})
    compared = share_history.periods("12")
    weekly = share_history.by_week(EVERYTHING, "team", "layers", compared)

    shown = share_history.trend_chart(weekly, compared, "Share")

    assert isinstance(shown, mo.Html)
    assert "Shares are recorded since the week of 2 March 2026." in shown.text
    assert share_history.trend_title("Layers", weekly, compared) == "Layers over time"
    assert adoption.libraries_title(weekly, compared) == "Libraries over time"
    assert adoption.periods_sentence(compared) is None


def test_without_a_record_the_page_says_so(publish: Publish) -> None:
    publish({"marts.adoption_weekly": []})
    compared = share_history.periods("12")

    assert (compared.start, compared.has_trend) == (None, False)
    assert "No share is recorded yet." in share_history.too_early(compared).text
