import polars as pl
import pytest

from notebooks.parts import page
from tests.notebooks.hostile import FORMULA, IMAGE, MARKDOWN


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
    assert "<a" not in page.link(address).text


def test_a_link_opens_the_node_in_figma() -> None:
    assert (
        'href="https://www.figma.com/design/a?node-id=I1-2;3-4"'
        in page.link("https://www.figma.com/design/a?node-id=I1-2;3-4").text
    )


def test_a_name_is_text_and_nothing_else() -> None:
    shown = page.text(IMAGE).text + page.named("Files with {}.", IMAGE)

    assert "<img" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") == 3


def test_a_spreadsheet_reads_no_name_as_a_formula() -> None:
    rows = pl.DataFrame({"Name": [FORMULA, "@2x", "Button", None], "Change": [-1, 2, 3, 4]})

    assert page.csv(rows).decode().splitlines() == [
        "Name,Change",
        '"\'=HYPERLINK(""https://evil.example"",""Report"")",-1',
        "'@2x,2",
        "Button,3",
        ",4",
    ]


def test_only_colours_and_fonts_get_into_a_style() -> None:
    assert "background:#42c99bff" in page.preview("#42c99bff").text
    assert "font:700 24px 'Inter Tight'" in page.preview("Inter Tight 40 700").text
    for hostile in ("#42c99b;background:url(//evil.example)", "url(https://evil.example) 12 400", "a';x 12 400", IMAGE):
        assert "url(" not in page.preview(hostile).text.partition("title=")[0]
        assert "font:" not in page.preview(hostile).text


def test_choices_of_one_name_are_told_apart() -> None:
    named = pl.DataFrame({"key": ["1", "2", "3", "4"], "name": ["Kit", "Kit", MARKDOWN, "All"]})

    assert page.choices(named, "All") == {"All": None, "Kit (1)": "1", "Kit (2)": "2", MARKDOWN: "3", "All (4)": "4"}


def test_every_page_of_the_index_is_a_notebook_that_asks_its_question() -> None:
    from pipelines.dashboard import find_pages

    assert {(found.name, found.title, found.question) for found in find_pages()} == {
        (listed.name, listed.title, listed.question) for listed in page.PAGES
    }
