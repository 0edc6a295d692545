"""The index: the age of the data, the first problem with it, and an answer from each page."""

import re
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import expect

from figma_warehouse.dashboard.index import index_page
from figma_warehouse.dashboard.lines import Line
from figma_warehouse.dashboard.published_file import Freshness
from figma_warehouse.dashboard.server import FRONTEND
from figma_warehouse.dashboard.site_map import PAGES
from figma_warehouse.dashboard.summary import Summary
from tests.dashboard.browsing import Visit, serving
from tests.fixtures.hostile import IMAGE

ADDRESSES = {page: f"{page.name}/" for page in PAGES}
TUESDAY = datetime(2026, 11, 24, 21, 37, tzinfo=UTC)
NOTICE = ".notice:visible"


def fresh(current: int = 43) -> Freshness:
    return Freshness(TUESDAY, 43, current, is_conclusive=current == 43)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a dashboard, and its published file, which does not exist yet."""
    with serving(tmp_path) as address:
        yield address, tmp_path / "warehouse.duckdb"


def look(first_visit: Visit, summary: Summary, days_later: int = 0) -> None:
    """Open the index some days after its data was loaded."""
    first_visit.page.clock.set_fixed_time(TUESDAY + timedelta(days=days_later, hours=1))
    first_visit.page.route("http://127.0.0.1/", lambda route: route.fulfill(body=index_page(ADDRESSES, summary)))
    first_visit.page.goto("http://127.0.0.1/")


def test_fresh_and_complete_data_has_a_date_and_no_notice(first_visit: Visit) -> None:
    look(first_visit, Summary(fresh()), days_later=1)

    words = "Data as of Tuesday 24 November 2026, 21:37 UTC · 43 of 43 files at their current version"
    expect(first_visit.page.get_by_text(words)).to_be_visible()
    expect(first_visit.page.locator(NOTICE)).to_have_count(0)


def test_the_notice_is_of_old_data_else_of_a_failed_run(first_visit: Visit) -> None:
    failed = Summary(fresh(42), has_failed=True)

    look(first_visit, failed, days_later=5)
    expect(first_visit.page.locator(NOTICE)).to_have_text(
        "The data is 5 days old. Nothing newer was published since; figma-warehouse status says why."
    )
    look(first_visit, failed, days_later=1)
    expect(first_visit.page.locator(NOTICE)).to_have_text("The last run failed. figma-warehouse status says why.")


def test_the_first_lines_of_what_needs_attention_lead_to_their_pages_and_the_rest_to_overview() -> None:
    lines = [
        Line("{} shrank.", IMAGE, "file_growth", "one"),
        Line("1 file is not at the current version.", page="overview"),
        Line("2 references.", page="orphaned_styles"),
        Line("3 bindings.", page="tokens"),
        Line("4 usages.", page="library"),
    ]

    index = index_page(ADDRESSES, Summary(fresh(42), attention=lines))

    shown = index.partition('<ul class="attention">')[2].partition("</ul>")[0]
    assert re.findall(r'href="(\w+)/"', shown) == ["file_growth", "overview", "orphaned_styles"]
    assert "&lt;img src=x onerror=alert(1)&gt;</bdi> shrank." in shown
    assert '<a href="overview/">Overview</a> has 2 more lines.' in index
    assert "What needs attention" not in index_page(ADDRESSES, Summary(fresh()))


def test_a_card_is_one_link_with_its_answer_and_names_are_text() -> None:
    answers = {"component_usage": Line("{} leads with 2 placements in 1 file", IMAGE)}

    cards = index_page(ADDRESSES, Summary(fresh(), answers=answers)).split("<li>")[1:]

    assert [card.count("<a ") for card in cards] == [1] * len(PAGES)
    assert [page.name for page, card in zip(PAGES, cards, strict=True) if 'class="answer"' in card] == [
        "component_usage"
    ]
    assert "&lt;img src=x onerror=alert(1)&gt;</bdi> leads with" in cards[1]
    assert "<img" not in cards[1]


@pytest.mark.process
def test_the_index_follows_the_published_file_and_never_fails(served: tuple[str, Path], hostile_folder: Path) -> None:
    address, published = served
    assert "There is no data yet." in text_at(address)

    shutil.copyfile(hostile_folder / "warehouse.duckdb", published)
    assert "4 files, 500 nodes" in text_at(address)

    damaged = published.with_suffix(".damaged")
    damaged.write_bytes(published.read_bytes()[:100_000])
    damaged.replace(published)
    assert "The data cannot be read now." in text_at(address)

    published.unlink()
    assert "There is no data yet." in text_at(address)


def text_at(address: str) -> str:
    answer = requests.get(address, timeout=30)
    assert answer.status_code == requests.codes.ok
    return answer.text


@pytest.mark.process
def test_a_client_that_does_not_read_cannot_keep_the_dashboard_running(tmp_path: Path) -> None:
    largest = max((FRONTEND / "assets").iterdir(), key=lambda path: path.stat().st_size)
    with ExitStack() as readers, serving(tmp_path) as address:
        place = urlsplit(address)
        reader = readers.enter_context(socket.create_connection(("127.0.0.1", place.port or 0)))
        asked = f"GET /frontend/assets/{largest.name} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n"
        reader.sendall(asked.encode())
        assert reader.recv(15) == b"HTTP/1.1 200 OK"


def test_names_of_any_length_keep_the_index_as_wide_as_its_window(first_visit: Visit) -> None:
    first_visit.page.set_viewport_size({"width": 390, "height": 900})

    look(first_visit, Summary(fresh(), answers={page.name: Line("{} leads", "Unbroken" * 40) for page in PAGES}))

    assert first_visit.page.evaluate("document.documentElement.scrollWidth") == 390
