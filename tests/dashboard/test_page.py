import ast
import io
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import marimo as mo
import polars as pl
import pytest
from PIL import Image

from figma_warehouse.bundled import CLONE
from figma_warehouse.dashboard import charts, filters, page, previews, tables
from figma_warehouse.dashboard.asset_data import MEDIA_TYPES
from figma_warehouse.dashboard.page_list import PAGES
from figma_warehouse.dashboard.published_file import Freshness
from figma_warehouse.data_dir import DataDir
from figma_warehouse.settings import assets_url
from figma_warehouse.source.pictures.asset_folder import AssetFolder
from figma_warehouse.source.pictures.formats import read_picture
from tests.dashboard.hostile import ADDRESS, IMAGE, MARKDOWN


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "javascript:alert(1)",
        "http://www.figma.com/design/a",
        "https://www.figma.com.evil.example/",
        "https://www.figma.com@evil.example/",
        "https://evil.example/https://www.figma.com/",
        'https://www.figma.com/design/a"onmouseover="alert(1)',
        "https://www.figma.com/design/a b",
    ],
)
def test_an_address_that_is_not_figmas_is_no_link(address: str | None) -> None:
    assert "<a" not in tables.link(address).text


def test_a_link_opens_the_node_in_figma() -> None:
    assert (
        'href="https://www.figma.com/design/a?node-id=I1-2;3-4"'
        in tables.link("https://www.figma.com/design/a?node-id=I1-2;3-4").text
    )


def test_a_name_is_text_and_nothing_else() -> None:
    shown = tables.text(IMAGE).text + page.named("Files with {}.", IMAGE)

    assert "<img" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") == 3


def test_a_number_comes_with_its_noun() -> None:
    assert [page.counted(number, "file") for number in (0, 1, 1234)] == ["0 files", "1 file", "1,234 files"]
    assert [page.counted(number, "file is", "files are") for number in (1, 2)] == ["1 file is", "2 files are"]


@pytest.mark.parametrize(
    ("chosen", "title"),
    [
        ([None, None], "It lost 2 placements"),
        (["One", None], "It lost 2 placements, in the whole organisation"),
        ([None, "One"], "It lost 2 placements, in the whole organisation"),
    ],
)
def test_a_section_that_does_not_follow_a_filter_says_so_where_that_is_set(
    chosen: list[str | None], title: str
) -> None:
    past = [mo.ui.dropdown({"All": None, "One": "1"}, value=name or "All") for name in chosen]

    assert f'<h2 class="section">{title}</h2>' in page.section("It lost 2 placements", None, past=past).text


@pytest.mark.parametrize(("hours", "words"), [(47, None), (48, "2 days"), (1500 * 24 + 23, "1,500 days")])
def test_a_served_page_warns_of_old_data(hours: int, words: str | None) -> None:
    fresh = Freshness(datetime.now(UTC) - timedelta(hours=hours, minutes=1), 1, 1, is_conclusive=True)

    shown = page.masthead("adoption", fresh, {}).text

    assert "1 of 1 file at its current version" in shown
    assert re.findall(r'<span class="days">(.*?)</span>', shown) == ([words] if words else [])
    assert "hidden" not in shown


def test_the_warning_of_missing_files_leads_to_where_they_are_listed() -> None:
    fresh = Freshness(None, 3, 1, is_conclusive=False)

    elsewhere, there = (page.masthead(name, fresh, {}).text for name in ("adoption", "overview"))

    assert '<a href="../overview/">Overview</a> says which and why.' in elsewhere
    assert "2 files are not loaded at the current version." in there
    assert "The list below says which and why." in there
    assert "figma-warehouse" not in elsewhere + there


def test_data_of_an_unknown_time_is_not_called_old() -> None:
    shown = page.masthead("adoption", Freshness(None, 2, 2, is_conclusive=True), {}).text

    assert "Data as of an unknown time" in shown
    assert "days" not in shown


def test_only_colours_and_fonts_get_into_a_style() -> None:
    assert "background:#42c99bff" in tables.preview("#42c99bff").text
    assert "font:700 24px 'Inter Tight'" in tables.preview("Inter Tight 40 700").text
    for hostile in ("#42c99b;background:url(//evil.example)", "url(https://evil.example) 12 400", "a';x 12 400", IMAGE):
        assert "url(" not in tables.preview(hostile).text.partition("title=")[0]
        assert "font:" not in tables.preview(hostile).text


def test_choices_of_one_name_are_told_apart() -> None:
    named = pl.DataFrame({"key": ["1", "2", "3", "4"], "name": ["Kit", "Kit", MARKDOWN, "All"]})

    assert filters.choices(named, "All") == {"All": None, "Kit (1)": "1", "Kit (2)": "2", MARKDOWN: "3", "All (4)": "4"}


