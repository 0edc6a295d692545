"""Tables and their cells: links to Figma only, names as text, and a CSV of all rows."""

from pathlib import Path

import polars as pl
import pytest

from figma_warehouse.dashboard import page, tables
from figma_warehouse.dashboard.data_uri import MEDIA_TYPES
from tests.fixtures.hostile import ADDRESS, IMAGE


@pytest.fixture
def exported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the page is exported to."""
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))
    return tmp_path


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
def test_an_address_outside_figma_is_no_link(address: str | None) -> None:
    assert "<a" not in tables.link(address).text


def test_a_link_opens_the_node_in_figma() -> None:
    assert (
        'href="https://www.figma.com/design/a?node-id=I1-2;3-4"'
        in tables.link("https://www.figma.com/design/a?node-id=I1-2;3-4").text
    )


def test_only_colours_and_fonts_get_into_a_style() -> None:
    assert "background:#42c99bff" in tables.sample("#42c99bff").text
    assert "font:700 24px 'Inter Tight'" in tables.sample("Inter Tight 40 700").text
    for hostile in ("#42c99b;background:url(//evil.example)", "url(https://evil.example) 12 400", "a';x 12 400", IMAGE):
        assert "url(" not in tables.sample(hostile).text.partition("title=")[0]
        assert "style=" not in tables.sample(hostile).text
        assert "font:" not in tables.sample(hostile).text


def test_a_key_is_shown_by_its_first_letters_and_whole_in_the_tooltip() -> None:
    key = "06de99443cc1400625bacdc781d5d0aa11bb22cc"

    assert '<code class="cell-key" title="06de99443cc1400625bacdc781d5d0aa11bb22cc">06de9944…</code>' in (
        tables.key(key).text
    )
    assert tables.short_key(key) == "06de9944…"
    for other in ("Brand/Primary", f"{key}0", "VariableID:1:2", "", None):
        assert tables.key(other).text == tables.text(other).text
    assert "<img" not in tables.key(IMAGE).text


def test_a_picture_is_only_shown_from_a_data_uri() -> None:
    for kind in MEDIA_TYPES.values():
        uri = f"data:{kind};base64,UE5H"
        assert f'src="{uri}"' in tables.picture(uri).text
    for hostile in (
        None,
        ADDRESS,
        "javascript:alert(1)",
        'data:image/png;base64,"onload="alert(1)',
        "data:text/html,x",
    ):
        assert "<img" not in tables.picture(hostile).text
        assert "No picture" in tables.picture(hostile).text


@pytest.mark.usefixtures("exported")
def test_an_exported_table_shows_names_as_text_and_carries_what_it_is_sorted_by() -> None:
    rows = pl.DataFrame(
        {"name": [IMAGE, None], "nodes": [1200, None], "url": ["https://www.figma.com/design/a", ADDRESS]}
    )

    shown = tables.table(rows, {"name": "Name", "url": "Figma", "nodes": IMAGE}).text

    assert "<img" not in shown
    assert shown.count("<a ") == 1
    assert '<td class="number" data-sort="1200">1,200</td>' in shown
    assert '<td class="number" data-sort="">–</td>' in shown


def test_an_exported_page_has_the_csv_of_all_rows_beside_it(exported: Path) -> None:
    rows = pl.DataFrame({"name": [f"Icon {number}" for number in range(600)]})

    shown = tables.download(rows, {"name": "Name"}, "icons").text

    assert "The first 500 of 600 rows are shown." in shown
    assert len((exported / "icons.csv").read_text(encoding="utf-8-sig").splitlines()) == 601


def test_a_csv_says_to_excel_that_it_is_utf_8(exported: Path) -> None:
    tables.download(pl.DataFrame({"name": ["Größe"]}), {"name": "Name"}, "sizes")

    assert (exported / "sizes.csv").read_bytes() == b"\xef\xbb\xbfName\nGr\xc3\xb6\xc3\x9fe\n"


def test_a_csv_can_hold_more_rows_than_its_table(exported: Path) -> None:
    listed = pl.DataFrame({"name": ["a"]})

    tables.with_download(
        listed, {"name": "Name"}, "names", empty="None", all_rows=lambda: pl.DataFrame({"name": ["a", "b"]})
    )

    assert (exported / "names.csv").read_text(encoding="utf-8-sig").split() == ["Name", "a", "b"]


def test_a_table_without_rows_is_a_notice_without_a_csv(exported: Path) -> None:
    shown = tables.with_download(pl.DataFrame({"name": []}), {"name": "Name"}, "names", empty="There is no row.")

    assert ["There is no row." in part.text for part in shown] == [True]
    assert not list(exported.iterdir())


@pytest.mark.parametrize(
    ("difference", "written"), [(0.0123, "+1.2"), (-0.4, "-40.0"), (0.0004, "0.0"), (-0.0004, "0.0"), (None, "–")]
)
def test_a_difference_of_shares_is_written_in_percentage_points(difference: float | None, written: str) -> None:
    assert tables.points(difference) == written


def test_a_column_without_any_value_is_left_out() -> None:
    rows = pl.DataFrame({"name": ["a"], "within": pl.Series([None], dtype=pl.String)})

    shown = tables.table(rows, {"name": "Name", "within": "Within"}).text

    assert "Name" in shown
    assert "Within" not in shown


def test_an_exported_page_invites_nobody_to_choose_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = pl.DataFrame({"name": [IMAGE, "b"]})

    def words() -> str:
        return tables.invitation("Choose one.", "Shown below for {}.", rows, "name")

    served = words()
    monkeypatch.setenv("STATIC_PAGES", str(tmp_path))

    assert served == "Choose one."
    assert words() == page.named("Shown below for {}.", IMAGE)
    assert tables.invitation("Choose one.", "Shown below for {}.", rows.clear(), "name") == ""
