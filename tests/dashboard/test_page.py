"""The parts that pages share: names as text, sections, the masthead and its warnings."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from figma_warehouse.dashboard import page, published_file, tables
from figma_warehouse.dashboard.published_file import Freshness
from figma_warehouse.dashboard.selection import Selection
from tests.fixtures.hostile import IMAGE, MARKDOWN, SCRIPT, organisation
from tests.fixtures.published import Publish


def test_a_name_is_text_and_nothing_else() -> None:
    shown = tables.text(IMAGE).text + str(page.named("Files with {}.", IMAGE))

    assert "<img" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") == 3


def test_every_part_of_a_page_shows_plain_strings_as_text() -> None:
    parts = [
        page.section(IMAGE, IMAGE),
        page.figures(page.Figure(IMAGE, IMAGE, IMAGE)),
        page.notice(IMAGE),
        page.section(page.named("{} and {}", IMAGE, SCRIPT), page.html("<strong>ours</strong>")),
    ]

    shown = "".join(part.text for part in parts)

    assert "<img" not in shown
    assert "<script" not in shown
    assert shown.count("&lt;img src=x onerror=alert(1)&gt;") == 7
    assert "<strong>ours</strong>" in shown


def test_a_sentence_around_a_name_is_text_unless_it_is_marked_as_html() -> None:
    assert page.named("<b>{}</b>", "Kit") == '&lt;b&gt;<bdi class="name">Kit</bdi>&lt;/b&gt;'
    assert page.named(page.html("<b>{}</b>"), MARKDOWN) == f'<b><bdi class="name">{MARKDOWN}</bdi></b>'


def test_a_number_comes_with_its_noun() -> None:
    assert [page.counted(number, "file") for number in (0, 1, 1234)] == ["0 files", "1 file", "1,234 files"]
    assert [page.counted(number, "file is", "files are") for number in (1, 2)] == ["1 file is", "2 files are"]
    assert page.counted(1234, "library", "libraries") == "1,234 libraries"


@pytest.mark.parametrize(
    ("ignored", "title"),
    [
        (None, "It lost 2 placements"),
        (Selection(library="kit", search="x"), "It lost 2 placements"),
        (Selection(team="t1"), "It lost 2 placements, in the whole organisation"),
        (Selection(folder="f1"), "It lost 2 placements, in the whole organisation"),
    ],
)
def test_a_section_that_ignores_the_selected_team_says_that_it_is_of_the_whole_organisation(
    ignored: Selection | None, title: str
) -> None:
    shown = page.section("It lost 2 placements", None, ignored=ignored).text

    assert f'<h2 class="section">{title}</h2>' in shown


@pytest.mark.parametrize(("hours", "words"), [(47, None), (48, "2 days"), (1500 * 24 + 23, "1,500 days")])
def test_a_served_page_warns_of_old_data(hours: int, words: str | None) -> None:
    fresh = Freshness(datetime.now(UTC) - timedelta(hours=hours, minutes=1), 1, 1, is_conclusive=True)

    shown = page.masthead("adoption", fresh, {}).text

    assert "1 of 1 file at its current version" in shown
    assert re.findall(r'<span class="days">(.*?)</span>', shown) == ([words] if words else [])
    assert "hidden" not in shown


@pytest.mark.usefixtures("published")
def test_the_warning_of_missing_files_leads_to_the_list_of_them() -> None:
    fresh = published_file.freshness()

    elsewhere, there = (page.masthead(name, fresh, {}).text for name in ("adoption", "overview"))

    assert '<a href="../overview/">Overview</a> lists missing files with the reasons.' in elsewhere
    assert "1 file is not loaded at the current version." in there
    assert "The list below shows missing files with the reasons." in there
    assert elsewhere.count("figma-warehouse status") == there.count("figma-warehouse status") == 1


def test_a_listing_that_could_not_be_read_is_told_if_no_file_is_missing(publish: Publish) -> None:
    files = organisation()["marts.file_freshness"]
    publish({"marts.file_freshness": [row | {"is_current": True} for row in files]})
    shown = page.masthead("adoption", Freshness(None, 2, 2, is_conclusive=False), {}).text

    assert "The last run could not read every listing. What looks unused may be used." in shown


def test_data_of_an_unknown_time_is_not_called_old() -> None:
    shown = page.masthead("adoption", Freshness(None, 2, 2, is_conclusive=True), {}).text

    assert "Data as of an unknown time" in shown
    assert "days" not in shown


def test_the_links_of_the_masthead_keep_the_filters_of_every_page() -> None:
    shown = page.masthead("adoption", None, {"team": 't"1', "search": "x"}).text

    assert '<a href="../">Figma warehouse</a>' in shown
    assert '<a aria-current="page" href="../adoption/?team=t%221">Adoption</a>' in shown
    assert '<a href="../file_growth/?team=t%221">File growth</a>' in shown