def test_every_notebook_is_a_page_and_asks_its_question() -> None:
    found = {path.stem: path for path in (CLONE / "notebooks").glob("*.py")}

    assert set(found) == {listed.name for listed in PAGES}
    for listed in PAGES:
        assert listed.question == str(ast.get_docstring(ast.parse(found[listed.name].read_text())))


def test_a_picture_is_only_shown_from_its_own_address() -> None:
    for kind in MEDIA_TYPES.values():
        drawn = f"data:{kind};base64,UE5H"
        assert f'src="{drawn}"' in tables.picture(drawn).text
    for hostile in (
        None,
        ADDRESS,
        "javascript:alert(1)",
        'data:image/png;base64,"onload="alert(1)',
        "data:text/html,x",
    ):
        assert "<img" not in tables.picture(hostile).text
        assert "No picture" in tables.picture(hostile).text


def test_only_what_all_pages_share_goes_along_to_another() -> None:
    parameters = {"team": "t 1", "library": "kit", "search": "x", "component": "c1", "folder": ["a", "b"]}

    assert filters.shared(parameters) == "?team=t+1&library=kit"
    assert filters.shared({"search": "x"}) == ""


def test_a_static_table_shows_names_as_text_and_carries_what_it_is_sorted_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))
    rows = pl.DataFrame(
        {"name": [IMAGE, None], "nodes": [1200, None], "url": ["https://www.figma.com/design/a", ADDRESS]}
    )

    shown = tables.table(rows, {"name": "Name", "url": "Figma", "nodes": "Nodes"}).text

    assert "<img" not in shown
    assert shown.count("<a ") == 1
    assert '<td class="number" data-sort="1200">1,200</td>' in shown
    assert '<td class="number" data-sort="">–</td>' in shown


def test_a_static_page_has_the_csv_of_all_rows_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))
    rows = pl.DataFrame({"name": [f"Icon {number}" for number in range(600)]})

    said = tables.download(rows, {"name": "Name"}, "icons").text

    assert "The first 500 of 600 rows are shown." in said
    assert len((tmp_path / "icons.csv").read_text().splitlines()) == 601


def test_pictures_are_read_from_wherever_the_setting_says(data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = io.BytesIO()
    Image.new("RGB", (200, 100), "red").save(drawn, "PNG")
    asset = AssetFolder("memory://pictures").store(read_picture(drawn.getvalue()))
    monkeypatch.setenv("SOURCES__FIGMA__ASSETS", "memory://pictures")
    monkeypatch.setenv("ASSETS_URL", assets_url(data))

    assert 'src="data:image/png;base64,' in previews.show(f"{asset.sha256}.png").text
    assert "No picture" in previews.show(f"{'0' * 64}.png").text
    monkeypatch.setenv("ASSETS_URL", "nowhere://pictures")
    assert "No picture" in previews.show(f"{asset.sha256}.png").text


def test_a_column_without_any_value_is_left_out() -> None:
    rows = pl.DataFrame({"name": ["a"], "within": pl.Series([None], dtype=pl.String)})

    shown = tables.table(rows, {"name": "Name", "within": "Within"}).text

    assert "Name" in shown
    assert "Within" not in shown


def test_a_number_stands_with_its_noun_in_the_plural_where_it_is_not_one() -> None:
    said = [page.counted(0, "file"), page.counted(1, "file"), page.counted(1234, "library", "libraries")]

    assert said == ["0 files", "1 file", "1,234 libraries"]


def test_what_the_address_asks_for_is_lost_where_it_is_not_offered() -> None:
    offered = filters.Choice({"All teams": None, "One": "1"}, value="All teams")

    assert filters.is_lost(offered, "gone")
    assert not any(filters.is_lost(offered, asked) for asked in (None, filters.EVERYTHING, "1"))


def test_a_week_is_named_by_its_monday() -> None:
    named = charts.by_week(pl.DataFrame({"week": [date(2026, 3, 2)]}))

    assert named.rows() == [("2026-03-02", "2 Mar 2026")]


def test_a_csv_can_hold_more_than_its_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))

    tables.download(lambda: pl.DataFrame({"name": ["a", "b"]}), {"name": "Name"}, "names")

    assert (tmp_path / "names.csv").read_text().split() == ["Name", "a", "b"]


def test_a_static_page_invites_nobody_to_choose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.DataFrame({"name": [IMAGE, "b"]})

    def said() -> str:
        return tables.invitation("Choose one.", "Shown below for {}.", rows, "name")

    served = said()
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))

    assert served == "Choose one."
    assert said() == page.named("Shown below for {}.", IMAGE)
    assert tables.invitation("Choose one.", "Shown below for {}.", rows.clear(), "name") == ""
