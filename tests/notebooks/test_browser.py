"""The pages as a reader has them: served by the command, opened in Chromium."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Download, Page, expect, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from notebooks.parts.page import PAGES
from tests.notebooks.hostile import ADDRESS, FORMULA, IMAGE, MARKDOWN, SCRIPT

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000
TRIES = 6

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"there is no {CHROMIUM}")


@dataclass
class Visit:
    """An open page, and what went wrong on it."""

    page: Page
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("dialog", self.refuse)
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("console", self.hear)
        self.page.on("request", lambda request: self.note(request.url))

    def hear(self, said: ConsoleMessage) -> None:
        if said.type == "error":
            self.faults.append(f"console: {said.text}")

    def refuse(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def note(self, url: str) -> None:
        if urlsplit(url).hostname not in {"127.0.0.1", None}:
            self.faults.append(f"request: {url}")

    def links(self) -> set[str]:
        """The href of every link, those of tables and other elements of marimo included."""
        return {link.get_attribute("href") or "" for link in self.page.locator('a[href]:not([href=""])').all()}


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Run the dashboard command on a data folder and hand over its address."""
    program = Path(sys.executable).with_name("figma-warehouse")
    command = [str(program), "dashboard", "--data-dir", str(folder), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONUNBUFFERED": "1"}
    ) as server:
        assert server.stdout is not None
        address = re.search(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        try:
            assert address
            yield address[0]
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(hostile_folder: Path) -> Iterator[str]:
    with serving(hostile_folder) as address:
        yield address


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """A page that must stay without errors, dialogs and requests to other hosts."""
    context = browser.new_context(viewport={"width": 1280, "height": 3000})
    context.set_default_timeout(PATIENCE)
    visit = Visit(context.new_page())
    visit.watch()
    yield visit
    assert visit.page.locator("img[src=x]").count() == 0
    assert visit.faults == []
    context.close()


def opened(visit: Visit, address: str) -> Page:
    visit.page.goto(address)
    expect(visit.page.get_by_text("Data as of 2 March 2026, 06:30 UTC · 3 of 4 files")).to_be_visible(timeout=PATIENCE)
    return visit.page


def sees(page: Page, *texts: str) -> None:
    for text in texts:
        expect(page.get_by_text(text, exact=True).locator("visible=true").first).to_be_visible(timeout=PATIENCE)


def figures(page: Page) -> dict[str, str]:
    """The headline numbers by their label."""
    stats = page.locator("marimo-stat")
    expect(stats).to_have_count(4, timeout=PATIENCE)
    return {stat.locator("h3").inner_text(): stat.locator("div.font-bold").inner_text() for stat in stats.all()}


def test_component_usage_shows_the_figures_of_the_marts_and_names_as_text(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/component_usage/")

    sees(page, IMAGE, "Button", SCRIPT, ADDRESS, "Inconclusive.")
    assert figures(page) == {"Components": "4", "Placements": "14", "Files using them": "2", "Unused": "1"}
    assert visit.links() == {
        "../orphaned_styles/",
        "../file_growth/",
        "https://www.figma.com/design/one?node-id=1-3",
        "https://www.figma.com/design/kit?node-id=5-5",
    }


def test_a_chosen_component_shows_its_files(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/component_usage/")
    sees(page, FORMULA)

    choose(page, "Button")

    sees(page, "Kit", MARKDOWN)
    expect(page.locator('a[href="https://www.figma.com/design/kit?node-id=1-0"]')).to_be_visible(timeout=PATIENCE)
    assert "https://www.figma.com/design/two?node-id=1-2" in visit.links()


def choose(page: Page, component: str) -> None:
    """Choose a row; a click that comes before the table listens is lost, and made again."""
    box = page.get_by_role("row").filter(has_text=component).get_by_role("checkbox").first
    chosen = page.locator("p").filter(has_text=f"Files that have {component} now")
    for _ in range(TRIES):
        if not box.is_checked():
            box.click()
        with suppress(AssertionError):
            expect(chosen).to_be_visible(timeout=PATIENCE / TRIES)
            return


def take_along(page: Page) -> Download:
    """Click for the CSV until it comes: a click may be too early for the page to hear it."""
    for _ in range(TRIES - 1):
        with suppress(PlaywrightTimeout), page.expect_download(timeout=PATIENCE / TRIES) as started:
            page.get_by_text("Download CSV").click()
            return started.value
    with page.expect_download(timeout=PATIENCE) as started:
        page.get_by_text("Download CSV").click()
    return started.value


def test_a_table_can_be_taken_along_as_csv(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/file_growth/")
    sees(page, "All files")

    taken = take_along(page)

    lines = taken.path().read_text().splitlines()
    assert taken.suggested_filename == "file_growth.csv"
    assert [line.split(",https")[0] for line in lines[1:]] == [
        IMAGE,
        '"\'=HYPERLINK(""https://evil.example"",""Report"")"',
        "Kit",
    ]


def test_a_hostile_name_is_text_in_a_choice_and_in_a_tooltip(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/component_usage/")
    sees(page, IMAGE)

    assert {MARKDOWN, SCRIPT} <= set(page.locator("option").all_inner_texts())
    drawn = page.locator(".vega-embed canvas, .vega-embed svg").first.bounding_box()
    assert drawn
    for down in (40, 55):
        page.mouse.move(drawn["x"] + drawn["width"] * 0.5, drawn["y"] + down, steps=5)
    expect(page.locator("#vg-tooltip-element")).to_contain_text(IMAGE, timeout=PATIENCE)


def test_orphaned_styles_shows_both_kinds_with_swatches(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/orphaned_styles/")

    sees(page, IMAGE, "References that name no style", MARKDOWN, SCRIPT)
    assert figures(page) == {"Unused": "1", "Dangling": "3", "References": "14", "Files": "2"}
    assert page.locator('span[style*="background"]').count() == 1
    assert visit.links() == {
        "../component_usage/",
        "../file_growth/",
        "https://www.figma.com/design/one?node-id=1-9",
        "https://www.figma.com/design/one?node-id=2-4",
        "https://www.figma.com/design/two?node-id=2-3",
    }


def test_file_growth_shows_every_file_with_its_change(visit: Visit, site: str) -> None:
    page = opened(visit, f"{site}/file_growth/")

    sees(page, IMAGE, FORMULA, "Kit", "-25.0%")
    assert figures(page) == {"Files": "3", "Nodes": "500", "Grown": "1", "Fastest": "+50.0%"}
    assert visit.links() == {
        "../component_usage/",
        "../orphaned_styles/",
        "https://www.figma.com/design/one",
        "https://www.figma.com/design/two",
        "https://www.figma.com/design/kit",
    }


def test_a_page_without_data_says_so_and_has_it_once_it_is_published(
    visit: Visit, tmp_path: Path, hostile_folder: Path
) -> None:
    with serving(tmp_path) as address:
        for listed in PAGES:
            visit.page.goto(f"{address}/{listed.name}/")
            sees(visit.page, listed.title, "There is no data yet.")
        shutil.copyfile(hostile_folder / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
        visit.page.reload()
        sees(visit.page, IMAGE, FORMULA)
        visit.page.goto("about:blank")  # a page whose server stops complains
